// That the documents are those that their names say, that each run is in the ledger as it is here,
// and that nothing which a record or the ledger names was left out, and nothing else slipped in.

#include <algorithm>
#include <deque>

#include "storage/crypto/sha256.h"
#include "tracker/audit/check/checked_bundle.h"
#include "tracker/fact_documents.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kDocuments = "documents/";
constexpr std::string_view kRunType = "reprise/run/v1";

// "documents/<hex>.json" or ".patch".
std::optional<Digest> DigestOfPath(std::string_view path) {
  std::string_view name = path.substr(kDocuments.size());
  const std::size_t dot = name.find('.');
  if (dot != 2 * Digest::kSizeBytes) return std::nullopt;
  const std::string_view ending = name.substr(dot);
  if (ending != ".json" && ending != ".patch") return std::nullopt;
  const auto digest = Digest::Parse("sha256:" + std::string(name.substr(0, dot)));
  if (!digest.ok() || digest->ToHex() != name.substr(0, dot)) return std::nullopt;
  return *digest;
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
    if (!bundle.documents.contains(*run.code->patch)) {
      return Failed("the patch" + of_run + " is not in the bundle");
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

// What was said of a run since it was recorded, which shows in the report.
Result<void> AddFact(const BundleEvent& event, std::string_view document, StoredRun& run) {
  const storage::LedgerEntry& entry = event.entry;
  if (entry.kind == "note") {
    REPRISE_ASSIGN_OR_RETURN(const NoteDocument note, DecodeNote(document));
    run.notes.push_back({entry.time_unix_ms, entry.actor, note.text});
  } else if (entry.kind == "tags") {
    REPRISE_ASSIGN_OR_RETURN(const TagsDocument added, DecodeTags(document));
    for (const auto& [key, value] : added.tags) run.tags[key] = value;
  }
  return {};
}

// An entry about the run or its lineage, with its document.
Result<void> AddEvent(CheckedBundle& bundle, const BundleEvent& event) {
  const storage::LedgerEntry& entry = event.entry;
  const std::string number = "ledger entry " + std::to_string(entry.sequence);
  if (!bundle.documents.contains(entry.payload)) {
    return Failed(number + " about " + entry.subject +
                  " has no document here: an event was left out");
  }
  const std::string what = "the document of " + number;
  REPRISE_ASSIGN_OR_RETURN(const auto document, bundle.Document(entry.payload, entry.kind, what));
  if (entry.kind == "verdict") {
    REPRISE_ASSIGN_OR_RETURN(const Json verdict, ParseJson(document));
    const auto original = verdict.GetString("original");
    if (!original.ok() || *original != entry.subject) {
      return Failed("the verdict of " + number + " is about another run");
    }
    bundle.content.documents.emplace(entry.payload, document);
  }
  if (const auto run = bundle.runs.find(entry.subject); run != bundle.runs.end()) {
    const auto added = AddFact(event, document, run->second);
    if (!added.ok()) return Annotate(added.error(), what);
  }
  bundle.content.events.push_back(event);
  return {};
}

}  // namespace

Result<std::string> CheckDocumentNames(CheckedBundle& bundle) {
  for (const std::string& path : bundle.FilesBelow(kDocuments)) {
    const auto digest = DigestOfPath(path);
    if (!digest.has_value()) return Failed(path + " is not named as a document");
    const std::string& content = *bundle.files.Find(path);
    if (crypto::Sha256(content) != *digest) {
      return Failed(path + " does not have the content that its name says");
    }
    bundle.documents.emplace(*digest, content);
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
  REPRISE_TRY(ReadTypes(bundle));
  const auto entries = RunEntries(bundle);
  for (const auto& [digest, type] : bundle.types) {
    if (type != kRunType) continue;
    REPRISE_ASSIGN_OR_RETURN(StoredRun run, ReadRun(bundle, digest, entries));
    std::string id = run.record.id.ToString();
    bundle.runs.emplace(std::move(id), std::move(run));
  }
  REPRISE_ASSIGN_OR_RETURN(const Json* const main, MemberOf(bundle.report, "run", "report.json"));
  const auto id = main->GetString("id");
  if (!id.ok()) return Failed("report.json has no proper member 'id'");
  if (*id != bundle.run_id) return Failed("report.json is about another run than the signature");
  if (!bundle.runs.contains(*id)) return Failed("run " + *id + " is not in the bundle");
  return std::to_string(bundle.runs.size()) + " runs are in the ledger as they are here";
}

Result<std::string> CheckEvents(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(const Json* const graph,
                           MemberOf(bundle.report, "lineage", "report.json"));
  const auto nodes = graph->GetArray("nodes");
  if (!nodes.ok()) return Failed("lineage has no proper member 'nodes'");
  for (const Json& node : **nodes) {
    const auto id = node.GetString("id");
    if (!id.ok()) return Failed("lineage has no proper member 'id'");
    bundle.subjects.insert(*id);
  }
  for (const auto& [id, run] : bundle.runs) bundle.subjects.insert(id);
  for (const auto& [sequence, event] : bundle.entries) {
    if (bundle.subjects.contains(event.entry.subject)) REPRISE_TRY(AddEvent(bundle, event));
  }
  std::vector<std::string> extra;
  for (const auto& [digest, document] : bundle.documents) {
    if (!bundle.reached.contains(digest)) extra.push_back(digest.ToString());
  }
  if (!extra.empty()) return Failed("nothing refers to these documents: " + Joined(extra, ", "));
  return std::to_string(bundle.content.events.size()) + " events about " +
         std::to_string(bundle.subjects.size()) + " runs and artifacts";
}

}  // namespace reprise::tracker
