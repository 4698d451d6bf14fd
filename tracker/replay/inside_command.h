// Running a command in a sandbox without recording it.

#pragma once

#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker {

struct InsideCommand {
  std::vector<std::string> arguments;    // argv; a name without a slash is sought in PATH.
  std::vector<std::string> environment;  // "NAME=value", the whole.
  std::string working_directory;         // In the sandbox, absolute.
  // Descriptors for the command; -1: ours.
  int standard_input = -1;
  int standard_output = -1;
  int standard_error = -1;
  // For a shell that somebody types into: where standard input is our terminal, the command leads
  // the process group in its foreground, as a shell with job control needs; afterwards we do again,
  // with the terminal's settings of before.
  bool takes_terminal = false;
  bool one_processor = false;    // It may use the first of ours alone: sched_setaffinity(2).
  bool fixed_addresses = false;  // Its memory is laid out without chance: personality(2).
  // A signal that asks us to stop ends it; else it is passed on to the command.
  bool stops_with_us = false;
};

// Runs it and waits; returns its status as waitpid(2) gives it.  What it left behind has ended,
// too.  On the main thread; the process has no threads meanwhile.
//
// Errors: kNotFound      the command or its working directory is not in the sandbox;
//         kUnsupported   the sandbox, the processor or the memory layout could not be had;
//         kInterrupted   with `stops_with_us`: we were asked to stop.
//         kIoError.
Result<int> RunInside(FileSystem& files, const Sandbox& sandbox, const InsideCommand& command);

// As a shell says it: that of exit, or 128 and the signal.
int ShellStatus(int wait_status);

}  // namespace reprise::tracker
