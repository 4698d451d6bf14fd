#include "tracker/sandbox/namespaces.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace reprise::tracker {
namespace {

std::string MapLine(std::uint32_t inside, std::uint32_t outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1\n";
}

// A child with a copy of our memory.  Not unshare(): that is refused to a process with threads,
// which the thread sanitizer gives to every one, and would put us into the user namespace too.
pid_t Clone(int flags) {
  return static_cast<pid_t>(
      syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

// 0, or errno.  These files take their text in one call or not at all.
int WriteControlFile(const char* path, std::string_view text) {
  const ScopedFd file = OpenFd(path, O_WRONLY);
  if (!file) return errno;
  const ssize_t count = write(file.get(), text.data(), text.size());
  if (count < 0) return errno;
  return static_cast<std::size_t>(count) == text.size() ? 0 : EIO;
}

bool IsSameFolder(const ScopedFd& one, const ScopedFd& other) {
  struct statx a {};
  struct statx b {};
  return one && other && statx(one.get(), "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &a) == 0 &&
         statx(other.get(), "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &b) == 0 &&
         a.stx_ino == b.stx_ino && a.stx_mnt_id == b.stx_mnt_id;
}

// Makes the root of a chroot that of our mount namespace, with what is mounted below it.  Else
// pivot_root(2) would refuse it, or the sandbox come to lie at the folder of the chroot, and /proc
// call its files by their paths outside.  Does nothing, and is true, where there is no chroot;
// false with errno.
bool LeaveChroot() {
  const ScopedFd root = OpenFd("/", O_PATH | O_DIRECTORY);
  const ScopedFd self(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  // Entering the namespace that we are in leads to its root: setns(2).  Who may not is told by what
  // comes after, if that fails.
  if (!root || !self || setns(self.get(), CLONE_NEWNS) != 0) return true;
  if (IsSameFolder(root, OpenFd("/", O_PATH | O_DIRECTORY))) return true;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const ScopedFd tree(static_cast<int>(
      syscall(SYS_open_tree, root.get(), "",
              AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  return tree &&
         syscall(SYS_move_mount, tree.get(), "", root.get(), "",
                 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 &&
         fchdir(tree.get()) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
         umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

}  // namespace

SandboxIdentity::SandboxIdentity(std::uint32_t user_id, std::uint32_t group_id)
    : user_map(MapLine(user_id, geteuid())),
      group_map(MapLine(group_id, getegid())),
      is_root(geteuid() == 0),
      is_same(user_id == geteuid() && group_id == getegid()) {}

ScopedFd::~ScopedFd() {
  if (fd_ >= 0) close(fd_);
}

ScopedFd OpenFd(const char* path, int flags) { return ScopedFd(open(path, flags | O_CLOEXEC)); }

pid_t ForkIntoNamespaces(int flags, const SandboxIdentity& identity) {
  pid_t child = -1;
  const int optional[] = {CLONE_NEWCGROUP, 0};
  for (const int cgroup : optional) {
    child = Clone(flags | CLONE_NEWUSER | cgroup);
    if (child < 0 && identity.is_root && identity.is_same) child = Clone(flags | cgroup);
    if (child >= 0) return child;
  }
  return -errno;
}

StepFailure BecomeSandboxUser(const SandboxIdentity& identity) {
  // Where root had to do without a user namespace it is who it has to be already, and its maps,
  // those of the host, cannot be written a second time.
  const ScopedFd map = OpenFd("/proc/self/uid_map", O_RDONLY);
  char first = 0;
  if (map && read(map.get(), &first, 1) == 1) return {};
  // A process that has changed its user before cannot write its own maps unless it says so.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  constexpr const char* kStep = "take the recorded user's number";
  if (const int failed = WriteControlFile("/proc/self/uid_map", identity.user_map); failed != 0) {
    return {failed, kStep};
  }
  // Or else the group may not be mapped: a process could leave a group that it is kept out by.
  // Kernels before 3.19 have no such file.
  const int denied = WriteControlFile("/proc/self/setgroups", "deny");
  if (denied != 0 && denied != ENOENT) return {denied, kStep};
  const int failed = WriteControlFile("/proc/self/gid_map", identity.group_map);
  return {failed, kStep};
}

StepFailure MakeMountsPrivate() {
  if (LeaveChroot() && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) return {};
  return {errno, "keep its mounts from the host"};
}

StepFailure GiveUpPrivileges() {
  constexpr const char* kStep = "give up all privileges";
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL) break;  // Past the last that this kernel has.
    return {errno, kStep};
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2]{};
  if (syscall(SYS_capset, &header, none) != 0) return {errno, kStep};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return {errno, kStep};
  return {};
}

}  // namespace reprise::tracker
