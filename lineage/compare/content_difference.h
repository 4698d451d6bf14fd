// How two contents differ, by kind of content: for people, and for programs.
//
// Formats are known here, and runs are not.  The kind is recognised by the content; what is not
// well-formed is compared as text, or else by its bytes, and that is said.  Memory stays within
// some MiB, but for JSON and the headers of formats, which are held up to the limits below.
// docs/formats/difference.md has the table of kinds and of the members of `details`.
//
// Thread-safety: pure functions, with sources that one thread uses.

#pragma once

#include <string>
#include <string_view>

#include "lineage/compare/content_source.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// Longer JSON texts are compared as text.  Some twenty times as much memory may be needed.
inline constexpr std::uint64_t kJsonBytesMax = 32U << 20;
// Files with longer lines, or tables with longer records, are compared by their bytes.
inline constexpr std::size_t kLineBytesMax = 4U << 20;
// Longer headers of .safetensors files are not read.
inline constexpr std::size_t kSafetensorsHeaderBytesMax = 16U << 20;
// Longer lists of the members of an archive are not read.
inline constexpr std::uint64_t kArchiveListBytesMax = 64U << 20;
// Compressed content that is longer than this when expanded is compared as it is.
inline constexpr std::uint64_t kExpandedBytesMax = std::uint64_t{16} << 30;

struct ContentDifference {
  // "text", "json", "csv", "npy", "safetensors", "zip", "gzip", "png" or "bytes"; "folder" of two
  // folders (lineage/compare/folder_difference.h).
  std::string kind;
  // What differs, where first and by how much: "line 12: 'a' became 'b'; 3 of 100 lines differ".
  // Printable.
  std::string sentence;
  Json details;  // An object with the same for programs.
};

// Describes how `actual` differs from `expected`.  `name` is that of the file: a hint, with which
// tables are recognised that might be prose otherwise.
// Errors: those of the sources.  Malformed content is none.
Result<ContentDifference> CompareContent(const ContentSource& expected, const ContentSource& actual,
                                         std::string_view name);

// {"kind", "sentence"} and the members of `details`.
Json ContentDifferenceToJson(const ContentDifference& difference);

}  // namespace reprise::lineage
