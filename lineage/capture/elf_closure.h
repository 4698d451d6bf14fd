// Every file that starting a command loads before its main(): the program, the interpreters of
// scripts, and all shared objects as ld.so(8) of glibc finds them.
//
// Only files are read, nothing is run.  What a program loads later by dlopen(3) is not known here;
// the SDK and the tracer report it.  Known differences from the real loader: LD_AUDIT, prelink,
// DF_1_NODEFLIB, legacy hardware folders (before glibc 2.37), and the rules for setuid programs.
//
// Thread-safety: pure functions of the file system.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/capture/program.h"
#include "lineage/capture/system_view.h"
#include "storage/base/result.h"

namespace reprise::capture {

struct ClosureFile {
  std::string path;       // Absolute, as the kernel or the loader asks for it.
  std::string real_path;  // Without symlinks.
  FileRole role = FileRole::kLibrary;
  std::optional<std::string> build_id;

  friend bool operator==(const ClosureFile&, const ClosureFile&) = default;
};

struct MissingLibrary {
  std::string name;       // As it is asked for.
  std::string needed_by;  // The path of the object that asks.

  friend bool operator==(const MissingLibrary&, const MissingLibrary&) = default;
};

struct Closure {
  std::vector<ClosureFile> files;        // By path; each real path once.
  std::vector<Program> programs;         // As FindPrograms().
  std::vector<MissingLibrary> missing;   // The program will not start.
  std::optional<std::uint16_t> machine;  // Of the last program: ELF e_machine.
  std::vector<std::string> warnings;     // Objects that could not be read.
};

// `hardware_levels`: the names of the glibc-hwcaps folders that the processor may use, the best
// first (HardwareLevels() in host.h).
// Errors: as FindPrograms().
Result<Closure> FindClosure(const SystemView& view, const Command& command,
                            const std::vector<std::string>& hardware_levels);

}  // namespace reprise::capture
