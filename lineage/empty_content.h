// Content that tells nothing of where it came from: the empty file, and the empty folder.
//
// Equal content is one node, which joins whatever has it.  But a marker that a run left empty and
// an empty __init__.py have nothing to do with each other, and through them everything would come
// from everything.  So these are ends of the graph: a run's own edges to them are told, and no walk
// goes on from them, nor do folders or code around them make them known.
//
// Thread-safety: as the catalog.

#pragma once

#include <array>

#include "lineage/edge_keys.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

bool IsEmptyContent(const Digest& digest);

// The nodes that they are in a catalog.
class EmptyNodes {
 public:
  EmptyNodes() = default;  // As in a catalog without any.
  // Errors: kCorruption  a row is malformed.
  static Result<EmptyNodes> Find(const storage::Catalog& catalog);

  bool Has(NodeNumber number) const {
    return number != 0 && (number == numbers_[0] || number == numbers_[1]);
  }

 private:
  std::array<NodeNumber, 2> numbers_ = {0, 0};  // 0: it has none.
};

}  // namespace reprise::lineage
