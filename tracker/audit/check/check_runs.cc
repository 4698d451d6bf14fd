// That the documents are those that their names say, and that each run is in the ledger as it is
// here, with all that its record names.

#include <algorithm>
#include <deque>

#include "lineage/document.h"
#include "storage/crypto/sha256.h"
#include "tracker/audit/check/checked_bundle.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kRunType = "reprise/run/v1";

constexpr std::size_t kHexDigits = 2 * Digest::kSizeBytes;

// Files whose names are the SHA-256 of their bytes and an ending.
struct NamedFolder {
  std::string_view folder;
  // Where those with an ending are kept; nullptr: they are looked up by name.
  std::map<std::string_view, std::map<Digest, std::string_view>*> endings;
};

// The digest with which `name` begins.
std::optional<Digest> DigestOfName(std::string_view name) {
  if (name.size() < kHexDigits) return std::nullopt;
  const std::string_view hex = name.substr(0, kHexDigits);
  const auto digest = Digest::Parse("sha256:" + std::string(hex));
  return digest.ok() && digest->ToHex() == hex ? std::optional(*digest) : std::nullopt;
}

Result<void> CheckNames(CheckedBundle& bundle, const NamedFolder& named) {
  for (const std::string& path : bundle.FilesBelow(named.folder)) {
    const std::string_view name = std::string_view(path).substr(named.folder.size());
    const auto digest = DigestOfName(name);
    const auto known =
        digest.has_value() ? named.endings.find(name.substr(kHexDigits)) : named.endings.end();
    if (known == named.endings.end()) return Failed(path + " is not named as a document");
    const std::string& content = *bundle.files.Find(path);
    if (crypto::Sha256(content) != *digest) {
      return Failed(path + " does not have the content that its name says");
    }
    if (known->second != nullptr) known->second->emplace(*digest, content);
  }
  return {};
}

// What kind of document each is.
Result<void> ReadTypes(CheckedBundle& bundle) {
  for (const auto& [digest, document] : bundle.documents) {
    if (!document.starts_with('{')) continue;
    const auto json = ParseJson(document);
    if (!json.ok()) return Annotate(json.error(), digest.ToString());
    if (auto type = json->GetString("type"); type.ok()) {
      bundle.types.emplace(digest, *std::move(type));
    }
  }
  return {};
}

Result<void> ReachFolders(CheckedBundle& bundle, const std::vector<lineage::ArtifactUse>& uses,
                          const std::string& of_run) {
  for (const lineage::ArtifactUse& use : uses) {
    if (use.kind != lineage::ArtifactKind::kFolder) continue;
    REPRISE_TRY(ReachTree(bundle, use.digest, "the folder " + Quoted(use.path) + of_run));
  }
  return {};
}

Result<void> ReadRecipe(CheckedBundle& bundle, const std::string& of_run, StoredRun& run) {
  if (!run.record.recipe.has_value()) return {};
  const std::string what = "the recipe" + of_run;
  REPRISE_ASSIGN_OR_RETURN(const auto document,
                           bundle.Document(*run.record.recipe, "recipe", what));
  auto recipe = lineage::DecodeRecipe(document);
  if (!recipe.ok()) return Annotate(recipe.error(), what);
  run.recipe = *std::move(recipe);
  if (run.recipe->code.has_value()) {
    REPRISE_TRY(ReachTree(bundle, *run.recipe->code, "the code" + of_run));
  }
  if (run.recipe->environment.has_value()) {
    REPRISE_TRY(
        bundle.Document(*run.recipe->environment, "environment", "the environment" + of_run));
  }
  return {};
}

Result<void> ReadCode(CheckedBundle& bundle, const std::string& of_run, StoredRun& run) {
  if (!run.record.code.has_value()) return {};
  const std::string what = "the code" + of_run;
  REPRISE_ASSIGN_OR_RETURN(const auto document, bundle.Document(*run.record.code, "code", what));
  auto code = lineage::DecodeCode(document);
  if (!code.ok()) return Annotate(code.error(), what);
  run.code = *std::move(code);
  REPRISE_TRY(ReachTree(bundle, run.code->tree, what));
  if (run.code->patch.has_value()) {
    const bool is_left_out = bundle.content.holes.contains({*run.code->patch, "patch"});
    if (is_left_out || !bundle.documents.contains(*run.code->patch)) {
      return bundle.TakeHole(*run.code->patch, "patch", what);
    }
    bundle.reached.insert(*run.code->patch);
  }
  return {};
}

