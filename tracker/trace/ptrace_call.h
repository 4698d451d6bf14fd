// Reading and altering the system call at which a thread that we ptrace(2) is stopped.
//
// Thread-safety: only the thread that traces it.

#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>

namespace reprise::tracker {

struct PtracedCall {
  std::uint32_t architecture = 0;  // AUDIT_ARCH_*
  int number = 0;
  std::array<std::uint64_t, 6> arguments{};
  bool is_entry = false;  // It is about to be executed; else it has been.
};

// Nothing: the thread was killed, or is stopped at something else.
std::optional<PtracedCall> ReadCall(pid_t thread);

// The same for kernels before 5.3, which do not tell.  A call that returned ENOSYS looks like one
// that is about to be executed, and one of the 32-bit instruction set in a 64-bit program like
// another call.  Nothing, too: not on this instruction set.
std::optional<PtracedCall> ReadCallFromRegisters(pid_t thread);

// Makes a call that is about to be executed fail instead.  False: the thread was killed.
bool RefuseCall(pid_t thread, int error_number);

// False: the thread was killed.
bool SetFirstArgument(pid_t thread, const PtracedCall& call, std::uint64_t value);

}  // namespace reprise::tracker
