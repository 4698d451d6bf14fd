#include "tracker/sandbox/abilities.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "storage/base/ulid.h"
#include "tracker/sandbox/layer_files.h"
#include "tracker/sandbox/mount_plan.h"

namespace reprise::tracker {
namespace {

constexpr const char* kNamespaceStep = "make its namespaces";

std::string FirstLine(FileSystem& files, const std::string& path) {
  const auto content = ReadFile(files, path, 1 << 16);
  if (!content.ok()) return "";
  return content->substr(0, content->find('\n'));
}

bool IsInContainer(FileSystem& files) {
  return Exists(files, "/.dockerenv") || Exists(files, "/run/.containerenv") ||
         Exists(files, "/run/systemd/container");
}

// Whether a seccomp filter is on this process.
bool IsFiltered(FileSystem& files) {
  const auto status = ReadFile(files, "/proc/self/status", 1 << 16);
  return status.ok() && status->find("\nSeccomp:\t2") != std::string::npos;
}

SandboxAbility Ability(FileSystem& files, std::string name, const StepFailure& failure) {
  SandboxAbility ability{std::move(name), !failure, "", ""};
  if (!failure) return ability;
  const SandboxAdvice advice = AdviseOnSandbox(files, failure.error_number);
  ability.reason = std::string("cannot ") + failure.step + ": " + advice.reason;
  ability.fix = advice.fix;
  return ability;
}

// Without signals of its own until the mount is done, which nothing can interrupt anyway.
StepFailure MountForNothing(const char* type, const char* target, const char* step) {
  if (const auto failed = MakeMountsPrivate()) return failed;
  if (mount(type, target, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0) return {};
  return {errno, step};
}

// Whether this process is in a chroot of which the folder is no mount.  One at a mount looks like
// any root from inside.
bool IsInChroot(FileSystem& files) {
  const auto mounts = ReadFile(files, "/proc/self/mountinfo", 16 << 20);
  if (!mounts.ok()) return false;
  std::istringstream lines(*mounts);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);  // proc_pid_mountinfo(5)
    std::string number, parent, device, folder, mount_point;
    fields >> number >> parent >> device >> folder >> mount_point;
    if (mount_point == "/") return false;
  }
  return true;
}

StepFailure TryOverlay(FileSystem& files, const SandboxIdentity& self, const std::string& scratch) {
  const std::string folder = JoinPath(scratch, "probe-" + Ulid::Generate().ToString());
  PlannedMount planned;
  planned.kind = PlannedMount::Kind::kOverlay;
  planned.path = JoinPath(folder, "root");
  planned.step = "lay an overlay over a folder";
  planned.overlay = {.lower = JoinPath(folder, "lower"),
                     .skeleton = JoinPath(folder, "skeleton"),
                     .upper = JoinPath(folder, "upper"),
                     .work = JoinPath(folder, "work")};
  StepFailure failure;
  for (const std::string& made :
       {folder, planned.path, planned.overlay.lower, planned.overlay.skeleton,
        planned.overlay.upper, planned.overlay.work}) {
    if (!files.CreateDirectory(made, 0700).ok()) failure = {EACCES, "write to the scratch folder"};
  }
  if (!failure) {
    failure = TryInNamespaces(CLONE_NEWNS, self, [&] {
      const auto failed = MakeMountsPrivate();
      return failed ? failed : MountOverlay(planned);
    });
    failure.step = failure ? "lay an overlay over a folder" : "";
  }
  (void)RemoveLayers(files, folder);  // What stays is empty.
  return failure;
}

}  // namespace

