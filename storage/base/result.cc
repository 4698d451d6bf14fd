#include "storage/base/result.h"

namespace reprise {
namespace {

struct CodeRow {
  ErrorCode code;
  std::string_view name;
  int exit_status;
};

// The one table from codes to names and exit statuses.
constexpr CodeRow kCodes[] = {
    {ErrorCode::kInvalidArgument, "invalid_argument", 2},
    {ErrorCode::kNotFound, "not_found", 3},
    {ErrorCode::kAmbiguous, "ambiguous", 3},
    {ErrorCode::kAlreadyExists, "already_exists", 2},
    {ErrorCode::kCorruption, "corruption", 4},
    {ErrorCode::kUnsupportedVersion, "unsupported_version", 4},
    {ErrorCode::kIoError, "io_error", 5},
    {ErrorCode::kNoSpace, "no_space", 5},
    {ErrorCode::kReadOnly, "read_only", 5},
    {ErrorCode::kTimeout, "timeout", 5},
    {ErrorCode::kInterrupted, "interrupted", 5},
    {ErrorCode::kUnsupported, "unsupported", 2},
};

const CodeRow& RowOf(ErrorCode code) {
  for (const CodeRow& row : kCodes) {
    if (row.code == code) return row;
  }
  internal::AssertFailed("every ErrorCode has a row", __FILE__, __LINE__);
}

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) { return RowOf(code).name; }

int ExitStatus(ErrorCode code) { return RowOf(code).exit_status; }

Error Annotate(Error error, std::string_view context) {
  error.message = std::string(context) + ": " + error.message;
  return error;
}

bool IsDamage(const Error& error) {
  return error.code == ErrorCode::kCorruption || error.code == ErrorCode::kNotFound;
}

}  // namespace reprise
