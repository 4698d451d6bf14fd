#include "tracker/artifact_facts.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "lineage/folder_members.h"
#include "lineage/graph_query.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "storage/tree.h"
#include "tracker/erasure.h"
#include "tracker/partial_folders.h"

namespace reprise::tracker {
namespace {

Result<bool> HasNode(const storage::Catalog& catalog, const lineage::NodeId& node) {
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, lineage::FindNumbers(catalog, {&node, 1}));
  return numbers.front().has_value();
}

// What kind of thing `digest` names.  The reference decides where it can, then what refers to the
// content: the same bytes may be a data file here and a document there.
Result<std::string> KindOf(Store& store, const ArtifactRef& ref,
                           const std::vector<Dataset>& datasets) {
  if (ref.kind.has_value()) return std::string(lineage::ArtifactKindName(*ref.kind));
  for (const Dataset& dataset : datasets) {
    if (dataset.artifact.digest == ref.digest) {
      return std::string(lineage::ArtifactKindName(dataset.artifact.kind));
    }
  }
  REPRISE_ASSIGN_OR_RETURN(const auto known, KnownKindOf(store.catalog(), ref.digest));
  if (known.has_value()) return std::string(lineage::ArtifactKindName(*known));
  REPRISE_ASSIGN_OR_RETURN(const bool is_environment, IsEnvironment(store.catalog(), ref.digest));
  return std::string(is_environment ? "environment" : "object");
}

// Edges to runs, each run and path once.
class EdgesOfRuns {
 public:
  // `run` is the edges' end that is a run.
  EdgesOfRuns(lineage::NodeId lineage::Edge::*run, std::vector<lineage::Edge>& edges)
      : run_(run), edges_(edges) {
    for (const lineage::Edge& edge : edges) known_.emplace(edge.*run, edge.path);
  }

  // The edges of a folder, as those of what lies at `path` in it.
  void AddWithin(const std::vector<lineage::Edge>& edges, const std::string& path) {
    for (lineage::Edge edge : edges) {
      edge.path = edge.path == "." ? path : JoinPath(edge.path, path);
      if (known_.emplace(edge.*run_, edge.path).second) edges_.push_back(std::move(edge));
    }
  }

 private:
  lineage::NodeId lineage::Edge::*run_;
  std::vector<lineage::Edge>& edges_;
  std::set<std::pair<lineage::NodeId, std::string>> known_;
};

Json EdgesToJson(const std::vector<lineage::Edge>& edges, bool from) {
  Json json = Json::Array{};
  for (const lineage::Edge& edge : edges) {
    json.Append(Json()
                    .Set("run", (from ? edge.from : edge.to).ToString())
                    .Set("path", BytesToJson(edge.path)));
  }
  return json;
}

Result<std::vector<ModelOfArtifact>> ModelsOf(const storage::Catalog& catalog,
                                              const lineage::NodeId& artifact) {
  lineage::GraphQuestion question;
  question.starts = {artifact};
  question.direction = lineage::Direction::kDown;
  question.depth_max = 1;
  question.sorts = {lineage::NodeSort::kModel};
  REPRISE_ASSIGN_OR_RETURN(const lineage::GraphAnswer answer, lineage::Ask(catalog, question));
  std::vector<ModelOfArtifact> models;
  for (const lineage::GraphEdge& edge : answer.edges) {
    if (edge.from != 0 || answer.nodes[edge.to].id.kind != lineage::NodeId::Kind::kModel) continue;
    const auto model = FindModel(catalog, answer.nodes[edge.to].id.name);
    if (!model.ok() && !IsDamage(model.error())) return model.error();
    if (model.ok() && model->has_value()) models.push_back({**model, answer.paths[edge.path]});
  }
  std::ranges::sort(models, {}, [](const ModelOfArtifact& of) {
    return std::tuple(of.model.version.name, of.model.version.version, of.path);
  });
  return models;
}

}  // namespace

Result<std::uint64_t> SizeOfFolder(storage::ObjectReader& objects, const Digest& tree) {
  REPRISE_ASSIGN_OR_RETURN(auto entries, storage::TreeCursor::Open(objects, tree));
  std::uint64_t size_bytes = 0;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const auto entry, entries.Next());
    if (!entry.has_value()) return size_bytes;
    size_bytes += entry->size_bytes;  // Of a folder, too, that of all files below it.
  }
}

Result<std::optional<lineage::ArtifactKind>> KnownKindOf(const storage::Catalog& catalog,
                                                         const Digest& digest) {
  REPRISE_ASSIGN_OR_RETURN(const auto known, lineage::KnownKind(catalog, digest));
  if (known.has_value()) return known;
  REPRISE_ASSIGN_OR_RETURN(const bool is_code, HasNode(catalog, lineage::NodeId::Code(digest)));
  return is_code ? std::optional(lineage::ArtifactKind::kFolder) : std::nullopt;
}

Result<bool> IsEnvironment(const storage::Catalog& catalog, const Digest& digest) {
  return HasNode(catalog, lineage::NodeId::Environment(digest));
}

Error NotStored(const ArtifactRef& ref) {
  const std::string digest = ref.digest.ToString();
  if (ref.path_on_disk.empty()) {
    return {ErrorCode::kNotFound, "the content " + digest + " is not known in this store"};
  }
  const std::string path = Printable(ref.path_on_disk);
  return {ErrorCode::kNotFound, "the content of '" + path + "' (" + digest +
                                    ") is not in this store; `reprise add " + path + "` stores it"};
}

