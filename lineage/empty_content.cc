#include "lineage/empty_content.h"

#include <algorithm>
#include <vector>

#include "lineage/folder_members.h"
#include "storage/base/assert.h"

namespace reprise::lineage {
namespace {

// The SHA-256 digests of no bytes and of {"entries":[],"type":"reprise/tree/v1"}.
const std::array<Digest, 2>& EmptyDigests() {
  static const std::array<Digest, 2> digests = [] {
    const auto parse = [](std::string_view text) {
      const auto digest = Digest::Parse(text);
      REPRISE_ASSERT(digest.ok());
      return *digest;
    };
    return std::array<Digest, 2>{
        parse("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        parse("sha256:7bad16c0f3ff88c3a48fe0b85339c753eba4cb0654995f7c166d986571785838")};
  }();
  return digests;
}

}  // namespace

bool IsEmptyContent(const Digest& digest) {
  return std::ranges::find(EmptyDigests(), digest) != EmptyDigests().end();
}

Result<EmptyNodes> EmptyNodes::Find(const storage::Catalog& catalog) {
  std::vector<NodeId> nodes;
  for (const Digest& digest : EmptyDigests()) nodes.push_back(NodeId::Artifact(digest));
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog, nodes));
  EmptyNodes found;
  for (std::size_t i = 0; i < numbers.size(); ++i) found.numbers_[i] = numbers[i].value_or(0);
  return found;
}

}  // namespace reprise::lineage
