// LdSoCache on arbitrary bytes: no crash in parsing and none in looking up.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lineage/capture/elf.h"
#include "lineage/capture/ld_so_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using reprise::capture::LdSoCache;
  static const std::vector<std::string> levels = {"x86-64-v3", "x86-64-v2"};
  const auto cache = LdSoCache::Parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!cache.ok()) return 0;
  for (const char* name : {"libc.so.6", "libz.so", ""}) {
    (void)cache->Find(name, reprise::capture::kMachineX86_64, levels);
    (void)cache->Find(name, reprise::capture::kMachineAarch64, {});
  }
  return 0;
}