namespace {

// Of a folder the last that was about it.
Result<void> FindErasureOf(Store& store, ArtifactFacts& facts) {
  REPRISE_ASSIGN_OR_RETURN(facts.erased, ErasedNow(store.catalog(), facts.digest));
  if (facts.erased.has_value() || facts.kind != "folder") return {};
  REPRISE_ASSIGN_OR_RETURN(const auto erasures, ErasuresAbout(store, facts.digest.ToString()));
  if (erasures.empty()) return {};
  const FiledErasure& last = erasures.back();
  facts.erased = {last.time_unix_ms, last.sequence, last.actor, last.document.reason};
  return {};
}

}  // namespace

Result<ArtifactFacts> GatherArtifactFacts(Store& store, const ArtifactRef& ref) {
  ArtifactFacts facts;
  facts.digest = ref.digest;
  const auto info = store.objects().Describe(ref.digest);
  if (info.ok()) facts.size_bytes = info->size_bytes;
  if (!info.ok() && info.error().code != ErrorCode::kNotFound) return info.error();
  REPRISE_ASSIGN_OR_RETURN(const auto datasets, store.Datasets());
  REPRISE_ASSIGN_OR_RETURN(facts.kind, KindOf(store, ref, datasets));
  if (info.ok() && facts.kind == "folder") {
    const auto size_bytes = SizeOfFolder(store.objects(), ref.digest);
    if (!size_bytes.ok() && !IsDamage(size_bytes.error())) return size_bytes.error();
    facts.size_bytes = size_bytes.ok() ? std::optional(*size_bytes) : std::nullopt;
  }
  for (const Dataset& dataset : datasets) {
    if (dataset.artifact.digest != ref.digest) continue;
    if (std::ranges::find(facts.paths, dataset.artifact.path) == facts.paths.end()) {
      facts.paths.push_back(dataset.artifact.path);
    }
    if (dataset.name.empty()) continue;
    if (std::ranges::find(facts.names, dataset.name) == facts.names.end()) {
      facts.names.push_back(dataset.name);
    }
  }
  REPRISE_TRY(FindErasureOf(store, facts));
  const lineage::NodeId node = lineage::NodeId::Artifact(ref.digest);
  REPRISE_ASSIGN_OR_RETURN(facts.produced_by, lineage::EdgesInto(store.catalog(), node));
  REPRISE_ASSIGN_OR_RETURN(facts.used_by, lineage::EdgesFrom(store.catalog(), node));
  REPRISE_ASSIGN_OR_RETURN(facts.models, ModelsOf(store.catalog(), node));
  REPRISE_ASSIGN_OR_RETURN(facts.tags, store.TagsOf(ref.digest.ToString()));
  REPRISE_ASSIGN_OR_RETURN(facts.notes, store.NotesOf(ref.digest.ToString()));
  REPRISE_ASSIGN_OR_RETURN(const auto known, lineage::KnownKind(store.catalog(), ref.digest));
  if (!info.ok() && !known.has_value() && facts.names.empty() && !facts.erased.has_value()) {
    return NotStored(ref);
  }
  return facts;
}

Result<void> AddUsesWithinFolders(Store& store, ArtifactFacts& facts) {
  EdgesOfRuns produced(&lineage::Edge::from, facts.produced_by);
  EdgesOfRuns used(&lineage::Edge::to, facts.used_by);
  REPRISE_ASSIGN_OR_RETURN(
      facts.unread_folders,
      SearchPartialFolders(
          store, {facts.digest},
          [&](const lineage::NodeId& folder, const std::string& path) -> Result<void> {
            REPRISE_ASSIGN_OR_RETURN(const auto producers,
                                     lineage::EdgesInto(store.catalog(), folder));
            REPRISE_ASSIGN_OR_RETURN(const auto users, lineage::EdgesFrom(store.catalog(), folder));
            produced.AddWithin(producers, path);
            used.AddWithin(users, path);
            return {};
          }));
  return {};
}

Json ErasureToJson(const std::optional<storage::ErasedRow>& erased) {
  if (!erased.has_value()) return {};
  return Json()
      .Set("at", FormatTime(erased->time_unix_ms))
      .Set("actor", erased->actor)
      .Set("reason", BytesToJson(erased->reason))
      .Set("ledger_sequence", erased->sequence);
}

Json ArtifactFactsToJson(const ArtifactFacts& facts) {
  Json names = Json::Array{};
  for (const std::string& name : facts.names) names.Append(name);
  Json models = Json::Array{};
  for (const ModelOfArtifact& of : facts.models) {
    models.Append(Json()
                      .Set("name", of.model.version.name)
                      .Set("version", of.model.version.version)
                      .Set("stage", of.model.stage())
                      .Set("path", of.path.empty() ? Json() : BytesToJson(of.path)));
  }
  Json tags = Json::Object{};
  for (const auto& [key, value] : facts.tags) tags.Set(key, BytesToJson(value));
  Json notes = Json::Array{};
  for (const Note& note : facts.notes) {
    notes.Append(Json()
                     .Set("time", FormatTime(note.time_unix_ms))
                     .Set("actor", note.actor)
                     .Set("text", BytesToJson(note.text)));
  }
  return Json()
      .Set("digest", facts.digest.ToString())
      .Set("kind", facts.kind)
      .Set("size_bytes", facts.size_bytes)
      .Set("names", std::move(names))
      .Set("models", std::move(models))
      .Set("produced_by", EdgesToJson(facts.produced_by, true))
      .Set("used_by", EdgesToJson(facts.used_by, false))
      .Set("tags", std::move(tags))
      .Set("notes", std::move(notes))
      .Set("erased", ErasureToJson(facts.erased));
}

}  // namespace reprise::tracker
