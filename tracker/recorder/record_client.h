// `reprise recorder`: records a program that uses the SDK without `reprise run`.

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ClientRequest {
  std::string store_folder;
  std::string project_folder;
  std::string working_directory;
  std::string experiment = "default";
  std::optional<std::string> name;
  std::int64_t pid = 0;                      // The program.
  std::optional<std::uint64_t> start_ticks;  // Field 22 of its /proc/<pid>/stat.
  // Told the session's folder; false if the program has not waited for it, and goes on untracked.
  std::function<bool(const std::string&)> ready;
};

// Returns when the program has finished its run or ended, and the run is sealed.
// Errors: nothing was begun (before `ready`), or the run could not be recorded.
Result<void> RecordClient(FileSystem& files, const ClientRequest& request,
                          const StoreOptions& store_options);

}  // namespace reprise::tracker
