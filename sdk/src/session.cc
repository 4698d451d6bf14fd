#include "sdk/src/session.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "reprise/version.h"
#include "sdk/src/launch.h"
#include "sdk/src/recorder_link.h"
#include "sdk/src/thread_slot.h"

namespace reprise::sdk {
namespace {

// All sessions of this process and of those that it was forked from.  Only ever added to.
struct Registered {
  Session* session;
  Registered* next;
};
std::atomic<Registered*> g_sessions{nullptr};
std::atomic<std::uint32_t> g_session_count{0};

void AtExit(int exit_code, void* /*unused*/) {
  for (Registered* at = g_sessions.load(); at != nullptr; at = at->next) {
    try {
      at->session->RecordExit(exit_code);
    } catch (...) {  // No memory; the recorder sees the process end anyway.
    }
  }
}

void Register(Session* session) {
  static std::atomic<bool> hooked{false};
#if defined(__GLIBC__)
  if (!hooked.exchange(true)) on_exit(AtExit, nullptr);
#endif
  auto* entry = new Registered{session, g_sessions.load()};
  while (!g_sessions.compare_exchange_weak(entry->next, entry)) {
  }
}

// What a record of a file says that it is.
std::string_view NameOf(wire::RecordKind kind) {
  if (kind == wire::RecordKind::kEvidenceFile) return "evidence";
  return kind == wire::RecordKind::kOutput ? "output" : "input";
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 200;
  std::string out = "'";
  out += text.substr(0, kShownBytesMax);
  out += text.size() > kShownBytesMax ? "…'" : "'";
  return out;
}

// Why `folder` cannot be the inbox of a run to join; empty if it can.
std::string WhyNotInbox(const std::string& folder) {
  if (!folder.starts_with('/')) return "it is not an absolute path";
  struct stat st {};
  if (stat(folder.c_str(), &st) != 0) return std::strerror(errno);
  if (!S_ISDIR(st.st_mode)) return "it is not a folder";
  if (access(folder.c_str(), W_OK | X_OK) != 0) return std::strerror(errno);
  return {};
}

std::int64_t ToUnixNs(const timespec& time) {
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

std::string WithoutTrailingSlashes(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

}  // namespace

std::unique_ptr<Producer> Local::Acquire() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Producer> producer = std::move(idle_.back());
      idle_.pop_back();
      return producer;
    }
  }
  return std::make_unique<Producer>(Producer::Place{
      session_.folder(), session_.run_id(), static_cast<std::uint32_t>(process_.pid()),
      process_.start_ticks(), session_.ordinal(), process_.NextThread()});
}

void Local::Release(std::unique_ptr<Producer> producer) {
  const std::lock_guard lock(mutex_);
  if (!closed_) idle_.push_back(std::move(producer));
}

void Local::CloseAll() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  idle_.clear();
  params_.clear();
}

Local::Seen Local::RememberParam(std::string_view key, std::string_view given) {
  const std::lock_guard lock(mutex_);
  const auto found = params_.find(key);
  if (found != params_.end()) return found->second == given ? Seen::kSame : Seen::kOther;
  params_.emplace(key, given);
  return Seen::kNew;
}

Session::Session(const RunOptions& options, std::string folder)
    : folder_(WithoutTrailingSlashes(std::move(folder))),
      run_id_(folder_.substr(folder_.rfind('/') + 1)),
      ordinal_(g_session_count.fetch_add(1) + 1),
      wait_ms_max_(options.wait_ms_max),
      reporter_(options) {}

