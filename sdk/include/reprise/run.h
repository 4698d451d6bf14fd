// Tracks one training run from inside the program: parameters, metrics, inputs, outputs.
//
//   reprise::Run run = reprise::Run::Start({.experiment = "credit"});
//   const double eta = run.param("eta", 0.1);       // Recorded; a retraining can override it.
//   run.input("loans.csv", "training data");
//   for (int step = 0; step < 100; ++step) run.metric("loss", Train(eta), step);
//   run.output("model.bin", "model");               // The content that the file has now.
//   run.finish();                                   // Or let the destructor do it.
//
// Under `reprise run` Start() joins that run; otherwise it starts a recorder of its own.  Where
// neither is possible it says so once, and every call is a cheap no-op: tracking never takes the
// training down.
//
// Guarantees.  Nothing is thrown.  What a call recorded before it returned survives a SIGKILL of
// this process, of the recorder or of both.  metric() takes no lock, allocates nothing and makes no
// system call except when its buffer is full.  After fork() the child may go on using the Run: its
// records belong to the same run.  docs/sdk.md says more.
//
// Errors are told to the problem handler (RunOptions::on_error) and never change what the program
// computes; each method says which kinds it has of its own.  Any method that records something may
// meet kNoSpace (the record is dropped and counted) and kRecorderLost (it is kept for a successor).
// Limits: keys and roles have 1 to 4096 bytes (a role may be empty), values and notes at most
// 1 MiB.
//
// Thread-safety: any number of threads may use one Run at once, except that finish() and the
// destructor come after all other calls.  Not for signal handlers.

#ifndef REPRISE_RUN_H_
#define REPRISE_RUN_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "reprise/export.h"
#include "reprise/version.h"

namespace reprise {

namespace sdk {
class Session;  // Internal.
}  // namespace sdk

enum class ErrorKind {
  kNoRecorder = 1,    // The run could not be joined or begun: nothing will be recorded.
  kRecorderLost = 2,  // The recorder died; records are kept for its successor.
  kNoSpace = 3,       // The disk or a limit of this process is full: records are being dropped.
  kInvalid = 4,       // The call itself cannot be meant; it had no effect.
  kIo = 5,            // The operating system refused, for example a file to be recorded is missing.
};

// What went wrong, as one sentence: what was attempted, on what, why not, what to do next.
struct Problem {
  ErrorKind kind;
  std::string_view message;  // Borrowed for the duration of the handler's call.
};

// Called for every problem, on the thread that met it and so possibly by several at once.  It may
// use the Run.  What it throws is swallowed.
using ErrorHandler = std::function<void(const Problem&)>;

struct RunOptions {
  // The experiment that a run of its own belongs to.  Under `reprise run` its -e decides.
  // Default: empty, the experiment `default`.
  std::string experiment = {};

  // A name for a run of its own, unique in the store.  Default: empty, one is made up.
  std::string name = {};

  // Default: empty, which writes the first problem to stderr and stays silent about the rest until
  // finish() says how many there were; with `strict` it writes every one.
  ErrorHandler on_error = {};

  // For those who want failures rather than tolerance: the default handler writes every problem,
  // and a lost recorder makes output() and finish() return false and ok() false, although nothing
  // that was recorded is lost by it.  docs/sdk.md compares the modes.  Default: false.
  bool strict = false;

  // Ends the process with std::abort() after the handler was told of a problem.  Default: false.
  bool abort_on_error = false;

  // How long output() and finish() wait for a living recorder to store content; 0 does not wait.
  // Default: negative, as long as it takes.
  std::int64_t wait_ms_max = -1;
};

// How serious a line of the log is; kept with the line, and nothing else follows from it.
enum class LogLevel { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

// What finish() says of the run: kFinished where the program has done what it was to do, kFailed
// where it gave up.  The exit status of a command under `reprise run` outranks it.
enum class RunStatus { kFinished = 0, kFailed = 1 };

class REPRISE_EXPORT Run {
 public:
  // Joins the run that `reprise run` began, or begins one.  Waits at most about five seconds for a
  // recorder to start.  The result can always be used; active() tells whether anything is recorded.
  // Errors: kNoRecorder.
  static Run Start(const RunOptions& options = {}) noexcept;

