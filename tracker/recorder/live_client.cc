#include "tracker/recorder/live_client.h"

#include "sdk/wire/messages.h"
#include "sdk/wire/segment.h"
#include "tracker/recorder/process_stat.h"
#include "tracker/recorder/segment_scan.h"

namespace reprise::tracker {

std::optional<std::int64_t> FindLiveClient(FileSystem& files, const std::string& session_folder) {
  const auto entries = files.List(session_folder);
  if (!entries.ok()) return std::nullopt;
  for (const DirectoryEntry& entry : *entries) {
    const auto name = wire::ParseSegmentName(entry.name);
    if (!name.has_value()) continue;
    const auto process = ReadProcessStat(files, name->pid);
    if (!process.has_value() || process->ended) continue;
    if (process->start_ticks != name->process_start_ticks) continue;
    const auto mapping = files.Map(JoinPath(session_folder, entry.name));
    if (!mapping.ok()) continue;
    const auto header = ReadSegmentHeader((*mapping)->bytes());
    if (!header.ok()) {
      // Not there yet: its writer is about to begin.
      if (header.error().code == ErrorCode::kNotFound) return name->pid;
      continue;
    }
    if (header->closed == 0) return name->pid;
  }
  return std::nullopt;
}

Result<void> MarkEnded(FileSystem& files, const std::string& session_folder) {
  REPRISE_TRY(files.Open(JoinPath(session_folder, wire::kEndedFileName), OpenMode::kCreate, 0600));
  return {};
}

Result<std::optional<std::int64_t>> EndUnlessReported(FileSystem& files,
                                                      const std::string& session_folder) {
  if (const auto client = FindLiveClient(files, session_folder)) return client;
  REPRISE_TRY(MarkEnded(files, session_folder));
  const auto joined = FindLiveClient(files, session_folder);
  if (joined.has_value()) {
    REPRISE_TRY(files.RemoveFile(JoinPath(session_folder, wire::kEndedFileName)));
  }
  return joined;
}

}  // namespace reprise::tracker
