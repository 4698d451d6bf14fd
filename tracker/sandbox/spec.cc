#include "tracker/sandbox/spec.h"

#include <algorithm>

#include "storage/base/plain_path.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kHostNameMax = 64;  // As sethostname(2).
constexpr std::uint32_t kNobodyAtAll = ~std::uint32_t{0};

// As it is written by the kernel: absolute, no empty, "." or ".." parts.
Result<void> CheckPath(const std::string& path) {
  if (IsPlainPath(path) && path != "/") return {};
  return InvalidSandbox("'" + Printable(path) + "' is not an absolute path of names alone");
}

Result<void> CheckFolders(FileSystem& files, const SandboxSpec& spec) {
  for (const std::string* folder : {&spec.base, &spec.scratch}) {
    REPRISE_TRY(CheckPath(*folder));
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files.StatFollowing(*folder));
    if (stat.kind != FileKind::kDirectory) {
      return InvalidSandbox("'" + Printable(*folder) + "' is not a folder");
    }
  }
  if (IsInside(spec.scratch, spec.base)) {
    return InvalidSandbox("its scratch folder '" + Printable(spec.scratch) +
                          "' lies in its own root, '" + Printable(spec.base) + "'");
  }
  REPRISE_ASSIGN_OR_RETURN(const auto left, files.List(spec.scratch));
  if (!left.empty()) {
    return InvalidSandbox("its scratch folder '" + Printable(spec.scratch) + "' is not empty");
  }
  if (spec.host_name.size() > kHostNameMax) {
    return InvalidSandbox("the host name '" + Printable(spec.host_name) +
                          "' is longer than 64 bytes");
  }
  if (spec.user_id == kNobodyAtAll || spec.group_id == kNobodyAtAll) {
    return InvalidSandbox("4294967295 is no number of a user or a group");
  }
  for (const std::string& device : spec.devices) {
    REPRISE_TRY(CheckPath(device));
    if (!device.starts_with("/dev/")) {
      return InvalidSandbox("the device '" + Printable(device) + "' is not in /dev");
    }
    REPRISE_TRY(files.StatFollowing(device));
  }
  return {};
}

Result<void> CheckBinds(SandboxSpec& spec) {
  std::ranges::sort(spec.binds, {}, &SandboxBind::target);  // What contains others first.
  const SandboxBind* before = nullptr;
  for (const SandboxBind& bind : spec.binds) {
    REPRISE_TRY(CheckPath(bind.source));
    REPRISE_TRY(CheckPath(bind.target));
    const std::string shown = "'" + Printable(bind.target) + "'";
    if (before != nullptr && before->target == bind.target) {
      return InvalidSandbox("two things are to lie at " + shown);
    }
    if (IsInside(bind.target, "/proc") || IsInside(bind.target, "/sys") || bind.target == "/dev") {
      return InvalidSandbox(shown + " belongs to the system");
    }
    if (bind.copy_on_write && IsInside(bind.target, "/dev")) {
      return InvalidSandbox(shown + " cannot be written to: nothing of /dev is kept");
    }
    before = &bind;
  }
  return {};
}

}  // namespace

bool IsInside(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

Error InvalidSandbox(std::string message) {
  return Error{ErrorCode::kInvalidArgument, "cannot make a sandbox: " + std::move(message)};
}

std::vector<std::string> PathParts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  }
  return parts;
}

Result<void> CheckSandboxSpec(FileSystem& files, SandboxSpec& spec) {
  REPRISE_TRY(CheckFolders(files, spec));
  return CheckBinds(spec);
}

}  // namespace reprise::tracker
