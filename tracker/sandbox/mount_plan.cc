#include "tracker/sandbox/mount_plan.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace reprise::tracker {
namespace {

constexpr const char* kProcStep = "mount a /proc of its own";
constexpr const char* kDevStep = "make a /dev of its own";

StepFailure Mount(const char* source, const std::string& target, const char* type,
                  unsigned long flags, const char* options, const char* step) {
  if (mount(source, target.c_str(), type, flags, options) == 0) return {};
  return {errno, step};
}

// Makes `target`, and the folders on the way to it, in the folder `root`.
int MakeMountPoint(const ScopedFd& root, const std::string& target, PlannedMount::Make make) {
  char path[4096];
  if (target.size() >= sizeof path) return ENAMETOOLONG;
  std::memcpy(path, target.c_str(), target.size() + 1);
  for (char* slash = std::strchr(path, '/'); slash != nullptr;
       slash = std::strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdirat(root.get(), path, 0755) != 0 && errno != EEXIST) return errno;
    *slash = '/';
  }
  const int made = make == PlannedMount::Make::kFolder
                       ? mkdirat(root.get(), path, 0755)
                       : mknodat(root.get(), path, S_IFREG | 0666, 0);
  return made == 0 || errno == EEXIST ? 0 : errno;
}

// By descriptors: a path of a mount in the new root could be too long for one call, and the
// attributes are set before anybody can see the mount.
StepFailure MountBind(const ScopedFd& root, const PlannedMount& planned) {
  const char* const step = planned.step.c_str();
  if (planned.make != PlannedMount::Make::kNothing) {
    const int failed = MakeMountPoint(root, planned.target, planned.make);
    if (failed != 0) return {failed, step};
  }
  const ScopedFd tree(open_tree(AT_FDCWD, planned.source.c_str(),
                                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  if (!tree) return {errno, step};
  if (planned.read_only) {
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                      sizeof attributes) != 0) {
      return {errno, step};
    }
  }
  if (move_mount(tree.get(), "", root.get(), planned.target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) !=
      0) {
    return {errno, step};
  }
  return {};
}

StepFailure MountRoot(const MountPlan& plan) {
  if (plan.root_mount.kind == PlannedMount::Kind::kOverlay) {
    return MountOverlay(plan.root_mount);
  }
  return Mount(plan.root_mount.source.c_str(), plan.root, nullptr, MS_BIND, nullptr,
               plan.root_mount.step.c_str());
}

// The files by which root steers the kernel.  Who is root outside owns them, with or without
// capabilities, so they are read-only for it; anyone else cannot write them anyway.
StepFailure ShieldProc(const ScopedFd& root) {
  const char* const controls[] = {"proc/sys", "proc/sysrq-trigger", "proc/irq", "proc/bus",
                                  "proc/fs"};
  for (const char* control : controls) {
    const ScopedFd tree(open_tree(root.get(), control, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree && errno == ENOENT) continue;
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (!tree ||
        mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0 ||
        move_mount(tree.get(), "", root.get(), control, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
      return {errno, kProcStep};
    }
  }
  return {};
}

// The devices themselves are among the planned mounts: nobody but the host's root can make any.
StepFailure MountDev(const MountPlan& plan) {
  constexpr unsigned long kFlags = MS_NOSUID | MS_NOEXEC;
  if (const auto failed = Mount("tmpfs", plan.dev, "tmpfs", kFlags, "mode=0755", kDevStep)) {
    return failed;
  }
  const ScopedFd dev = OpenFd(plan.dev.c_str(), O_PATH | O_DIRECTORY);
  if (!dev) return {errno, kDevStep};
  const std::pair<const char*, const char*> links[] = {{"/proc/self/fd", "fd"},
                                                       {"/proc/self/fd/0", "stdin"},
                                                       {"/proc/self/fd/1", "stdout"},
                                                       {"/proc/self/fd/2", "stderr"},
                                                       {"pts/ptmx", "ptmx"}};
  for (const auto& [target, name] : links) {
    if (symlinkat(target, dev.get(), name) != 0) return {errno, kDevStep};
  }
  for (const char* name : {"shm", "pts"}) {
    if (mkdirat(dev.get(), name, 0755) != 0) return {errno, kDevStep};
  }
  if (const auto failed =
          Mount("tmpfs", plan.shm, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", kDevStep)) {
    return failed;
  }
  return Mount("devpts", plan.pts, "devpts", kFlags, "newinstance,ptmxmode=0666,mode=620",
               kDevStep);
}

// pivot_root(2), as its page says under "pivot_root(".", ".")".
StepFailure ChangeRoot(const ScopedFd& root) {
  if (fchdir(root.get()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
      umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
    return {errno, "change to its root"};
  }
  return {};
}

}  // namespace

StepFailure MountOverlay(const PlannedMount& planned) {
  const OverlayFolders& folders = planned.overlay;
  const char* const step = planned.step.c_str();
  const ScopedFd lower = OpenFd(folders.lower.c_str(), O_PATH | O_DIRECTORY);
  const ScopedFd skeleton = OpenFd(folders.skeleton.c_str(), O_PATH | O_DIRECTORY);
  const ScopedFd upper = OpenFd(folders.upper.c_str(), O_PATH | O_DIRECTORY);
  const ScopedFd work = OpenFd(folders.work.c_str(), O_PATH | O_DIRECTORY);
  if (!lower || !skeleton || !upper || !work) return {errno, step};
  FixedText options;
  options.Add("lowerdir=").AddPathOf(skeleton).Add(":").AddPathOf(lower);
  options.Add(",upperdir=").AddPathOf(upper).Add(",workdir=").AddPathOf(work);
  options.Add(",userxattr");
  // Without it the end of the sandbox would write back all of the host's file system below it.  It
  // marks the work folder, which can be used once only.
  options.Add(",volatile");
  return Mount("overlay", planned.path, "overlay", 0, options.c_str(), step);
}

StepFailure MountAll(const MountPlan& plan) {
  if (const auto failed = MountRoot(plan)) return failed;
  const ScopedFd root = OpenFd(plan.root.c_str(), O_PATH | O_DIRECTORY);
  if (!root) return {errno, plan.root_mount.step.c_str()};
  constexpr unsigned long kProcFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (const auto failed = Mount("proc", plan.proc, "proc", kProcFlags, nullptr, kProcStep)) {
    return failed;
  }
  if (plan.shield_proc) {
    if (const auto failed = ShieldProc(root)) return failed;
  }
  if (const auto failed = MountDev(plan)) return failed;
  for (const PlannedMount& planned : plan.mounts) {
    const auto failed = planned.kind == PlannedMount::Kind::kOverlay ? MountOverlay(planned)
                                                                     : MountBind(root, planned);
    if (failed) return failed;
  }
  return ChangeRoot(root);
}

}  // namespace reprise::tracker
