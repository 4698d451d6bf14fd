// Which shell somebody can use in the sandbox of a run.
//
// Thread-safety: pure functions of the file system.

#pragma once

#include <string>
#include <vector>

#include "lineage/closure.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/sandbox/spec.h"

namespace reprise::tracker {

struct InsideShell {
  std::vector<std::string> arguments;  // argv.
  std::vector<SandboxBind> binds;      // Empty: the shell is one that the run itself used.
  std::string note;                    // Else a sentence: whose shell it is.
};

// The folder in the sandbox that holds a shell which is none of the run's.
inline constexpr const char* kInsideShellFolder = "/.reprise-shell";

// A shell that the run executed; else one of the host, read-only and with its libraries, in a
// folder that nothing of the run looks into: a static busybox, which brings the usual tools, or
// bash, or sh.
// Errors: kNotFound  the host has none either.
Result<InsideShell> ChooseInsideShell(FileSystem& files, const lineage::Closure& closure);

}  // namespace reprise::tracker
