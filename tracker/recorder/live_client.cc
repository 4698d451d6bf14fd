#include "tracker/recorder/live_client.h"

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

}  // namespace reprise::tracker
