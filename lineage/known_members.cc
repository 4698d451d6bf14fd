// A folder is walked downwards, and of each member it is asked whether a run can be reached from it
// upwards.  The way through the folder itself does not count, nor the way through a subfolder that
// was reported already: what is below a known subfolder is known through it.  The set of forbidden
// folders only grows during a walk, so a member from which no run could be reached stays so, and is
// remembered.
//
// One sorted scan tells of all members at once who read or wrote them and which folders they are
// in.  Mostly these are the folder itself and its subfolders, which leaves nothing to search.

#include "lineage/known_members.h"

#include <algorithm>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

namespace reprise::lineage {
namespace {

using storage::Catalog;
using storage::Space;

// Of a file that lies in more folders than this, the rest is read when it is needed.
constexpr std::size_t kParentsAtOnce = 16;

// What the rows of an artifact say of what is above it.
struct Around {
  bool has_run = false;             // Or a reader of another kind; then the rest is not told.
  bool has_more = false;            // Parents.
  std::vector<NodeNumber> parents;  // Folders that it is directly in.
};

// Looks upwards for runs; see the top of the file.
class UpwardSearch {
 public:
  UpwardSearch(const Catalog& catalog, FolderRole role, bool of_all_kinds)
      : catalog_(catalog), role_(role), of_all_kinds_(of_all_kinds) {}

  void Forbid(NodeNumber folder) { forbidden_.insert(folder); }

  // Reads what is around all of `members` in one go.
  Result<void> Prepare(const std::vector<Member>& members) {
    std::vector<NodeNumber> numbers;
    numbers.reserve(members.size());
    for (const Member& member : members) numbers.push_back(member.number);
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    REPRISE_ASSIGN_OR_RETURN(auto found, Read(numbers, kParentsAtOnce));
    around_.reserve(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) around_[numbers[i]] = std::move(found[i]);
    return {};
  }

  Result<bool> ReachesRun(NodeNumber artifact) {
    std::vector<NodeNumber> pending = {artifact};
    std::unordered_set<NodeNumber> visited;
    while (!pending.empty()) {
      const NodeNumber here = pending.back();
      pending.pop_back();
      if (hopeless_.contains(here) || !visited.insert(here).second) continue;
      const auto known = around_.find(here);
      std::vector<Around> read;
      if (known == around_.end() || (known->second.has_more && !known->second.has_run)) {
        REPRISE_ASSIGN_OR_RETURN(read, Read({&here, 1}, SIZE_MAX));
      }
      const Around& around = read.empty() ? known->second : read.front();
      if (around.has_run) return true;
      for (const NodeNumber parent : around.parents) {
        if (!forbidden_.contains(parent)) pending.push_back(parent);
      }
    }
    hopeless_.merge(visited);
    return false;
  }

 private:
  // Whoever reads an artifact, or registers it, is told by rows of kMemberPart (of code and
  // environments, which come before those of folders that were read) and of kFromPart.
  std::vector<std::string> PrefixesOf(NodeNumber number) const {
    if (role_ == FolderRole::kProduced) {
      return {EdgePrefix(kIntoPart, number, EdgeKind::kProduced), MemberPrefix(number, role_)};
    }
    if (!of_all_kinds_) {
      return {MemberPrefix(number, role_), EdgePrefix(kFromPart, number, EdgeKind::kUsed)};
    }
    return {PartPrefix(number, kMemberPart), PartPrefix(number, kFromPart)};
  }

  // What is around each of `numbers`, which are sorted.
  Result<std::vector<Around>> Read(std::span<const NodeNumber> numbers, std::size_t parents_max) {
    std::vector<Around> found(numbers.size());
    std::vector<std::string> prefixes;
    prefixes.reserve(2 * numbers.size());
    for (const NodeNumber number : numbers) {
      for (std::string& prefix : PrefixesOf(number)) prefixes.push_back(std::move(prefix));
    }
    bool damaged = false;
    REPRISE_TRY(catalog_.ScanPrefixes(
        Space::kEdge, prefixes, [&](std::size_t i, std::string_view key, std::string_view value) {
          if (damaged) return false;
          Around& around = found[i / 2];
          if (around.has_run) return false;
          return TakeRow(key, value, parents_max, around, damaged);
        }));
    if (damaged) return MalformedRow();
    return found;
  }

