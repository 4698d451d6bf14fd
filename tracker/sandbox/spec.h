// What a sandbox is to be.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// A file or folder that lies on the host unchanged, or a socket or device.
struct SandboxBind {
  std::string source;  // On the host, absolute; links are followed.
  std::string target;  // In the sandbox, absolute; not in /proc or /sys.
  // Else read-only, with all that is mounted below it.  Writes never reach the source: a folder
  // becomes the lower layer of an overlay, a file is copied (sharing its blocks where it can).
  bool copy_on_write = false;
  // Writes reach the source: what the command and the host share.
  bool shared = false;
};

struct SandboxSpec {
  std::string base;     // Host folder whose content is the root; only read, by any number at once.
  std::string scratch;  // An existing empty host folder for what this sandbox writes.
  // In any order; a target below another's comes to lie in it.
  std::vector<SandboxBind> binds{};
  std::string host_name{};  // Empty: the host's own.
  std::uint32_t user_id = 0;
  std::uint32_t group_id = 0;
  std::uint32_t umask = 022;
  std::vector<std::string> devices{};  // Besides the usual ones, such as /dev/nvidia0.
  // Copy `base` and the copy-on-write folders into `scratch` instead of laying overlays over them,
  // which happens by itself where the file system of `scratch` cannot carry any (it is itself an
  // overlay, as in a container, or NFS).
  bool without_overlay = false;
};

// Sorts the binds, what contains others first, and refuses what cannot be meant.
// Errors: kInvalidArgument, kNotFound, as Sandbox::Prepare() says.
Result<void> CheckSandboxSpec(FileSystem& files, SandboxSpec& spec);

// As errors of this kind read.
Error InvalidSandbox(std::string message);

// Splits at slashes; empty parts and "." are left out.
std::vector<std::string> PathParts(std::string_view path);

// Whether `path` is `folder` or lies below it, both written without links, "." and "..".
bool IsInside(const std::string& path, const std::string& folder);

}  // namespace reprise::tracker
