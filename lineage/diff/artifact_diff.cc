#include "lineage/diff/artifact_diff.h"

#include <algorithm>
#include <map>

#include "lineage/compare/inflate.h"
#include "lineage/compare/kinds.h"
#include "lineage/compare/table_reader.h"
#include "lineage/compare/wording.h"
#include "lineage/diff/like_names.h"
#include "lineage/diff/profile_diff.h"
#include "lineage/diff/tensor_diff.h"
#include "lineage/table/header.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

ArtifactDiff Unread(const Error& error) {
  ArtifactDiff diff;
  diff.difference = {.kind = "unread", .sentence = error.message, .details = Json::Object{}};
  return diff;
}

// How contents of a file that is known by `paths` are told.
TableLimits LimitsOf(const ArtifactDiffOptions& options, const std::vector<std::string>& paths) {
  TableLimits limits{.rows_listed_max = options.rows_listed_max};
  if (options.is_personal != nullptr) {
    limits.is_personal = [&options, paths](const std::string& column) {
      return options.is_personal(column, paths);
    };
    limits.is_personal_in_any = [&options](const std::string& column) {
      return options.is_personal(column, {});
    };
  }
  return limits;
}

// Absent: they are not both tables of which a profile is known.
Result<std::optional<ArtifactDiff>> DiffProfiles(const StoredContents& contents,
                                                 const Digest& before, const Digest& after,
                                                 const std::string& why,
                                                 const IsPersonal& is_personal) {
  if (contents.find_profile == nullptr) return std::optional<ArtifactDiff>();
  REPRISE_ASSIGN_OR_RETURN(auto old_profile, contents.find_profile(before));
  if (!old_profile.has_value()) return std::optional<ArtifactDiff>();
  REPRISE_ASSIGN_OR_RETURN(auto new_profile, contents.find_profile(after));
  if (!new_profile.has_value()) return std::optional<ArtifactDiff>();
  if (old_profile->problem.has_value() || new_profile->problem.has_value()) {
    return std::optional<ArtifactDiff>();
  }
  for (Profile* const profile : {&*old_profile, &*new_profile}) {
    for (ColumnProfile& column : profile->columns) {
      if (is_personal != nullptr && is_personal(column.name)) Withhold(column);
    }
  }
  return std::optional(ArtifactDiff{DescribeProfiles(*old_profile, *new_profile, why),
                                    ProfileLines(*old_profile, *new_profile)});
}

Result<ArtifactDiff> DiffObjects(const StoredContents& contents, const Digest& before,
                                 const Digest& after, std::string_view name,
                                 const TableLimits& limits) {
  const auto compare = [&]() -> Result<ArtifactDiff> {
    REPRISE_ASSIGN_OR_RETURN(const auto old_content, OpenObject(contents.objects, before));
    REPRISE_ASSIGN_OR_RETURN(const auto new_content, OpenObject(contents.objects, after));
    return DiffContents(*old_content, *new_content, name, limits);
  };
  auto diff = compare();
  if (diff.ok() || !IsDamage(diff.error())) return diff;
  REPRISE_ASSIGN_OR_RETURN(
      auto by_profiles,
      DiffProfiles(contents, before, after, diff.error().message, limits.is_personal));
  return by_profiles.has_value() ? *std::move(by_profiles) : Unread(diff.error());
}

// Lists what differs below two folders.
class FolderLister {
 public:
  // `roots`: the paths by which the folders are known.
  FolderLister(const StoredContents& contents, const ArtifactDiffOptions& options,
               std::vector<std::string> roots)
      : contents_(contents), options_(options), roots_(std::move(roots)) {}

  void Add(const TreeChange& change) { entries_.push_back({change, std::nullopt}); }

  Result<ArtifactDiff> Finish() {
    PairSameContent();
    PairLikely();
    for (const Entry& entry : entries_) {
      if (!entry.is_told_elsewhere) REPRISE_TRY(Tell(entry));
    }
    return Describe();
  }

 private:
  struct Entry {
    TreeChange change;
    std::optional<std::string> path_before;  // Of a file that has another path now.
    bool is_told_elsewhere = false;          // With the file that it became.
  };

