// What a program reports through reprise::Run is what the recorder reads.

#include "reprise/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(Run, JoinsTheRunOfTheEnvironmentAndSaysHello) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_TRUE(run.active());
  EXPECT_TRUE(run.ok());
  EXPECT_EQ(run.id(), "01J00000000000000000000000");
  const Collected all = inbox.Read();
  ASSERT_EQ(all.hellos.size(), 1U);
  EXPECT_EQ(all.hellos[0].pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(all.hellos[0].parent_pid, static_cast<std::uint32_t>(getppid()));
  EXPECT_NE(all.hellos[0].process_start_ticks, 0U);
  EXPECT_FALSE(all.hellos[0].forked);
  EXPECT_EQ(problems.Count(), 0U) << problems.Text();
}

TEST(Run, AFolderThatIsNotThereLeavesTheProgramUntracked) {
  setenv(wire::kRunDirVariable, "/nonexistent/run", 1);
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  unsetenv(wire::kRunDirVariable);
  EXPECT_FALSE(run.active());
  EXPECT_FALSE(run.ok());
  EXPECT_EQ(problems.Count(ErrorKind::kNoRecorder), 1U);
  EXPECT_THAT(problems.Text(), HasSubstr("/nonexistent/run"));
  EXPECT_EQ(run.param("eta", 0.25), 0.25);
  EXPECT_EQ(run.param("name", "x"), "x");
  run.metric("loss", 1);
  EXPECT_FALSE(run.output("/dev/null"));
  EXPECT_FALSE(run.finish());
  EXPECT_EQ(problems.Count(), 1U);
}

TEST(Run, ARunThatIsBeingEndedIsNotJoinedAndNotHeldUp) {
  const Inbox inbox;
  std::ofstream(inbox.path() + "/" + wire::kEndedFileName).flush();
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_FALSE(run.active());
  EXPECT_EQ(problems.Count(ErrorKind::kNoRecorder), 1U) << problems.Text();
  // The segment by which it was seen is closed.
  EXPECT_EQ(inbox.Read().hellos.size(), 1U);
  tracker::SegmentReader reader(PosixFileSystem(), inbox.path());
  ASSERT_TRUE(reader
                  .Poll(tracker::Writer::kMayLive,
                        [](const auto&, const auto&) -> Result<void> { return {}; })
                  .ok());
  EXPECT_EQ(reader.Drained().size(), 1U);
}

TEST(Run, EveryDoubleAndStepSurvivesBitForBit) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> values = {
      0.0,       -0.0,          1.0 / 3, infinity,
      -infinity, std::nan("7"), 5e-324,  std::numeric_limits<double>::max()};
  const std::vector<std::int64_t> steps = {
      0, 0, -1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
      5, 4, 4};
  for (std::size_t i = 0; i < values.size(); ++i) run.metric("m", values[i], steps[i]);
  const Collected all = inbox.Read();
  ASSERT_EQ(all.points.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::memcmp(&all.points[i].value, &values[i], 8), 0) << i;
    EXPECT_EQ(all.points[i].step, steps[i]);
  }
}

TEST(Run, PointsHaveTheTimeOfTheCall) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  timespec before{};
  clock_gettime(CLOCK_REALTIME, &before);
  run.metric("m", 1);
  timespec after{};
  clock_gettime(CLOCK_REALTIME, &after);
  const auto ns = [](const timespec& t) { return t.tv_sec * 1'000'000'000LL + t.tv_nsec; };
  const Collected all = inbox.Read();
  ASSERT_EQ(all.points.size(), 1U);
  EXPECT_GE(all.points[0].unix_ns, ns(before) - 20'000'000);
  EXPECT_LE(all.points[0].unix_ns, ns(after));
}

TEST(Run, KeysMayHoldAnyBytes) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  const std::string with_zero("a\0b", 3);
  const std::string longest(wire::kKeyBytesMax, 'k');
  for (const std::string& key : {std::string("é"), with_zero, std::string("a"), longest}) {
    run.metric(key, static_cast<double>(key.size()));
    run.metric(key, -1);
  }
  run.metric("", 0);
  run.metric(longest + 'k', 0);
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 2U) << problems.Text();
  const Collected all = inbox.Read();
  EXPECT_EQ(all.points.size(), 8U);
  EXPECT_THAT(all.ValuesOf(with_zero), ElementsAre(3, -1));
  EXPECT_THAT(all.ValuesOf("a"), ElementsAre(1, -1));
  EXPECT_THAT(all.ValuesOf(longest), ElementsAre(wire::kKeyBytesMax, -1));
}

