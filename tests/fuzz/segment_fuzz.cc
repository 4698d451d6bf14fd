// Any bytes at all in a segment: no crash, no endless loop, and only well-formed records.
//
// The first byte chooses the writer's state and the cursor, the rest is the segment.  So that the
// fuzzer gets past the header and the checks, it is also scanned with both mended.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tracker/recorder/segment_scan.h"

namespace {

using namespace reprise;           // NOLINT: a fuzz target is its own program.
using namespace reprise::tracker;  // NOLINT: likewise.

void Require(bool condition) {
  if (!condition) std::abort();
}

void Scan(ByteSpan bytes, Writer writer, std::uint64_t offset) {
  SegmentState state;
  wire::SegmentHeader header;
  if (bytes.size() >= sizeof(header)) {
    std::memcpy(&header, bytes.data(), sizeof(header));
    state.cursor = {header.created_unix_ns, offset, 1, 1};
  }
  std::uint64_t records = 0;
  const auto result =
      ScanSegment(bytes, writer, state, [&](const SegmentRecord& record) -> Result<void> {
        ++records;
        if (const auto* point = std::get_if<PointRecord>(&record)) Require(!point->key.empty());
        if (const auto* param = std::get_if<ParamRecord>(&record)) Require(!param->key.empty());
        if (const auto* file = std::get_if<FileRecord>(&record)) Require(file->path.front() == '/');
        return {};
      });
  if (!result.ok()) return;
  Require(state.cursor.offset % 8 == 0 && state.cursor.offset <= bytes.size());
  Require(records <= bytes.size() / 8 + 1);
}

// Makes the header and the checks of all records that follow one another right.
void Mend(std::vector<std::uint64_t>& words) {
  const std::size_t size_bytes = words.size() * 8;
  auto* bytes = reinterpret_cast<char*>(words.data());
  if (size_bytes < sizeof(wire::SegmentHeader)) return;
  auto* header = reinterpret_cast<wire::SegmentHeader*>(bytes);
  header->magic = wire::kSegmentMagic;
  header->version = wire::kSegmentVersion;
  header->header_bytes = sizeof(wire::SegmentHeader);
  header->capacity_bytes = size_bytes;
  for (std::size_t at = sizeof(*header); at + 8 <= size_bytes;) {
    const wire::RecordHeader record = wire::ParseHeaderWord(words[at / 8]);
    const auto kind = static_cast<wire::RecordKind>(record.kind);
    const std::size_t padded = wire::RoundUpToWord(
        kind == wire::RecordKind::kMetricPoint ? wire::kPointPayloadBytes : record.argument);
    if (padded > size_bytes - at - 8) return;
    const std::uint64_t word = wire::HeaderWord(kind, record.flags, record.argument);
    words[at / 8] = wire::WithCheck(word, wire::RecordCheck(word, at, bytes + at + 8, padded));
    at += 8 + padded;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Writer writer = (data[0] & 1) != 0 ? Writer::kIsGone : Writer::kMayLive;
  const std::uint64_t offset = static_cast<std::uint64_t>(data[0] >> 1) * 16;
  std::vector<std::uint64_t> words((size - 1) / 8);
  if (!words.empty()) std::memcpy(words.data(), data + 1, words.size() * 8);
  Scan(std::as_bytes(std::span(words)), writer, offset);
  Mend(words);
  Scan(std::as_bytes(std::span(words)), writer, offset);
  return 0;
}
