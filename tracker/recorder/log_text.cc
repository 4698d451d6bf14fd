#include "tracker/recorder/log_text.h"

#include <utility>

#include "storage/base/clock.h"
#include "tracker/recorder/journal_places.h"

namespace reprise::tracker {

Result<LogText> LogText::Open(FileSystem& files, const std::string& session_folder) {
  REPRISE_ASSIGN_OR_RETURN(JournalReader journal, JournalReader::Open(files, session_folder));
  return LogText(std::move(journal));
}

Result<bool> LogText::Next(std::string& out) {
  if (is_over_) return false;
  const auto payload = journal_.NextPayload();
  if (!payload.has_value()) {
    is_over_ = true;
    // Their program was killed before it had written the rest.
    for (const auto& [writer, text] : std::exchange(open_lines_, {})) out += text + "\n";
    return true;
  }
  REPRISE_TRY(VisitLogLines(*payload, [&](const v1::Observed::LogLine& line) -> Result<void> {
    std::string& text = open_lines_[line.writer()];
    if (text.empty()) text = FormatTime(line.time_unix_ms()) + " ";
    text += line.text();
    if (line.continues()) return {};
    out += text + "\n";
    open_lines_.erase(line.writer());
    return {};
  }));
  return true;
}

Result<std::string> ReadLogText(LogText text) {
  std::string all;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, text.Next(all));
    if (!more) return all;
  }
}

}  // namespace reprise::tracker
