// The last resort of tracing, where a process may be neither stopped nor asked: looking now and
// then at which files it and its descendants have in their memory.
//
// That is the executables and shared libraries, and data that is mapped.  What is just read or
// written, or mapped between two looks, is not seen.

#pragma once

#include <sys/types.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "tracker/trace/observer.h"

namespace reprise::tracker {

// The files that /proc/PID/maps names and that are still there (proc_pid_maps(5)).
std::set<std::string> MappedFiles(std::string_view maps);

// Looks on a thread of its own: often at first, then every second.
//
// Thread-safety: one thread at a time.
class MapWatch {
 public:
  // All descendants of `ancestor` are looked at, as soon as the other end of the socket `started`,
  // which stays the caller's, is closed: what the first of them executes.
  MapWatch(std::unique_ptr<Observer> observer, pid_t ancestor, int started);
  // Looks a last time.
  ~MapWatch();
  MapWatch(const MapWatch&) = delete;
  MapWatch& operator=(const MapWatch&) = delete;

 private:
  void Look();
  void Run(int started);

  std::unique_ptr<Observer> observer_;
  pid_t ancestor_;
  int stop_event_;
  std::thread thread_;
};

}  // namespace reprise::tracker
