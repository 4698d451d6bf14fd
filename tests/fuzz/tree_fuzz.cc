// DecodeTree() on arbitrary bytes: no crash; what it accepts is exactly what EncodeTree() writes.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/tree.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  const auto tree = reprise::storage::DecodeTree(document);
  if (tree.ok()) REPRISE_ASSERT(reprise::storage::EncodeTree(*tree) == document);
  return 0;
}
