// A run costs one sorted look-up of the nodes that it names, or its share in one for many runs;
// folders, code and environments are walked once each, however many runs name them.

#include "lineage/graph_writer.h"

#include <algorithm>
#include <deque>
#include <iterator>

#include "lineage/document.h"
#include "lineage/package.h"
#include "storage/base/bytes.h"
#include "storage/base/text_value.h"
#include "storage/object_rows.h"
#include "storage/tree.h"

namespace reprise::lineage {
namespace {

using storage::CatalogBatch;
using storage::Space;

constexpr std::size_t kNumbersKeptMax = 1 << 19;  // Some 100 bytes each.

// The first `count_max` files and folders directly in a folder, whose document is verified whole,
// and whether there are more.
struct TreeMembers {
  std::vector<storage::TreeEntry> entries;
  bool is_whole = true;
};
Result<TreeMembers> ReadTreeMembers(storage::ObjectReader& objects, const Digest& folder,
                                    std::size_t count_max) {
  REPRISE_ASSIGN_OR_RETURN(auto cursor, storage::TreeCursor::Open(objects, folder));
  TreeMembers members;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(auto entry, cursor.Next());
    if (!entry.has_value()) return members;
    if (entry->kind == FileKind::kSymlink) continue;
    if (members.entries.size() == count_max) {
      members.is_whole = false;
      continue;
    }
    members.entries.push_back(*std::move(entry));
  }
}

// The run, what it used and what it made, in this order.
void AppendRunAndData(const RunRecord& run, const Recipe& recipe, std::vector<NodeId>& nodes) {
  nodes.push_back(NodeId::Run(run.id));
  for (const ArtifactUse& input : recipe.inputs) nodes.push_back(NodeId::Artifact(input.digest));
  for (const ArtifactUse& output : run.outputs) nodes.push_back(NodeId::Artifact(output.digest));
}

}  // namespace

Result<std::vector<EnvironmentMember>> ReadEnvironmentMembers(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, "reprise/environment/v1"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const files, json.GetArray("files"));
  std::vector<EnvironmentMember> members;
  for (const Json& file : *files) {
    EnvironmentMember member;
    REPRISE_ASSIGN_OR_RETURN(const auto digest, GetOptionalDigest(file, "digest"));
    if (!digest.has_value()) continue;  // It could not be read.
    member.digest = *digest;
    REPRISE_ASSIGN_OR_RETURN(member.path, BytesFromJson(MemberOrNull(file, "path")));
    members.push_back(std::move(member));
  }
  return members;
}

void GraphWriter::Forget() {
  for (const NodeId& node : fresh_.nodes) numbers_.erase(node);
  for (const std::string& key : fresh_.walked) walked_.erase(key);
  for (const std::string& key : fresh_.partial) partial_->erase(key);
  if (fresh_.next != 0) next_ = fresh_.next;
  fresh_.clear();
}

Result<NodeNumber> GraphWriter::NextNumber() {
  if (next_ == 0) {
    NodeNumber next = 1;
    bool damaged = false;
    REPRISE_TRY(catalog_.Scan(
        Space::kEdge, {.prefix = std::string(1, kNodeRow), .from = std::nullopt, .reverse = true},
        [&](std::string_view key, std::string_view) {
          const auto last = NumberFromBytes(key.substr(1, sizeof(NodeNumber)));
          damaged = !last.has_value();
          if (!damaged) next = *last + 1;
          return false;
        }));
    if (damaged) return MalformedRow();
    next_ = next;
    unapplied_ = next_;
  }
  if (fresh_.next == 0) fresh_.next = next_;
  return next_++;
}

void GraphWriter::NoteApplied() {
  Keep();
  unapplied_ = next_;
  if (numbers_.size() > kNumbersKeptMax) numbers_.clear();
  if (walked_.size() > kNumbersKeptMax) walked_.clear();
}

// Digests and the ends of runs' ids are random already.
std::size_t GraphWriter::NodeHash::operator()(const NodeId& node) const noexcept {
  const std::size_t id = std::hash<Digest>()(node.artifact) ^
                         LoadLe<std::uint64_t>(node.run.bytes().first(8)) ^
                         LoadLe<std::uint64_t>(node.run.bytes().last(8));
  const std::size_t name = node.name.empty() ? 0 : std::hash<std::string>()(node.name);
  return id ^ name ^ static_cast<std::size_t>(node.kind);
}

