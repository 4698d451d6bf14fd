// Runs a command in a root folder that is made of given files alone, without privileges.
//
//   auto sandbox = …Sandbox::Prepare(files, spec);
//   const pid_t monitor = fork();
//   if (monitor == 0) {
//     const char* step;
//     if (sandbox->Enter(&step) == 0) { chdir(…); execve(…); }
//     _exit(127);
//   }
//   waitpid(monitor, …);
//   auto changes = …sandbox->Changes();
//   Sandbox::RemoveScratch(files, spec.scratch);
//
// The command sees the content of `base` and of the binds, a /proc of its own processes, a /dev
// with null, zero, full, random, urandom, tty, ptmx and shm, the host's /sys read-only (programs
// ask it for processors, caches and accelerators, which are those of this machine), an empty /tmp
// if `base` has none, and nothing else of the host.  It has no network but its own address.  It has
// no capabilities, also as user 0, and cannot get any.  docs/decisions/0015-own-namespaces.md.
//
// What is different from the same files on an ordinary disk: a folder of `base` or of a
// copy-on-write bind cannot be renamed (EXDEV; mv(1) then copies) and a file of them that is open
// for reading does not show what is later written through another descriptor, unless the layer is a
// copy (SandboxSpec::without_overlay); what belongs to other users belongs to nobody; what is
// written to /dev and /dev/shm is gone with the sandbox.
//
// Needs Linux 5.12 or newer.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/sandbox/layer.h"
#include "tracker/sandbox/spec.h"

namespace reprise::tracker {

struct SandboxPlan;

// For one command: a second Enter() is refused where there are overlays.
//
// Thread-safety: one thread at a time.
class Sandbox {
 public:
  // Checks, makes the folders and mount points, and tries the namespaces and overlays in a child
  // process that ends at once.
  //
  // Errors: kInvalidArgument  a path is not absolute, a target is taken twice, lies in /proc or
  // /sys
  //                           or is of another kind than what is there, or the host name too long;
  //         kNotFound         `base`, `scratch`, a source or a device is not there;
  //         kUnsupported      this machine forbids it: which step, why, and what helps;
  //         kIoError, kNoSpace.
  static Result<std::unique_ptr<Sandbox>> Prepare(FileSystem& files, SandboxSpec spec);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // In a new child process, which may be that of a process with threads: everything up to the
  // return is async-signal-safe.  Returns 0 in the process that is to execute the command, in "/",
  // with the signal mask, signal dispositions, process group and open descriptors of the caller;
  // no_new_privs is set.  The calling process becomes the sandbox's monitor, closes its descriptors
  // and ends as the command ends, except that the status does not say whether a core was dumped.
  // When something fails, returns its errno in the calling process, and what could not be done
  // ("mount a /proc of its own"), which lives as long as this object; nothing runs then.
  int Enter(const char** failed_step) const;

  // What to tell the user of Enter()'s failure: kUnsupported, with what helps.
  static Error EnterError(FileSystem& files, int error_number, const char* step);

  // Where the content of a path of the sandbox lies on the host now: written, bound or of `base`.
  // Links to folders on the way are followed as inside; the last name is not.  Nothing when no such
  // name is there now, or when it lies in /proc, /sys or /dev.  Of a folder that is in several
  // layers, the uppermost.
  std::optional<std::string> HostPath(const std::string& path) const;

  // The entries of a folder of the sandbox now, all layers together, by name.
  // Errors: kNotFound.
  Result<std::vector<DirectoryEntry>> List(const std::string& path) const;

  // What was made, changed and removed, in the order of the paths, with all that was in a removed
  // folder.  A file that was opened for writing and has the bytes, mode and time of before has not
  // changed, nor has a folder in which others have.  After the monitor has ended.
  Result<std::vector<SandboxChange>> Changes() const;

  // Whether every layer is an overlay; else some or all were copied.
  bool uses_overlay() const;

  // Empties `scratch` of what a sandbox, which may have been killed, has left there: folders
  // without permissions, whiteouts.
  static Result<void> RemoveScratch(FileSystem& files, const std::string& scratch);

 private:
  // What lies at a path and below it, up to the next place.
  struct Place {
    std::optional<std::size_t> layer;
    std::string source;  // Without a layer: of the host; empty: made anew inside.
  };
  // A path without links, and what is there, if anything.
  struct Resolved {
    std::string path;
    std::optional<FoundName> found;
  };

  Sandbox(FileSystem& files, SandboxSpec spec);
  Result<void> MakeLayers();
  Result<void> TryNamespaces();
  Result<void> PlaceSystemFolders();
  Result<void> PlaceDevices();
  Result<void> PlaceBind(const SandboxBind& bind);
  Result<void> AddPlace(const std::string& path, Place place);
  // Errors: kInvalidArgument  what is there is of the other kind, or nothing is and nothing can be.
  Result<std::string> MakeMountPoint(const std::string& target, bool is_folder);
  // The place that `path` lies in, and the rest of the path.
  std::pair<const Place*, std::string> PlaceOf(const std::string& path) const;
  std::optional<FoundName> Find(const std::string& path) const;
  // Errors: kInvalidArgument  links go round in a circle, or a name lies below a file.
  Result<Resolved> Resolve(const std::string& path, bool follow_last) const;
  PlannedMount PlanLayer(std::size_t layer, const std::string& target) const;
  PlannedMount PlanBind(const std::string& source, const std::string& target) const;
  std::string InRoot(const std::string& target) const;

  FileSystem& files_;
  SandboxSpec spec_;
  std::vector<Layer> layers_;                      // The first is the root's.
  std::map<std::string, std::size_t> cow_layers_;  // Of copy-on-write folders, by target.
  std::map<std::string, Place> places_;            // By path without links; "" is the root.
  std::unique_ptr<SandboxPlan> plan_;
};

}  // namespace reprise::tracker
