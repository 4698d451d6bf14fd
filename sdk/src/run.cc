// The public face: nothing may leave it as an exception, and metric() must cost next to nothing.

#include "reprise/run.h"

#include <exception>
#include <optional>
#include <type_traits>

#include "sdk/src/session.h"
#include "sdk/src/thread_slot.h"
#include "sdk/src/value_text.h"

namespace reprise {
namespace {

using sdk::Session;

// Calls `body`; if it throws (only lack of memory can make it), reports that and returns
// `otherwise`.
template <typename Body, typename T>
T Guarded(Session* session, T otherwise, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    if (session != nullptr) {
      session->reporter().Report(ErrorKind::kNoSpace, "no memory to record what was reported");
    }
    return otherwise;
  }
}

template <typename Body>
void Guarded(Session* session, Body&& body) noexcept {
  Guarded(session, false, [&] {
    body();
    return true;
  });
}

template <typename T>
constexpr wire::ParamType TypeOf() {
  if constexpr (std::is_same_v<T, bool>) return wire::ParamType::kBool;
  if constexpr (std::is_integral_v<T>) return wire::ParamType::kInt;
  if constexpr (std::is_floating_point_v<T>) return wire::ParamType::kReal;
  return wire::ParamType::kString;
}

constexpr const char* Describe(wire::ParamType type) {
  switch (type) {
    case wire::ParamType::kBool:
      return "true or false";
    case wire::ParamType::kInt:
      return "an integer in the range that the program can take";
    case wire::ParamType::kReal:
      return "a number";
    default:
      return "a string";
  }
}

// The value in force, after recording it.  `accepts` narrows what an override may be.
template <typename T, typename Accepts>
T InForce(Session* session, std::string_view key, const T& given, Accepts&& accepts) {
  const std::string given_text = sdk::FormatValue(given);
  T value = given;
  bool overridden = false;
  if (const wire::Override* set = session->FindOverride(key); set != nullptr) {
    const std::optional<T> parsed = sdk::ParseValue<T>(set->value);
    overridden = parsed.has_value() && accepts(*parsed);
    if (overridden) {
      value = *parsed;
    } else {
      session->reporter().Report(ErrorKind::kInvalid,
                                 "parameter '" + std::string(key) + "' cannot be set to '" +
                                     set->value + "', which is not " + Describe(TypeOf<T>()) +
                                     "; the program's own value " + given_text + " is used");
    }
  }
  session->Param(TypeOf<T>(), key, sdk::FormatValue(value), given_text, overridden);
  return value;
}

template <typename T>
T InForce(Session* session, std::string_view key, const T& given) {
  return InForce(session, key, given, [](const T&) { return true; });
}

}  // namespace

Run Run::Start(const RunOptions& options) noexcept {
  return Run(
      Guarded<>(nullptr, static_cast<Session*>(nullptr), [&] { return Session::Start(options); }));
}

Run& Run::operator=(Run&& other) noexcept {
  if (this != &other) {
    finish();
    session_ = std::exchange(other.session_, nullptr);
  }
  return *this;
}

Run::~Run() {
  if (session_ == nullptr) return;
  finish(std::uncaught_exceptions() > 0 ? RunStatus::kFailed : RunStatus::kFinished);
}

void Run::metric(std::string_view key, double value, std::int64_t step) noexcept {
  Session* const session = session_;
  if (session == nullptr) return;
  sdk::ThreadSlot& slot = sdk::t_slot;
  if (slot.session == session && !slot.busy && __atomic_load_n(slot.alive, __ATOMIC_RELAXED) != 0)
      [[likely]] {
    const sdk::BusySection busy(slot);
    if (slot.producer->AppendPoint(key, value, step)) [[likely]] {
      return;
    }
  }
  Guarded(session, [&] { session->MetricSlowly(key, value, step); });
}

double Run::param(std::string_view key, double value) noexcept {
  if (session_ == nullptr) return value;
  return Guarded(session_, value, [&] { return InForce(session_, key, value); });
}

float Run::param(std::string_view key, float value) noexcept {
  if (session_ == nullptr) return value;
  return Guarded(session_, value, [&] { return InForce(session_, key, value); });
}

bool Run::param(std::string_view key, bool value) noexcept {
  if (session_ == nullptr) return value;
  return Guarded(session_, value, [&] { return InForce(session_, key, value); });
}

std::string Run::param(std::string_view key, std::string_view value) noexcept {
  // The result needs memory whatever happens; without any, ending is all that is left.
  std::string given(value);
  if (session_ == nullptr) return given;
  return Guarded(session_, given, [&] { return InForce(session_, key, given); });
}

std::int64_t Run::ParamInt(std::string_view key, std::int64_t value, std::int64_t min,
                           std::int64_t max) noexcept {
  if (session_ == nullptr) return value;
  return Guarded(session_, value, [&] {
    return InForce(session_, key, value,
                   [&](std::int64_t set) { return set >= min && set <= max; });
  });
}

std::uint64_t Run::ParamUint(std::string_view key, std::uint64_t value,
                             std::uint64_t max) noexcept {
  if (session_ == nullptr) return value;
  return Guarded(session_, value, [&] {
    return InForce(session_, key, value, [&](std::uint64_t set) { return set <= max; });
  });
}

bool Run::input(std::string_view path, std::string_view role) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false,
                 [&] { return session_->File(wire::RecordKind::kInput, path, role); });
}

bool Run::output(std::string_view path, std::string_view role) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false,
                 [&] { return session_->File(wire::RecordKind::kOutput, path, role); });
}

bool Run::evidence(std::string_view kind, std::string_view path_or_json) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false, [&] { return session_->Evidence(kind, path_or_json); });
}

bool Run::EvidenceFile(std::string_view kind, std::string_view path) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false, [&] { return session_->EvidenceFile(kind, path); });
}

bool Run::log(std::string_view text, LogLevel level) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false, [&] { return session_->Log(text, level); });
}

bool Run::tag(std::string_view key, std::string_view value) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false, [&] { return session_->Tag(key, value); });
}

bool Run::note(std::string_view text) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false, [&] { return session_->Note(text); });
}

bool Run::Derive(std::string_view column, const std::string_view* sources,
                 std::size_t count) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false,
                 [&] { return session_->Derive(column, std::span(sources, count)); });
}

bool Run::finish(RunStatus status) noexcept {
  if (session_ == nullptr) return false;
  return Guarded(session_, false, [&] { return session_->Finish(status); });
}

bool Run::ok() const noexcept { return session_ != nullptr && session_->ok(); }

std::string Run::id() const noexcept {
  return session_ != nullptr ? session_->run_id() : std::string();
}

}  // namespace reprise
