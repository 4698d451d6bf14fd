#include "tracker/oci/image.h"

#include <algorithm>
#include <utility>

#include "lineage/capture/redact.h"
#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "tracker/oci/archive_file.h"
#include "tracker/oci/image_contents.h"
#include "tracker/oci/image_environment.h"
#include "tracker/oci/layer_writer.h"
#include "tracker/project_path.h"
#include "tracker/recorder/command_line.h"
#include "tracker/replay/root_contents.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kTagBytesMax = 128;
constexpr std::size_t kNamedMissingMax = 3;  // In a message; the annotation has them all.

// A tag as references to images have it: [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}.
bool IsTag(std::string_view text) {
  constexpr std::string_view kFirst =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  if (text.empty() || text.size() > kTagBytesMax) return false;
  return kFirst.find(text[0]) != std::string_view::npos && std::ranges::all_of(text, [&](char c) {
           return c == '.' || c == '-' || kFirst.find(c) != std::string_view::npos;
         });
}

// A list of texts as one text: a JSON array, as annotations hold text alone.
std::string ListText(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ",";
    AppendCanonicalString(list, IsUtf8(text) ? text : Printable(text));
  }
  return list + "]";
}

// The first few, for a message.
std::string Some(const std::vector<std::string>& sentences) {
  std::string text;
  for (std::size_t i = 0; i < std::min(sentences.size(), kNamedMissingMax); ++i) {
    text += (i > 0 ? "; " : "") + sentences[i];
  }
  if (sentences.size() > kNamedMissingMax) {
    text += "; and " + std::to_string(sentences.size() - kNamedMissingMax) + " more";
  }
  return text;
}

class Exporter {
 public:
  Exporter(Store& store, const StoredRun& run, const ImageOptions& options)
      : store_(store), run_(run), options_(options), project_(RecordedProject(run)) {}

  Result<ExportedImage> Export(const std::string& path) {
    FileSystem& files = options_.files != nullptr ? *options_.files : store_.files();
    REPRISE_ASSIGN_OR_RETURN(const auto archive, ArchiveFile::Create(files, path));
    REPRISE_TRY(GatherContents());
    REPRISE_TRY(GatherFacts());
    REPRISE_TRY(WriteArchive(*archive));
    REPRISE_ASSIGN_OR_RETURN(image_.size_bytes, archive->Keep());
    return std::move(image_);
  }

 private:
  void Warn(std::string sentence) { image_.warnings.push_back(std::move(sentence)); }

  Result<void> GatherContents() {
    REPRISE_ASSIGN_OR_RETURN(const RootContents root, ContentsOfRoot(store_, run_));
    REPRISE_ASSIGN_OR_RETURN(contents_,
                             ContentsOfImage(store_.objects(), root, RealInRoot(root, project_)));
    if (!contents_.missing.empty()) {
      if (!options_.allow_missing) {
        return Error{ErrorCode::kNotFound,
                     "the image of " + run_.record.name +
                         " would not be whole: " + Some(contents_.missing) +
                         "; --allow-missing writes it without what is missing"};
      }
      Warn("the image is not whole: " + Some(contents_.missing));
    }
    for (const std::string& secret : contents_.secrets) {
      Warn("'" + Printable(secret) + "' is a secret, which is not in the image; mount it there");
    }
    return {};
  }

  Result<void> GatherFacts() {
    facts_.created_unix_ms = run_.record.started_at_unix_ms;
    facts_.created_by = "reprise run " + run_.record.id.ToString();
    facts_.tag = IsTag(run_.record.name) ? run_.record.name : run_.record.id.ToString();
    REPRISE_ASSIGN_OR_RETURN(const ImageEnvironment environment,
                             EnvironmentOfImage(store_, run_, project_));
    facts_.architecture = environment.architecture;
    if (facts_.architecture.empty()) {
      facts_.architecture = "unknown";  // The specification wants one.
      Warn("the run has no environment document, so that the image's architecture is not known");
    }
    AddVariables(environment);
    AddCommand();
    AddLabels(environment);
    return {};
  }

  void AddVariables(const ImageEnvironment& environment) {
    for (const auto& [name, value] : environment.variables) {
      std::string variable = name;
      variable.append("=").append(value);
      if (IsUtf8(variable)) {
        facts_.variables.push_back(std::move(variable));
      } else {
        Warn("the variable " + Printable(name) +
             " is not UTF-8, as an image's must be; it is left out");
      }
    }
    for (const std::string& name : environment.withheld) {
      Warn("the variable " + Printable(name) +
           " held a secret, which is not in the image; give it with --env");
    }
  }

