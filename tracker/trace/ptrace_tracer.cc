#include "tracker/trace/ptrace_tracer.h"

#include <linux/sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <string_view>

namespace reprise::tracker {
namespace {

// A stop at a call is told from a trap of the program by this bit (PTRACE_O_TRACESYSGOOD).
constexpr int kCallStop = SIGTRAP | 0x80;

// ptrace(2) takes numbers as pointers.
void* AsPointer(long number) {
  return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr)
}

int EventOf(int status) { return status >> 16; }

bool IsGroupStop(int signal_number) {
  return signal_number == SIGSTOP || signal_number == SIGTSTP || signal_number == SIGTTIN ||
         signal_number == SIGTTOU;
}

}  // namespace

int PtraceTracer::Attach(pid_t process) {
  long options =
      PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD;
  // Not for kAll: a filter of the program's own is no affair of ours.
  if (stops_ == Stops::kFiltered) options |= PTRACE_O_TRACESECCOMP;
  return ptrace(PTRACE_SEIZE, process, nullptr, AsPointer(options)) == 0 ? 0 : errno;
}

bool PtraceTracer::StopAtAll(pid_t process) {
  stops_ = Stops::kAll;
  if (ptrace(PTRACE_INTERRUPT, process, nullptr, nullptr) != 0) return false;
  int status = 0;
  do {
    const pid_t thread = waitpid(process, &status, __WALL);
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0 || !WIFSTOPPED(status)) return false;
    TakeStop(thread, status);
  } while (EventOf(status) != PTRACE_EVENT_STOP);
  return true;
}

PtraceTracer::Taken PtraceTracer::TakeOne(bool waits) {
  int status = 0;
  const pid_t thread = waitpid(-1, &status, __WALL | (waits ? 0 : WNOHANG));
  if (thread < 0 && errno == ECHILD) return Taken::kNoneLeft;
  if (thread <= 0) return Taken::kNone;
  if (WIFSTOPPED(status)) TakeStop(thread, status);
  return Taken::kOne;
}

void PtraceTracer::TakeStop(pid_t thread, int status) {
  const int signal_number = WSTOPSIG(status);
  switch (EventOf(status)) {
    case 0:
      if (signal_number != kCallStop) return Resume(thread, signal_number);
      TakeCall(thread);
      return Resume(thread, 0);
    case PTRACE_EVENT_SECCOMP:
      TakeCall(thread);
      return Resume(thread, 0);
    case PTRACE_EVENT_STOP:
      if (IsGroupStop(signal_number)) {
        // It stays stopped, and tells when it is no more.
        ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
        return;
      }
      return Resume(thread, 0);  // New, interrupted by us, or continued.
    default:
      return Resume(thread, 0);
  }
}

void PtraceTracer::TakeCall(pid_t thread) {
  const auto call = ReadCall(thread);
  if (!call.has_value() || !call->is_entry) return;
  if (!CallTable::Knows(call->architecture, call->number)) {
    RefuseCall(thread, ENOSYS);  // As a filter does.
    return;
  }
  StoppedCall stopped;
  stopped.thread = thread;
  stopped.call = calls_.Find(call->architecture, call->number);
  stopped.arguments = call->arguments;
  const bool all = stops_ == Stops::kAll;
  if (all && (stopped.call == nullptr || !IsStopped(*stopped.call, call->arguments))) return;
  // One that is killed meanwhile stays to be waited for: its number is nobody else's.
  if (observer_ != nullptr) observer_->Observe(stopped, {.is_still = [] { return true; }});
  if (stopped.call == nullptr) return;
  if (stopped.call->refused_with != 0) RefuseCall(thread, stopped.call->refused_with);
  // Without this the new process would carry our filter and have no tracer.
  if (std::string_view(stopped.call->name) == "clone") {
    SetFirstArgument(thread, *call, call->arguments[0] & ~std::uint64_t{CLONE_UNTRACED});
  }
}

// One that was killed meanwhile cannot go on (ESRCH), and will be told of.
void PtraceTracer::Resume(pid_t thread, int signal_number) {
  ptrace(stops_ == Stops::kAll ? PTRACE_SYSCALL : PTRACE_CONT, thread, nullptr,
         AsPointer(signal_number));
}

}  // namespace reprise::tracker
