// How two .safetensors files differ, tensor by tensor.
//
// Thread-safety: pure functions, with sources that one thread uses.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/compare/content_difference.h"
#include "lineage/compare/content_source.h"
#include "lineage/compare/elements.h"
#include "lineage/compare/tensor_file.h"

namespace reprise::lineage {

struct TensorChange {
  std::string name;
  std::optional<Tensor> before;
  std::optional<Tensor> after;
  // Of two of one type and shape whose elements differ.
  std::optional<ElementDifference> elements;

  // "added", "removed", "dtype", "shape" or "values".
  std::string_view change() const;
};

struct TensorsDiff {
  std::uint64_t tensors_before = 0;
  std::uint64_t tensors_after = 0;
  bool same_metadata = true;
  // Removed, added, then others, each in the order of the data of the first file (added ones: of
  // the second).  Tensors that are equal are not among them.
  std::vector<TensorChange> changes;
};

// Absent: they are not both .safetensors files; `why_not`, if set then, says why contents that seem
// to be are not.
// Errors: those of the sources.
Result<std::optional<TensorsDiff>> DiffTensors(const ContentSource& before,
                                               const ContentSource& after, std::string& why_not);

// The kind is "safetensors"; the members are in docs/diff.md.
ContentDifference DescribeTensors(const TensorsDiff& diff);
// One printable line for each change.
std::vector<std::string> TensorLines(const TensorsDiff& diff);

}  // namespace reprise::lineage
