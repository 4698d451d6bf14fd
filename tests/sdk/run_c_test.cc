// The C interface reaches the same records.

#include "reprise/run_c.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

struct Told {
  std::vector<int> kinds;
  std::string last;
};

void OnError(void* context, int kind, const char* message) {
  auto* told = static_cast<Told*>(context);
  told->kinds.push_back(kind);
  told->last = message;
}

TEST(RunC, HasTheSamePowerAsTheCppInterface) {
  const Inbox inbox;
  inbox.WriteOverrides(
      {{wire::ParamType::kReal, "eta", "0.5"}, {wire::ParamType::kString, "loss", "logistic"}});
  const FakeRecorder recorder(inbox.path());
  Told told;
  reprise_run_options options;
  reprise_run_options_init(&options);
  options.on_error = OnError;
  options.on_error_context = &told;
  reprise_run* run = reprise_run_start(&options);
  EXPECT_EQ(reprise_run_active(run), 1);
  EXPECT_EQ(reprise_run_param_real(run, "eta", 0.1), 0.5);
  EXPECT_EQ(reprise_run_param_int(run, "trees", -3), -3);
  EXPECT_EQ(reprise_run_param_uint(run, "seed", 18446744073709551615U), 18446744073709551615U);
  EXPECT_EQ(reprise_run_param_bool(run, "shuffle", 7), 1);
  char buffer[5];
  EXPECT_EQ(reprise_run_param_string(run, "loss", "squared", buffer, sizeof(buffer)), 8U);
  EXPECT_STREQ(buffer, "logi");
  reprise_run_metric(run, "auc", 0.75, 3);
  const std::string file = inbox.path() + "/../x";
  std::ofstream(file) << "x";
  EXPECT_EQ(reprise_run_input(run, file.c_str(), "data"), 1);
  EXPECT_EQ(reprise_run_output(run, file.c_str(), nullptr), 1);
  EXPECT_EQ(reprise_run_log(run, REPRISE_LOG_ERROR, "line"), 1);
  EXPECT_EQ(reprise_run_tag(run, "k", "v"), 1);
  EXPECT_EQ(reprise_run_note(run, "remark"), 1);
  const char* const sources[] = {"age", "loans.csv#amount"};
  EXPECT_EQ(reprise_run_derive(run, "score", sources, 2), 1);
  EXPECT_EQ(reprise_run_derive(nullptr, "score", sources, 2), 0);
  EXPECT_EQ(reprise_run_evidence(run, "validation", "{}"), 1);
  EXPECT_EQ(reprise_run_evidence(nullptr, "validation", "{}"), 0);
  EXPECT_EQ(reprise_run_ok(run), 1) << told.last;
  char id[32];
  EXPECT_EQ(reprise_run_id(run, id, sizeof(id)), 26U);
  EXPECT_STREQ(id, "01J00000000000000000000000");
  EXPECT_EQ(reprise_run_input(run, "/nonexistent", ""), 0);
  EXPECT_THAT(told.kinds, ElementsAre(REPRISE_ERROR_IO));
  EXPECT_EQ(reprise_run_ok(run), 0);
  EXPECT_EQ(reprise_run_finish(run, REPRISE_RUN_FAILED), 0);
  reprise_run_free(run);

  Collected all = inbox.Read();
  EXPECT_TRUE(all.params["eta"].overridden);
  EXPECT_EQ(all.params["shuffle"].value, "true");
  EXPECT_EQ(all.params["loss"].value, "logistic");
  EXPECT_THAT(all.ValuesOf("auc"), ElementsAre(0.75));
  EXPECT_EQ(all.files.size(), 2U);
  EXPECT_THAT(all.logs, ElementsAre(Pair(3U, "line")));
  EXPECT_THAT(all.tags, ElementsAre(Pair("k", "v")));
  EXPECT_THAT(all.notes, ElementsAre("remark"));
  const std::string names("age\0loans.csv#amount\0", 21);
  EXPECT_THAT(all.derivations, ElementsAre(Pair("score", names)));
  EXPECT_THAT(all.evidence, ElementsAre(Pair("validation", "{}")));
  ASSERT_EQ(all.finishes.size(), 1U);
  EXPECT_TRUE(all.finishes[0].second.failed);
}

TEST(RunC, ANullHandleIsARunThatRecordsNothing) {
  EXPECT_EQ(reprise_run_param_real(nullptr, "eta", 0.1), 0.1);
  char buffer[8];
  EXPECT_EQ(reprise_run_param_string(nullptr, "a", "value", buffer, sizeof(buffer)), 5U);
  EXPECT_STREQ(buffer, "value");
  reprise_run_metric(nullptr, "m", 1, 1);
  EXPECT_EQ(reprise_run_output(nullptr, "x", ""), 0);
  EXPECT_EQ(reprise_run_finish(nullptr, 0), 0);
  EXPECT_EQ(reprise_run_active(nullptr), 0);
  reprise_run_free(nullptr);
}

TEST(RunC, OptionsOfAnOlderHeaderAreUnderstood) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  reprise_run_options options;
  reprise_run_options_init(&options);
  options.struct_bytes = offsetof(reprise_run_options, strict);  // It ended before `strict`.
  options.strict = 1;
  options.abort_on_error = 1;
  reprise_run* run = reprise_run_start(&options);
  ::testing::internal::CaptureStderr();
  reprise_run_input(run, "/nonexistent", "");  // Would abort.
  ::testing::internal::GetCapturedStderr();
  reprise_run_free(run);
}

TEST(RunC, KindsAreThoseOfTheCppInterface) {
  EXPECT_EQ(REPRISE_ERROR_NO_RECORDER, static_cast<int>(ErrorKind::kNoRecorder));
  EXPECT_EQ(REPRISE_ERROR_RECORDER_LOST, static_cast<int>(ErrorKind::kRecorderLost));
  EXPECT_EQ(REPRISE_ERROR_NO_SPACE, static_cast<int>(ErrorKind::kNoSpace));
  EXPECT_EQ(REPRISE_ERROR_INVALID, static_cast<int>(ErrorKind::kInvalid));
  EXPECT_EQ(REPRISE_ERROR_IO, static_cast<int>(ErrorKind::kIo));
  EXPECT_EQ(REPRISE_LOG_ERROR, static_cast<int>(LogLevel::kError));
  EXPECT_EQ(REPRISE_RUN_FAILED, static_cast<int>(RunStatus::kFailed));
  EXPECT_STREQ(reprise_version(), REPRISE_VERSION);
}

}  // namespace
}  // namespace reprise::sdk::testing