  // A run that records nothing.
  Run() noexcept = default;
  Run(Run&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
  Run& operator=(Run&& other) noexcept;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // finish() if that was not called; the status is kFailed while an exception unwinds the stack.
  ~Run();

  // Records the parameter `key` and returns the value in force: what `reprise run -p` or
  // `reprise rerun --set` set for it, if that can be read as the type of `value`, else `value`.
  // A key is recorded once; asking again with another value is an error (kInvalid) that leaves the
  // first record, and returns what was asked with unless it is overridden.
  //
  // Integers that an override does not fit into are an error and keep `value`.  A bool reads true,
  // false, 1 and 0; a real reads every number, NaN, Infinity and -Infinity; a string anything.
  //
  // Errors: kInvalid  also for a key or a value beyond the limits, which is not recorded.
  template <typename T>
  requires(std::integral<T> && !std::same_as<T, bool>) T param(std::string_view key, T value)
  noexcept {
    if constexpr (std::is_signed_v<T>) {
      return static_cast<T>(
          ParamInt(key, value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    } else {
      return static_cast<T>(ParamUint(key, value, std::numeric_limits<T>::max()));
    }
  }
  double param(std::string_view key, double value) noexcept;
  float param(std::string_view key, float value) noexcept;
  bool param(std::string_view key, bool value) noexcept;
  std::string param(std::string_view key, std::string_view value) noexcept;
  std::string param(std::string_view key, const char* value) noexcept {
    return param(key, std::string_view(value));
  }
  std::string param(std::string_view key, const std::string& value) noexcept {
    return param(key, std::string_view(value));
  }

  // Records one point of the series `key`, with the time of the call.  NaN, infinities and steps
  // that repeat or decrease are kept exactly.  Points of one thread keep their order.
  // Errors: kInvalid  the key is beyond the limits.
  void metric(std::string_view key, double value, std::int64_t step = 0) noexcept;

  // Records that the run depends on the file or folder at `path` as it is now.  Does not read it
  // and does not wait: the recorder reads it soon after, and tells if it changed in between.
  // False if the problem handler was told why it could not be recorded; likewise below.
  // Errors: kInvalid  an empty path, or one of more than 8 KiB; kIo  nothing is there.
  bool input(std::string_view path, std::string_view role = {}) noexcept;

  // Records the content that the file or folder at `path` has now as a result of the run.  Returns
  // when it is stored, so that the program may change or delete the file afterwards (if the
  // recorder is dead, at once: then its successor stores the file if it is unchanged by then).
  // Errors: those of input(), and kIo  it could not be read or stored.
  bool output(std::string_view path, std::string_view role = {}) noexcept;

  // The same for std::filesystem::path.
  template <typename Path>
  requires(requires(const Path& p) {
    { p.native() } -> std::convertible_to<std::string_view>;
  }) bool input(const Path& path, std::string_view role = {}) noexcept {
    return input(std::string_view(path.native()), role);
  }
  template <typename Path>
  requires(requires(const Path& p) {
    { p.native() } -> std::convertible_to<std::string_view>;
  }) bool output(const Path& path, std::string_view role = {}) noexcept {
    return output(std::string_view(path.native()), role);
  }

  // Records evidence about the model that the run makes, of a kind that `reprise evidence add`
  // knows ("validation", "explainability", …): once an output of the run is registered as a version
  // of a model, it is evidence for that version.  `path_or_json` is a JSON object if it begins with
  // '{' (a file's name that does is written "./{…"), and else the path of a file or folder.  The
  // documents of docs/formats/checks.md are drawn in reports.  Returns when it is stored, as
  // output() does.
  //   run.evidence("validation", R"({"type":"reprise/validation/v1","metrics":{"auc":0.76}})");
  // Errors: those of output(); kInvalid  JSON of more than 1 MiB, which a file may have; kIo  also
  //         a kind that is none, and a document that is not what its type says.
  bool evidence(std::string_view kind, std::string_view path_or_json) noexcept;
  template <typename Path>
  requires(requires(const Path& p) {
    { p.native() } -> std::convertible_to<std::string_view>;
  }) bool evidence(std::string_view kind, const Path& path) noexcept {
    return EvidenceFile(kind, std::string_view(path.native()));
  }

  // Records a line of the run's log, beside what it prints; of any length that fits into memory
  // once more when the run is sealed.
  bool log(std::string_view text, LogLevel level = LogLevel::kInfo) noexcept;

  // Sets a tag; the last value of a key counts.  Errors: kInvalid  beyond the limits.
  bool tag(std::string_view key, std::string_view value) noexcept;

  // Adds a remark for people.  Errors: kInvalid  empty, or beyond the limits.
  bool note(std::string_view text) noexcept;

  // Records that the column `column` of a table that the run writes was computed from the columns
  // `sources` of tables that it reads.  A column is its name, or "PATH#NAME" where tables have
  // columns of one name; PATH as the run records it, relative to the project if it lies in it.
  // What is told of one column several times adds up.
  //   run.derive("score", {"age", "amount"});
  // Errors: kInvalid  no sources, or a name that is beyond the limits of keys or has a zero byte.
  bool derive(std::string_view column, std::initializer_list<std::string_view> sources) noexcept {
    return Derive(column, sources.begin(), sources.size());
  }
  bool derive(std::string_view column, std::span<const std::string_view> sources) noexcept {
    return Derive(column, sources.data(), sources.size());
  }

  // Ends the tracking: waits until the recorder has stored all of the above.  Calls after it do
  // nothing.  True if everything that was reported is recorded.  In a forked child it ends only the
  // child's part in the run.
  // Errors: kIo  something that was reported could not be stored.
  bool finish(RunStatus status = RunStatus::kFinished) noexcept;

  // Whether calls are being recorded.
  bool active() const noexcept { return session_ != nullptr; }

  // Whether there is a run, and no problem that lost or refused anything was met since Start().
  bool ok() const noexcept;

  // The run's identifier, 26 characters; empty if nothing is recorded.
  std::string id() const noexcept;

 private:
  explicit Run(sdk::Session* session) noexcept : session_(session) {}

  bool EvidenceFile(std::string_view kind, std::string_view path) noexcept;
  bool Derive(std::string_view column, const std::string_view* sources, std::size_t count) noexcept;
  std::int64_t ParamInt(std::string_view key, std::int64_t value, std::int64_t min,
                        std::int64_t max) noexcept;
  std::uint64_t ParamUint(std::string_view key, std::uint64_t value, std::uint64_t max) noexcept;

  sdk::Session* session_ = nullptr;
};

}  // namespace reprise

#endif  // REPRISE_RUN_H_