  void AddCommand() {
    const lineage::Recipe& recipe = *run_.recipe;
    facts_.command = FillTemplates(recipe.command, ParamTexts(recipe.parameters, recipe.variables));
    if (!std::ranges::all_of(facts_.command, [](const auto& word) { return IsUtf8(word); })) {
      Warn("the command is not UTF-8, as an image's must be; it is left out");
      facts_.command.clear();
    }
    for (const std::string& word : facts_.command) {
      if (word.find(capture::kRedacted) == std::string::npos) continue;
      Warn("the command held a secret, which is not in the image; give the whole command");
      break;
    }
    facts_.working_directory = AbsolutePath(recipe.working_directory, project_);
    if (!IsUtf8(facts_.working_directory)) {
      Warn("the working directory is not UTF-8, as an image's must be; it is left out");
      facts_.working_directory.clear();
    }
  }

  void AddLabels(const ImageEnvironment& environment) {
    const lineage::RunRecord& record = run_.record;
    facts_.labels = {{"org.opencontainers.image.created", FormatTime(record.started_at_unix_ms)},
                     {"org.opencontainers.image.title", Utf8(record.name)},
                     {"org.reprise.run.document", run_.document.ToString()},
                     {"org.reprise.run.experiment", Utf8(record.experiment)},
                     {"org.reprise.run.id", record.id.ToString()},
                     {"org.reprise.capture.closure", record.capture.closure->ToString()}};
    if (record.recipe.has_value()) {
      facts_.labels["org.reprise.recipe.digest"] = record.recipe->ToString();
    }
    const auto annotate = [&](const std::string& key, const std::vector<std::string>& texts) {
      if (!texts.empty()) facts_.annotations[key] = ListText(texts);
    };
    annotate("org.reprise.missing", contents_.missing);
    annotate("org.reprise.secrets", contents_.secrets);
    annotate("org.reprise.secret_variables", environment.withheld);
  }

  static std::string Utf8(const std::string& text) { return IsUtf8(text) ? text : Printable(text); }

  Result<void> WriteArchive(ArchiveFile& archive) {
    REPRISE_TRY(archive.AddFile("oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
    REPRISE_TRY(archive.AddFolder("blobs"));
    REPRISE_TRY(archive.AddFolder("blobs/sha256"));
    for (const LayerContents& layer : contents_.layers) REPRISE_TRY(AddLayer(archive, layer));
    REPRISE_ASSIGN_OR_RETURN(const std::string config, EncodeImageConfig(facts_, image_.layers));
    REPRISE_TRY(AddBlob(archive, config));
    REPRISE_ASSIGN_OR_RETURN(const std::string manifest,
                             EncodeImageManifest(facts_, config, image_.layers));
    REPRISE_TRY(AddBlob(archive, manifest));
    image_.manifest = crypto::Sha256(manifest);
    REPRISE_ASSIGN_OR_RETURN(const std::string index, EncodeImageIndex(facts_, manifest));
    REPRISE_TRY(archive.AddFile("index.json", index));
    REPRISE_ASSIGN_OR_RETURN(const std::string list,
                             EncodeDockerList(facts_, config, image_.layers));
    return archive.AddFile("manifest.json", list);
  }

  Result<void> AddLayer(ArchiveFile& archive, const LayerContents& layer) {
    archive.BeginFile();
    REPRISE_ASSIGN_OR_RETURN(
        ImageLayer written,
        WriteLayer(
            store_.objects(), layer, options_.compression,
            [&](ByteSpan part) { return archive.Append(part); },
            [&](std::uint64_t entries, std::uint64_t bytes) { Count(entries, bytes); }));
    REPRISE_TRY(archive.EndFile(BlobPath(written.digest)));
    image_.layers.push_back(std::move(written));
    return {};
  }

  static Result<void> AddBlob(ArchiveFile& archive, const std::string& document) {
    return archive.AddFile(BlobPath(crypto::Sha256(document)), document);
  }

  void Count(std::uint64_t entries, std::uint64_t bytes) {
    entries_ += entries;
    bytes_ += bytes;
    if (options_.progress) options_.progress(entries_, bytes_, contents_.size_bytes);
  }

  Store& store_;
  const StoredRun& run_;
  const ImageOptions& options_;
  const std::string project_;  // As the run named it; links to it are in the image.
  ImageContents contents_;
  ImageFacts facts_;
  ExportedImage image_;
  std::uint64_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Result<ExportedImage> ExportImage(Store& store, const StoredRun& run, const std::string& path,
                                  const ImageOptions& options) {
  return Exporter(store, run, options).Export(path);
}

}  // namespace reprise::tracker
