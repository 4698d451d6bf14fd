// All segments of a folder, read again and again while they grow, close and go.

#include "tracker/recorder/segment_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/sdk/segment_builder.h"

namespace reprise::tracker {
namespace {

using sdk::testing::SegmentBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SegmentReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "reprise-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const SegmentBuilder& segment) const {
    // In place, as a writer does.
    std::fstream out(folder_ + '/' + name, std::ios::binary | std::ios::in | std::ios::out);
    if (!out) out.open(folder_ + '/' + name, std::ios::binary | std::ios::out);
    out << segment.bytes();
  }

  // The keys of the points that a poll gives.
  static std::vector<std::string> Poll(SegmentReader& reader, Writer writer = Writer::kMayLive) {
    std::vector<std::string> keys;
    const auto result = reader.Poll(writer, [&](const SegmentSource&, const SegmentRecord& record) {
      if (const auto* point = std::get_if<PointRecord>(&record)) keys.emplace_back(point->key);
      return Result<void>();
    });
    EXPECT_TRUE(result.ok()) << result.error().message;
    return keys;
  }

  static SegmentBuilder WithPoint(const std::string& key, std::int64_t created_unix_ns = 1) {
    SegmentBuilder segment;
    segment.header().created_unix_ns = created_unix_ns;
    segment.AddKey(0, key).AddPoint(0, {1, 1, 1});
    return segment;
  }

  std::string folder_;
};

TEST_F(SegmentReaderTest, ASeriesOfSegmentsIsReadInTheOrderOfItsNumbers) {
  Write("seg-1-5-1-10", WithPoint("tenth"));
  Write("seg-1-5-1-9", WithPoint("ninth"));
  Write("seg-1-5-2-1", WithPoint("other thread"));
  Write("notes.txt", WithPoint("no segment"));
  SegmentReader reader(PosixFileSystem(), folder_);
  EXPECT_THAT(Poll(reader), ElementsAre("ninth", "tenth", "other thread"));
  EXPECT_THAT(Poll(reader), IsEmpty());
}

TEST_F(SegmentReaderTest, WhatIsAppendedIsReadOnce) {
  SegmentBuilder segment = WithPoint("a");
  Write("seg-1-5-1-1", segment);
  SegmentReader reader(PosixFileSystem(), folder_);
  EXPECT_THAT(Poll(reader), ElementsAre("a"));
  segment.AddKey(1, "b").AddPoint(1, {2, 2, 2}).AddPoint(0, {3, 3, 3});
  Write("seg-1-5-1-1", segment);
  EXPECT_THAT(Poll(reader), ElementsAre("b", "a"));
}

TEST_F(SegmentReaderTest, ASuccessorGoesOnFromTheCursors) {
  SegmentBuilder segment = WithPoint("a");
  Write("seg-1-5-1-1", segment);
  SegmentReader first(PosixFileSystem(), folder_);
  Poll(first);
  segment.AddPoint(0, {2, 2, 2});
  Write("seg-1-5-1-1", segment);
  SegmentReader second(PosixFileSystem(), folder_, first.cursors());
  EXPECT_THAT(Poll(second), ElementsAre("a"));
  EXPECT_THAT(Poll(second), IsEmpty());
}

TEST_F(SegmentReaderTest, AClosedSegmentIsDrainedAndMayBeRemoved) {
  SegmentBuilder segment = WithPoint("a");
  Write("seg-1-5-1-1", segment);
  SegmentReader reader(PosixFileSystem(), folder_);
  Poll(reader);
  EXPECT_THAT(reader.Drained(), IsEmpty());
  segment.header().closed = 1;
  Write("seg-1-5-1-1", segment);
  Poll(reader);
  EXPECT_THAT(reader.Drained(), ElementsAre("seg-1-5-1-1"));
  ASSERT_TRUE(reader.Remove("seg-1-5-1-1").ok());
  EXPECT_THAT(reader.Drained(), IsEmpty());
  EXPECT_THAT(reader.cursors(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/seg-1-5-1-1"));
}

TEST_F(SegmentReaderTest, AnotherSegmentOfTheSameNameIsReadFromItsBeginning) {
  Write("seg-1-5-1-1", WithPoint("before exec", 1));
  SegmentReader first(PosixFileSystem(), folder_);
  Poll(first);
  const auto cursors = first.cursors();
  Write("seg-1-5-1-1", WithPoint("after exec", 2));
  SegmentReader second(PosixFileSystem(), folder_, cursors);
  EXPECT_THAT(Poll(second), ElementsAre("after exec"));
}

TEST_F(SegmentReaderTest, OnceTheWritersAreGoneEverySegmentIsDrained) {
  Write("seg-1-5-1-1", WithPoint("a"));
  std::ofstream(folder_ + "/seg-1-5-2-1");  // Created, and killed before it had a size.
  SegmentReader reader(PosixFileSystem(), folder_);
  EXPECT_THAT(Poll(reader), ElementsAre("a"));
  EXPECT_THAT(reader.Drained(), IsEmpty());
  Poll(reader, Writer::kIsGone);
  EXPECT_THAT(reader.Drained(), ElementsAre("seg-1-5-1-1", "seg-1-5-2-1"));
  EXPECT_THAT(reader.TakeProblems(), IsEmpty());
}

TEST_F(SegmentReaderTest, ASegmentThatCannotBeReadIsToldOnceAndHoldsUpNothing) {
  SegmentBuilder newer = WithPoint("newer");
  newer.header().version = 2;
  Write("seg-1-5-1-1", newer);
  Write("seg-1-5-2-1", WithPoint("a"));
  SegmentReader reader(PosixFileSystem(), folder_);
  EXPECT_THAT(Poll(reader), ElementsAre("a"));
  EXPECT_THAT(reader.TakeProblems(), ElementsAre(HasSubstr("version 2")));
  Poll(reader);
  EXPECT_THAT(reader.TakeProblems(), IsEmpty());
}

TEST_F(SegmentReaderTest, AFailedVisitLeavesTheRecordToTheNextPoll) {
  Write("seg-1-5-1-1", WithPoint("a"));
  SegmentReader reader(PosixFileSystem(), folder_);
  const auto result = reader.Poll(Writer::kMayLive, [](const SegmentSource&, const SegmentRecord&) {
    return Result<void>(Error{ErrorCode::kNoSpace, "the journal is full"});
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(Poll(reader), ElementsAre("a"));
}

TEST_F(SegmentReaderTest, AMissingFolderIsAnError) {
  SegmentReader reader(PosixFileSystem(), folder_ + "/none");
  const auto result = reader.Poll(
      Writer::kMayLive, [](const SegmentSource&, const SegmentRecord&) { return Result<void>(); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::tracker
