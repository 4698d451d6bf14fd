// Waiting for the recorder: an answer, a refusal, a death at any moment, a silence.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

using ::testing::HasSubstr;

std::string WriteModel(const Inbox& inbox) {
  const std::string path = inbox.path() + "/../model.bin";
  std::ofstream(path) << "weights";
  return path;
}

TEST(RecorderLink, OutputReturnsWhenTheRecorderHasReadTheRecordAndStoredTheFile) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  std::atomic<bool> seen{false};
  const FakeRecorder recorder(inbox.path(), [&](const wire::Message& request) {
    const Collected all = inbox.Read();  // What a recorder finds when it is asked.
    seen = all.files.size() == 1 && all.ValuesOf("before").size() == 1;
    return FakeRecorder::Stored(request);
  });
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  run.metric("before", 1);
  EXPECT_TRUE(run.output(model));
  EXPECT_TRUE(seen);
  EXPECT_TRUE(run.ok()) << problems.Text();
}

TEST(RecorderLink, ARefusalIsToldWithTheRecordersReason) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  const FakeRecorder recorder(
      inbox.path(), [](const wire::Message&) { return FakeRecorder::Failed("the store is full"); });
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  EXPECT_FALSE(run.output(model));
  EXPECT_EQ(problems.Count(ErrorKind::kIo), 1U);
  EXPECT_THAT(problems.Text(), HasSubstr("the store is full"));
  EXPECT_FALSE(run.ok());
}

TEST(RecorderLink, ARecorderThatIsNotThereIsToldAndLosesNothing) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  EXPECT_TRUE(run.output(model));  // Its record stands.
  EXPECT_TRUE(run.output(model));
  EXPECT_TRUE(run.finish());
  EXPECT_EQ(problems.Count(ErrorKind::kRecorderLost), 3U);
  EXPECT_TRUE(run.ok());
  EXPECT_EQ(inbox.Read().files.size(), 2U);
}

TEST(RecorderLink, ForAStrictProgramALostRecorderIsAFailure) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  Problems problems;
  RunOptions options = Waiting(problems);
  options.strict = true;
  reprise::Run run = reprise::Run::Start(options);
  EXPECT_FALSE(run.output(model));
  EXPECT_FALSE(run.ok());
  EXPECT_FALSE(run.finish());
}

TEST(RecorderLink, ARecorderThatDiesWhileWeWaitEndsTheWait) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  auto recorder = std::make_unique<FakeRecorder>(
      inbox.path(), [](const wire::Message&) { return std::string("hang"); });
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  std::thread killer([&] {
    while (recorder->requests().empty()) std::this_thread::yield();
    recorder.reset();
  });
  EXPECT_TRUE(run.output(model));
  killer.join();
  EXPECT_EQ(problems.Count(ErrorKind::kRecorderLost), 1U);
}

TEST(RecorderLink, ASilentRecorderIsWaitedForAsLongAsAskedFor) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  const FakeRecorder recorder(inbox.path(),
                              [](const wire::Message&) { return std::string("hang"); });
  Problems problems;
  RunOptions options = Waiting(problems);
  options.wait_ms_max = 100;
  reprise::Run run = reprise::Run::Start(options);
  const auto from = std::chrono::steady_clock::now();
  EXPECT_TRUE(run.output(model));
  const auto waited = std::chrono::steady_clock::now() - from;
  EXPECT_GE(waited, std::chrono::milliseconds(100));
  EXPECT_LT(waited, std::chrono::seconds(5));
  EXPECT_EQ(problems.Count(ErrorKind::kRecorderLost), 1U);
}

TEST(RecorderLink, WithoutWaitingNothingWaits) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  const FakeRecorder recorder(inbox.path(),
                              [](const wire::Message&) { return std::string("hang"); });
  Problems problems;
  RunOptions options = Waiting(problems);
  options.wait_ms_max = 0;
  reprise::Run run = reprise::Run::Start(options);
  EXPECT_TRUE(run.output(model));
  EXPECT_TRUE(run.finish());
  EXPECT_EQ(problems.Count(), 0U) << problems.Text();
}

TEST(RecorderLink, AnAnswerThatIsNoMessageIsAFailure) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  const FakeRecorder recorder(inbox.path(),
                              [](const wire::Message&) { return std::string("garbage"); });
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  EXPECT_FALSE(run.output(model));
  EXPECT_EQ(problems.Count(ErrorKind::kIo), 1U);
}

TEST(RecorderLink, AFolderWithALongNameIsReached) {
  const Inbox outer;
  const std::string parent = outer.path() + "/" + std::string(200, 'x');
  std::filesystem::create_directory(parent);
  const Inbox inbox(parent);
  const std::string model = WriteModel(inbox);
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  EXPECT_TRUE(run.output(model));
  EXPECT_EQ(problems.Count(), 0U) << problems.Text();
  EXPECT_EQ(recorder.requests().size(), 1U);
}

TEST(RecorderLink, AProgramThatClosesAllDescriptorsGoesOnBeingRecorded) {
  const Inbox inbox;
  const std::string model = WriteModel(inbox);
  const int status = InChild([&] {
    Problems problems;
    reprise::Run run = reprise::Run::Start(Waiting(problems));
    for (int fd = 3; fd < 1024; ++fd) close(fd);
    for (int i = 0; i < 10'000; ++i) run.metric("m", i, i);  // Takes new segments.
    return run.ok() && run.input(model) ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(inbox.Read().points.size(), 10'000U);
}

}  // namespace
}  // namespace reprise::sdk::testing
