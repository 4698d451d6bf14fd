// The processes of a sandbox.
//
//   caller ── A, monitor ┊── B, first process of the namespaces ── C, the command
//
// A is the process that calls EnterSandbox(), and stays outside; B and C are inside.  B mounts
// everything, starts C, reaps whatever C leaves behind and tells A how C ended; when B ends the
// kernel ends all that is inside.  A then ends in the same way, so that who waits for it sees what
// it would have seen of C: the status, and the resources that all of them used.
//
// Signals: what the terminal sends reaches C directly, as all three are in the caller's process
// group; what is sent to A alone is passed on.  A stops when it is told to stop like C is.  When A
// dies everything inside dies; when the caller dies nothing does.

#pragma once

#include <cstdint>
#include <string>

#include "tracker/sandbox/mount_plan.h"

namespace reprise::tracker {

inline constexpr int kSandboxNamespaces =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;

struct SandboxPlan {
  SandboxIdentity identity;
  std::string host_name;
  std::uint32_t umask = 022;
  MountPlan mounts{};
};

// For a new child process: only system calls that are async-signal-safe, on strings of `plan`.
// Nothing when this is the command's process; else nothing was started and the calling process goes
// on as before.
StepFailure EnterSandbox(const SandboxPlan& plan);

}  // namespace reprise::tracker
