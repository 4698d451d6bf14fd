#include "tracker/refs.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "storage/importer.h"
#include "storage/tree.h"
#include "tracker/content_digest.h"
#include "tracker/listed_run.h"
#include "tracker/live_runs.h"
#include "tracker/models.h"
#include "tracker/project_path.h"
#include "tracker/run_names.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kRunPrefixMin = 4;
constexpr std::size_t kDigestPrefixMin = 8;

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Error NotFound(std::string_view ref, std::string_view what) {
  return {ErrorCode::kNotFound,
          "'" + Printable(ref) + "' names no " + std::string(what) + " in this store"};
}

Error Ambiguous(std::string_view ref, const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return {ErrorCode::kAmbiguous,
          "'" + Printable(ref) + "' could be any of " + list + "; give more characters"};
}

// "@last", "@last~N", "EXPERIMENT@last", "EXPERIMENT@max:METRIC", "EXPERIMENT@min:METRIC".
class SelectorRef {
 public:
  static std::optional<SelectorRef> Parse(std::string_view ref) {
    const std::size_t at = ref.find('@');
    if (at == std::string_view::npos) return std::nullopt;
    SelectorRef selector;
    if (at > 0) selector.experiment_ = ref.substr(0, at);
    std::string_view rest = ref.substr(at + 1);
    if (rest == "last") return selector;
    if (rest.starts_with("last~")) {
      rest.remove_prefix(5);
      const auto [end, error] =
          std::from_chars(rest.data(), rest.data() + rest.size(), selector.skip_);
      if (error == std::errc() && end == rest.data() + rest.size()) return selector;
      return std::nullopt;
    }
    if ((rest.starts_with("max:") || rest.starts_with("min:")) && rest.size() > 4 && at > 0) {
      selector.maximise_ = rest.starts_with("max:");
      selector.metric_ = rest.substr(4);
      return selector;
    }
    return std::nullopt;
  }

  Result<Ulid> Resolve(Store& store, std::string_view ref) const {
    return metric_.has_value() ? Best(store, ref) : Newest(store, ref);
  }

 private:
  bool Matches(const ListedRun& run) const {
    return !experiment_.has_value() || run.experiment == *experiment_;
  }

  Result<Ulid> Newest(Store& store, std::string_view ref) const {
    std::uint64_t skip = skip_;
    std::optional<Ulid> found;
    REPRISE_TRY(ForEachKnownRun(store, [&](const ListedRun& run) {
      if (!Matches(run)) return true;
      if (skip-- > 0) return true;
      found = run.id;
      return false;
    }));
    if (!found.has_value()) return NotFound(ref, "run");
    return *found;
  }

  Result<Ulid> Best(Store& store, std::string_view ref) const {
    std::optional<Ulid> best;
    double best_value = 0;
    REPRISE_TRY(store.ForEachListedRun([&](const ListedRun& run) {
      if (!Matches(run) || run.status != lineage::RunStatus::kFinished) return true;
      const auto metric = run.metrics.find(*metric_);
      if (metric == run.metrics.end() || std::isnan(metric->second)) return true;
      const double value = metric->second;
      if (!best.has_value() || (maximise_ ? value > best_value : value < best_value)) {
        best = run.id;
        best_value = value;
      }
      return true;
    }));
    if (!best.has_value()) return NotFound(ref, "finished run with that metric");
    return *best;
  }

  std::optional<std::string> experiment_;
  std::optional<std::string> metric_;
  bool maximise_ = false;
  std::uint64_t skip_ = 0;
};

Result<std::optional<Ulid>> RunByPrefix(Store& store, const std::string& ref) {
  if (ref.size() < kRunPrefixMin || ref.size() > Ulid::kTextSize) return std::optional<Ulid>();
  const auto prefix = CanonicalUlidPrefix(ref);
  if (!prefix.ok()) return std::optional<Ulid>();
  std::string low = *prefix;
  low.resize(Ulid::kTextSize, '0');
  const auto first = Ulid::Parse(low);
  if (!first.ok()) return std::optional<Ulid>();
  std::vector<std::string> matches;
  REPRISE_TRY(store.catalog().Scan(storage::Space::kRun, {.prefix = "", .from = UlidBytes(*first)},
                                   [&](std::string_view key, std::string_view) {
                                     const std::string id =
                                         Ulid::FromBytes(AsBytes(key)).ToString();
                                     if (!id.starts_with(*prefix)) return false;
                                     matches.push_back(id);
                                     return matches.size() < 5;
                                   }));
  REPRISE_ASSIGN_OR_RETURN(const auto live, LiveRuns(store.files(), store.folder()));
  for (const StoredRun& run : live) {
    const std::string id = run.record.id.ToString();
    if (id.starts_with(*prefix)) matches.push_back(id);
  }
  if (matches.size() > 1) return Ambiguous(ref, matches);
  if (matches.empty()) return std::optional<Ulid>();
  REPRISE_ASSIGN_OR_RETURN(const Ulid id, Ulid::Parse(matches[0]));
  return std::optional(id);
}

