// The system calls that name files, or tell that a run used what a trace of files cannot see.
//
// One table serves the filter, which stops a process at these calls, and the decoder, which reads
// what such a call names.  What is not in the table runs at native speed and is not seen: it works
// on descriptors that a call of this table gave.  docs/formats/trace.md lists the table.
//
// Thread-safety: constant data.

#pragma once

#include <span>

namespace reprise::tracker {

// What a call does with the name in its first path argument, or with both.
enum class CallKind {
  kOpen,     // By flags: reads, writes, creates, truncates or lists.
  kOpenHow,  // The same, with the flags in a struct open_how (openat2).
  kCreate,   // creat(2).
  kLookUp,   // Asks for attributes.
  kReadLink,
  kExecute,
  kEnter,  // Becomes the working directory.
  kMakeFolder,
  kMakeNode,  // A FIFO, socket, device or empty file.
  kMakeLink,  // Symbolic: only the second name is of the file system.
  kLink,      // Hard: both names.
  kRename,    // Both names.
  kRemove,
  kTruncate,
  kAttribute,  // Changes mode, owner, times or extended attributes.
  kConnect,    // A socket address: a path or a network peer.
  kSocket,     // Of another family than AF_UNIX.
  kOutside,    // Leaves what a trace can follow: see TracedCall::blind_spot.
};

// Which arguments of a call, counted from 0, make up a name.
struct PathArgument {
  int folder = -1;  // The descriptor that a relative path starts from; -1: the working directory.
  int path = -1;    // -1: the call has no such name.
};

struct TracedCall {
  const char* name;  // As the kernel spells it.
  CallKind kind;
  PathArgument first;
  PathArgument second;
  int flags = -1;            // The argument with O_* or AT_* flags; -1: none.
  bool follows_last = true;  // Unless the flags say otherwise: the last symlink is followed.
  int refused_with = 0;      // The errno that the call is answered with; 0: it is let through.
  const char* blind_spot = nullptr;  // kOutside and kSocket: what the run's record then says.
  bool only_by_ptrace = false;       // Of interest only to a tracer that uses ptrace(2).
};

std::span<const TracedCall> TracedCalls();

}  // namespace reprise::tracker