Result<std::vector<NodeNumber*>> GraphWriter::PlacesOf(const std::vector<NodeId>& nodes) {
  struct Unknown {
    std::string key;
    const NodeId* node;
    NodeNumber* place;
  };
  std::vector<NodeNumber*> places;
  places.reserve(nodes.size());
  std::vector<Unknown> unknown;
  for (const NodeId& node : nodes) {
    const auto [at, is_new] = numbers_.try_emplace(node, 0);
    places.push_back(&at->second);
    if (is_new) unknown.push_back({NodeKey(node), &node, &at->second});
  }
  if (unknown.empty()) return places;
  std::ranges::sort(unknown, {}, &Unknown::key);
  std::vector<std::string> keys;
  keys.reserve(unknown.size());
  for (Unknown& one : unknown) keys.push_back(std::move(one.key));
  const auto read = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto found, catalog_.MultiGet(Space::kNode, keys));
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i].has_value()) continue;
      const auto number = NumberFromBytes(*found[i]);
      if (!number.has_value()) return MalformedRow();
      *unknown[i].place = *number;
    }
    return {};
  };
  if (auto done = read(); !done.ok()) {
    for (const Unknown& one : unknown) numbers_.erase(*one.node);
    return std::move(done).error();
  }
  return places;
}

void GraphWriter::NamedNodes::Add(const RunRecord& run, const Recipe& recipe, const Code* code) {
  AppendRunAndData(run, recipe, nodes);
  if (recipe.code.has_value()) nodes.push_back(NodeId::Code(*recipe.code));
  if (code != nullptr && code->commit.has_value()) nodes.push_back(NodeId::Commit(*code->commit));
  if (recipe.environment.has_value()) nodes.push_back(NodeId::Environment(*recipe.environment));
}

Result<void> GraphWriter::LookUp(const NamedNodes& named) {
  REPRISE_TRY(PlacesOf(named.nodes));
  return {};
}

Result<std::vector<NodeNumber>> GraphWriter::NumbersOf(const std::vector<NodeId>& nodes,
                                                       CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const auto places, PlacesOf(nodes));
  std::vector<NodeNumber> numbers;
  numbers.reserve(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    NodeNumber& number = *places[i];
    if (number == 0) {
      REPRISE_ASSIGN_OR_RETURN(number, NextNumber());
      const std::string key = NodeKey(nodes[i]);
      batch.Put(Space::kNode, key, NumberToBytes(number));
      batch.Put(Space::kEdge, NodeRowKey(number), key);
      fresh_.nodes.push_back(nodes[i]);
    }
    numbers.push_back(number);
  }
  return numbers;
}

Result<NodeNumber> GraphWriter::NumberOf(const NodeId& node, CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, NumbersOf({node}, batch));
  return numbers.front();
}

Result<bool> GraphWriter::IsWalked(NodeNumber folder, FolderRole role) {
  std::string key = PartPrefix(folder, kWalkedPart) + static_cast<char>(role);
  if (walked_.contains(key)) return true;
  if (unapplied_ != 0 && folder >= unapplied_) return false;
  REPRISE_ASSIGN_OR_RETURN(const auto walked, catalog_.Get(Space::kEdge, key));
  if (walked.has_value()) walked_.insert(std::move(key));
  return walked.has_value();
}

void GraphWriter::NoteWalked(NodeNumber folder, FolderRole role, CatalogBatch& batch) {
  std::string key = PartPrefix(folder, kWalkedPart) + static_cast<char>(role);
  if (!walked_.insert(key).second) return;
  fresh_.walked.push_back(key);
  batch.Put(Space::kEdge, std::move(key), "");
}

Result<void> GraphWriter::AddRun(const RunRecord& run, const Recipe& recipe, const Code* code,
                                 storage::ObjectReader& objects, CatalogBatch& batch) {
  std::vector<NodeId> nodes;  // What is new among them gets neighbouring numbers.
  AppendRunAndData(run, recipe, nodes);
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, NumbersOf(nodes, batch));
  const NodeNumber number = numbers.front();
  const auto uses = std::span(numbers).subspan(1);
  REPRISE_TRY(AddUses(number, recipe.inputs, uses.first(recipe.inputs.size()), EdgeKind::kUsed,
                      objects, batch));
  REPRISE_TRY(AddUses(number, run.outputs, uses.last(run.outputs.size()), EdgeKind::kProduced,
                      objects, batch));
  REPRISE_TRY(AddOrigin(number, run.reproduces, EdgeKind::kReproduces, batch));
  REPRISE_TRY(AddOrigin(number, run.derived_from, EdgeKind::kDerivedFrom, batch));
  if (recipe.code.has_value()) REPRISE_TRY(AddCode(number, *recipe.code, code, objects, batch));
  if (recipe.environment.has_value()) {
    REPRISE_TRY(AddEnvironment(number, *recipe.environment, objects, batch));
  }
  return {};
}

