#include "tracker/trace/tracer_heir.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <new>

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

TracerHeir::TracerHeir(int listener_fd, const CallInHand& in_hand)
    : stop_event_(eventfd(0, EFD_CLOEXEC)),
      thread_([listener_fd, id = in_hand.id(), stop = stop_event_] {
        auto listener = std::make_unique<Listener>(listener_fd);
        if (id != 0) listener->LetThrough({.id = id});
        Tracer(std::move(listener), nullptr).Run(stop);
      }) {}

TracerHeir::~TracerHeir() {
  const std::uint64_t one = 1;
  (void)!write(stop_event_, &one, sizeof one);
  thread_.join();
  close(stop_event_);
}

}  // namespace reprise::tracker
