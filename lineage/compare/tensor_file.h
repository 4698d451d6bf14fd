// What the header of a .safetensors file says.
//
// Source: the format's description, https://github.com/huggingface/safetensors ("Format").
//
// Thread-safety: pure functions, with a source that one thread uses.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/compare/content_source.h"
#include "lineage/compare/elements.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct Tensor {
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t elements = 0;  // Of a type that is not known, bytes.
  ElementFormat format;
  std::uint64_t offset = 0;  // In the file.
  std::uint64_t size_bytes = 0;
};

struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::vector<std::string> data_order;  // Their names in the order of their data.
  Json metadata;
};

// Whether the file may be one, before its header is read whole.  Errors: those of `source`.
Result<bool> MayBeSafetensors(const ContentSource& source);

// Of a file that may be one.  Absent: not well-formed, for the reason in `why_not`.
// Errors: those of `source`.
Result<std::optional<TensorFile>> ReadTensorFile(const ContentSource& source, std::string& why_not);

}  // namespace reprise::lineage
