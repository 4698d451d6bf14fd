// What a stopped call asks for, read from the process that waits in it.

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/un.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "tracker/trace/observer.h"

namespace reprise::tracker {
namespace {

bool Follows(const TracedCall& call, std::uint64_t flags) {
  switch (call.kind) {
    case CallKind::kOpen:
    case CallKind::kOpenHow:
      // O_EXCL fails at a symlink.
      return (flags & O_NOFOLLOW) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
    case CallKind::kLink:
      return (flags & AT_SYMLINK_FOLLOW) != 0;
    case CallKind::kRename:
      return false;
    default:
      return call.follows_last && (flags & AT_SYMLINK_NOFOLLOW) == 0;
  }
}

}  // namespace

std::optional<Observer::Call> Observer::Decode(const Tracee& tracee, const StoppedCall& stopped) {
  const TracedCall& traced = *stopped.call;
  Call call;
  call.kind = traced.kind;
  if (traced.flags >= 0) call.flags = stopped.arguments[traced.flags];
  if (traced.kind == CallKind::kOpenHow) {
    open_how how{};
    if (!tracee.Read(call.flags, std::as_writable_bytes(std::span(&how, 1)))) return std::nullopt;
    call.kind = CallKind::kOpen;
    call.flags = how.flags;
    if ((how.resolve & RESOLVE_IN_ROOT) != 0) NoteBlindSpot("openat2 roots");
  }
  if (traced.kind == CallKind::kConnect || traced.kind == CallKind::kSocket) {
    DecodeAddress(tracee, stopped, call);
    return call;
  }
  if (traced.blind_spot != nullptr) NoteBlindSpot(traced.blind_spot);
  const auto read = [&](PathArgument argument) -> std::optional<Named> {
    if (argument.path < 0) return std::nullopt;
    const auto path = tracee.ReadText(stopped.arguments[argument.path]);
    if (!path.has_value()) return std::nullopt;  // The kernel will not be able to read it either.
    const int folder =
        argument.folder < 0 ? AT_FDCWD : static_cast<int>(stopped.arguments[argument.folder]);
    auto absolute = tracee.AbsolutePath(folder, *path);
    if (!absolute.has_value()) return std::nullopt;
    return Named{*std::move(absolute), Follows(traced, call.flags)};
  };
  call.first = read(traced.first);
  call.second = read(traced.second);
  return call;
}

void Observer::DecodeAddress(const Tracee& tracee, const StoppedCall& stopped, Call& call) {
  const std::string_view name = stopped.call->name;
  if (name == "socket") {
    const int family = static_cast<int>(stopped.arguments[0]);
    const int type = static_cast<int>(stopped.arguments[1]) & 0xf;
    // A stream has to be connected or bound, which is seen; a datagram can just be sent.
    const bool sends = type != SOCK_STREAM && family != AF_NETLINK;
    if (sends) NoteBlindSpot("network");
    return;
  }
  const std::size_t at = name == "sendto" ? 4 : 1;
  sockaddr_un address{};
  const std::size_t size = std::min<std::size_t>(stopped.arguments[at + 1], sizeof address);
  if (!tracee.Read(stopped.arguments[at],
                   std::as_writable_bytes(std::span(&address, 1)).first(size))) {
    return;
  }
  if (address.sun_family == AF_NETLINK || address.sun_family == AF_UNSPEC) return;
  if (address.sun_family != AF_UNIX) return NoteBlindSpot("network");
  constexpr std::size_t kPath = offsetof(sockaddr_un, sun_path);
  const bool binds = name == "bind";
  if (size <= kPath || address.sun_path[0] == 0) {
    if (!binds) NoteBlindSpot("sockets");
    return;
  }
  if (binds) call.kind = CallKind::kMakeNode;
  const std::string path(address.sun_path, strnlen(address.sun_path, size - kPath));
  if (auto absolute = tracee.AbsolutePath(AT_FDCWD, path)) {
    call.first = Named{*std::move(absolute), true};
  }
}

}  // namespace reprise::tracker
