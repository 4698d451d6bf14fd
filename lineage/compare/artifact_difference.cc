#include "lineage/compare/artifact_difference.h"

#include <algorithm>
#include <vector>

#include "lineage/compare/wording.h"
#include "storage/tree.h"

namespace reprise::lineage {
namespace {

using storage::TreeCursor;
using storage::TreeEntry;

struct EntryChange {
  std::string path;
  std::string_view change;  // "content", "kind", "target", "executable", "missing" or "extra".
};

// The first file of which the content differs.
struct FirstFile {
  std::string path;
  Digest expected;
  Digest actual;
};

class FolderComparer {
 public:
  explicit FolderComparer(storage::ObjectReader& reader) : reader_(reader) {}

  // Walks both folders in the order of their names.
  Result<void> Compare(const Digest& expected, const Digest& actual, const std::string& path) {
    REPRISE_ASSIGN_OR_RETURN(TreeCursor before, TreeCursor::Open(reader_, expected));
    REPRISE_ASSIGN_OR_RETURN(TreeCursor after, TreeCursor::Open(reader_, actual));
    REPRISE_ASSIGN_OR_RETURN(std::optional<TreeEntry> e, before.Next());
    REPRISE_ASSIGN_OR_RETURN(std::optional<TreeEntry> a, after.Next());
    while (e.has_value() || a.has_value()) {
      const bool has_expected = e.has_value() && (!a.has_value() || e->name <= a->name);
      const bool has_actual = a.has_value() && (!e.has_value() || a->name <= e->name);
      if (has_expected && has_actual) {
        REPRISE_TRY(CompareEntry(*e, *a, path));
      } else if (has_expected) {
        ++missing_;
        Note(path, *e, "missing");
      } else {
        ++extra_;
        Note(path, *a, "extra");
      }
      if (has_expected) {
        REPRISE_ASSIGN_OR_RETURN(e, before.Next());
      }
      if (has_actual) {
        REPRISE_ASSIGN_OR_RETURN(a, after.Next());
      }
    }
    return {};
  }

  Result<ContentDifference> Describe() const;

 private:
  Result<void> CompareEntry(const TreeEntry& expected, const TreeEntry& actual,
                            const std::string& path) {
    if (expected.kind != actual.kind) {
      ++differing_;
      Note(path, expected, "kind");
    } else if (expected.kind == FileKind::kDirectory) {
      if (expected.digest == actual.digest) return {};
      return Compare(expected.digest, actual.digest, path + expected.name + "/");
    } else if (expected.digest != actual.digest) {
      ++differing_;
      Note(path, expected, "content");
      if (!first_.has_value()) {
        first_ = FirstFile{path + expected.name, expected.digest, actual.digest};
      }
    } else if (expected.target != actual.target) {
      ++differing_;
      Note(path, expected, "target");
    } else if (expected.executable != actual.executable) {
      ++differing_;
      Note(path, expected, "executable");
    }
    return {};
  }

  void Note(const std::string& path, const TreeEntry& entry, std::string_view change) {
    if (noted_.size() == kListedMax) return;
    const bool is_folder = entry.kind == FileKind::kDirectory;
    noted_.push_back({path + entry.name + (is_folder ? "/" : ""), change});
  }

  storage::ObjectReader& reader_;
  std::uint64_t differing_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t extra_ = 0;
  std::vector<EntryChange> noted_;
  std::optional<FirstFile> first_;
};

std::string DescribeChange(const EntryChange& change) {
  const std::string path = Quoted(change.path);
  if (change.change == "missing") return path + " is missing";
  if (change.change == "extra") return path + " was added";
  if (change.change == "content") return path + " differs";
  if (change.change == "executable") return path + " may be executed in one of them";
  return path + " has another " + std::string(change.change);
}

Result<ContentDifference> FolderComparer::Describe() const {
  std::string sentence;
  const auto say = [&](const std::string& part) {
    sentence += (sentence.empty() ? "" : ", ") + part;
  };
  if (differing_ > 0)
    say(std::to_string(differing_) + (differing_ == 1 ? " entry differs" : " entries differ"));
  if (missing_ > 0)
    say(std::to_string(missing_) + (missing_ == 1 ? " is missing" : " are missing"));
  if (extra_ > 0) say(std::to_string(extra_) + (extra_ == 1 ? " was added" : " were added"));
  Json first;
  if (first_.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(const auto before, OpenObject(reader_, first_->expected));
    REPRISE_ASSIGN_OR_RETURN(const auto after, OpenObject(reader_, first_->actual));
    REPRISE_ASSIGN_OR_RETURN(const ContentDifference file,
                             CompareContent(*before, *after, first_->path));
    sentence += "; " + Quoted(first_->path) + ": " + file.kind + ", " + file.sentence;
    first.Set("path", Shown(first_->path)).Set("difference", ContentDifferenceToJson(file));
  } else if (!noted_.empty()) {
    sentence += "; " + DescribeChange(noted_.front());
  }
  Json entries = Json::Array{};
  for (const EntryChange& change : noted_) {
    entries.Append(Json().Set("path", Shown(change.path)).Set("change", change.change));
  }
  Json details = Json()
                     .Set("differing", CountToJson(differing_))
                     .Set("missing", CountToJson(missing_))
                     .Set("extra", CountToJson(extra_))
                     .Set("entries", std::move(entries))
                     .Set("first", std::move(first));
  return ContentDifference{
      .kind = "folder", .sentence = std::move(sentence), .details = std::move(details)};
}

}  // namespace

Result<ContentDifference> CompareFolders(storage::ObjectReader& reader, const Digest& expected,
                                         const Digest& actual) {
  FolderComparer comparer(reader);
  REPRISE_TRY(comparer.Compare(expected, actual, ""));
  return comparer.Describe();
}

Result<ContentDifference> CompareArtifacts(storage::ObjectReader& reader,
                                           const ArtifactUse& expected, const ArtifactUse& actual) {
  if (expected.kind != actual.kind) {
    return ContentDifference{.kind = "folder",
                             .sentence = "a " + std::string(ArtifactKindName(expected.kind)) +
                                         " became a " + std::string(ArtifactKindName(actual.kind)),
                             .details = Json::Object{}};
  }
  if (expected.kind == ArtifactKind::kFolder) {
    return CompareFolders(reader, expected.digest, actual.digest);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto before, OpenObject(reader, expected.digest));
  REPRISE_ASSIGN_OR_RETURN(const auto after, OpenObject(reader, actual.digest));
  return CompareContent(*before, *after, expected.path);
}

}  // namespace reprise::lineage
