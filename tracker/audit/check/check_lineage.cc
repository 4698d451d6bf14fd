// That the lineage is what the records of its runs say, and that none of the edges which they
// demand was left out.

#include <algorithm>
#include <deque>

#include "lineage/document.h"
#include "lineage/empty_content.h"
#include "lineage/graph.h"
#include "lineage/graph_writer.h"
#include "storage/base/text_value.h"
#include "tracker/audit/check/checked_bundle.h"

namespace reprise::tracker {
namespace {

using lineage::EdgeKind;

// As report.json has it, by which edges are sorted.
struct EdgeText {
  std::string from;
  std::string to;
  std::string kind;
  std::string path;  // Raw bytes.

  friend auto operator<=>(const EdgeText&, const EdgeText&) = default;
};
using EdgeSet = std::set<EdgeText>;

std::string KindText(EdgeKind kind) { return std::string(lineage::EdgeKindName(kind)); }

std::string Described(const EdgeText& edge) {
  return "the edge " + edge.kind + " from " + edge.from + " to " + edge.to;
}

Result<EdgeText> ReadEdge(const Json& json) {
  EdgeText edge;
  for (const auto& [key, value] :
       {std::pair("from", &edge.from), std::pair("to", &edge.to), std::pair("kind", &edge.kind)}) {
    auto text = json.GetString(key);
    if (!text.ok()) return Failed("an edge has no proper member " + Quoted(key));
    *value = *std::move(text);
  }
  auto path = BytesFromJson(lineage::MemberOrNull(json, "path"));
  if (!path.ok()) return Failed("an edge has no proper member 'path'");
  edge.path = *std::move(path);
  return edge;
}

// The digest that the raw `path` has below the folder `root`.
std::optional<Digest> DigestBelow(const CheckedBundle& bundle, Digest root, std::string_view path) {
  for (;;) {
    const auto tree = bundle.trees.find(root);
    if (tree == bundle.trees.end()) return std::nullopt;
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    const auto& entries = tree->second.entries;
    const auto entry = std::ranges::lower_bound(entries, name, {}, &storage::TreeEntry::name);
    const bool has_digest =
        entry != entries.end() && entry->name == name && entry->kind != FileKind::kSymlink;
    if (!has_digest) return std::nullopt;
    if (slash == std::string_view::npos) return entry->digest;
    root = entry->digest;
    path.remove_prefix(slash + 1);
  }
}

// Whether `uses` give `path` the digest `wanted`, following folders into their trees.
bool HasDigestAt(const CheckedBundle& bundle, const std::vector<lineage::ArtifactUse>& uses,
                 std::string_view path, const std::string& wanted) {
  return std::ranges::any_of(uses, [&](const lineage::ArtifactUse& use) {
    if (use.path == path) return use.digest.ToString() == wanted;
    if (use.kind != lineage::ArtifactKind::kFolder) return false;
    const std::string start = use.path.empty() || use.path == "." ? "" : use.path + "/";
    if (!path.starts_with(start)) return false;
    const auto digest = DigestBelow(bundle, use.digest, path.substr(start.size()));
    return digest.has_value() && digest->ToString() == wanted;
  });
}

const std::vector<lineage::ArtifactUse>& InputsOf(const StoredRun& run) {
  static const std::vector<lineage::ArtifactUse> kNone;
  return run.recipe.has_value() ? run.recipe->inputs : kNone;
}

// Runs that the record names as its origins, each with the kind of edge.
std::vector<std::pair<std::string, std::string>> OriginsOf(const StoredRun& run) {
  std::vector<std::pair<std::string, std::string>> origins;
  const lineage::RunRecord& record = run.record;
  if (record.reproduces.has_value()) {
    origins.emplace_back(*record.reproduces, KindText(EdgeKind::kReproduces));
  }
  if (record.derived_from.has_value()) {
    origins.emplace_back(*record.derived_from, KindText(EdgeKind::kDerivedFrom));
  }
  return origins;
}

// A folder holds what is said to be part of it.
Result<void> CheckPart(CheckedBundle& bundle, const EdgeText& edge) {
  REPRISE_ASSIGN_OR_RETURN(const Digest folder, Digest::Parse(edge.to));
  REPRISE_TRY(ReachTree(bundle, folder, "the folder of " + Described(edge)));
  const auto part = DigestBelow(bundle, folder, edge.path);
  if (part.has_value() && part->ToString() == edge.from) return {};
  return Failed(Described(edge) + " does not follow from that folder");
}

// The edge follows from the record of its run.
Result<void> CheckEdge(CheckedBundle& bundle, const EdgeText& edge) {
  if (!bundle.subjects.contains(edge.from) || !bundle.subjects.contains(edge.to)) {
    return Failed(Described(edge) + " leads nowhere");
  }
  if (edge.kind == KindText(EdgeKind::kPartOf)) return CheckPart(bundle, edge);
  const bool is_output = edge.kind == KindText(EdgeKind::kProduced);
  const std::string& id = is_output ? edge.from : edge.to;
  const auto found = bundle.runs.find(id);
  if (found == bundle.runs.end()) {
    return Failed(Described(edge) + " belongs to no run of the bundle");
  }
  const StoredRun& run = found->second;
  bool holds = false;
  if (is_output) {
    holds = HasDigestAt(bundle, run.record.outputs, edge.path, edge.to);
  } else if (edge.kind == KindText(EdgeKind::kUsed)) {
    holds = HasDigestAt(bundle, InputsOf(run), edge.path, edge.from);
  } else {
    const auto origins = OriginsOf(run);
    holds = edge.path.empty() &&
            std::ranges::find(origins, std::pair(edge.from, edge.kind)) != origins.end();
  }
  if (holds) return {};
  return Failed(Described(edge) + " does not follow from the record of run " + id);
}

// Ids of the runs that a verdict names as reruns.
Result<std::vector<std::string>> RerunsOf(const Json& verdict) {
  REPRISE_ASSIGN_OR_RETURN(std::vector<std::string> ids, lineage::GetTexts(verdict, "reruns"));
  REPRISE_ASSIGN_OR_RETURN(std::string last, verdict.GetString("rerun"));
  ids.push_back(std::move(last));
  return ids;
}

// A run that repeated another, as a verdict has it.
struct NamedRerun {
  std::string rerun;
  std::string original;

