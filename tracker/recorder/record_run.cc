#include "tracker/recorder/record_run.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "tracker/leased_store.h"
#include "tracker/recorder/artifact_capture.h"
#include "tracker/recorder/command_signals.h"
#include "tracker/recorder/keeper.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/sdk_hub.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/standard_input.h"
#include "tracker/recorder/start_capture.h"
#include "tracker/recorder/start_message.h"
#include "tracker/recorder/watched_process.h"
#include "tracker/run_names.h"
#include "tracker/sandbox/sandbox_files.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

namespace chrono = std::chrono;

constexpr int kDrainIntervalMs = 200;
constexpr auto kSyncInterval = chrono::seconds(1);  // What a power cut may take from a live run.
// How long the store stays open after the command has started: one that ends sooner is spared a
// second opening.
constexpr auto kLeaseKept = chrono::milliseconds(20);

// Records one run.
class RunRecorder {
 public:
  RunRecorder(FileSystem& files, const RunRequest& request, const StoreOptions& store_options)
      : files_(files),
        request_(request),
        notify_(store_options.notify),
        lease_(files, request.store_folder, store_options, kAskWaitMsMax),
        id_(Ulid::Generate()),
        environment_(CommandEnvironment(request, id_)) {}

  Result<RunOutcome> Record() {
    REPRISE_TRY(Begin());
    auto recorded = RecordBegun();
    if (recorded.ok()) return recorded;
    if (!command_started_) {
      Abandon();
      return recorded;
    }
    RunOutcome outcome = StartedOutcome();
    outcome.record_failure = recorded.error().message;
    return outcome;
  }

 private:
  std::string cache_folder() const { return StorePaths(request_.store_folder).cache(); }

  Result<void> Begin() {
    const auto take_name = [&](v1::SessionStarted& started) -> Result<void> {
      REPRISE_ASSIGN_OR_RETURN(name_,
                               TakeRunName(files_, request_.store_folder, request_.name, id_));
      started.set_name(name_);
      return {};
    };
    REPRISE_ASSIGN_OR_RETURN(session_,
                             Session::Create(files_, request_.store_folder, id_,
                                             StartMessage(request_, environment_), take_name));
    return {};
  }

  void Abandon() {
    // A keeper that is still beginning would make files in the folder that we remove.
    if (keeper_ != nullptr) keeper_->Cancel();
    (void)session_->Abandon();  // The first failure is the one to report.
  }

  Result<RunOutcome> RecordBegun() {
    KeeperRequest kept;
    kept.arguments = StartedArguments(request_);
    kept.environment = environment_;
    kept.working_directory = request_.working_directory;
    kept.session_folder = session_->folder();
    kept.stdin_is_null = request_.stdin_is_null;
    kept.stdout_to_stderr = request_.stdout_to_stderr;
    kept.traced = request_.capture_level != "declared";
    kept.successor = {"reprise",      "recorder", "--finish",
                      id_.ToString(), "--store",  request_.store_folder};
    REPRISE_TRY(PrepareSandbox());
    kept.sandbox = sandbox_.get();
    // Before anything here starts a thread, and with the signal mask that the command is to
    // inherit.
    REPRISE_ASSIGN_OR_RETURN(keeper_, Keeper::Start(files_, std::move(kept)));
    lease_.OpenSoon();
    REPRISE_TRY(CaptureBefore());
    WarnOfDamage();
    REPRISE_ASSIGN_OR_RETURN(
        hub_, SdkHub::Open(files_, *session_, StartedParams(request_), StartedTexts(request_),
                           Importing(), sandbox_files_.get()));
    // From here signals are the command's; until here they were the caller's.
    signals_.emplace();
    if (request_.stop && request_.stop()) {
      return Error{ErrorCode::kInterrupted, "interrupted before the command was started"};
    }
    if (!request_.stdin_is_null) input_.emplace(STDIN_FILENO);
    REPRISE_TRY(NoteStandardInput());
    keeper_->Go();
    if (const auto failure = AwaitStart()) return NotStarted(*failure);
    if (!keeper_died_ || command_.has_value()) REPRISE_TRY(Watch());
    return Seal();
  }

  Result<void> PrepareSandbox() {
    if (!request_.sandbox.has_value()) return {};
    SandboxSpec spec = *request_.sandbox;
    // The SDK writes there.
    spec.binds.push_back(
        {.source = session_->folder(), .target = session_->folder(), .shared = true});
    REPRISE_ASSIGN_OR_RETURN(sandbox_, Sandbox::Prepare(files_, std::move(spec)));
    sandbox_files_ = std::make_unique<SandboxFiles>(files_, *sandbox_);
    return {};
  }

