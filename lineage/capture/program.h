// Which files the kernel runs for a command line: execvp(3), "#!" lines and env(1).
//
// Thread-safety: pure functions of the file system.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/capture/system_view.h"
#include "storage/base/result.h"

namespace reprise::capture {

// Environment variables by name.
using Variables = std::map<std::string, std::string, std::less<>>;

// Splits "NAME=value" strings as in environ(7); of a repeated name the first counts, as for
// getenv(3).
Variables ParseVariables(const std::vector<std::string>& strings);

// The value of a variable, or nullopt.
std::optional<std::string> FindVariable(const Variables& variables, std::string_view name);

enum class FileRole {
  kExecutable,   // The program that the command names.
  kInterpreter,  // The program that a script asks for in its first line.
  kLibrary,      // A shared object, and the dynamic loader.
  kScript,       // A text that an interpreter runs, named as the command.
};
std::string_view FileRoleName(FileRole role);  // "executable", "interpreter", "library", "script".

struct Program {
  std::string path;  // Absolute, as found; not resolved.
  FileRole role = FileRole::kExecutable;

  friend bool operator==(const Program&, const Program&) = default;
};

struct Command {
  std::vector<std::string> arguments;  // arguments[0] is the command.
  std::string working_directory;       // Absolute.
  Variables variables;
};

// Looks `name` up as execvp(3) does in `command`'s PATH and working directory.
// Errors: kNotFound  no executable file of that name.
Result<std::string> FindInPath(const SystemView& view, std::string_view name,
                               const Command& command);

// All programs and scripts that running `command` starts, in the order in which the kernel opens
// them: ./train.py with "#!/usr/bin/env python3" is that script, env and python3.  The command that
// env(1) is told to run counts too, with the variables that env sets.
//
// Errors: kInvalidArgument  no arguments.
//         kNotFound         the command or an interpreter does not exist or is not executable.
//         kUnsupported      scripts that interpret each other more than 5 deep, as the kernel.
Result<std::vector<Program>> FindPrograms(const SystemView& view, const Command& command);

}  // namespace reprise::capture
