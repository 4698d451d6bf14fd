#include "tracker/trace/filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace reprise::tracker {
namespace {

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

Error CannotBuild(int code) {
  return Error{
      ErrorCode::kUnsupported,
      std::string("cannot build the filter that traces file access: ") + std::strerror(-code)};
}

// The condition under which a call is of interest, for those where the registers tell.
std::vector<scmp_arg_cmp> Conditions(const TracedCall& call) {
  const std::string_view name = call.name;
  // fstat(3) is spelt so: it names no path.
  if (name == "newfstatat" || name == "fstatat64" || name == "statx") {
    return {scmp_arg_cmp{static_cast<unsigned>(call.flags), SCMP_CMP_NE, AT_EMPTY_PATH, 0}};
  }
  if (name == "socket") return {scmp_arg_cmp{0, SCMP_CMP_NE, AF_UNIX, 0}};
  if (name == "sendto") return {scmp_arg_cmp{4, SCMP_CMP_NE, 0, 0}};
  if (name == "seccomp") {
    return {scmp_arg_cmp{1, SCMP_CMP_MASKED_EQ, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                         SECCOMP_FILTER_FLAG_NEW_LISTENER}};
  }
  return {};
}

int AddRules(const Filter& filter) {
  for (const TracedCall& call : TracedCalls()) {
    const int number = seccomp_syscall_resolve_name(call.name);
    if (number == __NR_SCMP_ERROR) continue;  // A call of a newer kernel than the library knows.
    const std::vector<scmp_arg_cmp> conditions = Conditions(call);
    const int added =
        seccomp_rule_add_array(filter.get(), SCMP_ACT_NOTIFY, number,
                               static_cast<unsigned>(conditions.size()), conditions.data());
    // -EDOM: not a call of any of these instruction sets.
    if (added != 0 && added != -EDOM) return added;
  }
  return 0;
}

// The library writes the program into a file.
Result<FilterProgram> Export(const Filter& filter) {
  const int fd = memfd_create("filter", MFD_CLOEXEC);
  if (fd < 0) return CannotBuild(-errno);
  const int exported = seccomp_export_bpf(filter.get(), fd);
  const off_t size = lseek(fd, 0, SEEK_END);
  FilterProgram program(size > 0 ? static_cast<std::size_t>(size) / sizeof(sock_filter) : 0);
  const std::size_t bytes = program.size() * sizeof(sock_filter);
  const bool whole = pread(fd, program.data(), bytes, 0) == static_cast<ssize_t>(bytes);
  close(fd);
  if (exported != 0) return CannotBuild(exported);
  if (!whole || program.empty() || program.size() > BPF_MAXINSNS) return CannotBuild(-EIO);
  return program;
}

// The instruction sets whose programs this machine runs; the native one is first.
constexpr std::uint32_t kArchitectures[] = {
#if defined(__x86_64__)
    SCMP_ARCH_X86_64,
    SCMP_ARCH_X86,
#elif defined(__aarch64__)
    SCMP_ARCH_AARCH64,
    SCMP_ARCH_ARM,
#else
#error "no table of the calls of this instruction set"
#endif
};

}  // namespace

std::vector<FilteredCall> FilteredCalls() {
  std::vector<FilteredCall> filtered;
  for (const std::uint32_t architecture : kArchitectures) {
    for (const TracedCall& call : TracedCalls()) {
      const int number = seccomp_syscall_resolve_name_arch(architecture, call.name);
      if (number >= 0) filtered.push_back({architecture, number, &call});
    }
  }
  return filtered;
}

Result<FilterProgram> BuildFilter() {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (filter == nullptr) return CannotBuild(-ENOMEM);
  int failed = seccomp_arch_add(filter.get(), kArchitectures[1]);
  if (failed == 0) {
    failed = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
  }
  // A search tree: what is not traced costs a handful of comparisons.
  if (failed == 0) failed = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (failed == 0) failed = AddRules(filter);
  if (failed != 0) return CannotBuild(failed);
  return Export(filter);
}

int InstallFilter(const FilterProgram& program) {
  sock_fprog loaded{};
  loaded.len = static_cast<unsigned short>(program.size());
  loaded.filter = const_cast<sock_filter*>(program.data());
  const auto install = [&](unsigned flags) {
    return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &loaded));
  };
  // With it a signal does not tear a call out of its listener's hands (Go sends them all the time);
  // kernels before 5.19 have no such flag.
  constexpr unsigned kCalm = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  const auto attempt = [&] {
    const int listener = install(SECCOMP_FILTER_FLAG_NEW_LISTENER | kCalm);
    return listener < 0 && errno == EINVAL ? install(SECCOMP_FILTER_FLAG_NEW_LISTENER) : listener;
  };
  int listener = attempt();
  if (listener < 0 && errno == EACCES) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    listener = attempt();
  }
  return listener < 0 ? -errno : listener;
}

}  // namespace reprise::tracker
