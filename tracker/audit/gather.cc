// Walks the lineage upstream of the run, then collects, for every run met, each document that its
// record names, folders with all of their trees, and every ledger entry about any of it.

#include <algorithm>
#include <deque>
#include <functional>
#include <set>

#include "storage/tree.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/bundle_seals.h"
#include "tracker/export_view.h"
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
  explicit Gatherer(Store& store) : store_(store) {}

  Result<BundleContent> Gather(const Ulid& run) {
    content_.store = store_.id();
    REPRISE_ASSIGN_OR_RETURN(content_.run, store_.GetRun(run));
    // What graph and ledger say comes first and at once: reading content may give the store up in
    // between, and what is added to it then is no part of this bundle.
    REPRISE_TRY(WalkLineage());
    REPRISE_TRY(AddLedger());
    REPRISE_TRY(AddRun(content_.run));
    for (const StoredRun& other : content_.upstream) REPRISE_TRY(AddRun(other));
    for (const StoredRun& other : content_.reruns) REPRISE_TRY(AddRun(other));
    REPRISE_TRY(AddPayloads());
    REPRISE_TRY(AddSeries());
    REPRISE_ASSIGN_OR_RETURN(content_.exported,
                             GatherExportOf(store_, NodeId::Run(run), content_.lineage));
    const auto missing = lineage::MissingParts(content_.exported);
    if (!missing.empty()) {
      return Error{ErrorCode::kCorruption,
                   missing.front() +
                       ", and is lost, without which a bundle proves nothing; `reprise fsck` tells "
                       "what is damaged"};
    }
    return std::move(content_);
  }

 private:
  // Everything upstream, what the run itself wrote, and its reruns.
  Result<void> WalkLineage() {
    const NodeId start = NodeId::Run(content_.run.record.id);
    REPRISE_ASSIGN_OR_RETURN(
        content_.lineage,
        lineage::Traverse(store_.catalog(), start, lineage::Direction::kUp, std::nullopt));
    lineage::Subgraph& graph = content_.lineage;
    std::set<NodeId> nodes(graph.nodes.begin(), graph.nodes.end());
    for (const NodeId& node : graph.nodes) {
      if (node.kind != NodeId::Kind::kRun || node == start) continue;
      REPRISE_ASSIGN_OR_RETURN(StoredRun other, store_.GetRun(node.run));
      content_.upstream.push_back(std::move(other));
    }
    REPRISE_ASSIGN_OR_RETURN(const std::vector<Edge> out,
                             lineage::EdgesFrom(store_.catalog(), start));
    for (const Edge& edge : out) {
      if (edge.kind == EdgeKind::kDerivedFrom) continue;  // A retraining is no part of this run.
      if (edge.kind == EdgeKind::kReproduces && !nodes.contains(edge.to)) {
        REPRISE_ASSIGN_OR_RETURN(StoredRun rerun, store_.GetRun(edge.to.run));
        content_.reruns.push_back(std::move(rerun));
      }
      if (nodes.insert(edge.to).second) graph.nodes.push_back(edge.to);
      graph.edges.push_back(edge);
    }
    std::ranges::sort(graph.edges);
    graph.edges.erase(std::unique(graph.edges.begin(), graph.edges.end()), graph.edges.end());
    const auto by_id = [](const StoredRun& a, const StoredRun& b) {
      return a.record.id < b.record.id;
    };
    std::ranges::sort(content_.upstream, by_id);
    std::ranges::sort(content_.reruns, by_id);
    REPRISE_ASSIGN_OR_RETURN(content_.drawing, LabelGraph(store_, graph));
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
      if (run.code->patch.has_value()) {
        REPRISE_TRY(Read(*run.code->patch, "the patch of " + of, content_.patches));
      }
    }
    return {};
  }

  Result<void> AddLedger() {
    storage::Ledger& ledger = store_.ledger();
    REPRISE_ASSIGN_OR_RETURN(content_.checkpoint, ledger.Checkpoint());
    REPRISE_ASSIGN_OR_RETURN(const storage::NoteKey key, ledger.Key());
    content_.key = key.ToText();
    content_.key_fingerprint = key.key.Fingerprint().ToString();
    REPRISE_ASSIGN_OR_RETURN(const std::string text, storage::OpenNote(content_.checkpoint, key));
    REPRISE_ASSIGN_OR_RETURN(content_.signed_state, storage::ParseCheckpoint(text));

    std::set<std::string> subjects;
    for (const NodeId& node : content_.lineage.nodes) subjects.insert(node.ToString());
    std::set<std::uint64_t> sequences;
    for (const std::string& subject : subjects) {
      REPRISE_ASSIGN_OR_RETURN(const auto about, LedgerEntriesAbout(store_.catalog(), subject));
      sequences.insert(about.begin(), about.end());
    }
    for (const std::uint64_t sequence : sequences) {
      BundleEvent event;
      REPRISE_ASSIGN_OR_RETURN(event.leaf, ledger.ReadBytes(sequence));
      REPRISE_ASSIGN_OR_RETURN(event.entry, storage::DecodeLedgerEntry(event.leaf));
      REPRISE_ASSIGN_OR_RETURN(content_.proofs[sequence], ledger.ProofDocument(sequence));
      content_.events.push_back(std::move(event));
    }
    REPRISE_TRY(GatherSeals(store_, content_));
    content_.lists_whole_log = ledger.size() <= kBundleHeadersMax;
    for (std::uint64_t i = 0; content_.lists_whole_log && i < ledger.size(); ++i) {
      REPRISE_ASSIGN_OR_RETURN(std::string leaf, ledger.ReadBytes(i));
      content_.headers.push_back(std::move(leaf));
    }
    return {};
  }

  Result<void> AddPayloads() {
    for (const BundleEvent& event : content_.events) {
      REPRISE_TRY(AddDocument(event.entry.payload, "the document of ledger entry " +
                                                       std::to_string(event.entry.sequence)));
    }
    return {};
  }

  Result<void> AddSeries() {
    std::uint64_t points = 0;
    for (const auto& [key, metric] : content_.run.record.metrics) {
      points += metric.count;
      if (points > kBundlePointsMax) {
        points -= metric.count;
        content_.series_left_out.push_back(key);
        continue;
      }
      auto series = MetricHistory(store_, content_.run, key);
      if (series.ok()) {
        content_.series.emplace(key, *std::move(series));
        continue;
      }
      content_.series_left_out.push_back(key);
      content_.missing.push_back("the points of metric '" + Printable(key) +
                                 "': " + series.error().message);
    }
    return {};
  }

  Store& store_;
  BundleContent content_;
  std::set<Digest> trees_;
};

}  // namespace

Result<BundleContent> GatherBundle(Store& store, const Ulid& run) {
  return Gatherer(store).Gather(run);
}

}  // namespace reprise::tracker
