// What the dynamic loader would read of an ELF object (System V gABI chapters 4 and 5; elf(5)).
//
// Objects come from outside, so every offset, size and count is checked and every read is bounded:
// a hostile file costs at most a few hundred KiB of memory and is an error, never a crash.  Section
// headers are not used; a stripped file reads the same.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::capture {

enum class ElfType {
  kExecutable,  // ET_EXEC: at a fixed address.
  kShared,      // ET_DYN: shared objects and position-independent executables.
  kOther,       // Relocatable objects, core dumps.
};

inline constexpr std::uint16_t kMachineX86_64 = 62;    // EM_X86_64
inline constexpr std::uint16_t kMachineAarch64 = 183;  // EM_AARCH64

struct ElfObject {
  ElfType type = ElfType::kOther;
  std::uint16_t machine = 0;               // e_machine.
  std::optional<std::string> interpreter;  // PT_INTERP: the dynamic loader that is asked for.
  std::vector<std::string> needed;         // DT_NEEDED in its order.
  std::optional<std::string> soname;       // DT_SONAME
  std::optional<std::string> rpath;        // DT_RPATH; the loader ignores it beside a runpath.
  std::optional<std::string> runpath;      // DT_RUNPATH
  std::optional<std::string> build_id;     // NT_GNU_BUILD_ID in hexadecimal.

  friend bool operator==(const ElfObject&, const ElfObject&) = default;
};

// True if the content begins as an ELF object of any class does.
bool IsElf(ByteSpan content);

// Reads up to buffer.size() bytes at an offset and returns how many, fewer only at the end.
using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, MutableByteSpan buffer)>;

// Errors: kInvalidArgument  not an ELF object.
//         kUnsupported      a 32-bit or big-endian object, or an unknown version of the format.
//         kCorruption       truncated, or a field that contradicts another.
//         and what `read_at` returns.
Result<ElfObject> ParseElf(const ReadAt& read_at);
Result<ElfObject> ParseElf(ByteSpan content);
Result<ElfObject> ParseElf(const File& file);

}  // namespace reprise::capture