  static bool IsFile(const std::optional<storage::TreeEntry>& entry) {
    return entry.has_value() && entry->kind == FileKind::kFile;
  }

  // Places of files that only one side has.
  std::vector<std::size_t> Lone(EntryChange change) const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const TreeChange& one = entries_[i].change;
      if (one.change != change || entries_[i].is_told_elsewhere) continue;
      if (IsFile(change == EntryChange::kAdded ? one.after : one.before)) places.push_back(i);
    }
    return places;
  }

  void Pair(std::size_t removed, std::size_t added) {
    Entry& gone = entries_[removed];
    Entry& come = entries_[added];
    come.path_before = gone.change.path;
    come.change.before = std::move(gone.change.before);
    come.change.change = come.change.before->digest == come.change.after->digest
                             ? EntryChange::kMoved
                             : EntryChange::kContent;
    gone.is_told_elsewhere = true;
  }

  void PairSameContent() {
    std::map<Digest, std::vector<std::size_t>> removed;  // The first at the end.
    for (const std::size_t place : Lone(EntryChange::kRemoved)) {
      const storage::TreeEntry& entry = *entries_[place].change.before;
      if (entry.size_bytes > 0) removed[entry.digest].push_back(place);
    }
    for (auto& [digest, places] : removed) std::ranges::reverse(places);
    for (const std::size_t place : Lone(EntryChange::kAdded)) {
      const auto found = removed.find(entries_[place].change.after->digest);
      if (found == removed.end() || found->second.empty()) continue;
      Pair(found->second.back(), place);
      found->second.pop_back();
    }
  }

  void PairLikely() {
    const std::vector<std::size_t> places[] = {Lone(EntryChange::kRemoved),
                                               Lone(EntryChange::kAdded)};
    if (places[0].empty() || places[1].size() > kLikeNamesMax / places[0].size()) return;
    std::vector<std::string> paths[2];
    for (const std::size_t side : {0U, 1U}) {
      for (const std::size_t place : places[side]) {
        paths[side].push_back(entries_[place].change.path);
      }
    }
    for (const auto& [removed, added] : PairLikeNames(paths[0], paths[1])) {
      Pair(places[0][removed], places[1][added]);
    }
  }

  // All paths by which a file of both folders is known.
  std::vector<std::string> PathsOf(const Entry& entry) const {
    std::vector<std::string> paths;
    for (const std::string& root : roots_) {
      paths.push_back(JoinPath(root, entry.change.path));
      if (entry.path_before.has_value()) paths.push_back(JoinPath(root, *entry.path_before));
    }
    return paths;
  }

  Result<void> Tell(const Entry& entry) {
    const TreeChange& change = entry.change;
    Json json = Json()
                    .Set("path", BytesToJson(change.path))
                    .Set("path_before",
                         entry.path_before.has_value() ? BytesToJson(*entry.path_before) : Json())
                    .Set("change", EntryChangeName(change.change))
                    .Set("before", TreeEntryToJson(change.before))
                    .Set("after", TreeEntryToJson(change.after));
    std::string line = Sign(change.change) + " ";
    if (entry.path_before.has_value()) line += Printable(*entry.path_before) + " → ";
    line += Printable(change.path);
    Json difference;
    if (change.change == EntryChange::kContent && described_ < options_.described_files_max) {
      ++described_;
      REPRISE_ASSIGN_OR_RETURN(const ArtifactDiff file,
                               DiffObjects(contents_, change.before->digest, change.after->digest,
                                           change.path, LimitsOf(options_, PathsOf(entry))));
      line += ": " + file.difference.sentence;
      difference = ContentDifferenceToJson(file.difference);
    }
    if (change.change == EntryChange::kMoved) line += ": the same content";
    if (change.change == EntryChange::kUnread) line += ": " + change.reason;
    json.Set("reason", change.reason.empty() ? Json() : Json(change.reason));
    json.Set("difference", std::move(difference));
    told_.Append(std::move(json));
    lines_.push_back(std::move(line));
    ++Counter(change.change);
    return {};
  }

  ArtifactDiff Describe() {
    std::string sentence;
    const auto say = [&](std::uint64_t count, std::string_view what) {
      if (count == 0) return;
      sentence += (sentence.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(what);
    };
    say(changed_, "changed");
    say(moved_, "moved");
    say(added_, "added");
    say(removed_, "removed");
    say(unread_, unread_ == 1 ? "folder could not be read" : "folders could not be read");
    if (sentence.empty()) sentence = "the same entries";
    ArtifactDiff diff;
    diff.difference = {.kind = "folder",
                       .sentence = std::move(sentence),
                       .details = Json()
                                      .Set("changed", CountToJson(changed_))
                                      .Set("moved", CountToJson(moved_))
                                      .Set("added", CountToJson(added_))
                                      .Set("removed", CountToJson(removed_))
                                      .Set("unread", CountToJson(unread_))
                                      .Set("entries", std::move(told_))};
    diff.lines = std::move(lines_);
    return diff;
  }

  static std::string Sign(EntryChange change) {
    switch (change) {
      case EntryChange::kAdded:
        return "+";
      case EntryChange::kRemoved:
        return "-";
      case EntryChange::kContent:
      case EntryChange::kMoved:
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
    if (change == EntryChange::kMoved) return moved_;
    return change == EntryChange::kUnread ? unread_ : changed_;
  }

  const StoredContents& contents_;
  const ArtifactDiffOptions& options_;
  const std::vector<std::string> roots_;
  std::vector<Entry> entries_;
  std::size_t described_ = 0;
  std::uint64_t changed_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
  std::uint64_t unread_ = 0;
  Json told_ = Json::Array{};
  std::vector<std::string> lines_;
};

// In place of a difference that would tell what is in columns of personal data.
ArtifactDiff WithheldDiff(const std::vector<std::string>& columns, const std::string& why_not) {
  Json names = Json::Array{};
  for (const std::string& column : columns) names.Append(Shown(column));
  ArtifactDiff diff;
  diff.difference = {.kind = "withheld",
                     .sentence = why_not + (why_not.empty() ? "" : "; ") +
                                 "what differs is not told, as it would tell values of " +
                                 ListQuoted(columns) + ", tagged pii",
                     .details = Json().Set("columns_withheld", std::move(names))};
  return diff;
}

// The columns of personal data of two contents that are tables, as far as their headers tell.
Result<std::vector<std::string>> FindPersonal(const ContentSource& before,
                                              const ContentSource& after, std::string_view name,
                                              const IsPersonal& is_personal) {
  if (is_personal == nullptr) return std::vector<std::string>();
  REPRISE_ASSIGN_OR_RETURN(const auto old_shape, FindTableShape(before, name));
  REPRISE_ASSIGN_OR_RETURN(const auto new_shape, FindTableShape(after, name));
  return PersonalColumns(old_shape.value_or(TableShape()), new_shape.value_or(TableShape()),
                         is_personal);
}

// As DiffContents(), of what may be a table.  Absent: it is none, for the reason in `why_not`.
Result<std::optional<ArtifactDiff>> DiffAsTables(const ContentSource& before,
                                                 const ContentSource& after, std::string_view name,
                                                 const TableLimits& limits, std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(const auto table, DiffTables(before, after, name, why_not, limits));
  if (table.has_value()) {
    return std::optional(ArtifactDiff{DescribeTables(*table), TableLines(*table)});
  }
  REPRISE_ASSIGN_OR_RETURN(const auto personal,
                           FindPersonal(before, after, name, limits.is_personal));
  if (personal.empty()) return std::optional<ArtifactDiff>();
  return std::optional(WithheldDiff(personal, why_not));
}

// How a table in an archive is told.
TableLimits LimitsInside(const TableLimits& limits) {
  TableLimits inside = limits;
  if (limits.is_personal_in_any == nullptr) return inside;
  inside.is_personal = [&limits](const std::string& column) {
    return limits.is_personal(column) || limits.is_personal_in_any(column);
  };
  return inside;
}

// Tables that are compressed by gzip.  Absent: they are none, or damaged.
Result<std::optional<ArtifactDiff>> DiffGzipTables(const ContentSource& before,
                                                   const ContentSource& after,
                                                   std::string_view name,
                                                   const TableLimits& limits) {
  constexpr std::string_view kEnd = ".gz";
  if (!name.ends_with(kEnd)) return std::optional<ArtifactDiff>();
  name.remove_suffix(kEnd.size());
  if (!IsTableName(name)) return std::optional<ArtifactDiff>();
  REPRISE_ASSIGN_OR_RETURN(const auto old_bytes, MeasureExpanded(before, DeflateForm::kGzip));
  REPRISE_ASSIGN_OR_RETURN(const auto new_bytes, MeasureExpanded(after, DeflateForm::kGzip));
  if (!old_bytes.has_value() || !new_bytes.has_value()) return std::optional<ArtifactDiff>();
  const StreamContent old_table(*old_bytes,
                                [&] { return OpenDeflated(before, DeflateForm::kGzip); });
  const StreamContent new_table(*new_bytes,
                                [&] { return OpenDeflated(after, DeflateForm::kGzip); });
  // What is the same when it is expanded is told by what gzip wrote around it.
  REPRISE_ASSIGN_OR_RETURN(const auto first, FindFirstDifference(old_table, new_table));
  if (!first.has_value() && *old_bytes == *new_bytes) return std::optional<ArtifactDiff>();
  std::string why_not;
  REPRISE_ASSIGN_OR_RETURN(auto diff,
                           DiffAsTables(old_table, new_table, name, LimitsInside(limits), why_not));
  if (!diff.has_value()) return diff;
  REPRISE_ASSIGN_OR_RETURN(std::string old_time, ReadGzipTime(before));
  REPRISE_ASSIGN_OR_RETURN(std::string new_time, ReadGzipTime(after));
  const ContentDifference inner = std::move(diff->difference);
  diff->difference = {.kind = "gzip",
                      .sentence = "when expanded: " + inner.kind + ", " + inner.sentence,
                      .details = Json()
                                     .Set("same_content", false)
                                     .Set("only_time", false)
                                     .Set("expected_time", std::move(old_time))
                                     .Set("actual_time", std::move(new_time))
                                     .Set("content", ContentDifferenceToJson(inner))};
  return diff;
}

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
                                  std::string_view name, const TableLimits& limits) {
  std::string why_not;
  ArtifactDiff diff;
  REPRISE_ASSIGN_OR_RETURN(auto tensors, DiffTensors(before, after, why_not));
  if (tensors.has_value()) {
    diff.difference = DescribeTensors(*tensors);
    diff.lines = TensorLines(*tensors);
    return diff;
  }
  REPRISE_ASSIGN_OR_RETURN(auto compressed, DiffGzipTables(before, after, name, limits));
  if (compressed.has_value()) return *std::move(compressed);
  REPRISE_ASSIGN_OR_RETURN(auto table, DiffAsTables(before, after, name, limits, why_not));
  if (table.has_value()) return *std::move(table);
  // Says itself why it was not compared as what it seems to be.
  REPRISE_ASSIGN_OR_RETURN(diff.difference, CompareContent(before, after, name));
  const bool is_archive = diff.difference.kind == "zip" || diff.difference.kind == "gzip";
  if (is_archive && limits.is_personal_in_any != nullptr) {
    diff.difference = WithholdValues(diff.difference, LimitsInside(limits).is_personal);
  }
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
  std::vector<std::string> paths = options.known_paths;
  paths.push_back(before.path);
  paths.push_back(after.path);
  if (before.kind == ArtifactKind::kFile) {
    return DiffObjects(contents, before.digest, after.digest, after.path, LimitsOf(options, paths));
  }
  FolderLister lister(contents, options, std::move(paths));
  const auto done = DiffTrees(contents, before.digest, after.digest,
                              [&](const TreeChange& change) -> Result<void> {
                                lister.Add(change);
                                return {};
                              });
  if (!done.ok()) return IsDamage(done.error()) ? Result(Unread(done.error())) : done.error();
  return lister.Finish();
}

}  // namespace reprise::lineage