Session* Session::Start(const RunOptions& options) {
  Reporter reporter(options);
  const char* run_dir = std::getenv(wire::kRunDirVariable);
  const bool joined = run_dir != nullptr && *run_dir != '\0';
  std::string folder;
  if (joined) {
    folder = run_dir;
    if (const std::string reason = WhyNotInbox(folder); !reason.empty()) {
      reporter.Report(ErrorKind::kNoRecorder, "cannot join the run in " + Quoted(folder) + " ($" +
                                                  wire::kRunDirVariable + "): " + reason +
                                                  "; this process goes on untracked");
      return nullptr;
    }
  } else {
    LaunchResult launched = StartRecorder(options);
    if (launched.folder.empty()) {
      reporter.Report(ErrorKind::kNoRecorder, launched.error + "; this process goes on untracked");
      return nullptr;
    }
    folder = std::move(launched.folder);
  }
  ChoosePointClock();
  auto* session = new Session(options, std::move(folder));
  session->ReadOverrides();
  Local& local = session->local();  // Makes a segment, by which we are seen.
  if (session->IsEnded()) {
    reporter.Report(ErrorKind::kNoRecorder,
                    "cannot join the run in " + Quoted(session->folder()) +
                        ": its recorder died and it was ended; this process goes on untracked");
    session->finished_ = true;
    local.CloseAll();
    Register(session);  // It is abandoned, as are those that ended.
    return nullptr;
  }
  Register(session);
  return session;
}

bool Session::IsEnded() const {
  return access((folder_ + '/' + wire::kEndedFileName).c_str(), F_OK) == 0 ||
         access(folder_.c_str(), F_OK) != 0;
}

void Session::ReportEnded() {
  if (told_ended_.exchange(true)) return;
  reporter_.Report(ErrorKind::kNoRecorder,
                   "run " + run_id_ +
                       " has ended before this process, which reports to it: what it has reported "
                       "since is not recorded");
}

void Session::ReadOverrides() {
  const std::string path = folder_ + '/' + wire::kOverridesFileName;
  if (access(path.c_str(), F_OK) != 0) return;  // Nothing is overridden.
  const std::string file = ReadSmallFile(path, wire::kOverridesBytesMax);
  const auto unreadable = wire::ParseOverrides(file, [this](wire::Override parameter) {
    std::string key = parameter.key;
    overrides_.insert_or_assign(std::move(key), std::move(parameter));
  });
  if (!unreadable || *unreadable > 0) {
    reporter_.Report(ErrorKind::kIo,
                     "cannot read the parameters in force from " + Quoted(path) +
                         ": its format is not known; are the SDK and the reprise command of "
                         "different versions?");
  }
}

Local* Session::LocalIfAny() const {
  Local* known = local_.load(std::memory_order_acquire);
  return known != nullptr && known->process().alive() ? known : nullptr;
}

Local& Session::local() {
  for (;;) {
    Local* known = local_.load(std::memory_order_acquire);
    if (known != nullptr && known->process().alive()) return *known;
    auto fresh = std::make_unique<Local>(*this, Process::Current(), known != nullptr);
    if (!local_.compare_exchange_strong(known, fresh.get())) continue;
    Local& local = *fresh.release();  // What a child inherits is abandoned.
    Hello(local);
    if (local.forked() && IsEnded()) ReportEnded();
    return local;
  }
}

void Session::Hello(Local& own) {
  wire::HelloPayload hello{};
  hello.unix_ns = NowUnixNs();
  hello.pid = static_cast<std::uint32_t>(own.process().pid());
  hello.parent_pid = static_cast<std::uint32_t>(getppid());
  hello.process_start_ticks = own.process().start_ticks();
  hello.session = ordinal_;
  hello.forked = own.forked() ? 1 : 0;
  constexpr std::string_view kVersion = REPRISE_VERSION;
  hello.version_bytes = kVersion.size();
  // Not through the thread's slot: that may be what is waiting for this Local.
  std::unique_ptr<Producer> producer = own.Acquire();
  const int error =
      producer->AppendRecord(wire::RecordKind::kHello, 0, &hello, sizeof(hello), {kVersion});
  own.Release(std::move(producer));
  ReportAppend(error);
}

bool Session::Usable(std::string_view call) {
  if (!finished()) return true;
  if (!told_finished_.exchange(true)) {
    reporter_.Report(ErrorKind::kInvalid, std::string(call) +
                                              "() was called after finish(); neither it nor what "
                                              "follows is recorded");
  }
  return false;
}

bool Session::CheckText(std::string_view what, std::string_view text, std::size_t min,
                        std::size_t max) {
  if (text.size() >= min && text.size() <= max) return true;
  reporter_.Report(ErrorKind::kInvalid,
                   std::string(what) + ' ' + Quoted(text) + " cannot be recorded: it has " +
                       std::to_string(text.size()) + " bytes, and " + std::to_string(min) + " to " +
                       std::to_string(max) + " are possible");
  return false;
}

