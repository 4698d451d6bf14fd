// The keeper: the small process between the recorder and the command, which outlives the recorder.
//
//   reprise run (recorder) ── keeper ── COMMAND
//
// The keeper starts the command, copies its stdout and stderr to the terminal and into the
// session's folder, holds the session's lock (inherited over fork) until the command has ended, and
// writes how it ended (exit_report.h).  A recorder that dies can therefore neither break the
// command's pipes nor lose its exit status; the keeper then starts a new recorder to finish the
// run.
//
// Signals: what the terminal sends reaches the command directly, as all are in one process group;
// what is sent to the keeper alone is passed on.
//
// Tracing: a thread of the keeper answers the calls of the command and of all that it starts, until
// none of them is left.  When the keeper is killed another process lets the calls through
// (tracker/trace/tracer_heir.h).

#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker {

struct KeeperRequest {
  std::vector<std::string> arguments;    // Of the command; argv[0] is searched in PATH.
  std::vector<std::string> environment;  // "NAME=value", the whole of it.
  std::string working_directory;
  std::string session_folder;
  bool stdin_is_null = false;        // Else it has ours.
  bool stdout_to_stderr = false;     // Under --json our stdout is for the result alone.
  const Sandbox* sandbox = nullptr;  // That it runs in; outlives the keeper's start.
  bool traced = false;               // Its use of files is written into the session's folder.
  // Started (argv) when the recorder is gone at the end.
  std::vector<std::string> successor;
};

// What the keeper says to its recorder.
struct KeeperEvent {
  // After Go(): kStarting from the command's process itself, right before it executes the command;
  // then kStarted or kFailedToStart; then kEnded.  A keeper that dies in between breaks off with
  // kGone: the command then runs on exactly if kStarting has come and kFailedToStart has not.
  enum class Kind { kStarting, kStarted, kFailedToStart, kEnded, kGone };
  Kind kind = Kind::kGone;
  pid_t command = 0;     // kStarting, kStarted.
  int error_number = 0;  // kFailedToStart: errno of chdir or exec.
  ExitReport report{};   // kEnded.
};

// The recorder's end.  Thread-safety: one thread at a time.
class Keeper {
 public:
  // Forks the keeper, which waits for Go().  The process must have one thread only, besides those
  // that it had before main() (a preloaded profiler's): another's would leave its locks taken.
  static Result<std::unique_ptr<Keeper>> Start(FileSystem& files, KeeperRequest request);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Lets the command start.
  void Go();
  // Ends a keeper that was not told to go, or whose command did not start, and waits for its end.
  void Cancel();

  // Readable (poll) when an event is there.
  int fd() const { return socket_; }
  // Waits for the next event.
  KeeperEvent Next();

  // Passes a signal on to the command.
  void Signal(int signal_number) const;

 private:
  Keeper(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  pid_t pid_;
  int socket_;
};

}  // namespace reprise::tracker