Result<void> GraphWriter::AddUses(NodeNumber run, const std::vector<ArtifactUse>& uses,
                                  std::span<const NodeNumber> numbers, EdgeKind kind,
                                  storage::ObjectReader& objects, CatalogBatch& batch) {
  const bool is_used = kind == EdgeKind::kUsed;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const ArtifactUse& use = uses[i];
    const NodeNumber number = numbers[i];
    const bool is_folder = use.kind == ArtifactKind::kFolder;
    PutEdge({is_used ? number : run, is_used ? run : number, kind, use.path, is_folder}, batch);
    if (!is_folder) continue;
    storage::NoteWholeTree(use.digest, batch);
    REPRISE_TRY(AddMembers(NodeId::Artifact(use.digest), number,
                           is_used ? FolderRole::kUsed : FolderRole::kProduced, objects, batch));
  }
  return {};
}

Result<void> GraphWriter::AddOrigin(NodeNumber run, const std::optional<std::string>& origin,
                                    EdgeKind kind, CatalogBatch& batch) {
  if (!origin.has_value()) return {};
  const auto id = Ulid::Parse(*origin);
  if (!id.ok()) return Error{ErrorCode::kCorruption, id.error().message};
  REPRISE_ASSIGN_OR_RETURN(const NodeNumber number, NumberOf(NodeId::Run(*id), batch));
  PutEdge({number, run, kind, "", false}, batch);
  return {};
}

Result<void> GraphWriter::AddCode(NodeNumber run, const Digest& tree, const Code* code,
                                  storage::ObjectReader& objects, CatalogBatch& batch) {
  const NodeId node = NodeId::Code(tree);
  REPRISE_ASSIGN_OR_RETURN(const NodeNumber number, NumberOf(node, batch));
  PutEdge({number, run, EdgeKind::kCodeOf, "", false}, batch);
  // Written again where it is there already: equal work may be checked out of several commits.
  if (code != nullptr && code->commit.has_value() && !code->commit->empty()) {
    REPRISE_ASSIGN_OR_RETURN(const NodeNumber commit,
                             NumberOf(NodeId::Commit(*code->commit), batch));
    PutEdge({commit, number, EdgeKind::kCommitOf, "", false}, batch);
  }
  return AddMembers(node, number, FolderRole::kCode, objects, batch);
}

Result<void> GraphWriter::AddEnvironment(NodeNumber run, const Digest& environment,
                                         storage::ObjectReader& objects, CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const NodeNumber number,
                           NumberOf(NodeId::Environment(environment), batch));
  PutEdge({number, run, EdgeKind::kEnvironmentOf, "", false}, batch);
  REPRISE_ASSIGN_OR_RETURN(const bool is_walked, IsWalked(number, FolderRole::kEnvironment));
  if (is_walked) return {};
  const auto document = objects.Get(environment);
  if (!document.ok()) return {};
  const auto members = ReadEnvironmentMembers(*document);
  if (!members.ok()) return {};
  const auto packages = ReadEnvironmentPackages(*document);
  if (!packages.ok()) return {};
  NoteWalked(number, FolderRole::kEnvironment, batch);
  std::vector<NodeId> nodes;
  std::vector<std::string_view> names;
  for (const EnvironmentMember& member : *members) {
    nodes.push_back(NodeId::Artifact(member.digest));
    names.push_back(member.path);
  }
  for (const NodeId& package : *packages) {
    nodes.push_back(package);
    names.push_back(package.name);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, NumbersOf(nodes, batch));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    PutMember(
        {numbers[i], FolderRole::kEnvironment, number, NodeId::Kind::kEnvironment, names[i], false},
        batch);
  }
  return {};
}

Result<std::unordered_set<std::string>*> GraphWriter::Partial() {
  if (!partial_.has_value()) {
    std::unordered_set<std::string> keys;
    REPRISE_TRY(catalog_.Scan(Space::kEdge, {.prefix = std::string(1, kPartialRow)},
                              [&](std::string_view key, std::string_view) {
                                keys.emplace(key);
                                return true;
                              }));
    partial_ = std::move(keys);
  }
  return &*partial_;
}

Result<void> GraphWriter::NotePartial(NodeNumber folder, FolderRole role, char value,
                                      CatalogBatch& batch) {
  std::string key = PartialRowKey(folder, role);
  REPRISE_ASSIGN_OR_RETURN(auto* const partial, Partial());
  if (partial->insert(key).second) fresh_.partial.push_back(key);
  batch.Put(Space::kEdge, std::move(key), std::string(1, value));
  return {};
}

