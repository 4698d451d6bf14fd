#include "tracker/trace/ptrace_call.h"

#include <elf.h>
#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace reprise::tracker {
namespace {

// ptrace(2) takes numbers as pointers.
void* AsPointer(std::uint64_t number) {
  return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr)
}

std::uint64_t Extended(int number) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
}

}  // namespace

std::optional<PtracedCall> ReadCall(pid_t thread) {
  __ptrace_syscall_info info{};
  const long size = ptrace(PTRACE_GET_SYSCALL_INFO, thread, AsPointer(sizeof info), &info);
  if (size < 0 && errno == EIO) return ReadCallFromRegisters(thread);
  if (size <= 0) return std::nullopt;
  PtracedCall call;
  call.architecture = info.arch;
  const auto take = [&](const auto& entry) {
    call.number = static_cast<int>(entry.nr);
    std::copy(std::begin(entry.args), std::end(entry.args), call.arguments.begin());
    call.is_entry = true;
  };
  switch (info.op) {
    case PTRACE_SYSCALL_INFO_SECCOMP:
      take(info.seccomp);
      return call;
    case PTRACE_SYSCALL_INFO_ENTRY:
      take(info.entry);
      return call;
    case PTRACE_SYSCALL_INFO_EXIT:
      return call;
    default:
      return std::nullopt;
  }
}

#if defined(__x86_64__)

std::optional<PtracedCall> ReadCallFromRegisters(pid_t thread) {
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return std::nullopt;
  constexpr std::uint64_t k32BitCode = 0x23;  // The segment of such programs.
  PtracedCall call;
  call.number = static_cast<int>(registers.orig_rax);
  call.is_entry = static_cast<int>(registers.rax) == -ENOSYS;
  if (registers.cs == k32BitCode) {
    call.architecture = AUDIT_ARCH_I386;
    call.arguments = {registers.rbx, registers.rcx, registers.rdx,
                      registers.rsi, registers.rdi, registers.rbp};
    for (std::uint64_t& argument : call.arguments) argument &= 0xffffffff;
  } else {
    call.architecture = AUDIT_ARCH_X86_64;
    call.arguments = {registers.rdi, registers.rsi, registers.rdx,
                      registers.r10, registers.r8,  registers.r9};
  }
  return call;
}

bool RefuseCall(pid_t thread, int error_number) {
  // Which number is none is for the kernel to say: -1.
  const auto set = [&](std::size_t at, int value) {
    return ptrace(PTRACE_POKEUSER, thread, AsPointer(at), AsPointer(Extended(value))) == 0;
  };
  return set(offsetof(user_regs_struct, orig_rax), -1) &&
         set(offsetof(user_regs_struct, rax), -error_number);
}

bool SetFirstArgument(pid_t thread, const PtracedCall& call, std::uint64_t value) {
  const std::size_t at = call.architecture == AUDIT_ARCH_I386 ? offsetof(user_regs_struct, rbx)
                                                              : offsetof(user_regs_struct, rdi);
  return ptrace(PTRACE_POKEUSER, thread, AsPointer(at), AsPointer(value)) == 0;
}

#elif defined(__aarch64__)

namespace {

// The first register holds the first argument, and then the result.  How many bytes of it there
// are depends on the instruction set of the program.
bool SetFirstRegister(pid_t thread, std::uint64_t value) {
  std::array<std::byte, sizeof(user_regs_struct)> registers;
  iovec all{registers.data(), registers.size()};
  void* const kind = AsPointer(NT_PRSTATUS);
  if (ptrace(PTRACE_GETREGSET, thread, kind, &all) != 0) return false;
  const bool is_64_bit = all.iov_len == registers.size();
  std::memcpy(registers.data(), &value, is_64_bit ? sizeof value : sizeof value / 2);
  return ptrace(PTRACE_SETREGSET, thread, kind, &all) == 0;
}

}  // namespace

std::optional<PtracedCall> ReadCallFromRegisters(pid_t) { return std::nullopt; }

bool RefuseCall(pid_t thread, int error_number) {
  int none = -1;
  iovec number{&none, sizeof none};
  constexpr std::uint64_t kSystemCall = 0x404;  // NT_ARM_SYSTEM_CALL
  return ptrace(PTRACE_SETREGSET, thread, AsPointer(kSystemCall), &number) == 0 &&
         SetFirstRegister(thread, Extended(-error_number));
}

bool SetFirstArgument(pid_t thread, const PtracedCall&, std::uint64_t value) {
  return SetFirstRegister(thread, value);
}

#endif

}  // namespace reprise::tracker