bool Session::ReportAppend(int error) {
  if (error == 0) return true;
  if (error == EDEADLK) {
    reporter_.Report(ErrorKind::kInvalid,
                     "a call of the SDK within another (from a signal handler?) is not recorded");
    return false;
  }
  if (!told_no_space_.exchange(true)) {
    reporter_.Report(KindOfErrno(error),
                     "cannot take space for records in " + Quoted(folder_) + ": " +
                         std::strerror(error) +
                         "; what finds no room is dropped and counted until there is some again");
  }
  return false;
}

bool Session::Append(wire::RecordKind kind, std::uint8_t flags, const void* fixed,
                     std::size_t fixed_bytes, std::initializer_list<std::string_view> texts) {
  return ReportAppend(WithProducer(*this, [&](Producer& producer) {
    return producer.AppendRecord(kind, flags, fixed, fixed_bytes, texts);
  }));
}

void Session::MetricSlowly(std::string_view key, double value, std::int64_t step) {
  if (!Usable("metric") || !CheckText("metric", key, 1, wire::kKeyBytesMax)) return;
  const int error = WithProducer(*this, [&](Producer& producer) {
    return producer.AppendPoint(key, value, step) ? 0
                                                  : producer.AppendPointSlowly(key, value, step);
  });
  // Points never use the reserve, so that one that fits means that there is space again.
  if (error == 0) told_no_space_.store(false, std::memory_order_relaxed);
  ReportAppend(error);
}

const wire::Override* Session::FindOverride(std::string_view key) const {
  const auto found = overrides_.find(key);
  return found != overrides_.end() ? &found->second : nullptr;
}

void Session::Param(wire::ParamType type, std::string_view key, std::string_view value,
                    std::string_view given, bool overridden) {
  if (!Usable("param") || !CheckText("parameter", key, 1, wire::kKeyBytesMax) ||
      !CheckText("the value of parameter " + Quoted(key) + ',', value, 0, wire::kTextBytesMax) ||
      !CheckText("the value of parameter " + Quoted(key) + ',', given, 0, wire::kTextBytesMax)) {
    return;
  }
  const Local::Seen seen = local().RememberParam(key, given);
  if (seen == Local::Seen::kSame) return;
  if (seen == Local::Seen::kOther) {
    reporter_.Report(ErrorKind::kInvalid, "parameter " + Quoted(key) + " was given again as " +
                                              Quoted(given) +
                                              "; the first value is what is recorded");
    return;
  }
  if (!overridden) given = {};
  wire::ParamPayload payload{};
  payload.unix_ns = NowUnixNs();
  payload.key_bytes = static_cast<std::uint32_t>(key.size());
  payload.value_bytes = static_cast<std::uint32_t>(value.size());
  payload.given_bytes = static_cast<std::uint32_t>(given.size());
  payload.type = static_cast<std::uint8_t>(type);
  payload.overridden = overridden ? 1 : 0;
  Append(wire::RecordKind::kParam, 0, &payload, sizeof(payload), {key, value, given});
}

