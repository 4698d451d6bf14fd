#include "tracker/import/watched_writer.h"

#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using storage::ContentSource;
using storage::PutResult;

// Takes content as long as its device has space.
class Device final : public storage::ObjectWriter {
 public:
  bool is_full = false;

  Result<PutResult> Put(ByteSpan) override {
    if (is_full) return Error{ErrorCode::kNoSpace, "full"};
    return PutResult{};
  }
  Result<PutResult> PutStream(const ContentSource& source) override {
    REPRISE_TRY(source(0, {}));
    return Put({});
  }
  Result<std::vector<Ulid>> Finish() override {
    if (is_full) return Error{ErrorCode::kNoSpace, "full"};
    return std::vector<Ulid>();
  }
  storage::WriterStats stats() const override { return {}; }
};

const ContentSource kContent = [](std::uint64_t, MutableByteSpan) { return std::size_t{0}; };

TEST(WatchedWriter, AFailureOfTheSourceIsNotOneOfTheWriter) {
  Device device;
  WatchedWriter writer(device);
  const auto put = writer.PutStream([](std::uint64_t, MutableByteSpan) -> Result<std::size_t> {
    return Error{ErrorCode::kIoError, "unreadable"};
  });
  ASSERT_FALSE(put.ok());
  EXPECT_EQ(put.error().code, ErrorCode::kIoError);
  EXPECT_FALSE(writer.failed());
  EXPECT_TRUE(writer.PutStream(kContent).ok());
  EXPECT_FALSE(writer.failed());
}

TEST(WatchedWriter, AFailureOfTheWriterIsRemembered) {
  for (int way = 0; way < 3; ++way) {
    Device device;
    WatchedWriter writer(device);
    device.is_full = true;
    const bool ok = way == 0   ? writer.Put({}).ok()
                    : way == 1 ? writer.PutStream(kContent).ok()
                               : writer.Finish().ok();
    EXPECT_FALSE(ok);
    EXPECT_TRUE(writer.failed()) << way;
    device.is_full = false;
    EXPECT_TRUE(writer.Put({}).ok());
    EXPECT_TRUE(writer.failed()) << way;
  }
}

}  // namespace
}  // namespace reprise::tracker
