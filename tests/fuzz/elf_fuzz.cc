// ParseElf() and ReadElfComments() on arbitrary bytes: no crash, and bounded names.

#include <cstddef>
#include <cstdint>

#include "lineage/capture/elf.h"
#include "lineage/capture/elf_comments.h"
#include "storage/base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const reprise::ByteSpan bytes = std::as_bytes(std::span(data, size));
  for (const std::string& comment : reprise::capture::ReadElfComments(bytes)) {
    REPRISE_ASSERT(!comment.empty() && comment.size() <= size);
  }
  const auto elf = reprise::capture::ParseElf(bytes);
  if (!elf.ok()) return 0;
  REPRISE_ASSERT(reprise::capture::IsElf(bytes));
  for (const std::string& name : elf->needed) REPRISE_ASSERT(name.size() <= size);
  return 0;
}
