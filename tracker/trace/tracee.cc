#include "tracker/trace/tracee.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstring>
#include <string_view>

#include "storage/base/file.h"

namespace reprise::tracker {
namespace {

constexpr std::uint64_t kPageBytes = 4096;  // No machine has smaller ones.

// An address of another process, as process_vm_readv(2) takes it.
void* InTracee(std::uint64_t address) {
  return reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace

Tracee::Tracee(pid_t thread) : thread_(thread), folder_("/proc/" + std::to_string(thread)) {}

std::optional<std::string> Tracee::ReadText(std::uint64_t address) const {
  std::array<char, PATH_MAX + 1> buffer;
  std::size_t size = 0;
  while (size < buffer.size()) {
    // Page by page in one call: what lies beyond the text's last page need not be there.
    const std::uint64_t first =
        std::min<std::uint64_t>(kPageBytes - (address + size) % kPageBytes, buffer.size() - size);
    const iovec local{buffer.data() + size, std::min(buffer.size() - size, first + kPageBytes)};
    const std::array<iovec, 2> remote = {
        iovec{InTracee(address + size), first},
        iovec{InTracee(address + size + first), local.iov_len - first}};
    const ssize_t count =
        process_vm_readv(thread_, &local, 1, remote.data(), remote[1].iov_len > 0 ? 2 : 1, 0);
    if (count <= 0) return std::nullopt;
    const char* begin = buffer.data() + size;
    if (const void* end = std::memchr(begin, 0, static_cast<std::size_t>(count))) {
      return std::string(buffer.data(),
                         static_cast<std::size_t>(static_cast<const char*>(end) - buffer.data()));
    }
    size += static_cast<std::size_t>(count);
  }
  return std::nullopt;
}

bool Tracee::Read(std::uint64_t address, MutableByteSpan into) const {
  const iovec local{into.data(), into.size()};
  const iovec remote{InTracee(address), into.size()};
  return process_vm_readv(thread_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(into.size());
}

std::optional<std::string> Tracee::LinkIn(const std::string& name) const {
  std::array<char, PATH_MAX> target;
  const ssize_t size = readlink((folder_ + "/" + name).c_str(), target.data(), target.size());
  if (size <= 0 || target[0] != '/') return std::nullopt;  // pipe:[…] and the like have no path.
  return std::string(target.data(), static_cast<std::size_t>(size));
}

std::optional<std::string> Tracee::AbsolutePath(int folder, const std::string& path) const {
  constexpr std::string_view kSelf = "/proc/self";
  constexpr std::string_view kThreadSelf = "/proc/thread-self";
  if (path.starts_with('/')) {
    const auto is_below = [&](std::string_view prefix) {
      return path.starts_with(prefix) &&
             (path.size() == prefix.size() || path[prefix.size()] == '/');
    };
    if (is_below(kThreadSelf)) return folder_ + path.substr(kThreadSelf.size());
    if (!is_below(kSelf)) return path;
    const auto process = Process();
    if (!process.has_value()) return std::nullopt;
    return "/proc/" + std::to_string(*process) + path.substr(kSelf.size());
  }
  auto base = LinkIn(folder == AT_FDCWD ? "cwd" : "fd/" + std::to_string(folder));
  if (!base.has_value() || path.empty()) return base;
  return *base == "/" ? "/" + path : *base + "/" + path;
}

std::optional<pid_t> Tracee::Process() const {
  const auto status = ReadFile(PosixFileSystem(), folder_ + "/status");
  constexpr std::string_view kField = "\nTgid:\t";
  const std::size_t at = status.ok() ? status->find(kField) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  pid_t process = 0;
  const char* begin = status->data() + at + kField.size();
  if (std::from_chars(begin, status->data() + status->size(), process).ec != std::errc{}) {
    return std::nullopt;
  }
  return process;
}

}  // namespace reprise::tracker