TEST(Run, ManySegmentsHoldALongSeriesInOrder) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  constexpr int kPoints = 600'000;  // 19 MB: segments of every size up to the largest.
  for (int i = 0; i < kPoints; ++i) run.metric(i % 3 == 0 ? "a" : "b", i, i);
  const Collected all = inbox.Read();
  ASSERT_EQ(all.points.size(), static_cast<std::size_t>(kPoints));
  for (int i = 0; i < kPoints; ++i) {
    ASSERT_EQ(all.points[static_cast<std::size_t>(i)].step, i);
    ASSERT_EQ(all.points[static_cast<std::size_t>(i)].key, i % 3 == 0 ? "a" : "b");
  }
  EXPECT_GE(all.segments.size(), 8U);
  EXPECT_EQ(all.loss.points, 0U);
  EXPECT_EQ(all.loss.damaged_bytes, 0U);
}

TEST(Run, ParametersAreRecordedTypedAndReturned) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_EQ(run.param("int", -7), -7);
  EXPECT_EQ(run.param("big", std::numeric_limits<std::uint64_t>::max()),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(run.param("real", 0.1), 0.1);
  EXPECT_EQ(run.param("float", 0.1F), 0.1F);
  EXPECT_EQ(run.param("yes", true), true);
  EXPECT_EQ(run.param("text", "tree"), "tree");
  EXPECT_EQ(run.param("whole", 2.0), 2.0);
  EXPECT_TRUE(std::isnan(run.param("nan", std::nan(""))));
  Collected all = inbox.Read();
  EXPECT_EQ(all.params["int"].value, "-7");
  EXPECT_EQ(all.params["int"].type, wire::ParamType::kInt);
  EXPECT_EQ(all.params["big"].value, "18446744073709551615");
  EXPECT_EQ(all.params["real"].value, "0.1");
  EXPECT_EQ(all.params["real"].type, wire::ParamType::kReal);
  EXPECT_EQ(all.params["float"].value, "0.1");
  EXPECT_EQ(all.params["yes"].value, "true");
  EXPECT_EQ(all.params["yes"].type, wire::ParamType::kBool);
  EXPECT_EQ(all.params["text"].value, "tree");
  EXPECT_EQ(all.params["text"].type, wire::ParamType::kString);
  EXPECT_EQ(all.params["whole"].value, "2");
  EXPECT_EQ(all.params["nan"].value, "NaN");
  EXPECT_FALSE(all.params["real"].overridden);
}

TEST(Run, OverridesOfEachTypeAreInForce) {
  const Inbox inbox;
  inbox.WriteOverrides({{wire::ParamType::kInt, "trees", "500"},
                        {wire::ParamType::kInt, "eta", "1"},  // `-p eta=1` reads as an integer.
                        {wire::ParamType::kReal, "decay", "-Infinity"},
                        {wire::ParamType::kBool, "shuffle", "false"},
                        {wire::ParamType::kReal, "version", "1.50"},
                        {wire::ParamType::kString, "path with %", "a\tb\n\xff"},
                        {wire::ParamType::kInt, "small", "+12"}});
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_EQ(run.param("trees", 100), 500);
  EXPECT_EQ(run.param("eta", 0.1), 1.0);
  EXPECT_EQ(run.param("decay", 0.5), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(run.param("shuffle", true), false);
  EXPECT_EQ(run.param("version", "2"), "1.50");
  EXPECT_EQ(run.param("path with %", "x"), "a\tb\n\xff");
  EXPECT_EQ(run.param("small", std::uint8_t{3}), 12);
  EXPECT_EQ(run.param("other", 3), 3);
  EXPECT_TRUE(run.ok()) << problems.Text();
  Collected all = inbox.Read();
  EXPECT_TRUE(all.params["eta"].overridden);
  EXPECT_EQ(all.params["eta"].value, "1");
  EXPECT_EQ(all.params["eta"].given, "0.1");
  EXPECT_FALSE(all.params["other"].overridden);
}

TEST(Run, AnOverrideOfAnotherTypeIsToldAndNotUsed) {
  const Inbox inbox;
  inbox.WriteOverrides({{wire::ParamType::kReal, "trees", "1.5"},
                        {wire::ParamType::kString, "eta", "fast"},
                        {wire::ParamType::kInt, "shuffle", "2"},
                        {wire::ParamType::kInt, "depth", "300"},
                        {wire::ParamType::kInt, "seed", "-1"}});
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_EQ(run.param("trees", 100), 100);
  EXPECT_EQ(run.param("eta", 0.1), 0.1);
  EXPECT_EQ(run.param("shuffle", true), true);
  EXPECT_EQ(run.param("depth", std::int8_t{6}), 6);
  EXPECT_EQ(run.param("seed", 42U), 42U);
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 5U) << problems.Text();
  EXPECT_FALSE(run.ok());
  Collected all = inbox.Read();
  EXPECT_EQ(all.params["trees"].value, "100");
  EXPECT_FALSE(all.params["trees"].overridden);
}