Result<GraphWriter::DirectMembers> GraphWriter::AddDirectMembers(const Folder& folder,
                                                                 FolderRole role,
                                                                 storage::ObjectReader& objects,
                                                                 CatalogBatch& batch) {
  DirectMembers added;
  const auto members = ReadTreeMembers(objects, folder.tree, kFolderMembersMax);
  if (!members.ok()) return added;
  NoteWalked(folder.number, role, batch);
  std::vector<NodeId> nodes;
  for (const storage::TreeEntry& entry : members->entries) {
    nodes.push_back(NodeId::Artifact(entry.digest));
  }
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, NumbersOf(nodes, batch));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const storage::TreeEntry& entry = members->entries[i];
    const bool is_folder = entry.kind == FileKind::kDirectory;
    PutMember({numbers[i], role, folder.number, folder.kind, entry.name, is_folder}, batch);
    if (!is_folder) continue;
    added.folders.push_back({entry.digest, numbers[i], NodeId::Kind::kArtifact, folder.number});
  }
  added.count = numbers.size();
  added.is_whole = members->is_whole;
  return added;
}

// What rows a folder has depends on the folder alone, unless a walk ended before it, and then it is
// not noted as walked.  So a later walk takes up what an earlier one left, and learns from rows
// what is missing in a folder that it need not walk again.
Result<void> GraphWriter::AddMembers(const NodeId& root, NodeNumber number, FolderRole role,
                                     storage::ObjectReader& objects, CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const bool is_said, IsWalked(number, role));
  if (is_said) return {};
  std::deque<Folder> pending = {{root.artifact, number, root.kind, 0}};
  std::uint64_t members = 0;
  std::unordered_map<NodeNumber, std::vector<NodeNumber>> outer;  // Of the folders that were met.
  std::unordered_set<NodeNumber> here;                            // That lack something directly.
  std::vector<NodeNumber> lacking;
  while (!pending.empty()) {
    const Folder folder = pending.front();
    pending.pop_front();
    if (folder.outer != 0) outer[folder.number].push_back(folder.outer);
    REPRISE_ASSIGN_OR_RETURN(const bool is_walked, IsWalked(folder.number, role));
    if (is_walked) {
      REPRISE_ASSIGN_OR_RETURN(const auto* const partial, Partial());
      if (partial->contains(PartialRowKey(folder.number, role))) lacking.push_back(folder.number);
      continue;
    }
    if (members >= kFolderMembersMax) {
      if (here.insert(folder.outer).second) lacking.push_back(folder.outer);
      continue;
    }
    REPRISE_ASSIGN_OR_RETURN(auto added, AddDirectMembers(folder, role, objects, batch));
    members += added.count;
    if (!added.is_whole && here.insert(folder.number).second) lacking.push_back(folder.number);
    std::ranges::move(added.folders, std::back_inserter(pending));
  }
  std::unordered_set<NodeNumber> below;
  for (const NodeNumber folder : here) {
    REPRISE_TRY(NotePartial(folder, role, kPartialHere, batch));
  }
  while (!lacking.empty()) {
    const NodeNumber folder = lacking.back();
    lacking.pop_back();
    for (const NodeNumber around : outer[folder]) {
      if (!here.contains(around) && below.insert(around).second) {
        REPRISE_TRY(NotePartial(around, role, kPartialBelow, batch));
        lacking.push_back(around);
      }
    }
  }
  return {};
}

Result<void> GraphWriter::AddDataset(const Digest& tree, storage::ObjectReader& objects,
                                     CatalogBatch& batch) {
  const NodeId node = NodeId::Artifact(tree);
  REPRISE_ASSIGN_OR_RETURN(const NodeNumber number, NumberOf(node, batch));
  storage::NoteWholeTree(tree, batch);
  return AddMembers(node, number, FolderRole::kUsed, objects, batch);
}

Result<void> GraphWriter::AddModelVersion(const Digest& artifact, ArtifactKind artifact_kind,
                                          const NodeId& model, storage::ObjectReader& objects,
                                          CatalogBatch& batch) {
  const NodeId node = NodeId::Artifact(artifact);
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, NumbersOf({node, model}, batch));
  const bool is_folder = artifact_kind == ArtifactKind::kFolder;
  PutEdge({numbers[0], numbers[1], EdgeKind::kRegisteredAs, "", is_folder}, batch);
  if (!is_folder) return {};
  return AddMembers(node, numbers[0], FolderRole::kUsed, objects, batch);
}

}  // namespace reprise::lineage
