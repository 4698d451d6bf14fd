#include "tracker/recorder/exit_report.h"

#include <array>
#include <charconv>

namespace reprise::tracker {
namespace {

std::string ReportPath(const std::string& session_folder) {
  return JoinPath(session_folder, "exit");
}

std::string RoomPath(const std::string& session_folder) {
  return JoinPath(session_folder, "exit.room");
}

constexpr std::size_t kReportBytesMax = 256;  // Five names, and numbers of up to 20 characters.

constexpr std::array<std::string_view, 5> kNames = {"wait_status", "ended_at_unix_ms", "user_ms",
                                                    "system_ms", "rss_bytes_max"};

}  // namespace

std::string FormatExitReport(const ExitReport& report) {
  const std::array<std::int64_t, 5> values = {report.wait_status, report.ended_at_unix_ms,
                                              report.user_ms, report.system_ms,
                                              report.rss_bytes_max};
  std::string text;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    text.append(kNames[i]).append(" ").append(std::to_string(values[i])).append("\n");
  }
  return text;
}

Result<ExitReport> ParseExitReport(std::string_view text) {
  std::array<std::int64_t, 5> values{};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const bool named = line.starts_with(kNames[i]) && line.size() > kNames[i].size() + 1;
    const char* const begin = line.data() + (named ? kNames[i].size() + 1 : 0);
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(begin, end, values[i]);
    if (!named || error != std::errc() || stop != end || line.size() == text.size()) {
      return Error{ErrorCode::kCorruption, "the report of how the command ended is damaged"};
    }
    text.remove_prefix(line.size() + 1);
  }
  return ExitReport{.wait_status = static_cast<int>(values[0]),
                    .ended_at_unix_ms = values[1],
                    .user_ms = values[2],
                    .system_ms = values[3],
                    .rss_bytes_max = values[4]};
}

Result<void> ReserveExitReport(FileSystem& files, const std::string& session_folder) {
  REPRISE_ASSIGN_OR_RETURN(const auto room,
                           files.Open(RoomPath(session_folder), OpenMode::kCreate, 0600));
  return room->WriteAt(0, AsBytes(std::string(kReportBytesMax, ' ')));
}

Result<void> WriteExitReport(FileSystem& files, const std::string& session_folder,
                             const ExitReport& report) {
  const std::string text = FormatExitReport(report);
  REPRISE_ASSIGN_OR_RETURN(const auto room,
                           files.Open(RoomPath(session_folder), OpenMode::kCreate, 0600));
  REPRISE_TRY(room->WriteAt(0, AsBytes(text)));
  REPRISE_TRY(room->Truncate(text.size()));
  return files.Rename(RoomPath(session_folder), ReportPath(session_folder));
}

Result<std::optional<ExitReport>> ReadExitReport(FileSystem& files,
                                                 const std::string& session_folder) {
  const auto text = ReadFile(files, ReportPath(session_folder), 4096);
  if (!text.ok()) {
    if (text.error().code == ErrorCode::kNotFound) return std::optional<ExitReport>();
    return text.error();
  }
  return std::optional(ParseExitReport(*text).value_or(ExitReport{.is_torn = true}));
}

}  // namespace reprise::tracker