StepFailure TryInNamespaces(int flags, const SandboxIdentity& identity,
                            const std::function<StepFailure()>& body) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return {errno, kNamespaceStep};
  }
  const ScopedFd ours(sockets[0]);
  const pid_t child = ForkIntoNamespaces(flags, identity);
  if (child == 0) {
    StepFailure failure = BecomeSandboxUser(identity);
    if (!failure) failure = body();
    (void)!send(sockets[1], &failure, sizeof failure, MSG_NOSIGNAL);
    _exit(0);
  }
  close(sockets[1]);
  if (child < 0) return {-child, kNamespaceStep};
  StepFailure failure{ECHILD, kNamespaceStep};  // Of a child that was killed.
  while (recv(ours.get(), &failure, sizeof failure, 0) < 0 && errno == EINTR) {
  }
  // __WALL: whoever ignores the ends of children would have it reaped, and that is as well.
  while (waitpid(child, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  return failure;
}

SandboxAbilities ProbeSandbox(FileSystem& files, const std::string& scratch) {
  // Under another number, as a rerun of somebody else's run needs it; root could do without a user
  // namespace under its own.
  SandboxIdentity self(geteuid() + 1, getegid() + 1);
  const auto attempt = [&](const char* name, int flags, const std::function<StepFailure()>& body) {
    return Ability(files, name, TryInNamespaces(flags, self, body));
  };
  SandboxAbilities abilities;
  abilities.user_namespace = attempt("user_namespace", 0, [] { return StepFailure{}; });
  // The others are then as they are for root's own runs.
  if (!abilities.user_namespace.available) self = SandboxIdentity(geteuid(), getegid());
  abilities.mounts = attempt("mounts", CLONE_NEWNS,
                             [] { return MountForNothing("tmpfs", "/", "mount anything"); });
  abilities.processes = attempt("processes", CLONE_NEWNS | CLONE_NEWPID, [] {
    return MountForNothing("proc", "/proc", "mount a /proc of its own");
  });
  abilities.network = attempt("network", CLONE_NEWNET, [] { return StepFailure{}; });
  abilities.overlay = Ability(files, "overlay", TryOverlay(files, self, scratch));
  return abilities;
}

SandboxAbility ProbeReflink(FileSystem& files, const std::string& folder) {
  SandboxAbility ability{"reflink", false, "", ""};
  const std::string probe = JoinPath(folder, "probe-" + Ulid::Generate().ToString());
  auto made = files.CreateDirectory(probe, 0700);
  if (made.ok()) made = WriteFileAtomically(files, JoinPath(probe, "from"), "content");
  if (made.ok()) made = WriteFileAtomically(files, JoinPath(probe, "to"), "");
  if (made.ok()) {
    const ScopedFd from = OpenFd(JoinPath(probe, "from").c_str(), O_RDONLY);
    const ScopedFd to = OpenFd(JoinPath(probe, "to").c_str(), O_WRONLY);
    ability.available = ioctl(to.get(), FICLONE, from.get()) == 0;
    if (!ability.available) {
      ability.reason = "copies of files take time and room (" + std::string(std::strerror(errno)) +
                       "): this file system cannot share blocks between files";
      ability.fix = "a folder on XFS or Btrfs";
    }
  } else {
    ability.reason = made.error().message;
  }
  (void)RemoveTree(files, probe);  // What stays is empty.
  return ability;
}

SandboxAdvice AdviseOnSandbox(FileSystem& files, int error_number) {
  const std::string system_reason = std::strerror(error_number);
  if (FirstLine(files, "/proc/sys/kernel/unprivileged_userns_clone") == "0" && geteuid() != 0) {
    return {"this system gives user namespaces to root alone (" + system_reason + ")",
            "sysctl -w kernel.unprivileged_userns_clone=1"};
  }
  for (const char* kind : {"user", "mnt", "pid", "ipc", "uts", "net"}) {
    const std::string name = "max_" + std::string(kind) + "_namespaces";
    if (FirstLine(files, "/proc/sys/user/" + name) == "0") {
      return {std::string("user.").append(name).append(" is 0 (").append(system_reason).append(")"),
              "sysctl -w user." + name + "=10000"};
    }
  }
  const bool is_refusal = error_number == EPERM || error_number == EACCES;
  if (is_refusal && geteuid() != 0 &&
      FirstLine(files, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1") {
    return {"AppArmor restricts user namespaces to programs with a profile for them (" +
                system_reason + ")",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for "
            "reprise that has the rule \"userns,\""};
  }
  if (!Exists(files, "/proc/self")) {
    return {"/proc is not mounted (" + system_reason + ")", "mount -t proc proc /proc"};
  }
  if (is_refusal && IsInChroot(files)) {
    return {"the kernel makes no user namespace in a chroot (" + system_reason + ")",
            geteuid() == 0
                ? "rerun a run of root's, which needs none, or enter the folder by "
                  "pivot_root(2) in place of chroot(2), as containers do"
                : "enter the folder by pivot_root(2) in place of chroot(2), as containers "
                  "do, or be root there"};
  }
  if (is_refusal && (IsInContainer(files) || IsFiltered(files))) {
    return {"the container or service that this runs in forbids it (" + system_reason + ")",
            "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined, or the like of it"};
  }
  if (error_number == ENOSPC || error_number == EUSERS) {
    return {"the limit of namespaces is reached (" + system_reason + ")",
            "sysctl -w user.max_user_namespaces=10000 (and the others in /proc/sys/user)"};
  }
  if (error_number == ENOSYS || error_number == EINVAL || error_number == ENODEV) {
    return {"this kernel or file system has no such thing (" + system_reason + ")",
            "Linux 5.12 or newer, and a folder on ext4, XFS, Btrfs or tmpfs to write in (TMPDIR)"};
  }
  return {system_reason, ""};
}

Error SandboxUnsupported(FileSystem& files, const StepFailure& failure) {
  const SandboxAdvice advice = AdviseOnSandbox(files, failure.error_number);
  std::string message =
      "cannot make a sandbox, which has to " + Printable(failure.step) + ": " + advice.reason;
  if (!advice.fix.empty()) message += "; what helps: " + advice.fix;
  return Error{ErrorCode::kUnsupported,
               message + "; --on-host does without a sandbox, in today's environment"};
}

}  // namespace reprise::tracker