Result<std::optional<Digest>> DigestByPrefix(Store& store, std::string_view ref) {
  std::string_view hex = ref;
  const bool named = hex.starts_with("sha256:");
  if (named) hex.remove_prefix(7);
  if (hex.size() < kDigestPrefixMin || hex.size() > 2 * Digest::kSizeBytes || !IsHex(hex)) {
    // "sha256:ab12cd34:PATH" is a place, and no digest that is spelled wrong.
    if (!named || hex.find(':') != std::string_view::npos) return std::optional<Digest>();
    return Error{
        ErrorCode::kInvalidArgument,
        "'" + Printable(ref) + "' is not a digest: sha256: and 8 to 64 hexadecimal digits"};
  }
  // The last digit of an odd prefix is compared as text.
  REPRISE_ASSIGN_OR_RETURN(const std::string bytes, FromHex(hex.substr(0, hex.size() / 2 * 2)));
  std::vector<std::string> matches;
  const std::string key_prefix = std::string(1, static_cast<char>(Digest::kSha256)) + bytes;
  REPRISE_TRY(store.catalog().Scan(storage::Space::kObject, {.prefix = key_prefix},
                                   [&](std::string_view key, std::string_view) {
                                     const auto digest = Digest::FromStored(AsBytes(key));
                                     if (digest.ok() && digest->ToHex().starts_with(hex))
                                       matches.push_back(digest->ToString());
                                     return matches.size() < 5;
                                   }));
  if (matches.size() > 1) return Ambiguous(ref, matches);
  if (matches.empty()) {
    if (hex.size() == 2 * Digest::kSizeBytes) {
      // A whole digest is a name even of content that is recorded but not stored.
      REPRISE_ASSIGN_OR_RETURN(const Digest digest, Digest::Parse("sha256:" + std::string(hex)));
      return std::optional(digest);
    }
    if (named) return NotFound(ref, "object");
    return std::optional<Digest>();
  }
  REPRISE_ASSIGN_OR_RETURN(const Digest digest, Digest::Parse(matches[0]));
  return std::optional(digest);
}

Result<std::optional<ArtifactRef>> ArtifactOnDisk(const RefContext& context,
                                                  const std::string& ref) {
  // As it was typed: "RUN:x/../y" is no file y of today.
  const std::string typed = ref.starts_with('/') ? ref : JoinPath(context.working_directory, ref);
  if (!Exists(context.store.files(), typed)) return std::optional<ArtifactRef>();
  const std::string path = AbsolutePath(ref, context.working_directory);
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported content,
                           DigestContent(context.store.files(), path));
  return std::optional(ArtifactRef{content.digest,
                                   content.kind == FileKind::kDirectory
                                       ? lineage::ArtifactKind::kFolder
                                       : lineage::ArtifactKind::kFile,
                                   content.executable,
                                   {},
                                   ref});
}

Result<ArtifactRef> RefOf(std::string_view path, const storage::TreeEntry& entry) {
  if (entry.kind == FileKind::kSymlink) {
    return Error{ErrorCode::kNotFound, "'" + Printable(path) + "' is a symbolic link to '" +
                                           Printable(entry.target) +
                                           "' and has no content of its own"};
  }
  return ArtifactRef{entry.digest,
                     entry.kind == FileKind::kDirectory ? lineage::ArtifactKind::kFolder
                                                        : lineage::ArtifactKind::kFile,
                     entry.executable};
}

