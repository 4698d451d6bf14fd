#include "sdk/src/process.h"

#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>
#include <set>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace reprise::sdk {
namespace {

std::atomic<Process*> g_process{nullptr};

// A word that is 1 here and 0 in every child; null if this kernel cannot wipe a page on fork.
std::uint64_t* NewWipedWord() {
  const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* page =
      mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (madvise(page, page_bytes, MADV_WIPEONFORK) != 0) {
    munmap(page, page_bytes);
    return nullptr;
  }
  return static_cast<std::uint64_t*>(page);
}

template <typename T>
bool TakeNumber(std::string_view& text, T& value, int base, char end) {
  const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const auto length = static_cast<std::size_t>(next - text.data());
  if (error != std::errc{} || length == text.size() || *next != end) return false;
  text.remove_prefix(length + 1);
  return true;
}

// The kernel writes a newline in a name as \012 and no other byte specially.
std::string UnescapeMapsPath(std::string_view escaped) {
  std::string path;
  while (!escaped.empty()) {
    if (escaped.starts_with("\\012")) {
      path += '\n';
      escaped.remove_prefix(4);
    } else {
      path += escaped.front();
      escaped.remove_prefix(1);
    }
  }
  return path;
}

// One line: "from-to perms offset major:minor inode   path".
bool ParseMapsLine(std::string_view line, MappedFile& file) {
  std::uint64_t ignored = 0;
  if (!TakeNumber(line, ignored, 16, '-') || !TakeNumber(line, ignored, 16, ' ')) return false;
  if (line.size() < 5 || line[2] != 'x') return false;
  line.remove_prefix(5);
  std::uint32_t major_number = 0;
  std::uint32_t minor_number = 0;
  if (!TakeNumber(line, ignored, 16, ' ') || !TakeNumber(line, major_number, 16, ':') ||
      !TakeNumber(line, minor_number, 16, ' ') || !TakeNumber(line, file.inode, 10, ' ')) {
    return false;
  }
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (!line.starts_with('/')) return false;  // [vdso], anonymous memory.
  constexpr std::string_view kDeleted = " (deleted)";
  file.deleted = line.ends_with(kDeleted);
  if (file.deleted) line.remove_suffix(kDeleted.size());
  file.path = UnescapeMapsPath(line);
  file.device = makedev(major_number, minor_number);
  return true;
}

}  // namespace

Process::Process() : alive_(NewWipedWord()), pid_(getpid()), start_ticks_(ProcessStartTicks()) {
  if (alive_ == nullptr) {
    alive_ = new std::uint64_t;
    static std::atomic<bool> registered{false};
    if (!registered.exchange(true)) {
      pthread_atfork(nullptr, nullptr, [] {
        if (Process* inherited = g_process.load()) *inherited->alive_ = 0;
      });
    }
  }
  __atomic_store_n(alive_, 1, __ATOMIC_RELAXED);
}

Process& Process::Current() {
  for (;;) {
    Process* known = g_process.load(std::memory_order_acquire);
    if (known != nullptr && known->alive()) return *known;
    // Two threads may get here at once; the loser's object (a page and a few words) is abandoned,
    // as is what a child inherits.
    auto fresh = std::unique_ptr<Process>(new Process);
    if (g_process.compare_exchange_strong(known, fresh.get())) return *fresh.release();
  }
}

std::uint64_t ProcessStartTicks() {
  const std::string stat = ReadSmallFile("/proc/self/stat", 4096);
  std::size_t at = stat.rfind(')');  // The name before it may hold anything.
  if (at == std::string::npos) return 0;
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return 0;
  std::uint64_t ticks = 0;
  std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), ticks);
  return ticks;
}

std::vector<MappedFile> ParseMaps(const std::string& maps) {
  std::vector<MappedFile> files;
  std::set<std::pair<std::string, std::uint64_t>> seen;
  std::string_view rest = maps;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    MappedFile file;
    if (ParseMapsLine(rest.substr(0, end), file) && seen.emplace(file.path, file.inode).second) {
      files.push_back(std::move(file));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return files;
}

std::vector<MappedFile> MappedExecutableFiles() {
  return ParseMaps(ReadSmallFile("/proc/self/maps", std::size_t{64} << 20));
}

std::string ReadSmallFile(const std::string& path, std::size_t size_bytes_max) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return {};
  std::string content;
  char buffer[16384];
  while (content.size() < size_bytes_max) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    content.append(buffer, static_cast<std::size_t>(got));
  }
  close(fd);
  return content;
}

std::int64_t NowUnixNs() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

}  // namespace reprise::sdk
