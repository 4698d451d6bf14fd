#include "sdk/src/thread_slot.h"

#include <algorithm>
#include <vector>

namespace reprise::sdk {

constinit thread_local ThreadSlot t_slot;

namespace {

// All producers of a thread, one for each session that it used and that goes on.
class ThreadProducers {
 public:
  ThreadProducers() = default;
  ThreadProducers(const ThreadProducers&) = delete;
  ThreadProducers& operator=(const ThreadProducers&) = delete;

  ~ThreadProducers() {
    t_slot = ThreadSlot{};
    t_slot.exited = true;
    for (Entry& entry : entries_) GiveBack(entry);
  }

  Producer& Get(Session& session) {
    DropStale();
    Local& local = session.local();
    auto found = std::find_if(entries_.begin(), entries_.end(),
                              [&](const Entry& entry) { return entry.session == &session; });
    if (found == entries_.end()) {
      entries_.reserve(entries_.size() + 1);
      entries_.push_back(Entry{&session, &local, local.Acquire()});
      found = entries_.end() - 1;
    }
    t_slot.session = &session;
    t_slot.producer = found->producer.get();
    t_slot.alive = local.process().alive_word();
    return *found->producer;
  }

  void Drop(const Session& session) {
    for (Entry& entry : entries_) {
      if (entry.session == &session) GiveBack(entry);
    }
    Erase();
  }

 private:
  struct Entry {
    Session* session;
    Local* local;
    std::unique_ptr<Producer> producer;
  };

  // What the parent of a forked process made is neither used nor destroyed in the child: its
  // segments are the parent's.
  static void GiveBack(Entry& entry) {
    if (entry.local->process().alive()) {
      entry.local->Release(std::move(entry.producer));
    } else {
      [[maybe_unused]] Producer* inherited = entry.producer.release();
    }
    entry.session = nullptr;
  }

  void DropStale() {
    for (Entry& entry : entries_) {
      if (!entry.local->process().alive() || entry.session->finished()) GiveBack(entry);
    }
    Erase();
  }

  void Erase() {
    t_slot.session = nullptr;
    std::erase_if(entries_, [](const Entry& entry) { return entry.session == nullptr; });
  }

  std::vector<Entry> entries_;
};

thread_local ThreadProducers t_producers;

}  // namespace

Producer* ProducerOfThread(Session& session) {
  ThreadSlot& slot = t_slot;
  if (slot.session == &session && __atomic_load_n(slot.alive, __ATOMIC_RELAXED) != 0) {
    return slot.producer;
  }
  if (slot.exited) return nullptr;
  return &t_producers.Get(session);
}

void DropProducersOfThread(const Session& session) {
  if (!t_slot.exited) t_producers.Drop(session);
}

}  // namespace reprise::sdk
