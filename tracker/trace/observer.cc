#include "tracker/trace/observer.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "lineage/capture/elf.h"
#include "storage/base/log.h"

namespace reprise::tracker {
namespace {

constexpr int kInterpretersMax = 5;  // As the kernel: of scripts that are interpreters of scripts.
constexpr std::size_t kScriptLineBytesMax = 256;

// "#!/usr/bin/env -S python3" in the head of a file: "/usr/bin/env".
std::optional<std::string> ScriptInterpreter(std::string_view head) {
  if (!head.starts_with("#!")) return std::nullopt;
  head = head.substr(2, head.find('\n') - 2);
  const std::size_t begin = head.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  return std::string(head.substr(begin, head.find_first_of(" \t", begin) - begin));
}

// What the kernel opens by itself to execute the file at `path`.
std::optional<std::string> Interpreter(FileSystem& files, const std::string& path) {
  const auto file = files.Open(path, OpenMode::kRead);
  if (!file.ok()) return std::nullopt;
  std::array<char, kScriptLineBytesMax> head;
  const auto count = (*file)->ReadAt(0, std::as_writable_bytes(std::span(head)));
  if (!count.ok()) return std::nullopt;
  const std::string_view text(head.data(), *count);
  if (auto script = ScriptInterpreter(text)) return script;
  auto object = capture::ParseElf(**file);
  if (!object.ok()) return std::nullopt;
  return std::move(object->interpreter);
}

}  // namespace

Result<std::unique_ptr<Observer>> Observer::Create(FileSystem& files, std::string session_folder,
                                                   const std::string& tracer, bool in_sandbox) {
  REPRISE_ASSIGN_OR_RETURN(TraceWriter writer, TraceWriter::Create(files, session_folder));
  writer.WriteTracer(tracer);
  return std::unique_ptr<Observer>(
      new Observer(files, std::move(session_folder), std::move(writer), in_sandbox));
}

bool Observer::Observe(const StoppedCall& stopped, const Waiting& waiting) {
  if (stopped.call == nullptr || stopped.thread == 0) {
    NoteBlindSpot(stopped.call == nullptr ? "unknown calls" : "process namespaces");
    return false;
  }
  if (in_sandbox_ && root_.empty()) TakeRootOf(stopped.thread);
  thread_ = stopped.thread;
  if (!moves_.empty()) SettleMoves(thread_);
  const auto call = Decode(Tracee(stopped.thread), stopped);
  if (!call.has_value()) return false;
  if (waiting.let_through && OnlyLooks(*call)) {
    if (waiting.let_through()) Apply(*call);
    return true;
  }
  if (waiting.is_still()) Apply(*call);
  return false;
}

bool Observer::OnlyLooks(const Call& call) {
  // What the kernel says of a process is gone with it.
  if (!call.first.has_value() || call.first->path.starts_with("/proc/")) return false;
  constexpr std::uint64_t kMayChange = O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE;
  return call.kind == CallKind::kLookUp || call.kind == CallKind::kReadLink ||
         (call.kind == CallKind::kOpen && (call.flags & (kMayChange & ~O_DIRECTORY)) == O_RDONLY);
}

// Held open: the process may be gone before the others that live in its root.
void Observer::TakeRootOf(pid_t thread) {
  root_fd_ = OpenRootOf(thread);
  if (root_fd_.get() < 0) return NoteBlindSpot("process namespaces");
  root_ = "/proc/self/fd/" + std::to_string(root_fd_.get());
}

void Observer::ObserveExecution(const std::string& path) { Execute({path, true}, 0); }

void Observer::ObserveMapping(const std::string& path) { LookUp({path, true}, kUseRead); }

void Observer::NoteFailure(const std::string& failure) {
  SettleMoves(0);
  writer_.WriteFailure(failure);
}

void Observer::NoteEnd() {
  SettleMoves(0);
  writer_.WriteEnd();
}

void Observer::NoteBlindSpot(const std::string& blind_spot) {
  if (blind_spots_.insert(blind_spot).second) writer_.WriteBlindSpot(blind_spot);
}

void Observer::Apply(const Call& call) {
  switch (call.kind) {
    case CallKind::kLink:
    case CallKind::kRename:
      if (!call.first.has_value() || !call.second.has_value()) return;
      return call.kind == CallKind::kLink ? Link(*call.first, *call.second)
                                          : Rename(*call.first, *call.second, call.flags);
    case CallKind::kMakeLink:
      if (call.second.has_value()) Make(*call.second);
      real_folders_.clear();
      return;
    default:
      if (call.first.has_value()) ApplyToFirst(call);
  }
}

void Observer::ApplyToFirst(const Call& call) {
  const Named& named = *call.first;
  switch (call.kind) {
    case CallKind::kOpen:
      return Open(named, call.flags);
    case CallKind::kCreate:
      return Open(named, O_CREAT | O_WRONLY | O_TRUNC);
    case CallKind::kLookUp:
    case CallKind::kReadLink:
    case CallKind::kEnter:
      return LookUp(named, kUseLookedUp);
    case CallKind::kExecute:
      return Execute(named, 0);
    case CallKind::kMakeFolder:
    case CallKind::kMakeNode:
      return Make(named);
    case CallKind::kRemove:
      return Remove(named);
    case CallKind::kTruncate:
      return Write(named, O_RDWR);
    case CallKind::kAttribute:
      return ChangeAttributes(Find(named));
    case CallKind::kConnect:
      return Connect(named);
    default:
      return;
  }
}

void Observer::Connect(const Named& named) {
  const Access& socket = Find(named);
  if (socket.state != NameState::kOther) return;
  // One that the run made is answered by the run, and that of its recorder tells it nothing.
  const bool is_known =
      (socket.changes & kChangeMade) != 0 || ParentPath(socket.path) == session_folder_;
  if (!is_known) NoteBlindSpot("sockets");
}

void Observer::Open(const Named& named, std::uint64_t flags) {
  if ((flags & O_PATH) != 0) return LookUp(named, kUseLookedUp);
  if ((flags & O_TMPFILE) == O_TMPFILE) return;  // A file without a name.
  if ((flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0) {
    return Write(named, flags);
  }
  LookUp(named, kUseRead);
}

void Observer::LookUp(const Named& named, std::uint32_t use) {
  const std::string key = named.follows_last ? named.path : named.path + '\0';
  const auto known = known_.find(key);
  Access& access = known != known_.end() ? *known->second : Find(named);
  if (use == kUseRead && access.state == NameState::kFolder) {
    List(access);
    use = kUseListed;
  }
  Use(access, use);
  // What is missing may be there the next time.
  if (access.state != NameState::kMissing && (access.changes & kContentChanged) == 0) {
    known_.emplace(key, &access);
  }
}

void Observer::List(const Access& folder) {
  if (folder.changes != 0 || !listed_.insert(folder.path).second) return;
  writer_.WriteListing(folder.path, ListNames(root_, folder.path));
}

void Observer::Execute(const Named& named, int depth) {
  Access& access = Find(named);
  if (access.state != NameState::kFile || (access.uses & kUseExecuted) != 0) {
    return Use(access, kUseLookedUp);
  }
  Use(access, kUseExecuted | kUseRead);
  const auto interpreter = Interpreter(files_, root_ + access.path);
  if (interpreter.has_value() && interpreter->starts_with('/') && depth < kInterpretersMax) {
    Execute({*interpreter, true}, depth + 1);
  }
}

void Observer::Make(const Named& named) {
  known_.clear();
  Access& access = Find(named);
  if (access.state == NameState::kMissing) return Change(access, kChangeMade);
  Use(access, kUseLookedUp);  // The call fails, which tells the run that it is there.
}

void Observer::Remove(const Named& named) {
  known_.clear();
  Access& access = Find(named);
  if (access.state == NameState::kMissing && access.changes == 0) {
    return Use(access, kUseLookedUp);
  }
  Use(access, kUseLookedUp);  // That it succeeds tells the run that it was there.
  Keep(access);
  Change(access, kChangeRemoved);
}

void Observer::Link(const Named& from, const Named& to) {
  known_.clear();
  Access& source = Find(from);
  Use(source, kUseRead);
  // Which gives it another change time.
  if (source.state == NameState::kFile) ChangeAttributes(source);
  Make({to.path, false});
}

void Observer::Rename(const Named& from, const Named& to, std::uint64_t flags) {
  known_.clear();
  Access& source = Find(from);
  Access& target = Find({to.path, false});
  real_folders_.clear();
  if (source.state == NameState::kMissing && source.changes == 0) {
    return Use(source, kUseLookedUp);
  }
  const bool target_is_there = LookAt(root_, target.path, false).state != NameState::kMissing;
  if ((flags & RENAME_NOREPLACE) != 0 && target_is_there) return Use(target, kUseLookedUp);
  const bool exchanges = (flags & RENAME_EXCHANGE) != 0;
  const auto is_found_folder = [](const Access& access) {
    return access.state == NameState::kFolder && (access.changes & kContentChanged) == 0;
  };
  if (exchanges && (is_found_folder(source) || is_found_folder(target))) {
    NoteBlindSpot("moved folders");
  } else if (const NameView now = LookAt(root_, source.path, false);
             now.state == NameState::kFolder && !exchanges) {
    moves_.push_back({thread_, source.path, target.path, now.stat.device, now.stat.inode});
    return Use(source, kUseLookedUp);
  }
  // The content of a file lives on under the other name.
  Use(source, source.state == NameState::kFile ? kUseRead : kUseLookedUp);
  Keep(source);
  if (exchanges) Use(target, target.state == NameState::kFile ? kUseRead : kUseLookedUp);
  Keep(target);
  Change(source, exchanges ? kChangeWritten : kChangeRemoved);
  Change(target, target.state == NameState::kMissing ? kChangeMade : kChangeWritten);
}

void Observer::Write(const Named& named, std::uint64_t flags) {
  Access& access = Find(named);
  if (access.state == NameState::kMissing) {
    const bool is_new = (access.changes & kContentChanged) == 0;
    if (is_new && (flags & O_CREAT) == 0) return Use(access, kUseLookedUp);
    if (is_new) known_.clear();
    Keep(access);
    return Change(access, kChangeMade);
  }
  if (access.state != NameState::kFile) return Use(access, kUseLookedUp);
  constexpr std::uint64_t kMakesAnew = O_CREAT | O_EXCL;
  if ((flags & kMakesAnew) == kMakesAnew && (access.changes & kChangeRemoved) == 0) {
    return Use(access, kUseLookedUp);  // It fails.
  }
  // Without O_TRUNC old content lives on in what is written; without O_CREAT there must be some.
  if ((flags & O_TRUNC) == 0) Use(access, kUseRead);
  if ((flags & O_CREAT) == 0) Use(access, kUseLookedUp);
  if ((flags & O_ACCMODE) == O_RDONLY && (flags & O_TRUNC) == 0) return;
  Keep(access);
  Change(access, kChangeWritten);
}

Access& Observer::Find(const Named& named) {
  NameView view = LookAt(root_, named.path, named.follows_last, &real_folders_);
  for (auto& [path, target] : view.links) {
    Access& link = accesses_[path];
    if (link.path.empty()) {
      link = {.path = path, .state = NameState::kSymlink, .target = std::move(target)};
    }
    Use(link, kUseLookedUp);
  }
  Access& access = accesses_[view.path];
  if (access.path.empty()) {
    const std::string place = root_ + view.path;
    Describe(std::move(view), place, access);
  }
  return access;
}

void Observer::Describe(NameView view, const std::string& place, Access& access) const {
  access.path = std::move(view.path);
  access.state = view.state;
  access.stat = view.stat;
  if (access.state == NameState::kSymlink) access.target = files_.ReadLink(place).value_or("");
}

void Observer::Use(Access& access, std::uint32_t uses) {
  // Of what the run made itself nothing needs to be known.
  if ((access.changes & kContentChanged) != 0 || (access.uses & uses) == uses) return;
  access.uses |= uses;
  writer_.WriteAccess(access);
}

void Observer::Change(Access& access, std::uint32_t changes) {
  if ((access.changes & changes) == changes) return;
  access.changes |= changes;
  writer_.WriteAccess(access);
}

void Observer::ChangeAttributes(Access& access) {
  Change(access, kChangeAttributes);
  const auto moved = moved_.find(access.path);
  if (moved != moved_.end()) Change(accesses_[moved->second], kChangeAttributes);
}

void Observer::Keep(Access& access) {
  if (const auto moved = moved_.find(access.path); moved != moved_.end()) {
    Access& origin = accesses_[moved->second];
    moved_.erase(moved);
    origin.moved_to.clear();
    KeepAs(origin, access.path);
    writer_.WriteAccess(origin);
  }
  // What the kernel says there is no content, and cannot be copied.
  if (access.path.starts_with("/proc/") || access.path.starts_with("/sys/")) return;
  constexpr std::uint32_t kUsesOfContent = kUseRead | kUseExecuted;
  if (access.state != NameState::kFile || (access.uses & kUsesOfContent) == 0 ||
      (access.changes & kContentChanged) != 0 || !access.kept.empty() || access.lost) {
    return;
  }
  KeepAs(access, access.path);
}

// Keeps what lies at `path` now as what `access` was.
void Observer::KeepAs(Access& access, const std::string& path) {
  std::string name = "kept." + std::to_string(++kept_count_);
  const auto copied = files_.CopyFile(root_ + path, JoinPath(session_folder_, name), 0600);
  if (copied.ok()) {
    access.kept = std::move(name);
    return;
  }
  LogWarning(copied.error().message);
  access.lost = true;
}

}  // namespace reprise::tracker