  bool TakeRow(std::string_view key, std::string_view value, std::size_t parents_max,
               Around& around, bool& damaged) const {
    const auto member = ReadMember(key, value);
    if (!member.has_value()) {
      damaged = !ReadEdge(key, value).has_value();
      around.has_run = !damaged;
      return false;
    }
    if (member->role == role_) {
      around.has_more = around.parents.size() == parents_max;
      if (!around.has_more) around.parents.push_back(member->folder);
      return !around.has_more;
    }
    // Rows of folders that runs wrote, in a search for readers, end it.
    around.has_run = member->role != FolderRole::kProduced;
    return false;
  }

  const Catalog& catalog_;
  const FolderRole role_;
  const bool of_all_kinds_;
  std::unordered_map<NodeNumber, Around> around_;
  std::unordered_set<NodeNumber> forbidden_;
  std::unordered_set<NodeNumber> hopeless_;
};

}  // namespace

Result<std::vector<Member>> KnownMembers::AllMembers(NodeNumber root) {
  if (!empty_.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(empty_, EmptyNodes::Find(catalog_));
  }
  std::vector<Member> members;
  std::unordered_set<NodeNumber> walked = {root};
  std::deque<Member> pending = {{root, NodeId::Kind::kArtifact, ""}};
  while (!pending.empty()) {
    const Member here = std::move(pending.front());
    pending.pop_front();
    REPRISE_ASSIGN_OR_RETURN(std::vector<Child> children, ChildrenOf(catalog_, here.number));
    for (Child& child : children) {
      if (empty_->Has(child.number)) continue;
      std::string path = here.path.empty() ? std::move(child.name) : here.path + "/" + child.name;
      members.push_back({child.number, NodeId::Kind::kArtifact, std::move(path), child.is_folder});
      if (child.is_folder && walked.insert(child.number).second) pending.push_back(members.back());
    }
  }
  return members;
}

Result<std::vector<Member>> KnownMembers::FindKnown(NodeNumber folder, FolderRole role) {
  REPRISE_ASSIGN_OR_RETURN(std::vector<Member> members, AllMembers(folder));
  UpwardSearch search(catalog_, role, of_all_kinds_);
  search.Forbid(folder);
  REPRISE_TRY(search.Prepare(members));
  std::vector<Member> found;
  for (Member& member : members) {
    REPRISE_ASSIGN_OR_RETURN(const bool known, search.ReachesRun(member.number));
    if (!known) continue;
    if (member.is_folder) search.Forbid(member.number);
    found.push_back(std::move(member));
  }
  return found;
}

Result<const std::vector<Member>*> KnownMembers::Find(NodeNumber folder, FolderRole role) {
  const auto known = found_.find({folder, role});
  if (known != found_.end()) return &known->second;
  REPRISE_ASSIGN_OR_RETURN(std::vector<Member> found, FindKnown(folder, role));
  return &(found_[{folder, role}] = std::move(found));
}

// Each member is looked up once, in one sorted scan with the others: a row of a run that wrote it,
// or of a folder around it that a run wrote.
Result<const std::vector<Member>*> KnownMembers::FindProduced(NodeNumber code) {
  if (const auto known = produced_.find(code); known != produced_.end()) return &known->second;
  REPRISE_ASSIGN_OR_RETURN(std::vector<Member> members, AllMembers(code));
  std::vector<NodeNumber> unknown;
  for (const Member& member : members) {
    if (is_produced_.try_emplace(member.number, false).second) unknown.push_back(member.number);
  }
  std::ranges::sort(unknown);
  std::vector<std::string> prefixes;
  for (const NodeNumber number : unknown) {
    prefixes.push_back(EdgePrefix(kIntoPart, number, EdgeKind::kProduced));
    prefixes.push_back(MemberPrefix(number, FolderRole::kProduced));
  }
  REPRISE_TRY(catalog_.ScanPrefixes(Space::kEdge, prefixes,
                                    [&](std::size_t i, std::string_view, std::string_view) {
                                      is_produced_[unknown[i / 2]] = true;
                                      return false;
                                    }));
  std::erase_if(members, [&](const Member& member) { return !is_produced_[member.number]; });
  return &(produced_[code] = std::move(members));
}

}  // namespace reprise::lineage
