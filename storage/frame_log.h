// Append-only files of checksummed frames: the physical form of journals and of the ledger.
//
// A frame is: payload length (u32), CRC-32C of length and payload (u32), payload.  A file is a
// sequence of frames after a caller-defined header.  A writer that dies leaves at most one torn
// frame at the end; a reader stops before it and says how many bytes it left out.  What follows a
// frame that fails its checksum cannot be trusted to be framed at all, so ScanFrames() never
// resumes; a journal, whose frames have a form besides, does (tracker/journal.h).
// docs/formats/frame_log.md.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::storage {

inline constexpr std::uint32_t kFramePayloadBytesMax = 64U << 20;

// Appends one frame to `out`.  `payload` must not exceed kFramePayloadBytesMax.
void AppendFrame(std::string& out, std::string_view payload);

struct FrameScan {
  std::uint64_t valid_bytes = 0;    // Up to the end of the last whole frame.
  std::uint64_t dropped_bytes = 0;  // After it: a torn or damaged tail.
  std::uint64_t frames = 0;
};

// Calls `visit(payload, end_offset)` for each whole frame of `bytes` that starts at or after
// `offset`, in order, until it fails.  end_offset is the position just after the frame.
// Errors: only those of `visit`; damage is reported in the FrameScan.
Result<FrameScan> ScanFrames(
    ByteSpan bytes, std::uint64_t offset,
    const std::function<Result<void>(std::string_view payload, std::uint64_t end_offset)>& visit);

}  // namespace reprise::storage