bool Session::File(wire::RecordKind kind, std::string_view path, std::string_view role) {
  const bool is_input = kind == wire::RecordKind::kInput;
  const std::string_view what = NameOf(kind);
  if (!Usable(what) || !CheckText(what, path, 1, wire::kPathBytesMax / 2) ||
      !CheckText("the role of a file,", role, 0, wire::kKeyBytesMax)) {
    return false;
  }
  std::string absolute(path);
  if (!path.starts_with('/')) {
    const std::unique_ptr<char, decltype(&std::free)> here(getcwd(nullptr, 0), &std::free);
    if (here != nullptr) absolute = std::string(here.get()) + '/' + absolute;
  }
  struct stat st {};
  int error = 0;
  if (path.find('\0') != std::string_view::npos) {
    error = EINVAL;
  } else if (absolute.size() > wire::kPathBytesMax) {
    error = ENAMETOOLONG;
  } else if (stat(absolute.c_str(), &st) != 0) {
    error = errno;
  }
  if (error != 0) {
    reporter_.Report(ErrorKind::kIo, "cannot record the " + std::string(what) + ' ' + Quoted(path) +
                                         ": " + std::strerror(error) +
                                         "; it is not part of the run");
    return false;
  }
  wire::FilePayload payload{};
  payload.unix_ns = NowUnixNs();
  payload.device = st.st_dev;
  payload.inode = st.st_ino;
  payload.size_bytes = static_cast<std::uint64_t>(st.st_size);
  payload.mtime_unix_ns = ToUnixNs(st.st_mtim);
  payload.ctime_unix_ns = ToUnixNs(st.st_ctim);
  payload.mode = st.st_mode;
  payload.path_bytes = static_cast<std::uint32_t>(absolute.size());
  payload.role_bytes = static_cast<std::uint32_t>(role.size());
  if (!Append(kind, 0, &payload, sizeof(payload), {absolute, role})) return false;
  if (is_input || wait_ms_max_ == 0) return true;
  return Sync(wire::MessageKind::kSync, "the " + std::string(what) + ' ' + Quoted(path));
}

bool Session::Evidence(std::string_view kind, std::string_view path_or_json) {
  const std::size_t start = path_or_json.find_first_not_of(" \t\r\n");
  const bool is_json = start != std::string_view::npos && path_or_json[start] == '{';
  if (!is_json) return EvidenceFile(kind, path_or_json);
  if (!Usable("evidence") || !CheckText("the kind of evidence,", kind, 1, wire::kKeyBytesMax) ||
      !CheckText("the evidence", path_or_json, 1, wire::kTextBytesMax)) {
    return false;
  }
  const wire::EvidenceTextPayload payload{NowUnixNs(), static_cast<std::uint32_t>(kind.size()),
                                          static_cast<std::uint32_t>(path_or_json.size())};
  const bool is_kept =
      Append(wire::RecordKind::kEvidenceText, 0, &payload, sizeof(payload), {kind, path_or_json});
  if (!is_kept || wait_ms_max_ == 0) return is_kept;
  return Sync(wire::MessageKind::kSync, "evidence of the kind " + Quoted(kind));
}

bool Session::EvidenceFile(std::string_view kind, std::string_view path) {
  if (!CheckText("the kind of evidence,", kind, 1, wire::kKeyBytesMax)) return false;
  return File(wire::RecordKind::kEvidenceFile, path, kind);
}

bool Session::Log(std::string_view text, LogLevel level) {
  if (!Usable("log")) return false;
  bool done = true;
  do {
    const std::string_view piece = text.substr(0, wire::kTextBytesMax);
    text.remove_prefix(piece.size());
    const wire::LogPayload payload{NowUnixNs(), static_cast<std::uint32_t>(level),
                                   static_cast<std::uint32_t>(piece.size())};
    const std::uint8_t flags = text.empty() ? 0 : wire::kLogContinues;
    done = Append(wire::RecordKind::kLog, flags, &payload, sizeof(payload), {piece}) && done;
  } while (!text.empty());
  return done;
}

bool Session::Tag(std::string_view key, std::string_view value) {
  if (!Usable("tag") || !CheckText("tag", key, 1, wire::kKeyBytesMax) ||
      !CheckText("the value of tag " + Quoted(key) + ',', value, 0, wire::kTextBytesMax)) {
    return false;
  }
  const wire::TagPayload payload{NowUnixNs(), static_cast<std::uint32_t>(key.size()),
                                 static_cast<std::uint32_t>(value.size())};
  return Append(wire::RecordKind::kTag, 0, &payload, sizeof(payload), {key, value});
}

bool Session::Note(std::string_view text) {
  if (!Usable("note") || !CheckText("note", text, 1, wire::kTextBytesMax)) return false;
  const wire::NotePayload payload{NowUnixNs(), static_cast<std::uint32_t>(text.size()), 0};
  return Append(wire::RecordKind::kNote, 0, &payload, sizeof(payload), {text});
}

