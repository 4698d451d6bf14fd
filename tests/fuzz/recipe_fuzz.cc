// The readers of recipe and code documents (docs/formats/recipe.md, docs/formats/code.md) on
// arbitrary bytes: what they accept is what their writers write.

#include <cstddef>
#include <cstdint>

#include "lineage/recipe.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  if (const auto recipe = reprise::lineage::DecodeRecipe(document); recipe.ok()) {
    const auto again = reprise::lineage::EncodeRecipe(*recipe);
    REPRISE_ASSERT(again.ok() && *again == document);
  }
  if (const auto code = reprise::lineage::DecodeCode(document); code.ok()) {
    const auto again = reprise::lineage::EncodeCode(*code);
    REPRISE_ASSERT(again.ok() && *again == document);
  }
  return 0;
}