  friend auto operator<=>(const NamedRerun&, const NamedRerun&) = default;
};

// The reruns that verdicts on the runs that the bundle is about name.
Result<std::set<NamedRerun>> NamedReruns(const CheckedBundle& bundle) {
  std::set<NamedRerun> named;
  for (const BundleEvent& event : bundle.content.events) {
    const storage::LedgerEntry& entry = event.entry;
    if (entry.kind != "verdict" || !bundle.run_ids.contains(entry.subject)) continue;
    if (bundle.content.holes.contains({entry.payload, entry.kind})) continue;
    REPRISE_ASSIGN_OR_RETURN(const Json verdict, ParseJson(bundle.documents.at(entry.payload)));
    const auto ids = RerunsOf(verdict);
    if (!ids.ok()) {
      return Annotate(ids.error(), "the verdict of ledger entry " + std::to_string(entry.sequence));
    }
    for (const std::string& id : *ids) named.insert({id, entry.subject});
  }
  return named;
}

// Runs that are listed as reruns are some, and those that verdicts name are here; the former.
Result<std::set<std::string>> CheckReruns(const CheckedBundle& bundle) {
  const auto listed = bundle.report.GetArray("reruns");
  if (!listed.ok()) return Failed("report.json has no proper member 'reruns'");
  std::set<std::string> reruns;
  for (const Json& run : **listed) {
    const auto id = run.GetString("id");
    if (!id.ok()) return Failed("a rerun has no proper member 'id'");
    reruns.insert(*id);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto named, NamedReruns(bundle));
  std::set<std::string> all = reruns;
  for (const NamedRerun& each : named) all.insert(each.rerun);
  for (const std::string& id : all) {
    if (bundle.runs.contains(id)) continue;
    return Failed("run " + id + ", which a verdict names as a rerun, was left out of the bundle");
  }
  for (const std::string& id : reruns) {
    const auto& original = bundle.runs.at(id).record.reproduces;
    if (original.has_value() && bundle.run_ids.contains(*original)) continue;
    return Failed("run " + id + " is no rerun by its record of what the bundle is about");
  }
  for (const NamedRerun& each : named) {
    if (bundle.runs.at(each.rerun).record.reproduces == each.original) continue;
    return Failed("run " + each.rerun + " is no rerun of " + each.original + " by its record");
  }
  return reruns;
}

// What lies in the folder `root`, as far as its trees are here, and was written by runs of the
// bundle, and that they wrote it: a subfolder that is met again has its files where it was met
// first.
void DemandParts(const CheckedBundle& bundle, const Digest& root,
                 const std::map<Digest, EdgeSet>& written, EdgeSet& demanded) {
  std::set<Digest> walked = {root};
  std::deque<std::pair<Digest, std::string>> pending = {{root, ""}};  // With "in/" before names.
  for (; !pending.empty(); pending.pop_front()) {
    const auto tree = bundle.trees.find(pending.front().first);
    if (tree == bundle.trees.end()) continue;
    for (const storage::TreeEntry& entry : tree->second.entries) {
      if (entry.kind == FileKind::kSymlink || lineage::IsEmptyContent(entry.digest)) continue;
      const std::string path = pending.front().second + entry.name;
      if (const auto writers = written.find(entry.digest); writers != written.end()) {
        demanded.insert(
            {entry.digest.ToString(), root.ToString(), KindText(EdgeKind::kPartOf), path});
        demanded.insert(writers->second.begin(), writers->second.end());
      }
      const bool is_new = entry.kind == FileKind::kDirectory && walked.insert(entry.digest).second;
      if (is_new) pending.emplace_back(entry.digest, path + "/");
    }
  }
}

// The edges that must be there by the records of the runs: what the runs wrote that the bundle is
// about, their reruns, whoever of the bundle wrote what it is about or what lies in it, and
// upstream of it all that was read, with whoever wrote that, and all origins.
EdgeSet DemandedEdges(const CheckedBundle& bundle, const std::set<std::string>& reruns) {
  const std::string produced = KindText(EdgeKind::kProduced);
  const std::string used = KindText(EdgeKind::kUsed);
  EdgeSet demanded;
  std::map<Digest, EdgeSet> written;
  for (const auto& [id, run] : bundle.runs) {
    for (const lineage::ArtifactUse& use : run.record.outputs) {
      EdgeText edge{id, use.digest.ToString(), produced, use.path};
      if (bundle.run_ids.contains(id) || bundle.roots.contains(edge.to)) demanded.insert(edge);
      written[use.digest].insert(std::move(edge));
    }
  }
  for (const std::string& id : reruns) {
    demanded.insert(
        {*bundle.runs.at(id).record.reproduces, id, KindText(EdgeKind::kReproduces), ""});
  }
  std::deque<std::string> pending;
  for (const auto& [id, run] : bundle.runs) {
    if (!reruns.contains(id)) pending.push_back(id);
  }
  std::size_t members = 0;
  for (const auto& [digest, tree] : bundle.trees) members += tree.entries.size();
  // Of more the store itself need not know what lies where.
  for (const std::string& id : bundle.roots) {
    const auto root = Digest::Parse(id);
    if (root.ok() && members < lineage::kFolderMembersMax) {
      DemandParts(bundle, *root, written, demanded);
    }
  }
  std::set<std::string> walked;
  while (!pending.empty()) {
    const std::string id = std::move(pending.front());
    pending.pop_front();
    const auto run = bundle.runs.find(id);
    if (run == bundle.runs.end() || !walked.insert(id).second) continue;
    for (auto& [origin, kind] : OriginsOf(run->second)) {
      demanded.insert({origin, id, kind, ""});
      pending.push_back(origin);
    }
    for (const lineage::ArtifactUse& use : InputsOf(run->second)) {
      demanded.insert({use.digest.ToString(), id, used, use.path});
      const auto writers = written.find(use.digest);
      if (writers == written.end()) continue;
      for (const EdgeText& edge : writers->second) {
        pending.push_back(edge.from);
        demanded.insert(edge);
      }
    }
  }
  return demanded;
}

// The nodes are the runs of the bundle and artifacts.
Result<void> CheckNodes(const CheckedBundle& bundle, const Json::Array& nodes) {
  std::map<std::string, std::string> kinds;
  for (const Json& node : nodes) {
    REPRISE_ASSIGN_OR_RETURN(std::string id, node.GetString("id"));
    if (!kinds.emplace(std::move(id), node.GetString("kind").value_or("")).second) {
      return Failed("a node of the lineage is there twice");
    }
  }
  for (const std::string& id : bundle.subjects) {
    const bool is_run = bundle.runs.contains(id);
    const std::string kind = is_run ? "run" : "artifact";
    const auto found = kinds.find(id);
    if (found == kinds.end() || found->second != kind) {
      return Failed(id + " is not in the lineage as " + kind);
    }
    const auto digest = Digest::Parse(id);
    if (!is_run && (!digest.ok() || digest->ToString() != id)) {
      return Failed(id + " is in the lineage, and no such run is in the bundle");
    }
  }
  return {};
}

// Edges join every node to the subject: upstream of it, or as what its runs wrote and what repeats
// them.
Result<void> CheckJoined(const CheckedBundle& bundle, const EdgeSet& edges) {
  std::map<std::string_view, std::vector<std::string_view>> into;
  for (const EdgeText& edge : edges) into[edge.to].push_back(edge.from);
  std::set<std::string_view> joined;
  std::deque<std::string_view> pending(bundle.roots.begin(), bundle.roots.end());
  while (!pending.empty()) {
    const std::string_view id = pending.front();
    pending.pop_front();
    if (!joined.insert(id).second) continue;
    const auto before = into.find(id);
    if (before == into.end()) continue;
    pending.insert(pending.end(), before->second.begin(), before->second.end());
  }
  for (const EdgeText& edge : edges) {
    if (bundle.run_ids.contains(edge.from)) joined.insert(edge.to);
  }
  std::vector<std::string> apart;
  for (const std::string& id : bundle.subjects) {
    if (!joined.contains(id)) apart.push_back(id);
  }
  if (apart.empty()) return {};
  return Failed("no edges join the subject and " + Joined(apart, ", ") + ": they were left out");
}

const BundleModel* FindVersion(const CheckedBundle& bundle, const std::string& name) {
  const auto& models = bundle.content.governance.models;
  const auto found = std::ranges::find_if(
      models, [&](const BundleModel& each) { return each.model.Name() == name; });
  return found == models.end() ? nullptr : &*found;
}

// Whether the versions `models` are those that the subject's name means.
bool AreVersionsMeant(const CheckedBundle& bundle, const std::vector<const BundleModel*>& models) {
  using Kind = BundleSubject::Kind;
  const BundleSubject& subject = bundle.content.subject;
  switch (subject.kind) {
    case Kind::kArtifact:
      return models.empty();
    case Kind::kModelVersion:
      return subject.versions == std::vector{subject.name};
    case Kind::kStage:
      return !models.empty() && std::ranges::all_of(models, [&](const BundleModel* each) {
        return each->model.stage() == subject.name;
      });
    case Kind::kModel: {
      std::set<std::string> every;
      for (const auto& [sequence, event] : bundle.entries) {
        const std::string& name = event.entry.subject;
        if (event.entry.kind != kModelVersionEntry) continue;
        if (name.substr(0, name.rfind('@')) == subject.name) every.insert(name);
      }
      return std::set(subject.versions.begin(), subject.versions.end()) == every;
    }
    default:
      return false;
  }
}

// Whether the runs and content of a subject that is content or versions follow from these.
bool AreContentsMeant(const CheckedBundle& bundle, const std::vector<const BundleModel*>& models,
                      const EdgeSet& edges) {
  const BundleSubject& subject = bundle.content.subject;
  std::set<std::string> contents;
  std::set<std::string> made;
  for (const BundleModel* const each : models) {
    const lineage::ModelVersion& version = each->model.version;
    contents.insert(version.artifact.digest.ToString());
    if (!version.run.has_value()) continue;
    made.insert(version.run->ToString());
    if (!bundle.run_ids.contains(version.run->ToString())) return false;
  }
  if (subject.kind == BundleSubject::Kind::kArtifact) contents = {subject.name};
  std::vector<std::string> artifacts;
  for (const Digest& digest : subject.artifacts) artifacts.push_back(digest.ToString());
  if (artifacts != std::vector(contents.begin(), contents.end())) return false;
  for (const EdgeText& edge : edges) {
    const bool is_output = edge.kind == KindText(EdgeKind::kProduced);
    if (is_output && contents.contains(edge.to)) made.insert(edge.from);
  }
  return std::ranges::includes(made, bundle.run_ids);
}

// The runs, content and versions that the bundle is about are those that its name means.
Result<void> CheckSubject(const CheckedBundle& bundle, const EdgeSet& edges) {
  using Kind = BundleSubject::Kind;
  const BundleSubject& subject = bundle.content.subject;
  std::vector<const BundleModel*> models;
  for (const std::string& name : subject.versions) {
    models.push_back(FindVersion(bundle, name));
    if (models.back() == nullptr) {
      return Failed("a version that the bundle is about is not in it");
    }
  }
  const bool is_of_runs = subject.kind == Kind::kRun || subject.kind == Kind::kExperiment;
  bool holds = subject.artifacts.empty() && models.empty();
  if (subject.kind == Kind::kRun) {
    holds = holds && bundle.run_ids == std::set{subject.name};
  } else if (is_of_runs) {
    holds = holds && std::ranges::all_of(bundle.run_ids, [&](const std::string& id) {
              return bundle.runs.at(id).record.experiment == subject.name;
            });
  } else {
    holds = AreVersionsMeant(bundle, models) && AreContentsMeant(bundle, models, edges);
  }
  if (holds) return {};
  return Failed("what the bundle is about is not what its name, " + TitleOf(subject) + ", means");
}

}  // namespace

Result<std::string> CheckLineageEdges(CheckedBundle& bundle) {
  const Json& graph = lineage::MemberOrNull(bundle.report, "lineage");
  const auto listed = graph.GetArray("edges");
  if (!listed.ok()) return Failed("lineage has no proper member 'edges'");
  EdgeSet edges;
  for (const Json& json : **listed) {
    REPRISE_ASSIGN_OR_RETURN(EdgeText edge, ReadEdge(json));
    if (!edges.insert(std::move(edge)).second) {
      return Failed("an edge of the lineage is there twice");
    }
  }
  for (const EdgeText& edge : edges) REPRISE_TRY(CheckEdge(bundle, edge));
  REPRISE_ASSIGN_OR_RETURN(const auto reruns, CheckReruns(bundle));
  for (const EdgeText& edge : DemandedEdges(bundle, reruns)) {
    if (!edges.contains(edge)) return Failed(Described(edge) + " was left out of the lineage");
  }
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const nodes, graph.GetArray("nodes"));
  REPRISE_TRY(CheckNodes(bundle, *nodes));
  REPRISE_TRY(CheckJoined(bundle, edges));
  REPRISE_TRY(CheckSubject(bundle, edges));
  return std::to_string(edges.size()) + " edges, which are those that the records give";
}

}  // namespace reprise::tracker
