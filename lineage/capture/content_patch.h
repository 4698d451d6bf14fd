// The patch from one content of a file to another, as `git apply` and patch(1) take it, without a
// repository.
//
// Thread-safety: any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/result.h"

namespace reprise::capture {

// One version of a file.
struct PatchSide {
  std::string_view content;
  bool executable = false;
  bool is_symlink = false;  // The content is its target.
};

// The unified diff of a file at `path` (raw bytes; quoted as git does where need be), with git's
// header lines.  Absent `before`: the file is new; absent `after`: it was removed; not both.  Three
// lines of context.  Contents that are not text give git's line that binary files differ, which no
// tool can apply: whoever needs those bytes has them by digest.  Empty where nothing differs.
// Errors: kInvalidArgument  a content is longer than git can compare (2 GiB).
Result<std::string> MakePatch(const std::string& path, const std::optional<PatchSide>& before,
                              const std::optional<PatchSide>& after);

}  // namespace reprise::capture
