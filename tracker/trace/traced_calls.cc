#include "tracker/trace/traced_calls.h"

#include <cerrno>

namespace reprise::tracker {
namespace {

using enum CallKind;

constexpr PathArgument kNone{};
constexpr PathArgument kFirst{.path = 0};
constexpr PathArgument kSecond{.path = 1};
constexpr PathArgument kAt{.folder = 0, .path = 1};
constexpr PathArgument kSecondAt{.folder = 2, .path = 3};

constexpr TracedCall Plain(const char* name, CallKind kind, bool follows_last = true) {
  return {.name = name, .kind = kind, .first = kFirst, .follows_last = follows_last};
}

constexpr TracedCall At(const char* name, CallKind kind, int flags, bool follows_last = true) {
  return {.name = name, .kind = kind, .first = kAt, .flags = flags, .follows_last = follows_last};
}

constexpr TracedCall Two(const char* name, CallKind kind, PathArgument first, PathArgument second,
                         int flags = -1) {
  return {.name = name,
          .kind = kind,
          .first = first,
          .second = second,
          .flags = flags,
          .follows_last = false};
}

constexpr TracedCall Outside(const char* name, const char* blind_spot, int refused_with = 0) {
  return {.name = name, .kind = kOutside, .refused_with = refused_with, .blind_spot = blind_spot};
}

constexpr const char* kNamespaces = "namespaces";
constexpr const char* kNetwork = "network";

constexpr TracedCall kCalls[] = {
    {.name = "open", .kind = kOpen, .first = kFirst, .flags = 1},
    At("openat", kOpen, 2),
    At("openat2", kOpenHow, 2),
    Plain("creat", kCreate),

    Plain("stat", kLookUp),
    Plain("stat64", kLookUp),
    Plain("lstat", kLookUp, false),
    Plain("lstat64", kLookUp, false),
    At("newfstatat", kLookUp, 3),
    At("fstatat64", kLookUp, 3),
    At("statx", kLookUp, 2),
    Plain("access", kLookUp),
    At("faccessat", kLookUp, -1),
    At("faccessat2", kLookUp, 3),
    Plain("statfs", kLookUp),
    Plain("statfs64", kLookUp),
    Plain("getxattr", kLookUp),
    Plain("lgetxattr", kLookUp, false),
    Plain("listxattr", kLookUp),
    Plain("llistxattr", kLookUp, false),
    At("name_to_handle_at", kLookUp, 4, false),
    {.name = "inotify_add_watch", .kind = kLookUp, .first = kSecond},
    Plain("readlink", kReadLink, false),
    At("readlinkat", kReadLink, -1, false),

    Plain("execve", kExecute),
    At("execveat", kExecute, 4),
    Plain("uselib", kExecute),
    Plain("chdir", kEnter),

    Plain("mkdir", kMakeFolder, false),
    At("mkdirat", kMakeFolder, -1, false),
    Plain("mknod", kMakeNode, false),
    At("mknodat", kMakeNode, -1, false),
    Two("symlink", kMakeLink, kNone, kSecond),
    Two("symlinkat", kMakeLink, kNone, {.folder = 1, .path = 2}),
    Two("link", kLink, kFirst, kSecond),
    Two("linkat", kLink, kAt, kSecondAt, 4),
    Two("rename", kRename, kFirst, kSecond),
    Two("renameat", kRename, kAt, kSecondAt),
    Two("renameat2", kRename, kAt, kSecondAt, 4),
    Plain("unlink", kRemove, false),
    At("unlinkat", kRemove, -1, false),
    Plain("rmdir", kRemove, false),
    Plain("truncate", kTruncate),
    Plain("truncate64", kTruncate),

    Plain("chmod", kAttribute),
    At("fchmodat", kAttribute, -1),
    At("fchmodat2", kAttribute, 3),
    Plain("chown", kAttribute),
    Plain("chown32", kAttribute),
    Plain("lchown", kAttribute, false),
    Plain("lchown32", kAttribute, false),
    At("fchownat", kAttribute, 4),
    Plain("utime", kAttribute),
    Plain("utimes", kAttribute),
    At("futimesat", kAttribute, -1),
    At("utimensat", kAttribute, 3),
    At("utimensat_time64", kAttribute, 3),
    Plain("setxattr", kAttribute),
    Plain("lsetxattr", kAttribute, false),
    Plain("removexattr", kAttribute),
    Plain("lremovexattr", kAttribute, false),

    {.name = "connect", .kind = kConnect},
    {.name = "bind", .kind = kConnect},
    {.name = "sendto", .kind = kConnect},
    {.name = "socket", .kind = kSocket, .blind_spot = kNetwork},
    Outside("socketcall", kNetwork),  // All of them in one, on 32-bit x86.

    // Programs fall back to calls that can be seen.
    Outside("io_uring_setup", "io_uring", ENOSYS),
    // As the kernel does itself below a listener; without one a second listener would take the
    // calls that a tracer by ptrace(2) is to see.
    Outside("seccomp", "seccomp", EBUSY),
    Outside("open_by_handle_at", "file handles"),
    Outside("open_tree", "mounts"),
    Outside("move_mount", "mounts"),
    Outside("fsopen", "mounts"),
    Outside("mount", "mounts"),
    Outside("umount2", "mounts"),
    Outside("chroot", kNamespaces),
    Outside("pivot_root", kNamespaces),
    Outside("unshare", kNamespaces),
    Outside("setns", kNamespaces),

    // The kernel refuses it: nobody has two tracers.
    {.name = "ptrace", .kind = kOutside, .blind_spot = "ptrace", .only_by_ptrace = true},
    // With CLONE_UNTRACED, which is taken away.
    {.name = "clone", .kind = kOutside, .only_by_ptrace = true},
};

}  // namespace

std::span<const TracedCall> TracedCalls() { return kCalls; }

}  // namespace reprise::tracker