bool Session::Derive(std::string_view column, std::span<const std::string_view> sources) {
  if (!Usable("derive") || !CheckText("column", column, 1, wire::kKeyBytesMax)) return false;
  std::string names;
  for (const std::string_view source : sources) {
    if (!CheckText("column", source, 1, wire::kKeyBytesMax)) return false;
    names.append(source);
    names += '\0';
  }
  if (!CheckText("the columns that " + Quoted(column) + " is derived from,", names, 1,
                 wire::kTextBytesMax)) {
    return false;
  }
  if (column.find('\0') != std::string_view::npos ||
      std::count(names.begin(), names.end(), '\0') != static_cast<std::ptrdiff_t>(sources.size())) {
    reporter_.Report(ErrorKind::kInvalid, "a column's name with a zero byte cannot be recorded");
    return false;
  }
  const wire::DerivePayload payload{NowUnixNs(), static_cast<std::uint32_t>(column.size()),
                                    static_cast<std::uint32_t>(names.size())};
  return Append(wire::RecordKind::kDerive, 0, &payload, sizeof(payload), {column, names});
}

bool Session::Sync(wire::MessageKind kind, std::string_view waiting_for) {
  SyncRequest request;
  request.folder = folder_;
  request.message.kind = static_cast<std::uint16_t>(kind);
  request.message.pid = static_cast<std::uint32_t>(local().process().pid());
  request.message.session = ordinal_;
  request.wait_ms_max = wait_ms_max_;
  const SyncReply reply = SyncWithRecorder(request);
  if (reply.result == SyncResult::kLost && IsEnded()) {
    ReportEnded();
    return false;
  }
  switch (reply.result) {
    case SyncResult::kStored:
      return true;
    case SyncResult::kFailed:
      reporter_.Report(ErrorKind::kIo, "the recorder could not store " + std::string(waiting_for) +
                                           ": " + reply.text);
      return false;
    case SyncResult::kLost:
      reporter_.Report(ErrorKind::kRecorderLost, "no recorder is there to store " +
                                                     std::string(waiting_for) + " (" + reply.text +
                                                     "); what was recorded is kept in " +
                                                     Quoted(folder_) + " until one adopts it");
      break;
    case SyncResult::kTimedOut:
      reporter_.Report(ErrorKind::kRecorderLost,
                       "the recorder did not confirm " + std::string(waiting_for) + " within " +
                           std::to_string(wait_ms_max_) +
                           " ms; it is stored later, if it does not change before");
      break;
  }
  return !reporter_.strict();
}

void Session::RecordMappedFiles() {
  for (const MappedFile& file : MappedExecutableFiles()) {
    if (file.path.size() > wire::kPathBytesMax) continue;
    wire::MappedFilePayload payload{};
    payload.unix_ns = NowUnixNs();
    payload.device = file.device;
    payload.inode = file.inode;
    payload.path_bytes = static_cast<std::uint32_t>(file.path.size());
    payload.deleted = file.deleted ? 1 : 0;
    Append(wire::RecordKind::kMappedFile, 0, &payload, sizeof(payload), {file.path});
  }
}

bool Session::Finish(RunStatus status) {
  if (finished_.exchange(true)) return finished_ok_;
  Local* own = LocalIfAny();
  if (own == nullptr) return finished_ok_ = ok();  // A child that recorded nothing.
  RecordMappedFiles();
  wire::FinishPayload payload{};
  payload.unix_ns = NowUnixNs();
  payload.session = ordinal_;
  payload.status = static_cast<std::uint8_t>(status);
  payload.forked = own->forked() ? 1 : 0;
  Append(wire::RecordKind::kFinish, 0, &payload, sizeof(payload), {});
  const bool stored = Sync(wire::MessageKind::kFinish, "the run");
  DropProducersOfThread(*this);
  own->CloseAll();
  reporter_.ReportSuppressed();
  return finished_ok_ = stored && ok();
}

void Session::RecordExit(int exit_code) {
  if (finished() || LocalIfAny() == nullptr) return;
  if (IsEnded()) return ReportEnded();
  RecordMappedFiles();
  const wire::ExitPayload payload{NowUnixNs(), ordinal_, exit_code};
  Append(wire::RecordKind::kExit, 0, &payload, sizeof(payload), {});
}

}  // namespace reprise::sdk
