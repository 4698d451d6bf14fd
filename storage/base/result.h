// The value of an operation that can fail, or why it failed.
//
// A subset of std::expected (C++23), [[nodiscard]] as a class, so that a caller cannot overlook a
// failure.  Use Result for everything that input, a device or a peer can cause; use REPRISE_ASSERT
// for what only a bug of ours can cause.
//
// A message is one sentence without the final full stop: what was attempted, on what, why it
// failed, and what the person can do next.
//
// Thread-safety: as safe as T.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "storage/base/assert.h"

namespace reprise {

// What kind of failure it is, which decides the exit status of the command (ExitStatus()).
enum class ErrorCode {
  kInvalidArgument,     // The caller asked for something that cannot be meant.
  kNotFound,            // A name, path or digest names nothing.
  kAmbiguous,           // A name or prefix names several things.
  kAlreadyExists,       // A name that must be new is taken.
  kCorruption,          // Stored bytes are not what they were.
  kUnsupportedVersion,  // A newer release wrote it.
  kIoError,             // The device or the operating system refused.
  kNoSpace,             // The device is full.
  kReadOnly,            // The store or its medium cannot be written.
  kTimeout,             // A lock was not free in time; trying again may help.
  kInterrupted,         // The user asked to stop.
  kUnsupported,         // This machine or this build cannot do it.
};

// A stable lower-case name for `code`, used in JSON: "not_found".
std::string_view ErrorCodeName(ErrorCode code);

// The exit status that a command ends with: 2 usage, 3 not found or ambiguous, 4 damaged or newer,
// 5 I/O, lock or network.  docs/cli.md has the same table.
int ExitStatus(ErrorCode code);

struct [[nodiscard]] Error {
  ErrorCode code;
  std::string message;
};

// Puts `context` and ": " in front of the message of `error`.
Error Annotate(Error error, std::string_view context);

// Whether what was to be read is damaged or gone, rather than out of reach for now.
bool IsDamage(const Error& error);

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: as std::expected
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: likewise

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return Checked(); }
  const T& value() const& { return const_cast<Result*>(this)->Checked(); }
  T&& value() && { return std::move(Checked()); }
  T& operator*() & { return Checked(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(Checked()); }
  T* operator->() { return &Checked(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    REPRISE_ASSERT(!ok());
    return std::get<1>(state_);
  }
  Error&& error() && {
    REPRISE_ASSERT(!ok());
    return std::get<1>(std::move(state_));
  }

  template <typename U>
  T value_or(U&& fallback) const& {
    return ok() ? value() : static_cast<T>(std::forward<U>(fallback));
  }
  template <typename U>
  T value_or(U&& fallback) && {
    return ok() ? std::move(Checked()) : static_cast<T>(std::forward<U>(fallback));
  }

  // Calls `f` with the value; `f` returns a Result.
  template <typename F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!ok()) return std::get<1>(std::move(state_));
    return std::forward<F>(f)(std::move(Checked()));
  }
  // Calls `f` with the value; `f` returns a plain value.
  template <typename F>
  auto transform(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!ok()) return std::get<1>(std::move(state_));
    return std::forward<F>(f)(std::move(Checked()));
  }

 private:
  T& Checked() {
    REPRISE_ASSERT(ok());
    return std::get<0>(state_);
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: as std::expected

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  const Error& error() const& {
    REPRISE_ASSERT(!ok());
    return *error_;
  }
  Error&& error() && {
    REPRISE_ASSERT(!ok());
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace reprise

#define REPRISE_INTERNAL_CONCAT2(a, b) a##b
#define REPRISE_INTERNAL_CONCAT(a, b) REPRISE_INTERNAL_CONCAT2(a, b)

// Returns the error of `expression` from the enclosing function, if it failed.
#define REPRISE_TRY(expression) \
  REPRISE_INTERNAL_TRY(REPRISE_INTERNAL_CONCAT(reprise_tried_, __LINE__), expression)
#define REPRISE_INTERNAL_TRY(result, expression)    \
  do {                                              \
    if (auto result = (expression); !result.ok()) { \
      return std::move(result).error();             \
    }                                               \
  } while (false)

// Evaluates `expression`; on failure returns its error, else assigns or declares `lhs`.
#define REPRISE_ASSIGN_OR_RETURN(lhs, expression) \
  REPRISE_INTERNAL_ASSIGN(REPRISE_INTERNAL_CONCAT(reprise_result_, __LINE__), lhs, expression)
#define REPRISE_INTERNAL_ASSIGN(result, lhs, expression) \
  auto result = (expression);                            \
  if (!result.ok()) return std::move(result).error();    \
  lhs = *std::move(result)
