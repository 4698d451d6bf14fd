// Layout, all little-endian and from the start of the new format's header:
//
//    0  "glibc-ld.so.cache" "1.1"
//   20  u32 count of entries, u32 size of the strings, u8 flags, 3 bytes padding
//   32  u32 offset of the extensions or 0, 12 bytes unused
//   48  entries of 24 bytes: u32 flags, u32 name, u32 path, u32 unused, u64 hardware
//
// Names and paths are offsets of zero-terminated strings.  The extensions are u32 magic, u32 count,
// then sections of u32 tag, flags, offset, size; tag 1 is an array of u32 offsets of glibc-hwcaps
// names, which entries refer to by index.

#include "lineage/capture/ld_so_cache.h"

#include <algorithm>

#include "lineage/capture/elf.h"
#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

constexpr std::string_view kMagicNew = "glibc-ld.so.cache1.1";
constexpr std::string_view kMagicOld = "ld.so-1.7.0";
constexpr std::size_t kHeaderSize = 48;
constexpr std::size_t kEntrySize = 24;
constexpr std::size_t kOldHeaderSize = 16;
constexpr std::size_t kOldEntrySize = 12;
constexpr std::uint32_t kExtensionMagic = 0xEAA42174;
constexpr std::uint32_t kTagHardwareLevels = 1;
constexpr std::uint32_t kExtensionsMax = 64;
constexpr std::uint32_t kHardwareLevelsMax = 1024;
// An entry's hardware field: bit 62 says that the low half is an index of the extension's names;
// bits 32 to 41 then hold the ISA level, which the name implies.
constexpr std::uint64_t kHardwareIsIndex = std::uint64_t{1} << 62;
constexpr std::uint64_t kHardwareLevelMask = std::uint64_t{0x3ff} << 32;

Error Damaged(std::string_view what) {
  return Error{ErrorCode::kCorruption,
               "the cache of the dynamic loader is damaged: " + std::string(what)};
}

// FLAG_ELF_LIBC6 with the architecture's bits.
std::optional<std::uint32_t> FlagsOf(std::uint16_t machine) {
  if (machine == kMachineX86_64) return 0x0303;
  if (machine == kMachineAarch64) return 0x0a03;
  return std::nullopt;
}

}  // namespace

Result<LdSoCache> LdSoCache::Parse(std::string content) {
  if (content.starts_with(kMagicOld)) {
    if (content.size() < kOldHeaderSize) return Damaged("it ends too early");
    const std::uint64_t entries = LoadLe<std::uint32_t>(AsBytes(content), 12);
    const std::uint64_t start = (kOldHeaderSize + entries * kOldEntrySize + 7) & ~std::uint64_t{7};
    if (start >= content.size()) {
      return Error{ErrorCode::kUnsupported, "the cache of the dynamic loader has the old format"};
    }
    content.erase(0, start);
  }
  if (!content.starts_with(kMagicNew)) {
    return Error{ErrorCode::kUnsupported, "the cache of the dynamic loader has an unknown format"};
  }
  if (content.size() < kHeaderSize) return Damaged("it ends too early");
  LdSoCache cache;
  cache.content_ = std::move(content);
  const ByteSpan bytes = AsBytes(cache.content_);
  const std::uint64_t count = LoadLe<std::uint32_t>(bytes, 20);
  if (count > (bytes.size() - kHeaderSize) / kEntrySize) return Damaged("it ends too early");
  cache.entries_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t at = kHeaderSize + i * kEntrySize;
    const Entry entry{.flags = LoadLe<std::uint32_t>(bytes, at),
                      .name = LoadLe<std::uint32_t>(bytes, at + 4),
                      .path = LoadLe<std::uint32_t>(bytes, at + 8),
                      .hardware = LoadLe<std::uint64_t>(bytes, at + 16)};
    if (entry.name >= bytes.size() || entry.path >= bytes.size()) {
      return Damaged("a name lies outside");
    }
    cache.entries_.push_back(entry);
  }
  const std::uint32_t extensions = LoadLe<std::uint32_t>(bytes, 32);
  if (extensions != 0) REPRISE_TRY(cache.ParseExtensions(extensions));
  return cache;
}

Result<void> LdSoCache::ParseExtensions(std::uint64_t offset) {
  const ByteSpan bytes = AsBytes(content_);
  if (offset + 8 > bytes.size()) return Damaged("the extensions lie outside");
  if (LoadLe<std::uint32_t>(bytes, offset) != kExtensionMagic) return Damaged("no extensions");
  const std::uint32_t count = LoadLe<std::uint32_t>(bytes, offset + 4);
  if (count > kExtensionsMax) return Damaged("too many extensions");
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t section = offset + 8 + i * 16;
    if (section + 16 > bytes.size()) return Damaged("the extensions end too early");
    if (LoadLe<std::uint32_t>(bytes, section) != kTagHardwareLevels) continue;
    const std::uint64_t start = LoadLe<std::uint32_t>(bytes, section + 8);
    const std::uint64_t size = LoadLe<std::uint32_t>(bytes, section + 12);
    if (start + size > bytes.size() || size / 4 > kHardwareLevelsMax) {
      return Damaged("the hardware levels lie outside");
    }
    hardware_levels_.clear();
    for (std::uint64_t level = 0; level < size / 4; ++level) {
      const std::uint32_t name = LoadLe<std::uint32_t>(bytes, start + level * 4);
      if (name >= bytes.size()) return Damaged("a hardware level lies outside");
      hardware_levels_.push_back(name);
    }
  }
  return {};
}

std::string_view LdSoCache::Text(std::uint64_t offset) const {
  const std::string_view rest = std::string_view(content_).substr(offset);
  return rest.substr(0, rest.find('\0'));
}

std::optional<std::string> LdSoCache::Find(std::string_view name, std::uint16_t machine,
                                           std::span<const std::string> hardware_levels) const {
  const std::optional<std::uint32_t> flags = FlagsOf(machine);
  std::optional<std::string> best;
  auto best_level = static_cast<std::ptrdiff_t>(hardware_levels.size()) + 1;
  for (const Entry& entry : entries_) {
    if (entry.flags != flags) continue;
    // Comparing the bytes first keeps a hostile cache from making every look-up long.
    if (std::string_view(content_).substr(entry.name, name.size()) != name) continue;
    if (Text(entry.name).size() != name.size()) continue;
    // The baseline version stands behind every level.
    auto level = static_cast<std::ptrdiff_t>(hardware_levels.size());
    if (entry.hardware != 0) {
      if ((entry.hardware & ~kHardwareLevelMask) >> 32 != kHardwareIsIndex >> 32) continue;
      const auto index = static_cast<std::uint32_t>(entry.hardware);
      if (index >= hardware_levels_.size()) continue;
      const auto found =
          std::find(hardware_levels.begin(), hardware_levels.end(), Text(hardware_levels_[index]));
      if (found == hardware_levels.end()) continue;
      level = found - hardware_levels.begin();
    }
    if (level >= best_level) continue;
    best_level = level;
    best = Text(entry.path);
  }
  return best;
}

}  // namespace reprise::capture