// Sequences of the entries of the kind "run", by subject.
std::map<std::string, std::vector<std::uint64_t>> RunEntries(const CheckedBundle& bundle) {
  std::map<std::string, std::vector<std::uint64_t>> by_run;
  for (const auto& [sequence, event] : bundle.entries) {
    if (event.entry.kind == "run") by_run[event.entry.subject].push_back(sequence);
  }
  return by_run;
}

Result<StoredRun> ReadRun(CheckedBundle& bundle, const Digest& digest,
                          const std::map<std::string, std::vector<std::uint64_t>>& entries) {
  bundle.reached.insert(digest);
  auto record = lineage::DecodeRunRecord(bundle.documents.at(digest));
  if (!record.ok()) return Annotate(record.error(), digest.ToString());
  StoredRun run;
  run.record = *std::move(record);
  run.document = digest;
  run.tags = run.record.tags;
  for (const std::string& text : run.record.notes) {
    run.notes.push_back({run.record.started_at_unix_ms, run.record.actor, text});
  }
  const std::string id = run.record.id.ToString();
  if (bundle.runs.contains(id)) return Failed("run " + id + " has two documents");
  const auto sequences = entries.find(id);
  const std::size_t count = sequences == entries.end() ? 0 : sequences->second.size();
  if (count != 1) {
    return Failed("the ledger has " + std::to_string(count) + " entries for run " + id +
                  " and must have one");
  }
  run.ledger_sequence = sequences->second.front();
  const storage::LedgerEntry& entry = bundle.entries.at(run.ledger_sequence).entry;
  if (entry.payload != digest) {
    return Failed("the document of run " + id + " is not the one in the ledger, " +
                  entry.payload.ToString());
  }
  const std::string of_run = " of run " + id;
  REPRISE_TRY(ReadRecipe(bundle, of_run, run));
  REPRISE_TRY(ReadCode(bundle, of_run, run));
  if (run.recipe.has_value()) REPRISE_TRY(ReachFolders(bundle, run.recipe->inputs, of_run));
  REPRISE_TRY(ReachFolders(bundle, run.record.outputs, of_run));
  return run;
}

// The ids of the runs that report.json tells of in full.
Result<std::vector<std::string>> ShownRuns(const Json& report) {
  const Json& one = lineage::MemberOrNull(report, "run");
  const auto several = report.GetArray("runs");
  const bool is_one = !one.is_null();
  const Json::Array single = {one};
  if (!is_one && !several.ok()) return Failed("report.json has no proper member 'runs'");
  std::vector<std::string> ids;
  for (const Json& run : is_one ? single : **several) {
    auto id = run.GetString("id");
    if (!id.ok()) return Failed("a run has no proper member 'id'");
    ids.push_back(*std::move(id));
  }
  if ((ids.size() == 1) != is_one) return Failed("report.json tells of a run where it has several");
  return ids;
}

// What report.json says that the bundle is about.
Result<void> ReadSubject(CheckedBundle& bundle) {
  auto subject = SubjectFromJson(lineage::MemberOrNull(bundle.report, "subject"));
  if (!subject.ok()) return Annotate(subject.error(), "what report.json says that it is about");
  bundle.content.subject = *std::move(subject);
  const BundleSubject& about = bundle.content.subject;
  if (bundle.signed_name != SignedNameOf(about)) {
    return Failed("report.json is about something else than the signature: " + TitleOf(about));
  }
  std::vector<std::string> ids;
  for (const Ulid& run : about.runs) ids.push_back(run.ToString());
  REPRISE_ASSIGN_OR_RETURN(const auto shown, ShownRuns(bundle.report));
  if (shown != ids) return Failed("report.json tells of other runs than it is about");
  bundle.run_ids.insert(ids.begin(), ids.end());
  bundle.roots = bundle.run_ids;
  for (const Digest& digest : about.artifacts) bundle.roots.insert(digest.ToString());
  if (bundle.roots.empty()) return Failed("the bundle is about nothing");
  return {};
}

