#include "tracker/oci/tar.h"

#include <optional>
#include <string_view>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"

namespace reprise::tracker {
namespace {

constexpr std::uint64_t kOctal11Max = (std::uint64_t{1} << 33) - 1;  // Eleven octal digits.

// Where the fields of a ustar header lie, and how long they are.
struct Field {
  std::size_t offset;
  std::size_t size_bytes;
};
constexpr Field kName = {0, 100};
constexpr Field kMode = {100, 8};
constexpr Field kOwner = {108, 8};
constexpr Field kGroup = {116, 8};
constexpr Field kSize = {124, 12};
constexpr Field kTime = {136, 12};
constexpr Field kChecksum = {148, 8};
constexpr Field kType = {156, 1};
constexpr Field kLink = {157, 100};
constexpr Field kMagic = {257, 8};  // With the version.
constexpr Field kDeviceMajor = {329, 8};
constexpr Field kDeviceMinor = {337, 8};
constexpr Field kPrefix = {345, 155};

constexpr char kTypeFile = '0';
constexpr char kTypeSymlink = '2';
constexpr char kTypeFolder = '5';
constexpr char kTypePax = 'x';

class Block {
 public:
  void SetText(Field field, std::string_view text) {
    REPRISE_ASSERT(text.size() <= field.size_bytes);
    bytes_.replace(field.offset, text.size(), text);
  }
  // Zero-padded octal digits and a zero byte.
  void SetOctal(Field field, std::uint64_t number) {
    for (std::size_t i = field.size_bytes - 1; i-- > 0; number >>= 3U) {
      bytes_[field.offset + i] = static_cast<char>('0' + (number & 7U));
    }
    REPRISE_ASSERT(number == 0);
  }
  // The first bit set, then the number, the most significant byte first.
  void SetBase256(Field field, std::uint64_t number) {
    for (std::size_t i = field.size_bytes; i-- > 1; number >>= 8U) {
      bytes_[field.offset + i] = static_cast<char>(number & 0xffU);
    }
    bytes_[field.offset] = static_cast<char>(0x80);
  }
  // The block with its checksum: the sum of its bytes, with spaces where the checksum stands.
  std::string Finish() {
    SetText(kChecksum, "        ");
    std::uint64_t sum = 0;
    for (const char byte : bytes_) sum += static_cast<unsigned char>(byte);
    SetOctal({kChecksum.offset, kChecksum.size_bytes - 1}, sum);
    return bytes_;
  }