// The artifact of `uses` at `path`, or the entry of one of its folders.
Result<std::optional<ArtifactRef>> FindUse(Store& store,
                                           const std::vector<lineage::ArtifactUse>& uses,
                                           std::string_view path) {
  for (const lineage::ArtifactUse& use : uses) {
    if (use.path == path) return std::optional(ArtifactRef{use.digest, use.kind, use.executable});
    if (use.kind != lineage::ArtifactKind::kFolder) continue;
    // The project itself is ".", and what lies outside of it is no part of it.
    const bool is_project = use.path == "." && !path.starts_with('/');
    if (!is_project && !path.starts_with(use.path + "/")) continue;
    const auto entry = storage::FindInTree(store.objects(), use.digest,
                                           is_project ? path : path.substr(use.path.size() + 1));
    if (entry.ok()) {
      REPRISE_ASSIGN_OR_RETURN(const ArtifactRef found, RefOf(path, *entry));
      return std::optional(found);
    }
    if (entry.error().code != ErrorCode::kNotFound) return entry.error();
  }
  return std::optional<ArtifactRef>();
}

// What `ref` is, if it is no dataset's or model's name.
Result<std::optional<Resolved>> ResolveUnlessNamed(const RefContext& context,
                                                   const std::string& ref) {
  Store& store = context.store;
  if (CheckRunName(ref).ok()) {
    const auto run = FindRunByName(store.files(), store.folder(), ref);
    if (run.ok()) return std::optional<Resolved>(*run);
    if (run.error().code != ErrorCode::kNotFound) return run.error();
  }
  REPRISE_ASSIGN_OR_RETURN(const auto run, RunByPrefix(store, ref));
  if (run.has_value()) return std::optional<Resolved>(*run);
  REPRISE_ASSIGN_OR_RETURN(const auto digest, DigestByPrefix(store, ref));
  if (digest.has_value()) {
    return std::optional<Resolved>(ArtifactRef{*digest, std::nullopt, false});
  }
  REPRISE_ASSIGN_OR_RETURN(const auto artifact, ArtifactOnDisk(context, ref));
  if (artifact.has_value()) return std::optional<Resolved>(*artifact);
  return std::optional<Resolved>();
}

// What has a name in the ledger: the newest version of a dataset, or a version of a model.
struct Named {
  std::string what;  // "the dataset"
  ArtifactRef artifact;
};

Result<std::optional<Named>> FindNamed(Store& store, const std::string& ref) {
  const auto of = [](const char* what, const lineage::ArtifactUse& use) {
    return std::optional(Named{what, {use.digest, use.kind, use.executable}});
  };
  REPRISE_ASSIGN_OR_RETURN(const auto model, FindModel(store.catalog(), ref));
  if (model.has_value()) return of("the model", model->version.artifact);
  REPRISE_ASSIGN_OR_RETURN(const auto dataset, store.NewestDataset(ref));
  if (dataset.has_value()) return of("the dataset", dataset->artifact);
  return std::optional<Named>();
}

// One that is called as something else is: guessing would give the one for the other.
Error AmbiguousName(const std::string& ref, const Named& named, const Resolved& other) {
  const std::string start = "'" + Printable(ref) + "' is " + named.what + " " +
                            named.artifact.digest.ToString() + " and ";
  if (const auto* const run = std::get_if<Ulid>(&other)) {
    return {ErrorCode::kAmbiguous, start + "the run " + run->ToString() +
                                       "; name the one by its digest or the other by its id"};
  }
  const ArtifactRef& artifact = std::get<ArtifactRef>(other);
  const std::string digest = artifact.digest.ToString();
  if (!artifact.kind.has_value()) {
    return {ErrorCode::kAmbiguous, start + "the content " + digest + "; give the whole digest"};
  }
  return {ErrorCode::kAmbiguous, start + "a path with other content, " + digest + "; write './" +
                                     Printable(ref) + "' for the path, and the digest for " +
                                     named.what};
}

