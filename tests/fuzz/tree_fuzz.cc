// TreeDecoder on arbitrary bytes, whole and in parts of several lengths: no crash; it accepts what
// the reference decoder accepts, gives the same entries, and these are encoded to the same bytes.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "storage/base/assert.h"
#include "storage/tree.h"
#include "tests/support/reference_tree.h"

namespace {

using reprise::storage::Tree;

std::optional<Tree> DecodeInParts(std::string_view document, std::size_t part_bytes) {
  reprise::storage::TreeDecoder decoder;
  Tree tree;
  for (;;) {
    auto entry = decoder.Next();
    if (!entry.ok()) return std::nullopt;
    if (entry->has_value()) {
      tree.entries.push_back(**std::move(entry));
      continue;
    }
    if (document.empty()) break;
    decoder.Feed(document.substr(0, part_bytes));
    document.remove_prefix(std::min(document.size(), part_bytes));
  }
  if (!decoder.Finish().ok()) return std::nullopt;
  return tree;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > reprise::storage::kTreeEntryBytesMax) return 0;  // The reference has no such limit.
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  const auto reference = reprise::testing::ReferenceDecodeTree(document);
  const auto tree = reprise::storage::DecodeTree(document);
  REPRISE_ASSERT(tree.ok() == reference.ok());
  if (tree.ok()) {
    REPRISE_ASSERT(*tree == *reference);
    REPRISE_ASSERT(reprise::storage::EncodeTree(*tree) == document);
  }
  for (const std::size_t part_bytes : {1, 7, 64}) {
    const auto parts = DecodeInParts(document, part_bytes);
    REPRISE_ASSERT(parts.has_value() == tree.ok() && (!tree.ok() || *parts == *tree));
  }
  return 0;
}
