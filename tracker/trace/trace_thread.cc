#include "tracker/trace/trace_thread.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tracker/trace/observer.h"
#include "tracker/trace/tracer.h"

namespace reprise::tracker {
namespace {

void Raise(int event) {
  const std::uint64_t one = 1;
  (void)!write(event, &one, sizeof one);
}

void Await(int event) {
  std::uint64_t count = 0;
  while (read(event, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

void Close(int& fd) {
  if (fd >= 0) close(std::exchange(fd, -1));
}

}  // namespace

Result<std::unique_ptr<TraceThread>> TraceThread::Prepare(FileSystem& files,
                                                          std::string session_folder,
                                                          CallInHand& in_hand, bool in_sandbox) {
  REPRISE_ASSIGN_OR_RETURN(FilterProgram program, BuildFilter());
  std::unique_ptr<TraceThread> trace(
      new TraceThread(files, std::move(session_folder), std::move(program), in_hand, in_sandbox));
  REPRISE_TRY(trace->OpenChannels());
  return trace;
}

Result<void> TraceThread::OpenChannels() {
  int ends[2] = {-1, -1};
  const bool paired = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
  parent_end_ = ends[0];
  child_end_ = ends[1];
  stop_event_ = eventfd(0, EFD_CLOEXEC);
  stopped_event_ = eventfd(0, EFD_CLOEXEC);
  if (paired && stop_event_ >= 0 && stopped_event_ >= 0) return {};
  return Error{ErrorCode::kIoError,
               std::string("cannot prepare to trace the command: ") + std::strerror(errno)};
}

TraceThread::~TraceThread() {
  if (thread_.joinable()) {
    StopObserving();
    thread_.join();
  }
  for (int* fd : {&parent_end_, &child_end_, &stop_event_, &stopped_event_}) Close(*fd);
}

void TraceThread::EnterInChild() {
  close(parent_end_);
  (void)EnterTrace(program_, child_end_);
  close(child_end_);
}

Result<void> TraceThread::BeginInParent() {
  Close(child_end_);
  auto listener = ReceiveListener(parent_end_);
  Close(parent_end_);
  if (!listener.ok()) {
    WriteNotTraced(files_, session_folder_, listener.error().message);
    return listener.error();
  }
  listener_fd_ = (*listener)->fd();
  is_needed_ = true;
  auto observer = Observer::Create(files_, session_folder_, "seccomp", in_sandbox_);
  Result<void> made;
  if (!observer.ok()) made = observer.error();
  auto tracer = std::make_unique<Tracer>(*std::move(listener),
                                         observer.ok() ? *std::move(observer) : nullptr, &in_hand_);
  thread_ = std::thread([this, tracer = std::move(tracer)] {
    tracer->Run(stop_event_);
    tracer->StopObserving();
    Raise(stopped_event_);
    tracer->Run();
    is_needed_ = false;
  });
  return made;
}

void TraceThread::StopObserving() {
  if (!thread_.joinable() || stop_event_ < 0) return;
  Raise(stop_event_);
  Await(stopped_event_);
  // Kept readable: whoever asks again does not wait.
  Raise(stopped_event_);
}

}  // namespace reprise::tracker