 private:
  std::string bytes_ = std::string(kTarBlockBytes, '\0');
};

char TypeOf(FileKind kind) {
  switch (kind) {
    case FileKind::kDirectory:
      return kTypeFolder;
    case FileKind::kSymlink:
      return kTypeSymlink;
    case FileKind::kFile:
    case FileKind::kOther:
      break;
  }
  REPRISE_ASSERT(kind == FileKind::kFile);
  return kTypeFile;
}

// A block with everything but name, size, time and link.
Block NewBlock(char type, std::uint32_t mode) {
  Block block;
  block.SetOctal(kMode, mode);
  block.SetOctal(kOwner, 0);
  block.SetOctal(kGroup, 0);
  block.SetOctal(kSize, 0);
  block.SetOctal(kTime, 0);
  block.SetText(kType, std::string_view(&type, 1));
  block.SetText(kMagic, std::string_view("ustar\00000", 8));
  block.SetOctal(kDeviceMajor, 0);
  block.SetOctal(kDeviceMinor, 0);
  return block;
}

std::string EntryName(const TarEntry& entry) {
  return entry.kind == FileKind::kDirectory ? entry.path + "/" : entry.path;
}

// The slash at which `name` falls into a prefix and a name that fit; npos: it fits without.
std::optional<std::size_t> SplitName(std::string_view name) {
  if (name.size() <= kName.size_bytes) return std::string_view::npos;
  if (name.size() > kPrefix.size_bytes + 1 + kName.size_bytes) return std::nullopt;
  const std::size_t slash = name.find('/', name.size() - kName.size_bytes - 1);
  if (slash == std::string_view::npos || slash == 0 || slash > kPrefix.size_bytes ||
      slash + 1 == name.size()) {
    return std::nullopt;
  }
  return slash;
}

void SetName(Block& block, std::string_view name, std::size_t slash) {
  if (slash == std::string_view::npos) {
    block.SetText(kName, name.substr(0, kName.size_bytes));
    return;
  }
  block.SetText(kPrefix, name.substr(0, slash));
  block.SetText(kName, name.substr(slash + 1));
}

// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
std::string PaxRecord(std::string_view key, std::string_view value) {
  const std::size_t others = 1 + key.size() + 1 + value.size() + 1;
  std::size_t length = others;
  while (length != others + std::to_string(length).size()) {
    length = others + std::to_string(length).size();
  }
  std::string record = std::to_string(length);
  record.append(" ").append(key).append("=").append(value).append("\n");
  return record;
}

bool FitsOctal(std::int64_t number) {
  return number >= 0 && static_cast<std::uint64_t>(number) <= kOctal11Max;
}

// The records of what does not fit into a ustar header.
std::string PaxRecords(const TarEntry& entry, const std::string& name) {
  std::string records;
  bool is_text = true;
  if (!SplitName(name).has_value()) {
    records += PaxRecord("path", name);
    is_text = is_text && IsUtf8(name);
  }
  if (entry.target.size() > kLink.size_bytes) {
    records += PaxRecord("linkpath", entry.target);
    is_text = is_text && IsUtf8(entry.target);
  }
  if (entry.size_bytes > kOctal11Max) {
    records += PaxRecord("size", std::to_string(entry.size_bytes));
  }
  if (!FitsOctal(entry.modified_at_unix_s)) {
    records += PaxRecord("mtime", std::to_string(entry.modified_at_unix_s));
  }
  // Values are UTF-8 unless this is said first.
  return is_text ? records : PaxRecord("hdrcharset", "BINARY") + records;
}

std::string PaxHeader(const std::string& records) {
  Block block = NewBlock(kTypePax, 0644);
  block.SetText(kName, "././@PaxHeader");
  block.SetOctal(kSize, records.size());
  return block.Finish() + records + TarPadding(records.size());
}

}  // namespace

std::string TarHeader(const TarEntry& entry) {
  const std::string name = EntryName(entry);
  const std::string records = PaxRecords(entry, name);
  Block block = NewBlock(TypeOf(entry.kind), entry.mode);
  SetName(block, name, SplitName(name).value_or(std::string_view::npos));
  block.SetText(kLink, std::string_view(entry.target).substr(0, kLink.size_bytes));
  if (entry.size_bytes <= kOctal11Max) block.SetOctal(kSize, entry.size_bytes);
  if (FitsOctal(entry.modified_at_unix_s)) {
    block.SetOctal(kTime, static_cast<std::uint64_t>(entry.modified_at_unix_s));
  }
  return (records.empty() ? "" : PaxHeader(records)) + block.Finish();
}

std::string TarHeaderBlock(const TarEntry& entry) {
  const std::string name = EntryName(entry);
  REPRISE_ASSERT(name.size() <= kName.size_bytes && FitsOctal(entry.modified_at_unix_s));
  REPRISE_ASSERT(entry.kind != FileKind::kSymlink);
  Block block = NewBlock(TypeOf(entry.kind), entry.mode);
  block.SetText(kName, name);
  block.SetOctal(kTime, static_cast<std::uint64_t>(entry.modified_at_unix_s));
  if (entry.size_bytes <= kOctal11Max) {
    block.SetOctal(kSize, entry.size_bytes);
  } else {
    block.SetBase256(kSize, entry.size_bytes);
  }
  return block.Finish();
}

std::string TarPadding(std::uint64_t size_bytes) {
  return std::string((kTarBlockBytes - size_bytes % kTarBlockBytes) % kTarBlockBytes, '\0');
}

std::string TarEnd() { return std::string(2 * kTarBlockBytes, '\0'); }

}  // namespace reprise::tracker
