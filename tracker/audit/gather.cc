// Walks the lineage upstream of what the bundle is about, then collects, for every run met, each
// document that its record names, folders with all of their trees, the models that were registered
// of what was met, and every ledger entry about any of it.

#include <algorithm>
#include <deque>
#include <functional>
#include <set>

#include "storage/tree.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/gather_governance.h"
#include "tracker/audit/gather_ledger.h"
#include "tracker/audit/told_values.h"
#include "tracker/export_view.h"
#include "tracker/governance_rows.h"
#include "tracker/index.h"
#include "tracker/lineage_view.h"
#include "tracker/metric_history.h"

namespace reprise::tracker {
namespace {

using lineage::Edge;
using lineage::EdgeKind;
using lineage::NodeId;

class Gatherer {
 public:
  Gatherer(Store& store, const BundleRequest& request) : store_(store), request_(request) {}

  Result<BundleContent> Gather() {
    content_.store = store_.id();
    content_.subject = request_.subject;
    for (const Ulid& id : content_.subject.runs) {
      REPRISE_ASSIGN_OR_RETURN(StoredRun run, store_.GetRun(id));
      content_.runs.push_back(std::move(run));
    }
    // What graph and ledger say comes first and at once: reading content may give the store up in
    // between, and what is added to it then is no part of this bundle.
    REPRISE_TRY(WalkLineage());
    REPRISE_ASSIGN_OR_RETURN(auto subjects, GatherGovernance(store_, content_));
    for (const NodeId& node : content_.lineage.nodes) subjects.insert(node.ToString());
    REPRISE_ASSIGN_OR_RETURN(erased_, GatherLedger(store_, request_.since, subjects, content_));
    for (const auto* const runs : {&content_.runs, &content_.upstream, &content_.reruns}) {
      for (const StoredRun& run : *runs) REPRISE_TRY(AddRun(run));
    }
    REPRISE_TRY(AddWholes());
    REPRISE_ASSIGN_OR_RETURN(is_personal_, PersonalInBundle(store_, request_.columns, content_));
    REPRISE_TRY(AddPayloads());
    REPRISE_TRY(GatherEvidence(store_, request_.redact, content_));
    REPRISE_TRY(AddModelFolders());
    for (const StoredRun& run : content_.runs) REPRISE_TRY(AddSeries(run));
    if (!request_.redact) REPRISE_TRY(GatherData(store_, is_personal_, content_));
    content_.requirements = request_.requirements;
    REPRISE_TRY(AddExported());
    if (request_.redact) Redact();
    return std::move(content_);
  }

 private:
  // Where the walk begins; the first is what tools call the subject.
  std::vector<NodeId> Starts() const {
    std::vector<NodeId> starts;
    for (const Ulid& run : content_.subject.runs) starts.push_back(NodeId::Run(run));
    for (const Digest& digest : content_.subject.artifacts) {
      starts.push_back(NodeId::Artifact(digest));
    }
    return starts;
  }

  // Everything upstream, what the runs themselves wrote, and their reruns.
  Result<void> WalkLineage() {
    lineage::Subgraph& graph = content_.lineage;
    std::set<NodeId> nodes;
    const std::set<Ulid> own(content_.subject.runs.begin(), content_.subject.runs.end());
    for (const NodeId& start : Starts()) {
      REPRISE_ASSIGN_OR_RETURN(
          const lineage::Subgraph above,
          lineage::Traverse(store_.catalog(), start, lineage::Direction::kUp, std::nullopt));
      graph.edges.insert(graph.edges.end(), above.edges.begin(), above.edges.end());
      for (const NodeId& node : above.nodes) {
        if (!nodes.insert(node).second) continue;
        graph.nodes.push_back(node);
        if (node.kind != NodeId::Kind::kRun || own.contains(node.run)) continue;
        REPRISE_ASSIGN_OR_RETURN(StoredRun other, store_.GetRun(node.run));
        content_.upstream.push_back(std::move(other));
      }
    }
    for (const Ulid& run : own) REPRISE_TRY(AddWhatFollows(NodeId::Run(run), nodes));
    std::ranges::sort(graph.edges);
    graph.edges.erase(std::unique(graph.edges.begin(), graph.edges.end()), graph.edges.end());
    const auto id_of = [](const StoredRun& run) { return run.record.id; };
    std::ranges::sort(content_.upstream, {}, id_of);
    std::ranges::sort(content_.reruns, {}, id_of);
    REPRISE_ASSIGN_OR_RETURN(content_.drawing, LabelGraph(store_, graph));
    return {};
  }

