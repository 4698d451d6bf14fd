#include "lineage/capture/program.h"

#include <array>
#include <span>

#include "lineage/capture/elf.h"
#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

constexpr int kScriptDepthMax = 5;          // As Linux (exec_binprm).
constexpr std::size_t kHeadBytesMax = 256;  // BINPRM_BUF_SIZE: what Linux reads of a script.
constexpr std::string_view kBlank = " \t";
constexpr std::string_view kPathDefault = "/bin:/usr/bin";  // As glibc where PATH is not set.

std::string_view Trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlank) - start + 1);
}

std::vector<std::string> SplitAtBlanks(std::string_view text) {
  std::vector<std::string> words;
  while (!(text = Trim(text)).empty()) {
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

// The program and at most one argument of a "#!" line; empty if there is no such line.
std::vector<std::string> ShebangOf(std::string_view head) {
  if (!head.starts_with("#!")) return {};
  const std::string_view line = Trim(head.substr(2, head.find('\n') - 2));
  const std::size_t end = line.find_first_of(kBlank);
  std::vector<std::string> words;
  if (!line.empty()) words.emplace_back(line.substr(0, end));
  if (end != std::string_view::npos) words.emplace_back(Trim(line.substr(end)));
  return words;
}

// What env(1) was told to run, with the variables and folder that it sets; no arguments if that is
// nothing or cannot be told.  Of env's options those with effects on the look-up are understood.
Command CommandOfEnv(const Command& env) {
  Command inner = env;
  std::vector<std::string> rest(env.arguments.begin() + 1, env.arguments.end());
  const auto take = [&rest] {
    std::string word = std::move(rest.front());
    rest.erase(rest.begin());
    return word;
  };
  const auto value_of = [&](const std::string& option, std::string_view short_form,
                            std::string_view long_form) -> std::optional<std::string> {
    if (option == short_form || option == long_form) return rest.empty() ? "" : take();
    if (option.starts_with(std::string(long_form) + "="))
      return option.substr(long_form.size() + 1);
    if (option.starts_with(short_form) && !option.starts_with("--")) return option.substr(2);
    return std::nullopt;
  };
  inner.arguments.clear();
  while (!rest.empty() && rest.front().starts_with('-')) {
    const std::string option = take();
    if (option == "--") break;
    if (option == "-i" || option == "-" || option == "--ignore-environment") {
      inner.variables.clear();
    } else if (option == "-v" || option == "--debug") {
      continue;
    } else if (const auto unset = value_of(option, "-u", "--unset")) {
      inner.variables.erase(*unset);
    } else if (const auto folder = value_of(option, "-C", "--chdir")) {
      inner.working_directory = AbsolutePath(inner.working_directory, *folder);
    } else if (const auto text = value_of(option, "-S", "--split-string")) {
      const std::vector<std::string> words = SplitAtBlanks(*text);
      rest.insert(rest.begin(), words.begin(), words.end());
    } else {
      return inner;
    }
  }
  while (!rest.empty()) {
    const std::size_t equals = rest.front().find('=');
    if (equals == std::string::npos) break;
    const std::string assignment = take();
    inner.variables[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  inner.arguments = std::move(rest);
  return inner;
}

Result<std::string> ReadHead(const SystemView& view, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const auto file, view.Open(path));
  std::string head(kHeadBytesMax, '\0');
  REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                           file->ReadAt(0, std::as_writable_bytes(std::span(head))));
  head.resize(count);
  return head;
}

Result<void> Follow(const SystemView& view, const Command& command, FileRole role, int depth,
                    std::vector<Program>& programs) {
  if (depth > kScriptDepthMax) {
    return Error{ErrorCode::kUnsupported, "cannot find what '" + Printable(command.arguments[0]) +
                                              "' runs: interpreters of interpreters, too many"};
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string path, FindInPath(view, command.arguments[0], command));
  const Result<std::string> head = ReadHead(view, path);
  // A program may be executable but not readable; it is then the end of what can be followed.
  if (!head.ok() || IsElf(AsBytes(*head))) {
    programs.push_back({path, role});
    if (BaseName(path) != "env" || command.arguments.size() < 2) return {};
    const Command inner = CommandOfEnv(command);
    if (inner.arguments.empty()) return {};
    return Follow(view, inner, role, depth + 1, programs);
  }
  programs.push_back({path, role == FileRole::kExecutable ? FileRole::kScript : role});
  Command interpreter = command;
  interpreter.arguments = ShebangOf(*head);
  if (interpreter.arguments.empty()) {
    interpreter.arguments.emplace_back("/bin/sh");  // As execvp(3) does on ENOEXEC.
  } else if (interpreter.arguments[0].find('/') == std::string::npos) {
    interpreter.arguments[0].insert(0, "./");  // The kernel does not search PATH.
  }
  interpreter.arguments.push_back(path);
  if (BaseName(interpreter.arguments[0]) == "env") {
    // The script that env hands on is no command of env's own.
    interpreter.arguments.pop_back();
  }
  return Follow(view, interpreter, FileRole::kInterpreter, depth + 1, programs);
}

}  // namespace

Variables ParseVariables(const std::vector<std::string>& strings) {
  Variables variables;
  for (const std::string& string : strings) {
    const std::size_t equals = string.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    variables.emplace(string.substr(0, equals), string.substr(equals + 1));
  }
  return variables;
}

std::optional<std::string> FindVariable(const Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  if (found == variables.end()) return std::nullopt;
  return found->second;
}

std::string_view FileRoleName(FileRole role) {
  switch (role) {
    case FileRole::kExecutable:
      return "executable";
    case FileRole::kInterpreter:
      return "interpreter";
    case FileRole::kLibrary:
      return "library";
    case FileRole::kScript:
      return "script";
  }
  return "";
}

Result<std::string> FindInPath(const SystemView& view, std::string_view name,
                               const Command& command) {
  const auto not_found = [&](std::string_view why) {
    return Error{ErrorCode::kNotFound,
                 "cannot find the command '" + Printable(name) + "': " + std::string(why)};
  };
  if (name.empty()) return not_found("its name is empty");
  if (name.find('/') != std::string_view::npos) {
    std::string path = AbsolutePath(command.working_directory, name);
    if (view.IsExecutableFile(path)) return path;
    return not_found("there is no executable file of that name");
  }
  const std::string folders =
      FindVariable(command.variables, "PATH").value_or(std::string(kPathDefault));
  for (const std::string& folder : Split(folders, ':')) {
    const std::string absolute = AbsolutePath(command.working_directory, folder);
    std::string path = JoinPath(folder.empty() ? command.working_directory : absolute, name);
    if (view.IsExecutableFile(path)) return path;
  }
  return not_found("no folder of PATH has an executable file of that name");
}

Result<std::vector<Program>> FindPrograms(const SystemView& view, const Command& command) {
  if (command.arguments.empty()) {
    return Error{ErrorCode::kInvalidArgument, "cannot find the command: none was given"};
  }
  std::vector<Program> programs;
  REPRISE_TRY(Follow(view, command, FileRole::kExecutable, 0, programs));
  return programs;
}

}  // namespace reprise::capture
