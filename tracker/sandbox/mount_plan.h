// What is to be mounted where, said in strings that are made before the process that mounts exists.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tracker/sandbox/namespaces.h"

namespace reprise::tracker {

// An overlay of two read-only folders, the higher one first, and one that is written:
// Documentation/filesystems/overlayfs.rst of the kernel.
struct OverlayFolders {
  std::string lower;
  std::string skeleton;  // Above `lower`: mount points that it lacks.
  std::string upper;
  std::string work;
};

struct PlannedMount {
  enum class Kind { kOverlay, kBind };
  // What has to be made at the target first; where that is /dev, which is empty before.
  enum class Make { kNothing, kFile, kFolder };

  Kind kind = Kind::kBind;
  std::string path;        // Absolute on the host, in the new root.
  std::string target;      // Relative to the new root; "" is the root.
  std::string step;        // What could not be done when it fails.
  std::string source{};    // kBind: absolute on the host.
  bool read_only = false;  // kBind: with all that is mounted below it.
  Make make = Make::kNothing;
  OverlayFolders overlay{};  // kOverlay.
};

struct MountPlan {
  std::string root;  // Host path of the mount point of the new root.
  PlannedMount root_mount;
  std::string proc;  // Host paths, in the new root.
  std::string dev;
  std::string shm;
  std::string pts;
  bool shield_proc = false;          // Make the controls of the kernel in /proc read-only.
  std::vector<PlannedMount> mounts;  // Those above others come after them.
};

// Mounts an overlay at `path`.  Its work folder cannot be used again.  Async-signal-safe.
StepFailure MountOverlay(const PlannedMount& planned);

// Mounts everything and makes it the root of this process, which must be alone in its mount
// namespace and the first of its process namespace.  Async-signal-safe.
StepFailure MountAll(const MountPlan& plan);

}  // namespace reprise::tracker
