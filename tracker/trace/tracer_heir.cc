#include "tracker/trace/tracer_heir.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

#include "tracker/trace/tracer.h"

namespace reprise::tracker {

CallInHand::CallInHand() {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  void* const page = mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) id_ = new (page) std::atomic<std::uint64_t>(0);
}

CallInHand::~CallInHand() {
  if (id_ != &own_) munmap(id_, sizeof *id_);
}

namespace {

// All but `kept`, which are in ascending order.
void CloseOthers(std::array<int, 2> kept) {
  unsigned next = 0;
  for (const int fd : kept) {
    if (static_cast<unsigned>(fd) > next) close_range(next, static_cast<unsigned>(fd) - 1, 0);
    next = static_cast<unsigned>(fd) + 1;
  }
  close_range(next, ~0U, 0);
}

// Lets the call go on that the tracer had taken when it was killed.  It may not have come to note
// it: a thread that is killed while it waits for a call never learns that one has been handed to
// it, and nobody else is handed that one again.  The kernel numbers the calls in their order, so
// that one is little above the newest that was noted, past those whose threads were killed or
// interrupted meanwhile.
void LetTakenCallThrough(Listener& listener, const CallInHand& in_hand) {
  constexpr std::uint64_t kWithdrawnMax = 4096;
  const std::uint64_t noted = in_hand.id();
  if (noted == 0) return;
  // Calls that nobody has taken yet refuse the answer and stay to be taken.
  for (std::uint64_t i = 0; i <= kWithdrawnMax; ++i) listener.LetThrough({.id = noted + i});
}

[[noreturn]] void BeHeir(int listener_fd, int life, const CallInHand& in_hand) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  prctl(PR_SET_NAME, "trace-heir");
  CloseOthers({std::min(listener_fd, life), std::max(listener_fd, life)});
  std::array<pollfd, 2> fds = {pollfd{life, POLLIN, 0}, pollfd{listener_fd, 0, 0}};
  while (fds[0].revents == 0) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) _exit(1);
    if ((fds[1].revents & (POLLHUP | POLLERR)) != 0) _exit(0);  // Nobody is traced any more.
  }
  auto listener = std::make_unique<Listener>(listener_fd);
  LetTakenCallThrough(*listener, in_hand);
  Tracer(std::move(listener), nullptr).Run();
  _exit(0);
}

}  // namespace

Result<std::unique_ptr<TracerHeir>> TracerHeir::Start(int listener_fd, const CallInHand& in_hand) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Error{ErrorCode::kIoError,
                 std::string("cannot start the heir of the tracer: ") + std::strerror(errno)};
  }
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[1]);
    BeHeir(listener_fd, ends[0], in_hand);
  }
  const int fork_error = errno;
  close(ends[0]);
  if (pid > 0) return std::unique_ptr<TracerHeir>(new TracerHeir(ends[1]));
  close(ends[1]);
  return Error{ErrorCode::kIoError,
               std::string("cannot start the heir of the tracer: ") + std::strerror(fork_error)};
}

TracerHeir::~TracerHeir() { close(life_); }

}  // namespace reprise::tracker
