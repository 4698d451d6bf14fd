// One Run's part in a run: where its records go, what overrides its parameters, how it ends.
//
// A session is never freed: threads that come late, forked children and exit handlers may look at
// it at any time.  It costs about a kilobyte; its segments and tables are let go of by Finish().
//
// Thread-safety: any thread, also after a fork.  What a fork could leave half changed hangs off a
// Local, which each process has its own of.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/run.h"
#include "sdk/src/process.h"
#include "sdk/src/producer.h"
#include "sdk/src/reporter.h"
#include "sdk/wire/messages.h"

namespace reprise::sdk {

class Session;

// What one process has of a session: the producers that no thread uses now, and the parameters that
// were recorded.
class Local {
 public:
  Local(Session& session, Process& process, bool forked)
      : session_(session), process_(process), forked_(forked) {}

  Process& process() const { return process_; }
  bool forked() const { return forked_; }  // From a process that had joined the session.

  // A producer for a thread: one that an ended thread left, else a new one.
  std::unique_ptr<Producer> Acquire();
  void Release(std::unique_ptr<Producer> producer);

  // Closes all producers that no thread uses; those released later are closed on release.
  void CloseAll();

  enum class Seen { kNew, kSame, kOther };
  // Remembers that the program gave `key` the value `given`; says if it had before.
  Seen RememberParam(std::string_view key, std::string_view given);

 private:
  Session& session_;
  Process& process_;
  const bool forked_;
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::unique_ptr<Producer>> idle_;
  std::map<std::string, std::string, std::less<>> params_;
};

class Session {
 public:
  // Joins the run of REPRISE_RUN_DIR, or starts a recorder.  Null if neither is possible; the
  // handler of `options` was told then.
  static Session* Start(const RunOptions& options);

  // Each function below may be called after the end of the session; it then reports that.

  void MetricSlowly(std::string_view key, double value, std::int64_t step);

  // Records a parameter whose value in force is `value`; `given` is what the program gave.
  void Param(wire::ParamType type, std::string_view key, std::string_view value,
             std::string_view given, bool overridden);

  // What overrides `key`, or null.
  const wire::Override* FindOverride(std::string_view key) const;

  bool File(wire::RecordKind kind, std::string_view path, std::string_view role);
  bool Log(std::string_view text, LogLevel level);
  bool Tag(std::string_view key, std::string_view value);
  bool Note(std::string_view text);
  bool Evidence(std::string_view kind, std::string_view path_or_json);
  bool EvidenceFile(std::string_view kind, std::string_view path);
  bool Derive(std::string_view column, std::span<const std::string_view> sources);
  bool Finish(RunStatus status);

  // For the exit handler: records that the process ends, if it has a part that it did not finish.
  void RecordExit(int exit_code);

  bool ok() const { return !reporter_.failed(); }
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  const std::string& run_id() const { return run_id_; }
  const std::string& folder() const { return folder_; }
  std::uint32_t ordinal() const { return ordinal_; }
  Reporter& reporter() { return reporter_; }

  // The Local of the calling process, made if need be.
  Local& local();
  // The same, or null if this process has recorded nothing.
  Local* LocalIfAny() const;

 private:
  Session(const RunOptions& options, std::string folder);

  void ReadOverrides();
  // Whether the run has ended without waiting for this process.
  bool IsEnded() const;
  // Tells, once, that the run ended before this process.
  void ReportEnded();
  void Hello(Local& own);
  void RecordMappedFiles();
  bool Usable(std::string_view call);
  bool CheckText(std::string_view what, std::string_view text, std::size_t min, std::size_t max);
  // Appends to the calling thread's producer and reports what goes wrong.
  bool Append(wire::RecordKind kind, std::uint8_t flags, const void* fixed, std::size_t fixed_bytes,
              std::initializer_list<std::string_view> texts);
  bool ReportAppend(int error);
  bool Sync(wire::MessageKind kind, std::string_view waiting_for);

  const std::string folder_;
  const std::string run_id_;
  const std::uint32_t ordinal_;
  const std::int64_t wait_ms_max_;
  Reporter reporter_;
  std::map<std::string, wire::Override, std::less<>> overrides_;
  std::atomic<Local*> local_{nullptr};
  std::atomic<bool> finished_{false};
  std::atomic<bool> finished_ok_{false};
  std::atomic<bool> told_finished_{false};
  std::atomic<bool> told_ended_{false};
  std::atomic<bool> told_no_space_{false};
};

}  // namespace reprise::sdk
