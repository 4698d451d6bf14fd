#include "storage/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace reprise {
namespace {

constexpr ErrorCode kAllCodes[] = {
    ErrorCode::kInvalidArgument, ErrorCode::kNotFound,    ErrorCode::kAmbiguous,
    ErrorCode::kAlreadyExists,   ErrorCode::kCorruption,  ErrorCode::kUnsupportedVersion,
    ErrorCode::kIoError,         ErrorCode::kNoSpace,     ErrorCode::kReadOnly,
    ErrorCode::kTimeout,         ErrorCode::kInterrupted, ErrorCode::kUnsupported};

Error Absent() { return {ErrorCode::kNotFound, "no such run"}; }

Result<int> Half(int value) {
  if (value % 2 != 0) return Error{ErrorCode::kInvalidArgument, "odd"};
  return value / 2;
}

Result<int> Quarter(int value) {
  REPRISE_ASSIGN_OR_RETURN(const int half, Half(value));
  return Half(half);
}

Result<void> CheckTwice(int value, int& checks) {
  REPRISE_TRY(Half(value));
  ++checks;
  REPRISE_TRY(Quarter(value));
  ++checks;
  return {};
}

TEST(ErrorCode, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (const ErrorCode code : kAllCodes) names.insert(ErrorCodeName(code));
  EXPECT_EQ(names.size(), std::size(kAllCodes));
  EXPECT_EQ(ErrorCodeName(ErrorCode::kUnsupportedVersion), "unsupported_version");
}

TEST(ErrorCode, TheExitStatusTellsUsageAbsenceDamageAndDeviceApart) {
  EXPECT_EQ(ExitStatus(ErrorCode::kInvalidArgument), 2);
  EXPECT_EQ(ExitStatus(ErrorCode::kNotFound), 3);
  EXPECT_EQ(ExitStatus(ErrorCode::kAmbiguous), 3);
  EXPECT_EQ(ExitStatus(ErrorCode::kCorruption), 4);
  EXPECT_EQ(ExitStatus(ErrorCode::kUnsupportedVersion), 4);
  EXPECT_EQ(ExitStatus(ErrorCode::kIoError), 5);
  EXPECT_EQ(ExitStatus(ErrorCode::kTimeout), 5);
}

TEST(Error, AnnotationStandsInFrontAndKeepsTheCode) {
  const Error error = Annotate(Absent(), "cannot show 'x'");
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_EQ(error.message, "cannot show 'x': no such run");
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  EXPECT_TRUE(value.ok());
  EXPECT_TRUE(static_cast<bool>(value));
  EXPECT_EQ(*value, 7);
  const Result<int> error = Absent();
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(value.value_or(1), 7);
  EXPECT_EQ(error.value_or(1), 1);
}

TEST(Result, CarriesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(**result, 3);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, VoidIsFineUnlessItHasAnError) {
  EXPECT_TRUE(Result<void>().ok());
  const Result<void> failed = Absent();
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "no such run");
}

TEST(Result, TheMacrosReturnTheFirstErrorAndStopThere) {
  EXPECT_EQ(Quarter(8).value_or(-1), 2);
  EXPECT_EQ(Quarter(6).error().message, "odd");
  int checks = 0;
  EXPECT_TRUE(CheckTwice(4, checks).ok());
  EXPECT_EQ(checks, 2);
  EXPECT_FALSE(CheckTwice(2, checks).ok());
  EXPECT_EQ(checks, 3);
}

TEST(Result, ChainsRunOnlyOnValues) {
  EXPECT_EQ(*Half(8).and_then(Half).transform([](int v) { return v + 0.5; }), 2.5);
  int calls = 0;
  const auto failed = Half(3).and_then([&](int v) {
    ++calls;
    return Half(v);
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_FALSE(Half(3).transform([&](int) { return ++calls; }).ok());
  EXPECT_EQ(calls, 0);
}

TEST(ResultDeathTest, AskingAnErrorForItsValueEndsTheProgram) {
  const Result<int> error = Absent();
  EXPECT_DEATH((void)*error, "ok\\(\\)");
  const Result<int> value = 1;
  EXPECT_DEATH((void)value.error(), "ok\\(\\)");
}

}  // namespace
}  // namespace reprise
