// How a command ended, as the keeper leaves it in the session's folder: the file `exit`.
//
// Text, one "name value" a line.  It is written by rename, so that a reader sees all of it or none.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

struct ExitReport {
  int wait_status = 0;  // As waitpid(2) gives it.
  std::int64_t ended_at_unix_ms = 0;
  std::int64_t user_ms = 0;
  std::int64_t system_ms = 0;
  std::int64_t rss_bytes_max = 0;
  bool is_torn = false;  // The command has ended, but a loss of power took the rest.

  friend bool operator==(const ExitReport&, const ExitReport&) = default;
};

std::string FormatExitReport(const ExitReport& report);
// Errors: kCorruption.
Result<ExitReport> ParseExitReport(std::string_view text);

// Takes the room on disk that a report needs (`exit.room`), so that a disk that is full when the
// command ends does not cost its status.
Result<void> ReserveExitReport(FileSystem& files, const std::string& session_folder);

// Uses the room that was reserved, if any was.
Result<void> WriteExitReport(FileSystem& files, const std::string& session_folder,
                             const ExitReport& report);
// Absent when the keeper died before the command ended; torn when what is there says nothing.
Result<std::optional<ExitReport>> ReadExitReport(FileSystem& files,
                                                 const std::string& session_folder);

}  // namespace reprise::tracker
