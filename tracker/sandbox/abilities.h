// What this machine lets an unprivileged process do, and what to do where it does not.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/sandbox/namespaces.h"

namespace reprise::tracker {

struct SandboxAbility {
  std::string name;  // Stable, in JSON: "user_namespace".
  bool available = false;
  std::string reason;  // Why not: a sentence.  Empty when it is available.
  std::string fix;     // A command or a sentence; empty when nothing is known to help.
};

struct SandboxAbilities {
  SandboxAbility user_namespace;
  SandboxAbility mounts;     // A mount namespace, and mounting in it.
  SandboxAbility processes;  // A process namespace with a /proc of its own.
  SandboxAbility network;    // A network namespace.
  SandboxAbility overlay;    // An overlay whose upper folder is in the given one.

  // All but the overlay, without which files are copied.
  bool can_run() const {
    return user_namespace.available && mounts.available && processes.available && network.available;
  }
  std::vector<const SandboxAbility*> all() const {
    return {&user_namespace, &mounts, &processes, &network, &overlay};
  }
};

// Tries each, in short-lived child processes.  `scratch`: an existing folder in which sandboxes
// would write; a folder is made in it and removed again.
SandboxAbilities ProbeSandbox(FileSystem& files, const std::string& scratch);

// Whether a copy of a file in `folder` can share the blocks of the original (FICLONE), so that it
// costs neither time nor room.  A folder is made in it and removed again.
SandboxAbility ProbeReflink(FileSystem& files, const std::string& folder);

// Why `step` may have failed with `error_number`, and what helps, by what the system says of
// itself.
struct SandboxAdvice {
  std::string reason;
  std::string fix;  // May be empty.
};
SandboxAdvice AdviseOnSandbox(FileSystem& files, int error_number);

// "cannot STEP: REASON; FIX, or rerun with --on-host …": kUnsupported.
Error SandboxUnsupported(FileSystem& files, const StepFailure& failure);

// Runs `body` in a child process in namespaces of `flags`, as itself, and waits for its end.
// `body`: only async-signal-safe calls.  What it returns is returned.
StepFailure TryInNamespaces(int flags, const SandboxIdentity& identity,
                            const std::function<StepFailure()>& body);

}  // namespace reprise::tracker
