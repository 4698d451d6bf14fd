// Turns stopped calls into the trace of a run: which names it used, which it changed, and the bytes
// that were there before it changed them.
//
// A call is looked at before the kernel executes it, so that what the run is about to change is
// still there: content that the run used, or lets live on in what it makes (O_RDWR, appending,
// rename), is kept in the session's folder first, by reflink where the file system can.  What lies
// in a folder that is renamed lives on at its new place, and is only kept when it is changed there.
//
// Thread-safety: one thread at a time.

#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/trace/access.h"
#include "tracker/trace/descriptor.h"
#include "tracker/trace/name_view.h"
#include "tracker/trace/stopped_call.h"
#include "tracker/trace/tracee.h"

namespace reprise::tracker {

class Observer {
 public:
  // Makes the file of the trace in `session_folder`.  `in_sandbox`: the traced processes have a
  // root of their own, in which their paths are looked up.
  static Result<std::unique_ptr<Observer>> Create(FileSystem& files, std::string session_folder,
                                                  const std::string& tracer,
                                                  bool in_sandbox = false);

  // Answers the process that waits in a call.
  struct Waiting {
    // Asked after the process was read: what was read of one that waits no more is thrown away.
    std::function<bool()> is_still;
    // When given, lets a call go on that only looks at a name, once it is known at which.  False:
    // the process waits no more.  We look at the name while the kernel does; nobody whom we trace
    // changes it before we are done, as calls that change one wait for us.
    std::function<bool()> let_through{};
  };

  // What the call of a process that waits in it does.  Returns whether it was let through.
  bool Observe(const StoppedCall& stopped, const Waiting& waiting);

  // The command itself, which execve(2) is about to be called for.
  void ObserveExecution(const std::string& path);

  // A file that a process has in its memory.
  void ObserveMapping(const std::string& path);

  void NoteBlindSpot(const std::string& blind_spot);

  // That what comes from now on is not seen, and why: a sentence.
  void NoteFailure(const std::string& failure);

  // That the run is over, and was observed to its end.  Last.
  void NoteEnd();

 private:
  // One name as a call gives it.
  struct Named {
    std::string path;
    bool follows_last = true;
  };
  // Of a folder: whether it takes place is not known before the thread makes its next call.
  struct Move {
    pid_t thread;
    std::string from;
    std::string to;
    std::uint64_t device;
    std::uint64_t inode;
  };
  struct Call {
    CallKind kind = CallKind::kLookUp;
    std::optional<Named> first;
    std::optional<Named> second;
    std::uint64_t flags = 0;
  };

  Observer(FileSystem& files, std::string session_folder, TraceWriter writer, bool in_sandbox)
      : files_(files),
        session_folder_(std::move(session_folder)),
        writer_(std::move(writer)),
        in_sandbox_(in_sandbox) {}
  void TakeRootOf(pid_t thread);
  static bool OnlyLooks(const Call& call);
  void Connect(const Named& named);

  std::optional<Call> Decode(const Tracee& tracee, const StoppedCall& stopped);
  void DecodeAddress(const Tracee& tracee, const StoppedCall& stopped, Call& call);
  void Apply(const Call& call);
  void ApplyToFirst(const Call& call);

  void Open(const Named& named, std::uint64_t flags);
  void LookUp(const Named& named, std::uint32_t use);
  void List(const Access& folder);
  void Execute(const Named& named, int depth);
  void Make(const Named& named);
  void Remove(const Named& named);
  void Link(const Named& from, const Named& to);
  void Rename(const Named& from, const Named& to, std::uint64_t flags);
  // Takes in hand what folders were renamed, now that it can be seen; `thread` has gone on.
  void SettleMoves(pid_t thread);
  // What lies in a folder went with it.
  void MoveMadeBelow(const std::string& from, const std::string& to);
  void MoveFoundBelow(const std::string& from, const std::string& to);
  void MoveOne(const std::string& from, const std::string& to);
  void Write(const Named& named, std::uint64_t flags);

  // The access of the name that `named` leads to, made when it is the first of it.  Symlinks on the
  // way become accesses too.
  Access& Find(const Named& named);
  // Fills in what `view` saw, whose name lies at `place`.
  void Describe(NameView view, const std::string& place, Access& access) const;
  // Adds to what is known of an access, and writes it down when that is new.
  void Use(Access& access, std::uint32_t uses);
  void Change(Access& access, std::uint32_t changes);
  void ChangeAttributes(Access& access);
  // Keeps what is there before it is changed, when the run used it.
  void Keep(Access& access);
  void KeepAs(Access& access, const std::string& path);

  FileSystem& files_;
  std::string session_folder_;
  TraceWriter writer_;
  std::unordered_map<std::string, Access> accesses_;  // By path.
  // Requests that need not be looked at again, and the access that they lead to, while no name is
  // given another meaning.
  std::unordered_map<std::string, Access*> known_;
  pid_t thread_ = 0;  // Whose call is looked at.
  std::vector<Move> moves_;
  // Where files that went with a folder lie, and where they lay.
  std::unordered_map<std::string, std::string> moved_;
  RealFolders real_folders_;
  std::unordered_set<std::string> listed_;
  std::unordered_set<std::string> blind_spots_;
  std::uint64_t kept_count_ = 0;
  const bool in_sandbox_;
  Descriptor root_fd_{-1};
  RootFolder root_;
};

}  // namespace reprise::tracker
