#include "storage/frame_log.h"

#include "storage/base/crc32c.h"

namespace reprise::storage {
namespace {

constexpr std::size_t kHeaderBytes = 8;

std::uint32_t Checksum(std::uint32_t length, std::string_view payload) {
  std::string prefix;
  AppendLe(prefix, length);
  return Crc32c(AsBytes(payload), Crc32c(AsBytes(prefix)));
}

}  // namespace

void AppendFrame(std::string& out, std::string_view payload) {
  REPRISE_ASSERT(payload.size() <= kFramePayloadBytesMax);
  const auto length = static_cast<std::uint32_t>(payload.size());
  AppendLe(out, length);
  AppendLe(out, Checksum(length, payload));
  out += payload;
}

Result<FrameScan> ScanFrames(
    ByteSpan bytes, std::uint64_t offset,
    const std::function<Result<void>(std::string_view payload, std::uint64_t end_offset)>& visit) {
  FrameScan scan;
  scan.valid_bytes = std::min<std::uint64_t>(offset, bytes.size());
  for (;;) {
    const ByteSpan rest = bytes.subspan(scan.valid_bytes);
    if (rest.size() < kHeaderBytes) break;
    const auto length = LoadLe<std::uint32_t>(rest);
    if (length > kFramePayloadBytesMax || length > rest.size() - kHeaderBytes) break;
    const std::string_view payload = AsText(rest.subspan(kHeaderBytes, length));
    if (LoadLe<std::uint32_t>(rest, 4) != Checksum(length, payload)) break;
    const std::uint64_t end_offset = scan.valid_bytes + kHeaderBytes + length;
    REPRISE_TRY(visit(payload, end_offset));
    scan.valid_bytes = end_offset;
    ++scan.frames;
  }
  scan.dropped_bytes = bytes.size() - scan.valid_bytes;
  return scan;
}

}  // namespace reprise::storage