TEST(Run, AnOverridesFileThatCannotBeReadIsTold) {
  const Inbox inbox;
  std::ofstream(inbox.path() + "/overrides") << "reprise overrides 2\n";
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_TRUE(run.active());
  EXPECT_EQ(problems.Count(ErrorKind::kIo), 1U);
}

TEST(Run, AParameterIsRecordedOnceAndAnotherValueIsAnError) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_EQ(run.param("eta", 0.1), 0.1);
  EXPECT_EQ(run.param("eta", 0.1), 0.1);
  EXPECT_EQ(problems.Count(), 0U);
  EXPECT_EQ(run.param("eta", 0.2), 0.2);
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 1U);
  Collected all = inbox.Read();
  EXPECT_EQ(all.param_records, 1U);
  EXPECT_EQ(all.params["eta"].value, "0.1");
}

TEST(Run, FilesAreRecordedAbsoluteWithTheirStat) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  const std::string data = inbox.path() + "/../data.csv";
  std::ofstream(data) << "a,b\n";
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(inbox.path());
  EXPECT_TRUE(run.input("../data.csv", "training data"));
  std::filesystem::current_path(before);
  EXPECT_TRUE(run.output(std::filesystem::path(data), "copy"));
  const Collected all = inbox.Read();
  ASSERT_EQ(all.files.size(), 2U);
  EXPECT_FALSE(all.files[0].output);
  EXPECT_EQ(all.files[0].path, inbox.path() + "/../data.csv");
  EXPECT_EQ(all.files[0].role, "training data");
  EXPECT_TRUE(all.files[1].output);
  const auto stat = PosixFileSystem().Stat(data);
  ASSERT_TRUE(stat.ok());
  EXPECT_EQ(all.files[1].stat.device, stat->device);
  EXPECT_EQ(all.files[1].stat.inode, stat->inode);
  EXPECT_EQ(all.files[1].stat.size_bytes, 4U);
  EXPECT_EQ(all.files[1].stat.mtime_unix_ns, stat->mtime_unix_ns);
  EXPECT_EQ(all.files[1].stat.ctime_unix_ns, stat->ctime_unix_ns);
  EXPECT_EQ(all.files[1].stat.kind, FileKind::kFile);
}

TEST(Run, AMissingFileIsToldAndNotRecorded) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_FALSE(run.input("/nonexistent/data.csv"));
  EXPECT_FALSE(run.output(std::string("/tmp\0x", 6)));
  EXPECT_FALSE(run.output(""));
  EXPECT_EQ(problems.Count(ErrorKind::kIo), 2U) << problems.Text();
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 1U);
  EXPECT_THAT(problems.Text(), HasSubstr("'/nonexistent/data.csv'"));
  EXPECT_TRUE(inbox.Read().files.empty());
}

