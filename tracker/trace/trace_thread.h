// A tracer beside a process that has other work, such as the keeper of a run.
//
//   auto trace = TraceThread::Prepare(files, session_folder, in_hand);   // Before fork().
//   if (fork() == 0) { trace->EnterInChild(); execve(…); }
//   trace->BeginInParent();
//   …                                            // Until the command has ended.
//   trace->StopObserving();
//
// From BeginInParent() on the calls of the command and all that it starts are answered, until none
// of them is left: also after StopObserving(), and whatever becomes of the file of the trace.
//
// There are several means of tracing, of which the first is taken that the system gives
// (docs/decisions/0016-tracing-tiers.md): a thread that answers a listener; a process that traces
// by ptrace(2), with a filter or, below somebody else's listener, without; a thread that looks at
// what is mapped.
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
#include "tracker/trace/map_watch.h"
#include "tracker/trace/tracer.h"
#include "tracker/trace/tracer_heir.h"
#include "tracker/trace/tracer_process.h"

namespace reprise::tracker {

// From the best to the last resort.
enum class TraceTier { kListener, kPtrace, kPtraceAll, kMaps };

struct TraceOptions {
  TraceTier first_tier = TraceTier::kListener;  // Better ones are not tried.
  bool in_sandbox = false;                      // As of Observer::Create().
};

class TraceThread {
 public:
  // Builds the filter.  Errors: kUnsupported, kIoError  nothing can be traced here.
  static Result<std::unique_ptr<TraceThread>> Prepare(FileSystem& files, std::string session_folder,
                                                      const TraceOptions& options = {});
  // Waits for the end of all traced processes.
  ~TraceThread();
  TraceThread(const TraceThread&) = delete;
  TraceThread& operator=(const TraceThread&) = delete;

  // Async-signal-safe.  When it fails the process is not traced, and goes on.
  void EnterInChild();

  // Waits for the child to have called EnterInChild() or died.  We must have one thread only.
  // Errors: those of ReceiveListener() and of making the file of the trace; in the latter case the
  // child is traced, and its calls are answered unseen.
  Result<void> BeginInParent();

  // Afterwards nothing more is written into the session's folder.
  void StopObserving();

  // All descriptors that must stay open after StopObserving(); -1: none.
  std::array<int, 4> fds() const {
    return {process_ != nullptr ? process_->fd() : listener_fd_, stop_event_, stopped_event_,
            heir_ != nullptr ? heir_->fd() : -1};
  }

  // Whether there still are, or may be, calls to answer.
  bool IsNeeded() const { return is_needed_ || process_ != nullptr; }

 private:
  TraceThread(FileSystem& files, std::string session_folder, FilterProgram program,
              const TraceOptions& options)
      : files_(files),
        session_folder_(std::move(session_folder)),
        program_(std::move(program)),
        options_(options) {}
  Result<void> OpenChannels();
  // The best tier that is left when the child got no listener.
  TraceTier TierWithout(int refused_with) const;
  Result<void> BeginListening(std::unique_ptr<Listener> listener);
  Result<void> BeginPtrace(pid_t process, PtraceTracer::Stops stops);
  Result<void> BeginWatching();

  FileSystem& files_;
  const std::string session_folder_;
  const FilterProgram program_;
  CallInHand in_hand_;
  std::unique_ptr<TracerHeir> heir_;
  const TraceOptions options_;
  int parent_end_ = -1;  // Of the socket through which the child sends its listener.
  int child_end_ = -1;
  int stop_event_ = -1;     // Readable when the thread is to stop observing.
  int stopped_event_ = -1;  // Readable when it has.
  int listener_fd_ = -1;
  std::atomic<bool> is_needed_ = false;
  // Of kListener.  Its listener stays open when the last traced process has ended, which may be
  // before listener_fd() has been handed on.
  std::unique_ptr<Tracer> tracer_;
  std::thread thread_;
  std::unique_ptr<TracerProcess> process_;  // Of kPtrace and kPtraceAll.
  std::unique_ptr<MapWatch> watch_;         // Of kMaps.
};

}  // namespace reprise::tracker