  Result<void> AddWhatFollows(const NodeId& run, std::set<NodeId>& nodes) {
    lineage::Subgraph& graph = content_.lineage;
    REPRISE_ASSIGN_OR_RETURN(const std::vector<Edge> out,
                             lineage::EdgesFrom(store_.catalog(), run));
    for (const Edge& edge : out) {
      if (edge.kind == EdgeKind::kDerivedFrom) continue;  // A retraining is no part of this run.
      if (nodes.insert(edge.to).second) {
        graph.nodes.push_back(edge.to);
        if (edge.kind == EdgeKind::kReproduces) {
          REPRISE_ASSIGN_OR_RETURN(StoredRun rerun, store_.GetRun(edge.to.run));
          content_.reruns.push_back(std::move(rerun));
        }
      }
      graph.edges.push_back(edge);
    }
    return {};
  }

  // Reads an object.  Errors: kCorruption  it is lost: a bundle without it would fail its checks.
  Result<const std::string*> Read(const Digest& digest, const std::string& what,
                                  std::map<Digest, std::string>& into) {
    return Keep(digest, what, into, [&] { return store_.objects().Get(digest); });
  }

  // Likewise of a folder's document, which is as long as the folder.
  Result<const std::string*> ReadTree(const Digest& digest, const std::string& what) {
    return Keep(digest, what, content_.documents, [&]() -> Result<std::string> {
      REPRISE_ASSIGN_OR_RETURN(const auto stream, store_.objects().Open(digest));
      std::string document;
      for (bool more = true; more;) {
        REPRISE_ASSIGN_OR_RETURN(more, stream->Next(document));
      }
      return document;
    });
  }

  Result<const std::string*> Keep(const Digest& digest, const std::string& what,
                                  std::map<Digest, std::string>& into,
                                  const std::function<Result<std::string>()>& read) {
    if (const auto known = into.find(digest); known != into.end()) return &known->second;
    auto bytes = read();
    if (bytes.ok()) return &into.emplace(digest, *std::move(bytes)).first->second;
    if (bytes.error().code == ErrorCode::kIoError) return std::move(bytes).error();
    return Error{ErrorCode::kCorruption, what + " (" + digest.ToString() +
                                             ") is lost, without which a bundle proves "
                                             "nothing; `reprise fsck` tells what is damaged: " +
                                             bytes.error().message};
  }

  Result<void> AddDocument(const std::optional<Digest>& digest, const std::string& what) {
    if (!digest.has_value()) return {};
    return Read(*digest, what, content_.documents).and_then([](const std::string*) {
      return Result<void>();
    });
  }

  Result<void> AddTree(const Digest& root, const std::string& what) {
    std::deque<Digest> pending = {root};
    while (!pending.empty()) {
      const Digest digest = pending.front();
      pending.pop_front();
      if (!trees_.insert(digest).second) continue;
      REPRISE_ASSIGN_OR_RETURN(const std::string* const document, ReadTree(digest, what));
      storage::TreeDecoder decoder;
      decoder.Feed(*document);
      for (;;) {
        REPRISE_ASSIGN_OR_RETURN(const auto entry, decoder.Next());
        if (!entry.has_value()) break;
        if (entry->kind == FileKind::kDirectory) pending.push_back(entry->digest);
      }
      REPRISE_TRY(decoder.Finish());
    }
    return {};
  }

  // Folders in which something lies that a run wrote by itself, which no other record may name.
  Result<void> AddWholes() {
    for (const Edge& edge : content_.lineage.edges) {
      if (edge.kind != EdgeKind::kPartOf) continue;
      REPRISE_TRY(AddTree(edge.to.artifact, "a folder"));
    }
    return {};
  }

  Result<void> AddFolders(const std::vector<lineage::ArtifactUse>& uses, const std::string& of) {
    for (const lineage::ArtifactUse& use : uses) {
      if (use.kind != lineage::ArtifactKind::kFolder) continue;
      REPRISE_TRY(AddTree(use.digest, "the folder '" + Printable(use.path) + "' of " + of));
    }
    return {};
  }

  Result<void> AddRun(const StoredRun& run) {
    const std::string of = "run " + run.record.id.ToString();
    REPRISE_TRY(AddDocument(run.document, "the record of " + of));
    REPRISE_TRY(AddDocument(run.record.recipe, "the recipe of " + of));
    REPRISE_TRY(AddDocument(run.record.code, "the code document of " + of));
    REPRISE_TRY(AddFolders(run.record.outputs, of));
    if (run.recipe.has_value()) {
      REPRISE_TRY(AddDocument(run.recipe->environment, "the environment of " + of));
      REPRISE_TRY(AddFolders(run.recipe->inputs, of));
      if (run.recipe->code.has_value()) {
        REPRISE_TRY(AddTree(*run.recipe->code, "the code of " + of));
      }
    }
    if (run.code.has_value()) {
      REPRISE_TRY(AddTree(run.code->tree, "the code of " + of));
      if (run.code->patch.has_value() && request_.redact) {
        content_.holes[{*run.code->patch, "patch"}] = "redacted";
      } else if (run.code->patch.has_value()) {
        REPRISE_TRY(Read(*run.code->patch, "the patch of " + of, content_.patches));
      }
    }
    return {};
  }