TEST(Run, DerivedColumnsAreRecordedWithTheirSourcesAndImpossibleNamesAreRefused) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_TRUE(run.derive("score", {"age", "amount"}));
  const std::vector<std::string_view> sources = {"loans.csv#age"};
  EXPECT_TRUE(run.derive("out.csv#group", std::span<const std::string_view>(sources)));
  EXPECT_FALSE(run.derive("score", {}));
  EXPECT_FALSE(run.derive("", {"age"}));
  EXPECT_FALSE(run.derive("score", {""}));
  EXPECT_FALSE(run.derive("score", {std::string_view("a\0b", 3)}));
  EXPECT_FALSE(run.derive("score", {std::string(wire::kKeyBytesMax + 1, 'x')}));
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 5U);
  const Collected all = inbox.Read();
  EXPECT_THAT(all.derivations,
              ElementsAre(Pair("score", std::string("age\0amount\0", 11)),
                          Pair("out.csv#group", std::string("loans.csv#age\0", 14))));
}

TEST(Run, EvidenceIsAFileOrAJsonObjectAndItsKindIsKept) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  const std::filesystem::path file("/etc/passwd");
  const std::string json = " {\"type\":\"reprise/validation/v1\",\"metrics\":{}}";
  EXPECT_FALSE(run.evidence("", json));
  EXPECT_FALSE(run.evidence("validation", ""));
  EXPECT_FALSE(run.evidence("validation", "{" + std::string(wire::kTextBytesMax, 'x')));
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 3U);
  EXPECT_FALSE(run.evidence("document", "nothing.pdf"));
  EXPECT_EQ(problems.Count(ErrorKind::kIo), 1U);
  (void)run.evidence("validation", json);
  (void)run.evidence("document", file);
  EXPECT_THAT(inbox.Read().evidence,
              ElementsAre(Pair("validation", json), Pair("document", file.native())));
}

TEST(Run, TextsOfEverySizeAreKept) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  std::string huge;  // Longer than a record can be, so that it is split.
  while (huge.size() < 5 * wire::kTextBytesMax / 2) huge += std::to_string(huge.size()) + ' ';
  EXPECT_TRUE(run.log(""));
  EXPECT_TRUE(run.log("epoch 1", LogLevel::kWarning));
  EXPECT_TRUE(run.log(huge, LogLevel::kDebug));
  EXPECT_TRUE(run.tag("team", "risk"));
  EXPECT_TRUE(run.tag("empty", ""));
  EXPECT_TRUE(run.note("first"));
  const std::string longest(wire::kTextBytesMax, 'n');
  EXPECT_TRUE(run.note(longest));
  EXPECT_FALSE(run.note(longest + 'n'));
  EXPECT_FALSE(run.tag("", "x"));
  const Collected all = inbox.Read();
  EXPECT_THAT(all.logs, ElementsAre(Pair(1U, ""), Pair(2U, "epoch 1"), Pair(0U, huge)));
  EXPECT_THAT(all.tags, ElementsAre(Pair("team", "risk"), Pair("empty", "")));
  EXPECT_THAT(all.notes, ElementsAre("first", longest));
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 2U);
}

TEST(Run, FinishRecordsTheStatusAndWhatWasMapped) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  run.metric("m", 1);
  EXPECT_TRUE(run.finish(RunStatus::kFailed));
  EXPECT_TRUE(run.finish());  // Again: the same answer, no second record.
  const Collected all = inbox.Read();
  ASSERT_EQ(all.finishes.size(), 1U);
  EXPECT_TRUE(all.finishes[0].second.failed);
  EXPECT_FALSE(all.finishes[0].second.forked);
  char self[4096] = {};
  ASSERT_GT(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
  EXPECT_THAT(all.mapped_files, ::testing::Contains(std::string(self)));
  const auto requests = recorder.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].kind, static_cast<std::uint16_t>(wire::MessageKind::kFinish));
  EXPECT_EQ(requests[0].pid, static_cast<std::uint32_t>(getpid()));
}

TEST(Run, CallsAfterFinishAreToldOnceAndDoNothing) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  run.metric("m", 1);
  run.finish();
  run.metric("m", 2);
  EXPECT_EQ(run.param("eta", 0.5), 0.5);
  EXPECT_FALSE(run.note("late"));
  EXPECT_EQ(problems.Count(ErrorKind::kInvalid), 1U) << problems.Text();
  const Collected all = inbox.Read();
  EXPECT_THAT(all.ValuesOf("m"), ElementsAre(1));
  EXPECT_TRUE(all.params.empty());
}

