// A tracer on a thread of its own: for a process that has other work, such as the keeper of a run.
//
//   TraceThread trace(files, session_folder);   // Before fork().
//   if (fork() == 0) { trace.EnterInChild(); execve(…); }
//   trace.BeginInParent();
//   …                                            // Until the command has ended.
//   trace.StopObserving();
//
// From BeginInParent() on the calls of the command and all that it starts are answered, until none
// of them is left: also after StopObserving(), and whatever becomes of the file of the trace.
//
// Thread-safety: one thread at a time.

#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/trace/filter.h"
#include "tracker/trace/listener.h"
#include "tracker/trace/tracer_heir.h"

namespace reprise::tracker {

class TraceThread {
 public:
  // Builds the filter.  Errors: kUnsupported, kIoError  nothing can be traced here.
  // `in_hand` outlives the thread.  `in_sandbox`: as of Observer::Create().
  static Result<std::unique_ptr<TraceThread>> Prepare(FileSystem& files, std::string session_folder,
                                                      CallInHand& in_hand,
                                                      bool in_sandbox = false);
  // Waits for the end of all traced processes.
  ~TraceThread();
  TraceThread(const TraceThread&) = delete;
  TraceThread& operator=(const TraceThread&) = delete;

  // Async-signal-safe.  When it fails the process is not traced, and goes on.
  void EnterInChild();

  // Waits for the child to have called EnterInChild() or died.
  // Errors: those of ReceiveListener() and of making the file of the trace; in the latter case the
  // child is traced, and its calls are answered unseen.
  Result<void> BeginInParent();

  // Afterwards nothing more is written into the session's folder.
  void StopObserving();

  // The listener's descriptor, to hand on to who answers when this process dies; -1: none.
  int listener_fd() const { return listener_fd_; }

  // All descriptors that the thread needs; -1: none.
  std::array<int, 3> fds() const { return {listener_fd_, stop_event_, stopped_event_}; }

  // Whether the thread still has, or may get, calls to answer.
  bool IsNeeded() const { return is_needed_; }

 private:
  TraceThread(FileSystem& files, std::string session_folder, FilterProgram program,
              CallInHand& in_hand, bool in_sandbox)
      : files_(files),
        session_folder_(std::move(session_folder)),
        program_(std::move(program)),
        in_hand_(in_hand),
        in_sandbox_(in_sandbox) {}
  Result<void> OpenChannels();

  FileSystem& files_;
  const std::string session_folder_;
  const FilterProgram program_;
  CallInHand& in_hand_;
  const bool in_sandbox_;
  int parent_end_ = -1;  // Of the socket through which the child sends its listener.
  int child_end_ = -1;
  int stop_event_ = -1;     // Readable when the thread is to stop observing.
  int stopped_event_ = -1;  // Readable when it has.
  int listener_fd_ = -1;
  std::atomic<bool> is_needed_ = false;
  std::thread thread_;
};

}  // namespace reprise::tracker
