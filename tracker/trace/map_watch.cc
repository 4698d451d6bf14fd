#include "tracker/trace/map_watch.h"

#include <dirent.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iterator>
#include <vector>

#include "storage/base/file.h"

namespace reprise::tracker {
namespace {

namespace chrono = std::chrono;

constexpr chrono::milliseconds kFirstPause(2);
constexpr chrono::milliseconds kPauseMax(1000);

// A newline in a name is the one thing that the kernel escapes there.
std::string Unescaped(std::string_view path) {
  constexpr std::string_view kNewline = "\\012";
  std::string text;
  while (!path.empty()) {
    const bool escaped = path.starts_with(kNewline);
    text += escaped ? '\n' : path.front();
    path.remove_prefix(escaped ? kNewline.size() : 1);
  }
  return text;
}

std::vector<pid_t> Numbers(std::string_view text) {
  std::vector<pid_t> numbers;
  while (!text.empty()) {
    pid_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::size_t size = read.ec == std::errc{} ? read.ptr - text.data() : 1;
    if (read.ec == std::errc{}) numbers.push_back(number);
    text.remove_prefix(size);
  }
  return numbers;
}

std::vector<pid_t> ChildrenOf(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process) + "/task";
  std::vector<pid_t> children;
  const auto threads = PosixFileSystem().List(folder);
  if (!threads.ok()) return children;  // It has ended.
  for (const DirectoryEntry& thread : *threads) {
    const auto text = ReadFile(PosixFileSystem(), folder + "/" + thread.name + "/children");
    if (!text.ok()) continue;
    std::ranges::copy(Numbers(*text), std::back_inserter(children));
  }
  return children;
}

}  // namespace

std::set<std::string> MappedFiles(std::string_view maps) {
  constexpr std::string_view kDeleted = " (deleted)";
  std::set<std::string> files;
  while (!maps.empty()) {
    const std::size_t end = std::min(maps.find('\n'), maps.size());
    const std::string_view line = maps.substr(0, end);
    maps.remove_prefix(std::min(end + 1, maps.size()));
    // Before the name are numbers and permissions alone.
    const std::size_t begin = line.find('/');
    if (begin == std::string_view::npos || line.ends_with(kDeleted)) continue;
    files.insert(Unescaped(line.substr(begin)));
  }
  return files;
}

MapWatch::MapWatch(std::unique_ptr<Observer> observer, pid_t ancestor, int started)
    : observer_(std::move(observer)), ancestor_(ancestor), stop_event_(eventfd(0, EFD_CLOEXEC)) {
  observer_->NoteBlindSpot("maps");
  thread_ = std::thread([this, started] { Run(started); });
}

MapWatch::~MapWatch() {
  const std::uint64_t one = 1;
  (void)!write(stop_event_, &one, sizeof one);
  thread_.join();
  Look();
  observer_->NoteEnd();
  close(stop_event_);
}

void MapWatch::Run(int started) {
  std::array<pollfd, 2> either = {pollfd{stop_event_, POLLIN, 0}, pollfd{started, POLLIN, 0}};
  while (poll(either.data(), either.size(), -1) <= 0) {
  }
  pollfd stop{stop_event_, POLLIN, 0};
  auto pause = kFirstPause;
  while (poll(&stop, 1, static_cast<int>(pause.count())) <= 0) {
    Look();
    pause = std::min(2 * pause, kPauseMax);
  }
}

void MapWatch::Look() {
  std::vector<pid_t> waiting = ChildrenOf(ancestor_);
  while (!waiting.empty()) {
    const pid_t process = waiting.back();
    waiting.pop_back();
    std::ranges::copy(ChildrenOf(process), std::back_inserter(waiting));
    const auto maps = ReadFile(PosixFileSystem(), "/proc/" + std::to_string(process) + "/maps");
    if (!maps.ok()) continue;  // It has ended, or is somebody else's.
    for (const std::string& path : MappedFiles(*maps)) observer_->ObserveMapping(path);
  }
}

}  // namespace reprise::tracker
