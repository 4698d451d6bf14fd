#include "tracker/leased_store.h"

#include <gtest/gtest.h>

#include <thread>

#include "storage/crypto/sha256.h"
#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

class LeasedStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Store::Create(files_, dir_.path()).ok());
    folder_ = JoinPath(dir_.path(), ".reprise");
  }

  // Whether nobody has the store open.
  bool IsFree() { return Store::Open(files_, folder_, {.lock_wait_ms_max = 0}).ok(); }

  FileSystem& files_ = PosixFileSystem();
  testing::TempDir dir_;
  std::string folder_;
};

TEST_F(LeasedStoreTest, OpensWithTheFirstQuestionAndStaysOpen) {
  LeasedStore lease(files_, folder_, {});
  EXPECT_TRUE(IsFree());
  const Digest unknown = crypto::Sha256("never stored");
  const auto present = lease.HasObjects({&unknown, 1});
  ASSERT_TRUE(present.ok());
  EXPECT_EQ(*present, std::vector<bool>{false});
  EXPECT_FALSE(IsFree());
  lease.Release();
  EXPECT_TRUE(IsFree());
}

TEST_F(LeasedStoreTest, OpeningSoonAnswersTheFirstQuestionAsWell) {
  LeasedStore lease(files_, folder_, {});
  lease.OpenSoon();
  const Digest unknown = crypto::Sha256("never stored");
  EXPECT_TRUE(lease.HasObjects({&unknown, 1}).ok());
  EXPECT_FALSE(IsFree());
}

TEST_F(LeasedStoreTest, IsReleasedWhenAnotherWaitsAndNotBefore) {
  LeasedStore lease(files_, folder_, {});
  ASSERT_TRUE(lease.HasObjects({}).ok());
  EXPECT_FALSE(lease.ReleaseIfContended());
  bool opened = false;
  std::thread waiter(
      [&] { opened = Store::Open(files_, folder_, {.lock_wait_ms_max = 60'000}).ok(); });
  while (!lease.ReleaseIfContended()) std::this_thread::yield();
  waiter.join();
  EXPECT_TRUE(opened);
}

TEST_F(LeasedStoreTest, ALockThatIsNotFreeMeansThatNothingIsPresent) {
  const auto holder = Store::Open(files_, folder_);
  ASSERT_TRUE(holder.ok());
  LeasedStore lease(files_, folder_, {.lock_wait_ms_max = 0});
  lease.OpenSoon();
  const Digest unknown = crypto::Sha256("never stored");
  const auto present = lease.HasObjects({&unknown, 1});
  ASSERT_TRUE(present.ok());
  EXPECT_EQ(*present, std::vector<bool>{false});
}

}  // namespace
}  // namespace reprise::tracker
