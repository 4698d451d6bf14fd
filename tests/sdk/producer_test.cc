// What the SDK writes is what docs/formats/segment.md says: built anew, byte by byte, it is the
// same.

#include "sdk/src/producer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/sdk/segment_builder.h"
#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

TEST(Producer, WritesTheBytesOfTheFormat) {
  const Inbox inbox;
  Producer producer({inbox.path(), "01J00000000000000000000000", 4711, 123456, 1, 1});
  ASSERT_EQ(producer.AppendPointSlowly("loss", 0.5, -1), 0);
  ASSERT_TRUE(producer.AppendPoint("loss", 0.25, 7));
  EXPECT_FALSE(producer.AppendPoint("auc", 1, 7));  // Not known yet.
  ASSERT_EQ(producer.AppendPointSlowly("auc", 0.75, 7), 0);
  const wire::TagPayload tag{9, 4, 4};
  ASSERT_EQ(producer.AppendRecord(wire::RecordKind::kTag, 0, &tag, sizeof(tag), {"team", "risk"}),
            0);
  producer.Close();

  std::ifstream in(inbox.path() + "/seg-4711-123456-1-1", std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  const std::string written = text.str();
  ASSERT_EQ(written.size(), wire::kSegmentBytesMin);

  SegmentBuilder expected(wire::kSegmentBytesMin);
  expected.header().closed = 1;
  const auto* header = reinterpret_cast<const wire::SegmentHeader*>(written.data());
  expected.header().created_unix_ns = header->created_unix_ns;  // The only things that vary are
  const auto time_at = [&](std::size_t record) {                // times.
    std::int64_t unix_ns;
    std::memcpy(&unix_ns, written.data() + record + 16, 8);
    return unix_ns;
  };
  expected.AddKey(0, "loss");
  expected.AddPoint(0, {-1, time_at(expected.offset()), 0.5});
  expected.AddPoint(0, {7, time_at(expected.offset()), 0.25});
  expected.AddKey(1, "auc");
  expected.AddPoint(1, {7, time_at(expected.offset()), 0.75});
  expected.Add(wire::RecordKind::kTag, tag, {"team", "risk"});
  EXPECT_TRUE(written == expected.bytes());
}

TEST(Producer, NamesThatAreTakenAreSkipped) {
  const Inbox inbox;
  // As after exec(): the same pid, start time and thread.
  for (int i = 0; i < 3; ++i) {
    Producer producer({inbox.path(), "run", 1, 2, 1, 1});
    ASSERT_EQ(producer.AppendPointSlowly("m", i, i), 0);
  }
  const Collected all = inbox.Read();
  EXPECT_EQ(all.points.size(), 3U);
  EXPECT_EQ(all.segments, (std::set<std::string>{"seg-1-2-1-1", "seg-1-2-1-2", "seg-1-2-1-3"}));
}

}  // namespace
}  // namespace reprise::sdk::testing
