// PackageIndex on arbitrary bytes.  The checksum is made right first, or nothing would get past it.

#include <cstddef>
#include <cstdint>
#include <string>

#include "lineage/capture/packages.h"
#include "storage/base/bytes.h"
#include "storage/base/crc32c.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size >= 4) {
    bytes.resize(size - 4);
    reprise::AppendLe(bytes, reprise::Crc32c(reprise::AsBytes(bytes)));
  }
  const auto index = reprise::capture::PackageIndex::Decode(std::move(bytes), "key");
  if (!index.ok()) return 0;
  (void)index->FindOwner("/usr/bin/python3");
  (void)index->FindOwner("/lib/x");
  return 0;
}