  // Once, and as soon as it is known: a recorder that dies must have said it.
  Result<void> NoteStandardInput() {
    if (!input_.has_value()) return {};
    input_->Look();
    if (!input_->gives()) return {};
    input_.reset();
    v1::Frame frame;
    frame.mutable_observed()->add_warnings(std::string(kStandardInputWarning));
    return session_->Append(frame);
  }

  // What kept the command from starting, if anything did.
  std::optional<KeeperEvent> AwaitStart() {
    KeeperEvent event = keeper_->Next();
    if (event.kind == KeeperEvent::Kind::kStarting) {
      if (auto command = WatchedProcess::Open(files_, event.command); command.ok()) {
        command_.emplace(*std::move(command));
      }
      event = keeper_->Next();
      keeper_died_ = event.kind == KeeperEvent::Kind::kGone;
    }
    command_started_ = keeper_died_ || event.kind == KeeperEvent::Kind::kStarted;
    if (command_started_) return std::nullopt;
    command_.reset();
    return event;
  }

  storage::ImportOptions Importing() {
    storage::ImportOptions importing;
    // What a sandbox has at a path says nothing of the file that lies there on this machine.
    if (sandbox_ == nullptr) importing.cache_folder = cache_folder();
    importing.presence = &lease_;
    return importing;
  }

  // Of a rerun, which is made of what is stored; other data is stored now.
  Result<void> NoteKnownStart(const KnownStart& known) {
    v1::CodeCaptured captured = *known.captured;
    REPRISE_ASSIGN_OR_RETURN(auto writer, session_->NewWriter(&lease_));
    for (v1::Artifact& input : *captured.mutable_inputs()) {
      const auto replaced = known.replaced_inputs.find(input.path());
      if (replaced == known.replaced_inputs.end()) continue;
      storage::ImportOptions importing = Importing();
      importing.cache_folder = cache_folder();  // It lies on this machine.
      REPRISE_ASSIGN_OR_RETURN(
          CapturedArtifact stored,
          StoreArtifact(files_, replaced->second, input.role(), *writer, importing));
      stored.artifact.set_path(input.path());
      for (const std::string& warning : stored.warnings) captured.add_warnings(warning);
      input = std::move(stored.artifact);
    }
    REPRISE_TRY(session_->FinishWriter(std::move(writer)));
    return AppendStart(std::move(captured), *session_);
  }

  Result<void> CaptureBefore() {
    if (request_.known_start.has_value()) return NoteKnownStart(*request_.known_start);
    auto captured = CaptureStart(files_, *session_,
                                 {.store_folder = request_.store_folder,
                                  .inputs = request_.inputs,
                                  .input_roles = request_.input_roles,
                                  .environment = environment_,
                                  .named_project_folder = request_.named_project_folder,
                                  .presence = &lease_,
                                  .stop = request_.stop,
                                  .progress = request_.progress});
    if (request_.progress_done) request_.progress_done();
    return captured;
  }

  // Tracking never takes a training down, but who starts it must know before hours have gone.
  void WarnOfDamage() {
    ledger_is_damaged_ = lease_.LedgerDamage().has_value();
    if (!ledger_is_damaged_ || !notify_) return;
    notify_(
        "WARNING: the ledger of this store is damaged, so that this run will not be entered in it; "
        "the command is started all the same, and the record will wait in the inbox until the "
        "ledger is restored or its loss accepted: `reprise fsck` says how");
  }

  RunOutcome NotStarted(const KeeperEvent& event) {
    RunOutcome outcome;
    outcome.id = id_;
    outcome.name = name_;
    const int error_number = event.error_number;
    outcome.exit_status = error_number == ENOENT ? 127 : error_number != 0 ? 126 : 125;
    outcome.start_failure =
        "cannot run '" + Printable(request_.command[0]) +
        "': " + (error_number != 0 ? std::strerror(error_number) : "the keeper process died");
    Abandon();
    return outcome;
  }

