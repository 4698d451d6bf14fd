#include "tracker/trace/access.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"
#include "tracker/trace/blind_spots.h"

namespace reprise::tracker {
namespace {

class TraceFile : public ::testing::Test {
 protected:
  std::string path() const { return folder_.Path("accesses"); }
  const std::string& folder() const { return folder_.path(); }

  std::string Content() const {
    const auto content = ReadFile(PosixFileSystem(), path());
    EXPECT_TRUE(content.ok());
    return content.value_or("");
  }

  // One record of each kind.
  void WriteSample() const {
    auto writer = TraceWriter::Create(PosixFileSystem(), folder());
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    writer->WriteTracer("seccomp");
    Access access = Sample();
    access.uses = 0;
    access.changes = 0;
    access.kept.clear();
    writer->WriteAccess(access);
    writer->WriteListing("/data", {{"a\n\xff", NameState::kFile}, {"d", NameState::kFolder}});
    writer->WriteBlindSpot("network");
    writer->WriteAccess(Sample());
    writer->WriteFailure("the keeper was killed");
    writer->WriteEnd();
    EXPECT_FALSE(writer->failed());
  }

  static Access Sample() {
    return {.path = "/data/a\n\xff",
            .state = NameState::kFile,
            .stat = {.kind = FileKind::kFile,
                     .executable = true,
                     .size_bytes = 3,
                     .device = 64769,
                     .inode = 12,
                     .mtime_unix_ns = 1'700'000'000'000'000'001,
                     .ctime_unix_ns = 1'700'000'000'000'000'002,
                     .mode = 0100755,
                     .disk_bytes = 4096},
            .uses = kUseRead | kUseLookedUp,
            .changes = kChangeWritten,
            .kept = "kept.1",
            .moved_to = "/moved/a\n\xff"};
  }

 private:
  testing::TempDir folder_;
};

TEST_F(TraceFile, WhatIsWrittenIsRead) {
  WriteSample();
  const auto trace = ReadTrace(PosixFileSystem(), folder());
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  Trace expected;
  expected.accesses["/data/a\n\xff"] = Sample();
  expected.listings["/data"] = {{"a\n\xff", NameState::kFile}, {"d", NameState::kFolder}};
  expected.blind_spots = {"network"};
  expected.tracer = "seccomp";
  expected.failure = "the keeper was killed";
  expected.ended = true;
  EXPECT_EQ(*trace, expected);
}

TEST_F(TraceFile, TheBytesOfVersion1Stay) {
  WriteSample();
  testing::ExpectGolden("trace/v1.accesses", Content());
}

TEST_F(TraceFile, ATornEndIsCutAndCounted) {
  WriteSample();
  const std::string content = Content();
  std::size_t records = 0;
  for (std::size_t size = 16; size <= content.size(); ++size) {
    const auto trace = ParseTrace(AsBytes(std::string_view(content).substr(0, size)));
    ASSERT_TRUE(trace.ok()) << size << ": " << trace.error().message;
    const std::size_t now = trace->accesses.size() + trace->listings.size() +
                            trace->blind_spots.size() +
                            (trace->accesses.empty() ? 0U : trace->accesses.begin()->second.uses);
    EXPECT_GE(now, records) << size;
    records = now;
    EXPECT_TRUE(size < content.size() || trace->dropped_bytes == 0);
  }
  EXPECT_EQ(records, 3U + (kUseRead | kUseLookedUp));
}

TEST_F(TraceFile, WhatBeginsOtherwiseIsDamaged) {
  for (const char* content : {"", "RPRTRACE", "RPRSJRNL\1\0\0\0\0\0\0\0"}) {
    const auto trace = ParseTrace(AsBytes(content));
    ASSERT_FALSE(trace.ok());
    EXPECT_EQ(trace.error().code, ErrorCode::kCorruption);
  }
}

TEST_F(TraceFile, ANewerVersionIsRefused) {
  WriteSample();
  std::string content = Content();
  content[8] = 2;
  const auto trace = ParseTrace(AsBytes(content));
  ASSERT_FALSE(trace.ok());
  EXPECT_EQ(trace.error().code, ErrorCode::kUnsupportedVersion);
}

TEST_F(TraceFile, AKeptFileOutsideOfTheSessionIsDamage) {
  auto writer = TraceWriter::Create(PosixFileSystem(), folder());
  ASSERT_TRUE(writer.ok());
  Access access = Sample();
  access.kept = "../../packs/x";
  writer->WriteAccess(access);
  const auto trace = ReadTrace(PosixFileSystem(), folder());
  ASSERT_FALSE(trace.ok());
  EXPECT_EQ(trace.error().code, ErrorCode::kCorruption);
}

TEST_F(TraceFile, AFileThatMovedToARelativePathIsDamage) {
  auto writer = TraceWriter::Create(PosixFileSystem(), folder());
  ASSERT_TRUE(writer.ok());
  Access access = Sample();
  access.moved_to = "moved";
  writer->WriteAccess(access);
  EXPECT_EQ(ReadTrace(PosixFileSystem(), folder()).error().code, ErrorCode::kCorruption);
}

TEST_F(TraceFile, OneWithoutAnEndSaysThatItEndedEarly) {
  Trace trace;
  ASSERT_EQ(BlindSpotSentences(trace).size(), 1U);
  EXPECT_EQ(BlindSpotSentences(trace)[0].find("what came after the trace had ended early"), 0U);
  trace.ended = true;
  EXPECT_TRUE(BlindSpotSentences(trace).empty());
}

TEST_F(TraceFile, ASessionThatWasNotTracedHasNone) {
  const auto trace = ReadTrace(PosixFileSystem(), folder());
  ASSERT_FALSE(trace.ok());
  EXPECT_EQ(trace.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::tracker