  Result<void> AddPayloads() {
    for (const BundleEvent& event : content_.events) {
      const storage::LedgerEntry& entry = event.entry;
      // Read with the policies and the models.
      if (entry.kind == kPolicyEntry || entry.kind == kAttestationEntry) continue;
      const std::string what = "the document of ledger entry " + std::to_string(entry.sequence);
      if (request_.redact && IsAlwaysRedacted(entry.kind)) {
        content_.holes[{entry.payload, entry.kind}] = "redacted";
      } else if (MayBeErased(entry.kind) && erased_.contains(entry.payload)) {
        content_.holes[{entry.payload, entry.kind}] = "erased";
      } else if (entry.kind == kStatementEntry) {
        REPRISE_TRY(Read(entry.payload, what, content_.envelopes));
      } else {
        REPRISE_TRY(AddDocument(entry.payload, what));
        LeaveOutValues(entry);
      }
    }
    return {};
  }

  // Kinds of entries whose documents hold what people wrote, or what data holds, whatever else is
  // in them; a verdict does only where it tells values.
  static bool IsAlwaysRedacted(std::string_view kind) {
    return kind == "note" || kind == "tags" || kind == "dataset" || kind == "profile";
  }

  // Takes a document back that tells values which must not be told.
  void LeaveOutValues(const storage::LedgerEntry& entry) {
    const auto document = content_.documents.find(entry.payload);
    const bool tells =
        entry.kind == "verdict"
            ? VerdictTellsValues(document->second, request_.redact, is_personal_)
            : entry.kind == "profile" && ProfileTellsValues(document->second, is_personal_);
    if (!tells) return;
    content_.holes[{entry.payload, entry.kind}] = "redacted";
    content_.documents.erase(document);
  }

  // Those that are evidence, and those whose files somebody signed.
  Result<void> AddModelFolders() {
    for (const BundleModel& model : content_.governance.models) {
      if (!model.attestations.empty()) {
        REPRISE_TRY(AddFolders({model.model.version.artifact}, model.model.Name()));
      }
      for (const BundleEvidence& evidence : model.evidence) {
        REPRISE_TRY(AddFolders({evidence.filed.evidence.artifact},
                               "the evidence for " + model.model.Name()));
      }
    }
    return {};
  }

  Result<void> AddSeries(const StoredRun& run) {
    for (const auto& [key, metric] : run.record.metrics) {
      const bool fits = metric.count <= kBundlePointsMax - points_;
      if (!fits || request_.redact) {
        content_.series_left_out.emplace_back(run.record.id, key);
        continue;
      }
      auto series = MetricHistory(store_, run, key);
      if (series.ok()) {
        points_ += metric.count;
        content_.series[run.record.id].emplace(key, *std::move(series));
        continue;
      }
      content_.series_left_out.emplace_back(run.record.id, key);
      content_.missing.push_back("the points of metric '" + Printable(key) +
                                 "': " + series.error().message);
    }
    return {};
  }

  Result<void> AddExported() {
    REPRISE_ASSIGN_OR_RETURN(content_.exported,
                             GatherExportOf(store_, Starts().front(), content_.lineage));
    const auto missing = lineage::MissingParts(content_.exported);
    if (missing.empty()) return {};
    return Error{ErrorCode::kCorruption,
                 missing.front() +
                     ", and is lost, without which a bundle proves nothing; `reprise fsck` tells "
                     "what is damaged"};
  }

  // What was left out of documents is left out of what was told of them, too.
  void Redact() {
    for (auto* const runs : {&content_.runs, &content_.upstream, &content_.reruns}) {
      for (StoredRun& run : *runs) {
        run.tags = run.record.tags;
        run.notes.clear();
        for (const std::string& text : run.record.notes) {
          run.notes.push_back({run.record.started_at_unix_ms, run.record.actor, text});
        }
      }
    }
    for (lineage::ExportedRun& run : content_.exported.runs) {
      run.tags.clear();
      run.notes.clear();
    }
    for (lineage::ExportedArtifact& artifact : content_.exported.artifacts) {
      artifact.dataset_names.clear();
      artifact.tags.clear();
      artifact.columns.clear();  // Which profiles told: cells, where a table has no header.
    }
  }

  Store& store_;
  const BundleRequest& request_;
  BundleContent content_;
  std::uint64_t points_ = 0;  // Of metrics, that are in the bundle.
  std::set<Digest> trees_;
  std::set<Digest> erased_;  // Of what entries and evidence name.
  lineage::IsPersonal is_personal_ = nullptr;
};

}  // namespace

Result<BundleContent> GatherBundle(Store& store, const BundleRequest& request) {
  return Gatherer(store, request).Gather();
}

}  // namespace reprise::tracker