  // Until the command has ended: drains the SDK, passes signals on.  A record that fails does not
  // shorten the command's life: its caller waits for its end.
  Result<void> Watch() {
    Result<void> recorded;
    auto synced_at = chrono::steady_clock::now();
    const auto lease_until = synced_at + kLeaseKept;
    lease_.ReleaseIfContended();
    for (;;) {
      std::vector<pollfd> fds = {{EndFd(), POLLIN, 0}, {signals_->fd(), POLLIN, 0}};
      if (recorded.ok()) hub_->AddPollFds(fds);
      const bool leased = chrono::steady_clock::now() < lease_until;
      poll(fds.data(), fds.size(), leased ? kLeaseKept.count() : kDrainIntervalMs);
      if (recorded.ok()) recorded = hub_->Serve();
      if (recorded.ok()) recorded = NoteStandardInput();
      if (fds[0].revents == 0 && !leased) lease_.Release();
      PassSignalsOn();
      if (recorded.ok() && chrono::steady_clock::now() - synced_at > kSyncInterval) {
        recorded = session_->Sync();
        synced_at = chrono::steady_clock::now();
      }
      // Whoever asks from now on must not wait for an answer.
      if (!recorded.ok()) hub_.reset();
      if (fds[0].revents != 0 && HasEnded()) return recorded;
    }
  }

  // What becomes readable when the command has ended, or the keeper.
  int EndFd() const { return keeper_died_ ? command_->fd() : keeper_->fd(); }

  // Whether what became readable was the end of the command.
  bool HasEnded() {
    if (keeper_died_) return true;
    const KeeperEvent event = keeper_->Next();
    if (event.kind == KeeperEvent::Kind::kEnded) {
      wait_status_ = event.report.wait_status;
      return true;
    }
    // Without its keeper the command goes on, and so do we; only its exit status will be unknown.
    keeper_died_ = event.kind == KeeperEvent::Kind::kGone;
    return keeper_died_ && !command_.has_value();
  }

  void PassSignalsOn() {
    while (const auto signal = signals_->Next()) {
      stopped_by_ = signal->number;
      if (signal->from_terminal) continue;
      if (keeper_died_) {
        command_->Signal(signal->number);
      } else {
        keeper_->Signal(signal->number);
      }
    }
  }

  // The command's own status is owed to the caller whatever happens to the record.
  RunOutcome StartedOutcome() const {
    RunOutcome outcome;
    outcome.id = id_;
    outcome.name = name_;
    outcome.started = true;
    outcome.stopped_by = stopped_by_;
    outcome.ledger_is_damaged = ledger_is_damaged_;
    outcome.exit_status = keeper_died_                ? 125
                          : WIFSIGNALED(wait_status_) ? 128 + WTERMSIG(wait_status_)
                                                      : WEXITSTATUS(wait_status_);
    return outcome;
  }

  Result<RunOutcome> Seal() {
    RunOutcome outcome = StartedOutcome();
    REPRISE_TRY(NoteStandardInput());
    REPRISE_TRY(MarkEnded(files_, session_->folder()));
    REPRISE_TRY(hub_->ServeLast());
    hub_.reset();
    REPRISE_ASSIGN_OR_RETURN(const SealedRun sealed, SealRun(files_, *session_,
                                                             {.presence = &lease_,
                                                              .cache_folder = cache_folder(),
                                                              .recovered = keeper_died_,
                                                              .sandbox = sandbox_.get()}));
    auto adopted = lease_.WithStore([&](Store& store) -> Result<void> {
      REPRISE_TRY(store.AdoptSession(id_));
      REPRISE_ASSIGN_OR_RETURN(outcome.run, store.GetRun(id_));
      // Nothing of the run depends on them.
      if (auto tables = TablesOfRunWithoutProfile(store, *outcome.run); tables.ok()) {
        outcome.tables = *std::move(tables);
      }
      return {};
    });
    if (!adopted.ok()) outcome.pending_reason = adopted.error().message;
    return outcome;
  }

  FileSystem& files_;
  const RunRequest& request_;
  const std::function<void(const std::string&)> notify_;
  LeasedStore lease_;
  Ulid id_;
  const std::vector<std::string> environment_;  // Of the command.
  std::string name_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<SandboxFiles> sandbox_files_;
  std::unique_ptr<Keeper> keeper_;
  std::optional<CommandSignals> signals_;  // Once everything is ready for the command.
  std::unique_ptr<SdkHub> hub_;
  bool ledger_is_damaged_ = false;
  std::optional<StandardInput> input_;  // Of the command, until it is known to give something.
  bool command_started_ = false;
  std::optional<WatchedProcess> command_;  // Unless it ended at once.
  bool keeper_died_ = false;
  std::optional<int> stopped_by_;
  int wait_status_ = 0;
};

}  // namespace

Result<RunOutcome> RecordRun(FileSystem& files, const RunRequest& request,
                             const StoreOptions& store_options) {
  if (request.command.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "no command was given; write it after `--`: reprise run -- ./train"};
  }
  return RunRecorder(files, request, store_options).Record();
}

}  // namespace reprise::tracker
