// What a program logged through the SDK, as text, from the journal.
//
// Thread-safety: one thread at a time.

#pragma once

#include <map>
#include <string>
#include <utility>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/journal.h"

namespace reprise::tracker {

// "<time> <text>\n" for each line, in the order in which they were completed.
class LogText {
 public:
  // Errors: those of JournalReader::Open().
  static Result<LogText> Open(FileSystem& files, const std::string& session_folder);

  explicit LogText(JournalReader journal) : journal_(std::move(journal)) {}

  // Appends some more to `out`, what one frame of the journal completes; false at the end.
  // Errors: kCorruption.
  Result<bool> Next(std::string& out);

 private:
  JournalReader journal_;
  // A long line comes in pieces, between which those of other threads may stand: what is there of
  // such lines, by writer.  A line is thus held whole, however long it is
  // (docs/formats/journal.md).
  std::map<std::string, std::string> open_lines_;
  bool is_over_ = false;
};

// All of it, for whoever shows it.
Result<std::string> ReadLogText(LogText text);

}  // namespace reprise::tracker
