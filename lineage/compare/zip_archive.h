// The list of members at the end of a zip archive (PKWARE APPNOTE 6.3, with its 64-bit records).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/compare/content_source.h"

namespace reprise::lineage {

inline constexpr std::uint16_t kZipStored = 0;
inline constexpr std::uint16_t kZipDeflated = 8;

struct ZipMember {
  std::string name;  // Raw bytes.
  std::uint16_t method = kZipStored;
  bool is_encrypted = false;
  std::uint32_t dos_time = 0;   // Date and time as MS-DOS has them.
  std::uint16_t unix_mode = 0;  // As st_mode; 0 where the archive was not made on Unix.
  std::uint32_t crc32 = 0;      // Of the expanded content.
  std::uint64_t stored_bytes = 0;
  std::uint64_t expanded_bytes = 0;
  std::uint64_t header_offset = 0;  // In the archive.
};

// The members in the order of the list, nullopt where it is malformed, or longer than
// kArchiveListBytesMax.  Errors: those of the source.
Result<std::optional<std::vector<ZipMember>>> ReadZipMembers(const ContentSource& archive);

// Where the stored bytes of a member begin; absent where its header is malformed, or they reach
// beyond the archive.  Errors: those of the source.
Result<std::optional<std::uint64_t>> FindZipData(const ContentSource& archive,
                                                 const ZipMember& member);

// "2024-05-01 12:30:58"; fields that make no date are shown as they are.
std::string ZipTimeText(std::uint32_t dos_time);

}  // namespace reprise::lineage
