// Reading journals, without locking or changing them: for adoption, for recovery, and for looking
// at live runs.  Format: docs/formats/journal.md.
//
// The journal of a long run is long, so what has been read is given back to the system as a reader
// goes on.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

std::string JournalPath(const std::string& session_folder);

// What every journal begins with.
std::string JournalHeader();

struct JournalScan {
  std::uint64_t valid_bytes = 0;    // Up to the end of the last whole frame.
  std::uint64_t dropped_bytes = 0;  // After it: a torn tail.
  std::uint64_t damaged_bytes = 0;  // Before it: frames that could not be read, between whole ones.
};

// The whole frames of a journal, in order, at the pace of whoever asks.
//
// Unlike a reader of the ledger, it goes on behind damage: a frame says what it says whether or not
// the one before can be read, and nothing but the journal may hold it.
//
// Thread-safety: one thread at a time.
class JournalReader {
 public:
  // Errors: kNotFound, kIoError  of the file.
  //         kCorruption          it is not a journal.
  //         kUnsupportedVersion  of a newer version.
  static Result<JournalReader> Open(FileSystem& files, const std::string& session_folder);
  // The same for the bytes of a journal, which are borrowed; `path` is for messages.
  static Result<JournalReader> OpenBytes(ByteSpan bytes, std::string path);

  // Another reader of the same content, from its start.
  JournalReader FromStart() const;

  // The next whole frame's payload, valid until the next call; nothing at the end.
  std::optional<std::string_view> NextPayload();
  // Likewise, parsed; false at the end.
  // Errors: kCorruption  the frame is whole and makes no sense.  At the end: there was none.
  Result<bool> Next(v1::Frame& frame);

  // Of what has been read so far; at the end, of all.
  JournalScan scan() const;

  // The content of the journal, for places within payloads.  Valid as long as the reader lives.
  ByteSpan bytes() const { return bytes_; }
  // Gives the memory of everything read so far back to the system, which reads it again if asked.
  void Forget() const;

 private:
  JournalReader(std::shared_ptr<FileMapping> mapping, ByteSpan bytes, std::string path);

  // Shared with the readers of the same content; empty: bytes_ are borrowed.
  std::shared_ptr<FileMapping> mapping_;
  ByteSpan bytes_;
  std::string path_;
  std::uint64_t position_;  // Behind the last whole frame.
  std::uint64_t damaged_bytes_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t forgotten_ = 0;
};

// Calls `visit` for each whole frame, in order, until it fails.
// Errors: those of JournalReader and of `visit`.
Result<JournalScan> ScanJournal(FileSystem& files, const std::string& session_folder,
                                const std::function<Result<void>(const v1::Frame&)>& visit);

// The same for what is left of a journal.
Result<JournalScan> ScanJournal(JournalReader reader,
                                const std::function<Result<void>(const v1::Frame&)>& visit);

// The same for the bytes of a journal; `path` is for messages.
Result<JournalScan> ScanJournalBytes(ByteSpan bytes, const std::string& path,
                                     const std::function<Result<void>(const v1::Frame&)>& visit);

// Whether the journal is missing, or holds no frame that anything was recorded in.
bool JournalHoldsNothing(FileSystem& files, const std::string& session_folder);

}  // namespace reprise::tracker
