#include "storage/frame_log.h"

#include <gtest/gtest.h>

namespace reprise::storage {
namespace {

using std::string_literals::operator""s;

const std::vector<std::string> kPayloads = {"first", "", "\0\xFF"s, std::string(300, 'x')};

std::string Log() {
  std::string log;
  for (const std::string& payload : kPayloads) AppendFrame(log, payload);
  return log;
}

struct Seen {
  FrameScan scan;
  std::vector<std::string> payloads;
  std::vector<std::uint64_t> ends;
};

Seen Scan(std::string_view log, std::uint64_t offset = 0) {
  Seen seen;
  const auto scan = ScanFrames(AsBytes(log), offset,
                               [&](std::string_view payload, std::uint64_t end) -> Result<void> {
                                 seen.payloads.emplace_back(payload);
                                 seen.ends.push_back(end);
                                 return {};
                               });
  EXPECT_TRUE(scan.ok());
  seen.scan = *scan;
  EXPECT_EQ(seen.scan.frames, seen.payloads.size());
  EXPECT_EQ(seen.scan.valid_bytes + seen.scan.dropped_bytes, log.size());
  return seen;
}

// How many whole frames lie in the first `size` bytes.
std::size_t FramesWithin(std::uint64_t size) {
  std::size_t frames = 0;
  for (std::uint64_t end = 0; frames < kPayloads.size(); ++frames) {
    end += 8 + kPayloads[frames].size();
    if (end > size) break;
  }
  return frames;
}

TEST(FrameLog, GivesBackWhatWasAppended) {
  const Seen seen = Scan(Log());
  EXPECT_EQ(seen.payloads, kPayloads);
  EXPECT_EQ(seen.scan.dropped_bytes, 0U);
  EXPECT_EQ(seen.ends.back(), Log().size());
}

TEST(FrameLog, AnEmptyLogHasNoFrames) {
  EXPECT_EQ(Scan("").scan.frames, 0U);
  EXPECT_EQ(Scan("").scan.dropped_bytes, 0U);
}

TEST(FrameLog, TheBytesAreThoseOfTheFormatPage) {
  std::string frame;
  AppendFrame(frame, "abc");
  EXPECT_EQ(ToHex(AsBytes(frame)), "03000000f8831455616263");
}

TEST(FrameLog, TornAtAnyByteItKeepsTheWholeFrames) {
  const std::string log = Log();
  for (std::size_t size = 0; size <= log.size(); ++size) {
    const Seen seen = Scan(log.substr(0, size));
    const std::size_t whole = FramesWithin(size);
    ASSERT_EQ(seen.scan.frames, whole) << size;
    ASSERT_TRUE(std::equal(seen.payloads.begin(), seen.payloads.end(), kPayloads.begin()));
    ASSERT_EQ(seen.scan.valid_bytes, whole == 0 ? 0 : seen.ends.back()) << size;
  }
}

TEST(FrameLog, AnyFlippedBitEndsTheLogBeforeItsFrame) {
  const std::string log = Log();
  for (std::size_t bit = 0; bit < log.size() * 8; ++bit) {
    std::string damaged = log;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    ASSERT_EQ(Scan(damaged).scan.frames, FramesWithin(bit / 8)) << bit;
  }
}

TEST(FrameLog, ZerosAfterTheLastFrameAreATailNotFrames) {
  const Seen seen = Scan(Log() + std::string(64, '\0'));
  EXPECT_EQ(seen.payloads, kPayloads);
  EXPECT_EQ(seen.scan.dropped_bytes, 64U);
}

TEST(FrameLog, ALengthBeyondTheFileOrTheLimitIsATornTail) {
  for (const std::uint32_t length : {5U, kFramePayloadBytesMax + 1, 0xFFFFFFF8U, 0xFFFFFFFFU}) {
    std::string log;
    AppendLe(log, length);
    AppendLe(log, std::uint32_t{0});
    EXPECT_EQ(Scan(log + "abcd").scan.dropped_bytes, 12U);
  }
}

TEST(FrameLog, ScanningGoesOnFromAnEarlierEnd) {
  const std::string log = "header" + Log();
  const Seen all = Scan(log, 6);
  EXPECT_EQ(all.payloads, kPayloads);
  const Seen rest = Scan(log, all.ends[1]);
  EXPECT_EQ(rest.payloads, std::vector<std::string>(kPayloads.begin() + 2, kPayloads.end()));
  EXPECT_EQ(Scan(log, log.size()).scan.frames, 0U);
  EXPECT_EQ(Scan(log, log.size() + 1).scan.frames, 0U);
}

TEST(FrameLog, AFailureOfTheVisitorStopsTheScan) {
  int visits = 0;
  const auto scan = ScanFrames(AsBytes(Log()), 0, [&](std::string_view, std::uint64_t) {
    return ++visits == 2 ? Result<void>(Error{ErrorCode::kCorruption, "enough"}) : Result<void>();
  });
  ASSERT_FALSE(scan.ok());
  EXPECT_EQ(scan.error().message, "enough");
  EXPECT_EQ(visits, 2);
}

}  // namespace
}  // namespace reprise::storage
