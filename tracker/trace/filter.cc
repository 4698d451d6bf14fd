#include "tracker/trace/filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
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
  if (name == "clone") {
    return {scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, CLONE_UNTRACED, CLONE_UNTRACED}};
  }
  return {};
}

int AddRules(const Filter& filter, FilterKind kind) {
  const std::uint32_t action = kind == FilterKind::kPtrace ? SCMP_ACT_TRACE(0) : SCMP_ACT_NOTIFY;
  for (const TracedCall& call : TracedCalls()) {
    if (call.only_by_ptrace && kind != FilterKind::kPtrace) continue;
    const int number = seccomp_syscall_resolve_name(call.name);
    if (number == __NR_SCMP_ERROR) continue;  // A call of a newer kernel than the library knows.
    const std::vector<scmp_arg_cmp> conditions = Conditions(call);
    const int added = seccomp_rule_add_array(
        filter.get(), action, number, static_cast<unsigned>(conditions.size()), conditions.data());
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

std::uint64_t CallKey(std::uint32_t architecture, int number) {
  return std::uint64_t{architecture} << 32 | static_cast<std::uint32_t>(number);
}

// From Linux 5.5 on.  A kernel that says it is older may have it, too; ptrace(2) works there.
bool ListenersLetThrough() {
  utsname system{};
  if (uname(&system) != 0) return true;
  char* end = nullptr;
  const long major = std::strtol(system.release, &end, 10);
  const long minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
  return major > 5 || (major == 5 && minor >= 5);
}

// Runs `attempt`, which returns a negative number and sets errno when it fails, with as many
// privileges as it takes.  Its result, or -errno.
template <typename Attempt>
int Install(const Attempt& attempt) {
  int result = attempt();
  if (result < 0 && errno == EACCES) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    result = attempt();
  }
  return result < 0 ? -errno : result;
}

int SetFilter(std::span<const sock_filter> program, unsigned flags) {
  sock_fprog loaded{};
  loaded.len = static_cast<unsigned short>(program.size());
  loaded.filter = const_cast<sock_filter*>(program.data());
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &loaded));
}

}  // namespace

CallTable::CallTable() {
  for (const FilteredCall& filtered : FilteredCalls()) {
    calls_[CallKey(filtered.architecture, filtered.number)] = filtered.call;
  }
}

const TracedCall* CallTable::Find(std::uint32_t architecture, int number) const {
  const auto known = calls_.find(CallKey(architecture, number));
  return known != calls_.end() ? known->second : nullptr;
}

bool CallTable::Knows(std::uint32_t architecture, int number) {
  constexpr int kX32Bit = 0x40000000;  // x86-64 with short pointers.
  if (architecture == AUDIT_ARCH_X86_64 && (number & kX32Bit) != 0 && number != -1) return false;
  return std::ranges::find(kArchitectures, architecture) != std::end(kArchitectures);
}

bool IsStopped(const TracedCall& call, const std::array<std::uint64_t, 6>& arguments) {
  return std::ranges::all_of(Conditions(call), [&](const scmp_arg_cmp& condition) {
    const std::uint64_t argument = arguments[condition.arg];
    return condition.op == SCMP_CMP_NE ? argument != condition.datum_a
                                       : (argument & condition.datum_a) == condition.datum_b;
  });
}

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

Result<FilterProgram> BuildFilter(FilterKind kind) {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (filter == nullptr) return CannotBuild(-ENOMEM);
  int failed = seccomp_arch_add(filter.get(), kArchitectures[1]);
  if (failed == 0) {
    failed = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
  }
  // A search tree: what is not traced costs a handful of comparisons.
  if (failed == 0) failed = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (failed == 0) failed = AddRules(filter, kind);
  if (failed != 0) return CannotBuild(failed);
  return Export(filter);
}

int InstallFilter(const FilterProgram& program) {
  if (!ListenersLetThrough()) return -ENOSYS;
  // With it a signal does not tear a call out of its listener's hands (Go sends them all the time);
  // kernels before 5.19 have no such flag.
  constexpr unsigned kCalm = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  return Install([&] {
    const int listener = SetFilter(program, SECCOMP_FILTER_FLAG_NEW_LISTENER | kCalm);
    return listener < 0 && errno == EINVAL ? SetFilter(program, SECCOMP_FILTER_FLAG_NEW_LISTENER)
                                           : listener;
  });
}

int InstallPtraceFilter(std::span<const sock_filter> program) {
  return Install([&] { return SetFilter(program, 0); });
}

}  // namespace reprise::tracker
