#include "tracker/oci/image_contents.h"

#include <algorithm>
#include <map>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/plain_path.h"
#include "tracker/project_path.h"

namespace reprise::tracker {
namespace {

using lineage::FileClass;

enum class Layer { kSystem, kProject };

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::string_view kWhiteout = "/.wh.";  // "layer.md": a name that says what is gone.

std::int64_t WholeSeconds(std::int64_t unix_ns) {
  const std::int64_t seconds = unix_ns / kNsPerSecond;
  return unix_ns % kNsPerSecond < 0 ? seconds - 1 : seconds;
}

class Sorter {
 public:
  Sorter(storage::ObjectReader& objects, const RootContents& contents, const std::string& project)
      : objects_(objects), contents_(contents), project_(project) {}

  Result<ImageContents> Sort() {
    FindSecrets();
    for (const auto& [path, entry] : contents_.entries) REPRISE_TRY(Take(path, entry));
    REPRISE_TRY(AddParents());
    ChooseLayers();
    for (const auto layer : {Layer::kSystem, Layer::kProject}) AddLayer(layer);
    return std::move(image_);
  }

 private:
  struct Taken {
    RootEntry entry;
    std::optional<Layer> layer;  // Of folders none until it is known what is in them.
  };

  bool IsInProject(const std::string& path) const {
    return !PathInProject(path, project_).starts_with('/');
  }

  // A secret is missing on purpose, and no reason to refuse.
  void FindSecrets() {
    std::vector<std::string> beginnings;
    for (const auto& [path, entry] : contents_.entries) {
      if (entry.file_class != FileClass::kSecret || entry.kind != FileKind::kFile) continue;
      image_.secrets.push_back(path);
      beginnings.push_back("'" + Printable(path) + "' is a secret");
    }
    for (const std::string& sentence : contents_.missing) {
      const bool is_secret = std::ranges::any_of(beginnings, [&](const std::string& beginning) {
        return sentence.starts_with(beginning);
      });
      if (!is_secret) image_.missing.push_back(sentence);
    }
  }

  Result<void> Take(const std::string& path, const RootEntry& entry) {
    if (path == "/" && entry.kind == FileKind::kDirectory) return {};  // Every image has it.
    if (!IsPlainPath(path) || path == "/" || entry.kind == FileKind::kOther || entry.mode > 07777) {
      return Error{ErrorCode::kCorruption, "'" + Printable(path) +
                                               "' cannot be laid out in an image; what the run "
                                               "recorded of its files is damaged"};
    }
    if (entry.file_class == FileClass::kSecret && entry.kind == FileKind::kFile) return {};
    if (path.find(kWhiteout) != std::string::npos) {
      image_.missing.push_back("'" + Printable(path) +
                               "' cannot be in an image, where a name that begins with '.wh.' "
                               "means that something is gone");
      return {};
    }
    Taken taken = {.entry = entry, .layer = std::nullopt};
    if (entry.kind == FileKind::kFile) REPRISE_TRY(Measure(path, taken.entry));
    if (entry.kind != FileKind::kDirectory) {
      const bool is_system = lineage::IsOfTheMachine(ClassOf(path, entry)) && !IsInProject(path);
      taken.layer = is_system ? Layer::kSystem : Layer::kProject;
    }
    taken_.emplace(path, std::move(taken));
    return {};
  }

  // Where only the name is known, the folder that was listed says what it is.
  FileClass ClassOf(const std::string& path, const RootEntry& entry) const {
    if (entry.digest.has_value() || entry.kind != FileKind::kFile) return entry.file_class;
    const auto folder = contents_.entries.find(ParentPath(path));
    return folder == contents_.entries.end() ? entry.file_class : folder->second.file_class;
  }

  // What is stored decides, so that the header of the content says what follows it.
  Result<void> Measure(const std::string& path, RootEntry& entry) {
    entry.size_bytes = 0;
    if (!entry.digest.has_value()) return {};
    const auto object = objects_.Describe(*entry.digest);
    if (object.ok()) {
      entry.size_bytes = object->size_bytes;
      image_.size_bytes += object->size_bytes;
      return {};
    }
    if (object.error().code != ErrorCode::kNotFound) return object.error();
    entry.digest.reset();
    image_.missing.push_back("'" + Printable(path) + "' is not in the store any more");
    return {};
  }

  // Every entry's folders, each known to be one.
  Result<void> AddParents() {
    std::vector<std::string> paths;
    for (const auto& [path, taken] : taken_) paths.push_back(path);
    for (const std::string& path : paths) {
      for (std::string folder = ParentPath(path); folder != "/"; folder = ParentPath(folder)) {
        const auto [place, is_new] = taken_.try_emplace(folder);
        if (is_new) {
          place->second.entry = {.kind = FileKind::kDirectory, .mode = 0755, .target = ""};
        } else if (place->second.entry.kind != FileKind::kDirectory) {
          return Error{ErrorCode::kCorruption,
                       "'" + Printable(path) + "' lies below '" + Printable(folder) +
                           "', which is no folder; what the run recorded of its files is damaged"};
        }
      }
    }
    return {};
  }

  // A folder belongs to the machine if anything in it does, or if it is empty and of the machine:
  // the first layer must not tell where the project lay.
  void ChooseLayers() {
    std::map<std::string, bool> has_project;  // Folders; true: nothing but the project's.
    for (auto taken = taken_.rbegin(); taken != taken_.rend(); ++taken) {
      const std::string& path = taken->first;
      std::optional<Layer>& layer = taken->second.layer;
      if (!layer.has_value()) {
        const auto found = has_project.find(path);
        const bool is_system =
            found != has_project.end()
                ? !found->second
                : lineage::IsOfTheMachine(taken->second.entry.file_class) && !IsInProject(path);
        layer = is_system ? Layer::kSystem : Layer::kProject;
      }
      const bool is_project = *layer == Layer::kProject;
      const auto [folder, is_new] = has_project.try_emplace(ParentPath(path), is_project);
      if (!is_new) folder->second = folder->second && is_project;
    }
  }

  void AddLayer(Layer layer) {
    LayerContents contents;
    contents.name = layer == Layer::kSystem ? "system" : "project";
    for (auto& [path, taken] : taken_) {
      if (taken.layer == layer) contents.entries.push_back(EntryOf(path, taken.entry));
    }
    const bool is_only = layer == Layer::kProject && image_.layers.empty();
    if (!contents.entries.empty() || is_only) image_.layers.push_back(std::move(contents));
  }

  static LayerEntry EntryOf(const std::string& path, const RootEntry& entry) {
    LayerEntry result;
    result.header.path = path.substr(1);
    result.header.kind = entry.kind;
    result.header.mode = entry.kind == FileKind::kSymlink ? 0777 : entry.mode;
    result.header.size_bytes = entry.size_bytes;
    result.header.modified_at_unix_s = WholeSeconds(entry.modified_at_unix_ns);
    result.header.target = entry.target;
    result.content = entry.digest;
    return result;
  }

  storage::ObjectReader& objects_;
  const RootContents& contents_;
  const std::string& project_;
  std::map<std::string, Taken> taken_;
  ImageContents image_;
};

}  // namespace

Result<ImageContents> ContentsOfImage(storage::ObjectReader& objects, const RootContents& contents,
                                      const std::string& project_folder) {
  return Sorter(objects, contents, project_folder).Sort();
}

}  // namespace reprise::tracker
