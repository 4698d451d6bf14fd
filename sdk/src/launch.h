// Starts a recorder for a program that does not run under `reprise run`.
//
// Thread-safety: any thread.

#pragma once

#include <string>

#include "reprise/run.h"

namespace reprise::sdk {

struct LaunchResult {
  std::string folder;  // The inbox of the run that began; empty if none did.
  std::string error;   // Then: the sentence that says why.
};

// Starts `reprise recorder` for the calling process in its current folder and waits until it is
// ready, at most five seconds.  The recorder is no child of this process, which gets no SIGCHLD
// and can reap nothing; it holds none of its descriptors.
LaunchResult StartRecorder(const RunOptions& options);

// What the recorder that `command` was started as says in its first line (sdk/wire/messages.h); a
// line without a newline is one that never came.
LaunchResult ParseReadyLine(const std::string& command, std::string line);

// Where the reprise command is: $REPRISE_BIN, else ../bin/reprise beside this library's folder,
// else on $PATH; empty if nowhere.
std::string FindRepriseCommand();

}  // namespace reprise::sdk
