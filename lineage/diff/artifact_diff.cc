#include "lineage/diff/artifact_diff.h"

#include <algorithm>

#include "lineage/compare/wording.h"
#include "lineage/diff/profile_diff.h"
#include "lineage/diff/table_diff.h"
#include "lineage/diff/tensor_diff.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

ArtifactDiff Unread(const Error& error) {
  ArtifactDiff diff;
  diff.difference = {.kind = "unread", .sentence = error.message, .details = Json::Object{}};
  return diff;
}

// Absent: they are not both tables of which a profile is known.
Result<std::optional<ArtifactDiff>> DiffProfiles(const StoredContents& contents,
                                                 const Digest& before, const Digest& after,
                                                 const std::string& why) {
  if (contents.find_profile == nullptr) return std::optional<ArtifactDiff>();
  REPRISE_ASSIGN_OR_RETURN(const auto old_profile, contents.find_profile(before));
  if (!old_profile.has_value()) return std::optional<ArtifactDiff>();
  REPRISE_ASSIGN_OR_RETURN(const auto new_profile, contents.find_profile(after));
  if (!new_profile.has_value()) return std::optional<ArtifactDiff>();
  if (old_profile->problem.has_value() || new_profile->problem.has_value()) {
    return std::optional<ArtifactDiff>();
  }
  return std::optional(ArtifactDiff{DescribeProfiles(*old_profile, *new_profile, why),
                                    ProfileLines(*old_profile, *new_profile)});
}

Result<ArtifactDiff> DiffObjects(const StoredContents& contents, const Digest& before,
                                 const Digest& after, std::string_view name) {
  const auto compare = [&]() -> Result<ArtifactDiff> {
    REPRISE_ASSIGN_OR_RETURN(const auto old_content, OpenObject(contents.objects, before));
    REPRISE_ASSIGN_OR_RETURN(const auto new_content, OpenObject(contents.objects, after));
    return DiffContents(*old_content, *new_content, name);
  };
  auto diff = compare();
  if (diff.ok() || !IsDamage(diff.error())) return diff;
  REPRISE_ASSIGN_OR_RETURN(auto by_profiles,
                           DiffProfiles(contents, before, after, diff.error().message));
  return by_profiles.has_value() ? *std::move(by_profiles) : Unread(diff.error());
}

// Lists what differs below two folders.
class FolderLister {
 public:
  FolderLister(const StoredContents& contents, const ArtifactDiffOptions& options)
      : contents_(contents), options_(options) {}

  Result<void> Add(const TreeChange& change) {
    Json json = Json()
                    .Set("path", BytesToJson(change.path))
                    .Set("change", EntryChangeName(change.change))
                    .Set("before", TreeEntryToJson(change.before))
                    .Set("after", TreeEntryToJson(change.after));
    std::string line = Sign(change.change) + " " + Printable(change.path);
    Json difference;
    if (change.change == EntryChange::kContent && described_ < options_.described_files_max) {
      ++described_;
      REPRISE_ASSIGN_OR_RETURN(
          const ArtifactDiff file,
          DiffObjects(contents_, change.before->digest, change.after->digest, change.path));
      line += ": " + file.difference.sentence;
      difference = ContentDifferenceToJson(file.difference);
    }
    if (change.change == EntryChange::kUnread) line += ": " + change.reason;
    json.Set("reason", change.reason.empty() ? Json() : Json(change.reason));
    json.Set("difference", std::move(difference));
    entries_.Append(std::move(json));
    lines_.push_back(std::move(line));
    ++Counter(change.change);
    return {};
  }

  ArtifactDiff Finish() {
    std::string sentence;
    const auto say = [&](std::uint64_t count, std::string_view what) {
      if (count == 0) return;
      sentence += (sentence.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(what);
    };
    say(changed_, "changed");
    say(added_, "added");
    say(removed_, "removed");
    say(unread_, unread_ == 1 ? "folder could not be read" : "folders could not be read");
    if (sentence.empty()) sentence = "the same entries";
    ArtifactDiff diff;
    diff.difference = {.kind = "folder",
                       .sentence = std::move(sentence),
                       .details = Json()
                                      .Set("changed", CountToJson(changed_))
                                      .Set("added", CountToJson(added_))
                                      .Set("removed", CountToJson(removed_))
                                      .Set("unread", CountToJson(unread_))
                                      .Set("entries", std::move(entries_))};
    diff.lines = std::move(lines_);
    return diff;
  }

 private:
  static std::string Sign(EntryChange change) {
    switch (change) {
      case EntryChange::kAdded:
        return "+";
      case EntryChange::kRemoved:
        return "-";
      case EntryChange::kContent:
        return "~";
      case EntryChange::kUnread:
        return "?";
      default:
        return "~ (" + std::string(EntryChangeName(change)) + ")";
    }
  }

  std::uint64_t& Counter(EntryChange change) {
    if (change == EntryChange::kAdded) return added_;
    if (change == EntryChange::kRemoved) return removed_;
    return change == EntryChange::kUnread ? unread_ : changed_;
  }

  const StoredContents& contents_;
  const ArtifactDiffOptions& options_;
  std::size_t described_ = 0;
  std::uint64_t changed_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
  std::uint64_t unread_ = 0;
  Json entries_ = Json::Array{};
  std::vector<std::string> lines_;
};

}  // namespace

Json TreeEntryToJson(const std::optional<storage::TreeEntry>& entry) {
  if (!entry.has_value()) return {};
  if (entry->kind == FileKind::kSymlink) {
    return Json().Set("kind", "symlink").Set("target", BytesToJson(entry->target));
  }
  return Json()
      .Set("kind", entry->kind == FileKind::kDirectory ? "folder" : "file")
      .Set("digest", entry->digest.ToString())
      .Set("size_bytes", CountToJson(entry->size_bytes))
      .Set("executable", entry->executable);
}

Result<ArtifactDiff> DiffContents(const ContentSource& before, const ContentSource& after,
                                  std::string_view name) {
  std::string why_not;
  ArtifactDiff diff;
  REPRISE_ASSIGN_OR_RETURN(auto tensors, DiffTensors(before, after, why_not));
  if (tensors.has_value()) {
    diff.difference = DescribeTensors(*tensors);
    diff.lines = TensorLines(*tensors);
    return diff;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto table, DiffTables(before, after, name, why_not));
  if (table.has_value()) {
    diff.difference = DescribeTables(*table);
    diff.lines = TableLines(*table);
    return diff;
  }
  // Says itself why it was not compared as what it seems to be.
  REPRISE_ASSIGN_OR_RETURN(diff.difference, CompareContent(before, after, name));
  return diff;
}

Result<ArtifactDiff> DiffArtifacts(const StoredContents& contents, const ArtifactUse& before,
                                   const ArtifactUse& after, const ArtifactDiffOptions& options) {
  if (before.kind != after.kind) {
    ArtifactDiff diff;
    diff.difference = {.kind = "kind",
                       .sentence = "a " + std::string(ArtifactKindName(before.kind)) +
                                   " became a " + std::string(ArtifactKindName(after.kind)),
                       .details = Json::Object{}};
    return diff;
  }
  if (before.kind == ArtifactKind::kFile) {
    return DiffObjects(contents, before.digest, after.digest, after.path);
  }
  FolderLister lister(contents, options);
  const auto done = DiffTrees(contents, before.digest, after.digest,
                              [&](const TreeChange& change) { return lister.Add(change); });
  if (!done.ok()) return IsDamage(done.error()) ? Result(Unread(done.error())) : done.error();
  return lister.Finish();
}

}  // namespace reprise::lineage