TEST(Run, TheDestructorFinishesAndAnExceptionMeansFailed) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  { const reprise::Run run = reprise::Run::Start(Waiting(problems)); }
  try {
    const reprise::Run run = reprise::Run::Start(Waiting(problems));
    throw std::runtime_error("training diverged");
  } catch (const std::runtime_error&) {
  }
  const Collected all = inbox.Read();
  ASSERT_EQ(all.finishes.size(), 2U);
  EXPECT_NE(all.finishes[0].second.failed, all.finishes[1].second.failed);
  EXPECT_NE(all.finishes[0].second.session, all.finishes[1].second.session);
}

TEST(Run, MovingHandsTheRunOver) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  reprise::Run first = reprise::Run::Start(Waiting(problems));
  reprise::Run second = std::move(first);
  EXPECT_FALSE(first.active());  // NOLINT: that is what is tested.
  second.metric("m", 1);
  second = reprise::Run::Start(Waiting(problems));  // Finishes the one that it held.
  EXPECT_EQ(recorder.requests().size(), 1U);
  second.metric("m", 2);
  EXPECT_EQ(inbox.Read().ValuesOf("m").size(), 2U);
}

TEST(Run, SeveralRunsOfOneProcessAreKeptApart) {
  const Inbox inbox;
  Problems problems;
  reprise::Run a = reprise::Run::Start(Options(problems));
  reprise::Run b = reprise::Run::Start(Options(problems));
  for (int i = 0; i < 1000; ++i) {
    a.metric("a", i, i);
    b.metric("b", i, i);
  }
  const Collected all = inbox.Read();
  ASSERT_EQ(all.points.size(), 2000U);
  std::set<std::pair<std::string, std::uint32_t>> sources;
  for (const auto& point : all.points) sources.emplace(point.key, point.source.session);
  EXPECT_EQ(sources.size(), 2U);
}

TEST(Run, TheHandlerMayThrowAndMayUseTheRun) {
  const Inbox inbox;
  reprise::Run run;
  int told = 0;
  RunOptions options;
  options.wait_ms_max = 0;
  options.on_error = [&](const Problem& problem) {
    ++told;
    run.log(problem.message);
    run.note("");  // Itself an error, which must not call the handler again.
    throw std::runtime_error("handler");
  };
  run = reprise::Run::Start(options);
  run.metric("", 1);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(inbox.Read().logs.size(), 1U);
}

TEST(Run, AbortOnErrorEndsTheProcessAfterTellingTheHandler) {
  const Inbox inbox;
  EXPECT_DEATH(
      {
        RunOptions options;
        options.abort_on_error = true;
        reprise::Run run = reprise::Run::Start(options);
        run.input("/nonexistent/data.csv");
      },
      "cannot record the input '/nonexistent/data.csv'");
}

TEST(Run, TheDefaultHandlerWritesTheFirstProblemOnly) {
  const Inbox inbox;
  ::testing::internal::CaptureStderr();
  {
    const FakeRecorder recorder(inbox.path());
    reprise::Run run = reprise::Run::Start();
    for (int i = 0; i < 5; ++i) run.input("/nonexistent/" + std::to_string(i));
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("/nonexistent/0"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("/nonexistent/1")));
  EXPECT_THAT(text, HasSubstr("4 more such messages"));
}

TEST(Run, StrictWritesEveryProblem) {
  const Inbox inbox;
  ::testing::internal::CaptureStderr();
  {
    const FakeRecorder recorder(inbox.path());
    RunOptions options;
    options.strict = true;
    reprise::Run run = reprise::Run::Start(options);
    for (int i = 0; i < 2; ++i) run.input("/nonexistent/" + std::to_string(i));
    EXPECT_FALSE(run.finish());
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("/nonexistent/0"));
  EXPECT_THAT(text, HasSubstr("/nonexistent/1"));
}

}  // namespace
}  // namespace reprise::sdk::testing
