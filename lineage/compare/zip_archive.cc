#include "lineage/compare/zip_archive.h"

#include <algorithm>
#include <cstdio>

#include "lineage/compare/content_difference.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kEndMagic{"PK\x05\x06", 4};
constexpr std::string_view kEnd64Magic{"PK\x06\x06", 4};
constexpr std::string_view kLocator64Magic{"PK\x06\x07", 4};
constexpr std::string_view kEntryMagic{"PK\x01\x02", 4};
constexpr std::string_view kHeaderMagic{"PK\x03\x04", 4};
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocator64Bytes = 20;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kEntryBytes = 46;
constexpr std::size_t kHeaderBytes = 30;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // The number stands in a 64-bit field elsewhere.

struct ListPlace {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

// Where the end record says that the list lies.  A comment may follow that record.
Result<std::optional<ListPlace>> FindList(const ContentSource& archive) {
  constexpr std::size_t kCommentBytesMax = 65535;
  const std::uint64_t size = archive.size_bytes();
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(size, kEndBytes + kCommentBytesMax);
  REPRISE_ASSIGN_OR_RETURN(const std::string tail, ReadText(archive, size - tail_bytes,
                                                            static_cast<std::size_t>(tail_bytes)));
  const std::size_t end = tail.rfind(kEndMagic);
  if (end == tail.npos || tail.size() - end < kEndBytes) return std::optional<ListPlace>();
  const ByteSpan record = AsBytes(std::string_view(tail).substr(end));
  ListPlace place{LoadLe<std::uint32_t>(record, 16), LoadLe<std::uint32_t>(record, 12)};
  if (place.offset != kIn64 && place.size_bytes != kIn64) return std::optional(place);
  const std::uint64_t end_offset = size - tail_bytes + end;
  if (end_offset < kLocator64Bytes) return std::optional<ListPlace>();
  REPRISE_ASSIGN_OR_RETURN(const std::string locator,
                           ReadText(archive, end_offset - kLocator64Bytes, kLocator64Bytes));
  if (!locator.starts_with(kLocator64Magic)) return std::optional<ListPlace>();
  REPRISE_ASSIGN_OR_RETURN(
      const std::string end64,
      ReadText(archive, LoadLe<std::uint64_t>(AsBytes(locator), 8), kEnd64Bytes));
  if (end64.size() < kEnd64Bytes || !end64.starts_with(kEnd64Magic)) {
    return std::optional<ListPlace>();
  }
  return std::optional(ListPlace{LoadLe<std::uint64_t>(AsBytes(end64), 48),
                                 LoadLe<std::uint64_t>(AsBytes(end64), 40)});
}

// Takes numbers that do not fit from the extra field 1, in which they stand in this order.
bool ReadNumbers64(ByteSpan extra, ZipMember& member) {
  std::uint64_t* const numbers[] = {&member.expanded_bytes, &member.stored_bytes,
                                    &member.header_offset};
  if (std::ranges::none_of(numbers, [](const std::uint64_t* n) { return *n == kIn64; })) {
    return true;
  }
  while (extra.size() >= 4) {
    const auto id = LoadLe<std::uint16_t>(extra);
    const std::size_t length = LoadLe<std::uint16_t>(extra, 2);
    if (length > extra.size() - 4) return false;
    ByteSpan field = extra.subspan(4, length);
    extra = extra.subspan(4 + length);
    if (id != 1) continue;
    for (std::uint64_t* const number : numbers) {
      if (*number != kIn64) continue;
      if (field.size() < 8) return false;
      *number = LoadLe<std::uint64_t>(field);
      field = field.subspan(8);
    }
    return true;
  }
  return false;
}

// What the upper half of the external attributes holds, if a Unix made the entry.
std::uint16_t UnixModeOf(ByteSpan entry) {
  constexpr std::byte kUnix{3};
  return entry[5] == kUnix ? LoadLe<std::uint16_t>(entry, 40) : std::uint16_t{0};
}

// The entry at the start of `list`, which is then moved behind it.
std::optional<ZipMember> TakeEntry(ByteSpan& list) {
  if (list.size() < kEntryBytes || !AsText(list).starts_with(kEntryMagic)) return std::nullopt;
  const std::size_t name_bytes = LoadLe<std::uint16_t>(list, 28);
  const std::size_t extra_bytes = LoadLe<std::uint16_t>(list, 30);
  const std::size_t comment_bytes = LoadLe<std::uint16_t>(list, 32);
  const std::size_t entry_bytes = kEntryBytes + name_bytes + extra_bytes + comment_bytes;
  if (entry_bytes > list.size()) return std::nullopt;
  ZipMember member{.name = std::string(AsText(list.subspan(kEntryBytes, name_bytes))),
                   .method = LoadLe<std::uint16_t>(list, 10),
                   .is_encrypted = (LoadLe<std::uint16_t>(list, 8) & 1) != 0,
                   .dos_time = LoadLe<std::uint32_t>(list, 12),
                   .unix_mode = UnixModeOf(list),
                   .crc32 = LoadLe<std::uint32_t>(list, 16),
                   .stored_bytes = LoadLe<std::uint32_t>(list, 20),
                   .expanded_bytes = LoadLe<std::uint32_t>(list, 24),
                   .header_offset = LoadLe<std::uint32_t>(list, 42)};
  if (!ReadNumbers64(list.subspan(kEntryBytes + name_bytes, extra_bytes), member)) {
    return std::nullopt;
  }
  list = list.subspan(entry_bytes);
  return member;
}

}  // namespace

Result<std::optional<std::vector<ZipMember>>> ReadZipMembers(const ContentSource& archive) {
  using Members = std::optional<std::vector<ZipMember>>;
  REPRISE_ASSIGN_OR_RETURN(const auto place, FindList(archive));
  if (!place.has_value() || place->size_bytes > kArchiveListBytesMax ||
      place->offset > archive.size_bytes() ||
      place->size_bytes > archive.size_bytes() - place->offset) {
    return Members();
  }
  REPRISE_ASSIGN_OR_RETURN(
      const std::string text,
      ReadText(archive, place->offset, static_cast<std::size_t>(place->size_bytes)));
  std::vector<ZipMember> members;
  for (ByteSpan list = AsBytes(text); !list.empty();) {
    auto member = TakeEntry(list);
    if (!member.has_value()) return Members();
    members.push_back(*std::move(member));
  }
  return Members(std::move(members));
}

Result<std::optional<std::uint64_t>> FindZipData(const ContentSource& archive,
                                                 const ZipMember& member) {
  REPRISE_ASSIGN_OR_RETURN(const std::string header,
                           ReadText(archive, member.header_offset, kHeaderBytes));
  if (header.size() < kHeaderBytes || !header.starts_with(kHeaderMagic)) {
    return std::optional<std::uint64_t>();
  }
  const std::uint64_t data = member.header_offset + kHeaderBytes +
                             LoadLe<std::uint16_t>(AsBytes(header), 26) +
                             LoadLe<std::uint16_t>(AsBytes(header), 28);
  const bool fits =
      data <= archive.size_bytes() && member.stored_bytes <= archive.size_bytes() - data;
  return fits ? std::optional(data) : std::nullopt;
}

std::string ZipTimeText(std::uint32_t dos_time) {
  const unsigned time = dos_time & 0xFFFF;
  const unsigned date = dos_time >> 16;
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04u-%02u-%02u %02u:%02u:%02u", 1980 + (date >> 9),
                date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2);
  return buffer;
}

}  // namespace reprise::lineage
