// Making the root folder of a sandbox.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "tracker/replay/root_contents.h"
#include "tracker/sandbox/sandbox.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct RootLayoutOptions {
  std::string cache_folder;       // Of digests of the host's files; empty: none.
  std::set<std::string> changed;  // Paths that the run writes: never those of the host.
  FileSystem* files = nullptr;    // Where to write; absent: through that of the store.
};

// Lays `contents` out in the empty folder `base`, with modes and times.  What lies on the host
// unchanged, at the same path, is not copied: it is returned, to be bound.
// Errors: kCorruption, kNotFound  stored content is damaged or missing;
//         kIoError, kNoSpace.
Result<std::vector<SandboxBind>> LayOutRoot(Store& store, const RootContents& contents,
                                            const std::string& base,
                                            const RootLayoutOptions& options);

}  // namespace reprise::tracker