// Whether a thing may be left out of a bundle for that reason.
bool MayBeLeftOut(const BundleHole& hole, std::string_view why) {
  constexpr std::string_view kWhats[] = {"patch",   "evidence", "note",   "tags",
                                         "dataset", "profile",  "verdict"};
  if (std::ranges::find(kWhats, hole.what) == std::ranges::end(kWhats)) return false;
  if (why == "redacted") return true;
  if (why == "erased") {
    return hole.what == "evidence" || hole.what == "note" || hole.what == "profile";
  }
  return hole.what == "evidence" && (why == "too_long" || why == "lost");
}

// Where the bytes would be in the bundle.
std::string PlaceOf(const BundleHole& hole) {
  if (hole.what == "evidence") return "evidence/" + hole.digest.ToHex();
  return "documents/" + hole.digest.ToHex() + (hole.what == "patch" ? ".patch" : ".json");
}

// What report.json says is not here.
Result<void> ReadHoles(CheckedBundle& bundle) {
  const auto list = bundle.report.GetArray("left_out");
  if (!list.ok()) return Failed("report.json has no proper member 'left_out'");
  for (const Json& json : **list) {
    const auto text = json.GetString("digest");
    const auto what = json.GetString("what");
    const auto why = json.GetString("why");
    const auto digest = text.ok() ? Digest::Parse(*text) : text.error();
    if (!digest.ok() || !what.ok() || !why.ok() || json.as_object().size() != 3) {
      return Failed("report.json has a malformed member in 'left_out'");
    }
    const BundleHole hole{*digest, *what};
    const bool is_here = bundle.files.Find(PlaceOf(hole)) != nullptr;
    if (is_here || !MayBeLeftOut(hole, *why) || !bundle.content.holes.emplace(hole, *why).second) {
      return Failed("report.json lists " + digest->ToString() +
                    " as left out, which is here or may not be");
    }
  }
  return {};
}

}  // namespace

Result<std::string> CheckDocumentNames(CheckedBundle& bundle) {
  for (const NamedFolder& named :
       {NamedFolder{"documents/", {{".json", &bundle.documents}, {".patch", &bundle.documents}}},
        NamedFolder{"attest/",
                    {{".dsse.json", &bundle.envelopes}, {".json", &bundle.attestations}}},
        NamedFolder{"policy/", {{".toml", &bundle.policies}}},
        NamedFolder{"evidence/", {{"", nullptr}}}}) {
    REPRISE_TRY(CheckNames(bundle, named));
  }
  if (bundle.documents.empty()) return Failed("there are no documents");
  return std::to_string(bundle.documents.size()) +
         " documents have the names that their bytes give";
}

Result<std::string> CheckRunRecords(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(const std::string_view report, bundle.File("report.json"));
  auto json = ParseJson(report);
  if (!json.ok()) return Annotate(json.error(), "report.json");
  bundle.report = *std::move(json);
  REPRISE_TRY(ReadSubject(bundle));
  REPRISE_TRY(ReadHoles(bundle));
  REPRISE_TRY(ReadTypes(bundle));
  const auto entries = RunEntries(bundle);
  for (const auto& [digest, type] : bundle.types) {
    if (type != kRunType) continue;
    REPRISE_ASSIGN_OR_RETURN(StoredRun run, ReadRun(bundle, digest, entries));
    std::string id = run.record.id.ToString();
    bundle.runs.emplace(std::move(id), std::move(run));
  }
  for (const std::string& id : bundle.run_ids) {
    if (!bundle.runs.contains(id)) return Failed("run " + id + " is not in the bundle");
  }
  return std::to_string(bundle.runs.size()) + " runs are in the ledger as they are here";
}

Result<void> ReachTree(CheckedBundle& bundle, const Digest& root, const std::string& why) {
  std::deque<Digest> pending = {root};
  while (!pending.empty()) {
    const Digest digest = pending.front();
    pending.pop_front();
    if (bundle.reached.contains(digest)) continue;
    REPRISE_ASSIGN_OR_RETURN(const auto document, bundle.Document(digest, "tree", why));
    auto tree = storage::DecodeTree(document);
    if (!tree.ok()) return Annotate(tree.error(), why + " " + digest.ToString());
    for (const storage::TreeEntry& entry : tree->entries) {
      if (entry.kind == FileKind::kDirectory) pending.push_back(entry.digest);
    }
    bundle.trees.emplace(digest, *std::move(tree));
  }
  return {};
}

}  // namespace reprise::tracker
