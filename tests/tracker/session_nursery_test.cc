// Sessions appear and disappear at once, and what dead writers leave goes, with the names of their
// runs.

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr char kName[] = "brave-otter-7";

class SessionNurseryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Store::Create(files_, folder_.path()).ok());
    ASSERT_TRUE(ReserveRunName(files_, store(), kName, id_).ok());
  }

  std::string store() const { return folder_.Path(".reprise"); }
  std::string nursery() const { return StorePaths(store()).inbox() + "/." + id_.ToString(); }

  void OpenStore() {
    const auto opened = Store::Open(files_, store());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
  }

  bool NameIsTaken() { return FindRunByName(files_, store(), kName).ok(); }

  std::size_t InboxSize() { return files_.List(StorePaths(store()).inbox())->size(); }

  const testing::TempDir folder_;
  FileSystem& files_ = PosixFileSystem();
  const Ulid id_ = Ulid::Generate();
};

TEST_F(SessionNurseryTest, OneOfADeadWriterGoesWithItsName) {
  ASSERT_TRUE(files_.CreateDirectory(nursery()).ok());
  OpenStore();
  EXPECT_EQ(InboxSize(), 0U);
  EXPECT_FALSE(NameIsTaken());
}

TEST_F(SessionNurseryTest, OneOfALiveWriterStaysWithItsName) {
  ASSERT_TRUE(files_.CreateDirectory(nursery()).ok());
  const auto lock = files_.Lock(StorePaths(store()).nursery_lock(), LockMode::kShared, 0);
  ASSERT_TRUE(lock.ok());
  OpenStore();
  EXPECT_TRUE(Exists(files_, nursery()));
  EXPECT_TRUE(NameIsTaken());
}

TEST_F(SessionNurseryTest, TheRestOfARemovedSessionGoesAndItsNameStays) {
  ASSERT_TRUE(files_.CreateDirectory(nursery() + ".removed").ok());
  OpenStore();
  EXPECT_EQ(InboxSize(), 0U);
  EXPECT_TRUE(NameIsTaken());
}

TEST_F(SessionNurseryTest, APreparationThatFailsLeavesNothing) {
  const auto session =
      Session::Create(files_, store(), id_, {}, [](v1::SessionStarted&) -> Result<void> {
        return Error{ErrorCode::kAlreadyExists, "the name is taken"};
      });
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.error().message, "the name is taken");
  EXPECT_EQ(InboxSize(), 0U);
  EXPECT_FALSE(NameIsTaken());
}

TEST_F(SessionNurseryTest, AnAbandonedSessionGivesItsNameBack) {
  v1::SessionStarted started;
  started.set_name(kName);
  const auto session = Session::Create(files_, store(), id_, started);
  ASSERT_TRUE(session.ok());
  ASSERT_TRUE((*session)->Abandon().ok());
  EXPECT_EQ(InboxSize(), 0U);
  EXPECT_FALSE(NameIsTaken());
}

TEST_F(SessionNurseryTest, AnotherRunsNameIsNotGivenBack) {
  const Ulid other = Ulid::Generate();
  ReleaseRunNames(files_, store(), other);
  EXPECT_TRUE(NameIsTaken());
}

}  // namespace
}  // namespace reprise::tracker