Result<Resolved> ResolveWhole(const RefContext& context, const std::string& ref) {
  if (const auto selector = SelectorRef::Parse(ref)) {
    REPRISE_ASSIGN_OR_RETURN(const Ulid run, selector->Resolve(context.store, ref));
    return Resolved(run);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto other, ResolveUnlessNamed(context, ref));
  REPRISE_ASSIGN_OR_RETURN(const auto named, FindNamed(context.store, ref));
  if (!named.has_value()) {
    if (other.has_value()) return *other;
    REPRISE_ASSIGN_OR_RETURN(const auto versions, VersionsOfModel(context.store.catalog(), ref));
    if (!versions.empty()) {
      return Error{ErrorCode::kNotFound,
                   "'" + ref + "' is a model, and one of its versions is needed: " +
                       versions.back().Name() + " is the newest, " + ref +
                       "@STAGE the one in a stage; see `reprise model show " + ref + "`"};
    }
    return NotFound(ref, "run, model, dataset, artifact or path");
  }
  if (!other.has_value()) return Resolved(named->artifact);
  const auto* const same = std::get_if<ArtifactRef>(&*other);
  if (same == nullptr || same->digest != named->artifact.digest) {
    return AmbiguousName(ref, *named, *other);
  }
  return same->kind.has_value() ? *other : Resolved(named->artifact);
}

// "./out//model/" as a path is recorded: "out/model".  Above the project there is nothing.
std::string AsRecorded(const std::string& path) {
  const std::string normal = AbsolutePath(path, "/");
  if (path.starts_with('/')) return normal;
  if (HasParentPart(path) || path.empty()) return path;
  return normal == "/" ? "." : normal.substr(1);
}

Result<Resolved> ResolvePlace(const RefContext& context, const std::string& ref,
                              std::size_t colon) {
  REPRISE_ASSIGN_OR_RETURN(const Resolved whole, ResolveWhole(context, ref.substr(0, colon)));
  const std::string path = AsRecorded(ref.substr(colon + 1));
  if (const auto* const id = std::get_if<Ulid>(&whole)) {
    REPRISE_ASSIGN_OR_RETURN(const StoredRun run, GetEndedRun(context.store, *id));
    REPRISE_ASSIGN_OR_RETURN(auto found, FindUse(context.store, run.record.outputs, path));
    if (found.has_value()) found->output_of = {*id, path};
    if (!found.has_value() && run.recipe.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(found, FindUse(context.store, run.recipe->inputs, path));
    }
    if (!found.has_value() && run.recipe.has_value() && run.recipe->code.has_value()) {
      const auto entry = storage::FindInTree(context.store.objects(), *run.recipe->code, path);
      if (entry.ok()) {
        REPRISE_ASSIGN_OR_RETURN(found, RefOf(path, *entry));
      }
    }
    if (!found.has_value()) return NotFound(ref, "output, input or code file of that run");
    return Resolved(*found);
  }
  REPRISE_ASSIGN_OR_RETURN(
      const storage::TreeEntry entry,
      storage::FindInTree(context.store.objects(), std::get<ArtifactRef>(whole).digest, path));
  REPRISE_ASSIGN_OR_RETURN(const ArtifactRef found, RefOf(path, entry));
  return Resolved(found);
}

}  // namespace

Result<Resolved> ResolveRef(const RefContext& context, const std::string& ref) {
  auto whole = ResolveWhole(context, ref);
  if (whole.ok() || whole.error().code != ErrorCode::kNotFound) return whole;
  // "sha256:…" and "EXPERIMENT@max:METRIC" hold colons of their own.
  const std::size_t search_from = ref.starts_with("sha256:") ? 7 : 0;
  const std::size_t at = ref.find("@m");
  std::size_t colon = ref.find(':', search_from);
  if (at != std::string::npos && colon != std::string::npos && colon == at + 4) {
    colon = ref.find(':', colon + 1);
  }
  if (colon == std::string::npos || colon == 0) return whole;
  return ResolvePlace(context, ref, colon);
}

Result<Ulid> ResolveRun(const RefContext& context, const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(const Resolved resolved, ResolveRef(context, ref));
  if (const auto* const run = std::get_if<Ulid>(&resolved)) return *run;
  return Error{ErrorCode::kNotFound,
               "'" + Printable(ref) + "' is an artifact, and a run is needed"};
}

Result<ArtifactRef> ResolveArtifact(const RefContext& context, const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(const Resolved resolved, ResolveRef(context, ref));
  if (const auto* const artifact = std::get_if<ArtifactRef>(&resolved)) return *artifact;
  return Error{
      ErrorCode::kNotFound,
      "'" + Printable(ref) + "' is a run; name one of its files as " + Printable(ref) + ":PATH"};
}

}  // namespace reprise::tracker
