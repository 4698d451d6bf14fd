// A shell of the host is started through the host's own loader, which is told where the libraries
// are: neither need exist in the root at the paths that the shell asks for.

#include "tracker/replay/inside_shell.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "lineage/capture/elf.h"
#include "lineage/capture/elf_closure.h"
#include "lineage/capture/host.h"

namespace reprise::tracker {
namespace {

// The more comfortable first.
constexpr std::string_view kShells[] = {"bash", "zsh", "ksh", "mksh", "dash", "sh", "ash"};

std::string InFolder(std::string_view path) { return JoinPath(kInsideShellFolder, BaseName(path)); }

std::optional<InsideShell> ShellOfRun(const lineage::Closure& closure) {
  for (const std::string_view name : kShells) {
    const auto found = std::ranges::find_if(closure.files, [&](const lineage::ClosureFile& file) {
      return (file.uses & lineage::kFileExecuted) != 0 && file.stored &&
             file.kind == FileKind::kFile && BaseName(file.path) == name;
    });
    if (found != closure.files.end()) {
      return InsideShell{.arguments = {found->path}, .binds = {}, .note = {}};
    }
  }
  return std::nullopt;
}

std::optional<InsideShell> StaticBusybox(FileSystem& files) {
  for (const char* const path : {"/bin/busybox", "/usr/bin/busybox"}) {
    const auto file = files.Open(path, OpenMode::kRead, 0);
    if (!file.ok()) continue;
    const auto object = capture::ParseElf(**file);
    if (!object.ok() || object->interpreter.has_value() || !object->needed.empty()) continue;
    return InsideShell{.arguments = {InFolder(path), "sh"},
                       .binds = {{.source = path, .target = InFolder(path)}},
                       .note = "the run used no shell; this is the host's busybox"};
  }
  return std::nullopt;
}

std::optional<InsideShell> HostShell(FileSystem& files, const std::string& path) {
  const capture::SystemView view(files);
  const auto levels = capture::HardwareLevels(capture::ReadProcessor(view).flags);
  const auto closure = capture::FindClosure(
      view, {.arguments = {path}, .working_directory = "/", .variables = {}}, levels);
  if (!closure.ok() || !closure->missing.empty()) return std::nullopt;
  const auto file = files.Open(path, OpenMode::kRead, 0);
  if (!file.ok()) return std::nullopt;
  const auto object = capture::ParseElf(**file);
  if (!object.ok()) return std::nullopt;
  InsideShell shell;
  if (object->interpreter.has_value()) {
    shell.arguments = {InFolder(*object->interpreter), "--library-path", kInsideShellFolder};
  }
  shell.arguments.push_back(InFolder(path));
  for (const capture::ClosureFile& needed : closure->files) {
    // The loader stands in the list by the name under which it is asked for, as libraries do.
    shell.binds.push_back({.source = needed.real_path, .target = InFolder(needed.path)});
  }
  shell.note = "the run used no shell; this is the host's " + path +
               " (with busybox-static installed there would be ls, cat and others, too)";
  return shell;
}

}  // namespace

Result<InsideShell> ChooseInsideShell(FileSystem& files, const lineage::Closure& closure) {
  if (auto shell = ShellOfRun(closure)) return *std::move(shell);
  if (auto shell = StaticBusybox(files)) return *std::move(shell);
  for (const char* const path : {"/bin/bash", "/bin/sh"}) {
    if (auto shell = HostShell(files, path)) return *std::move(shell);
  }
  return Error{ErrorCode::kNotFound,
               "the run used no shell, and this machine has none that can be lent to its sandbox; "
               "install busybox-static, or name a command after --"};
}

}  // namespace reprise::tracker
