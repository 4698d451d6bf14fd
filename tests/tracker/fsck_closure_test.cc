// What fsck makes of the closures of traced runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/tracker/traced_run.h"
#include "tracker/fsck.h"
#include "tracker/store.h"

namespace reprise::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StoredFile;
using testing::TracedRun;

class FsckClosure : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Store::Create(files_, folder_.path()).ok()); }

  std::vector<std::string> ProblemsAfter(const std::vector<TracedRun>& runs) {
    for (const TracedRun& run : runs) {
      const auto sealed = testing::SealTracedRun(files_, store_, run);
      EXPECT_TRUE(sealed.ok()) << sealed.error().message;
    }
    const auto report = CheckStore(files_, store_, {}, {});
    EXPECT_TRUE(report.ok()) << report.error().message;
    std::vector<std::string> problems;
    for (const FsckProblem& problem : report.value_or(FsckReport()).problems) {
      problems.push_back(problem.kind + ": " + problem.message);
    }
    return problems;
  }

  const reprise::testing::TempDir folder_;
  FileSystem& files_ = PosixFileSystem();
  const std::string store_ = folder_.Path(".reprise");
};

TEST_F(FsckClosure, AllThatItNamesIsThere) {
  TracedRun run{.contents = {"libm"}};
  run.closure.files = {StoredFile("/usr/lib/libm.so.6", "libm")};
  EXPECT_THAT(ProblemsAfter({run}), IsEmpty());
}

TEST_F(FsckClosure, AStoredFileThatIsNotThereIsMissed) {
  TracedRun run;
  run.closure.files = {StoredFile("/usr/lib/libm.so.6", "libm")};
  EXPECT_THAT(ProblemsAfter({run}), ElementsAre("missing: '/usr/lib/libm.so.6', used of run " +
                                                run.id.ToString() + " is not in the store"));
}

TEST_F(FsckClosure, WhatIsOnlyNamedNeedNotBeThere) {
  TracedRun run;
  run.closure.files = {StoredFile("/usr/lib/libm.so.6", "libm")};
  run.closure.files[0].stored = false;
  EXPECT_THAT(ProblemsAfter({run}), IsEmpty());
}

TEST_F(FsckClosure, WhatIsNoClosureIsNamedOnceForAllRunsThatHaveIt) {
  TracedRun one{.closure_document = "{\"type\":\"reprise/closure/v1\"}"};
  TracedRun two = one;
  two.id = Ulid::Generate();
  EXPECT_THAT(ProblemsAfter({one, two}), ElementsAre(HasSubstr("object: the closure of run ")));
}

TEST_F(FsckClosure, AKeyedDigestWantsTheKeyOfTheStore) {
  TracedRun run;
  run.closure.files = {{.path = "/home/ada/.netrc",
                        .file_class = lineage::FileClass::kSecret,
                        .uses = lineage::kFileRead,
                        .size_bytes = 4,
                        .mode = 0600,
                        .keyed_digest = std::string(64, 'a')}};
  EXPECT_THAT(ProblemsAfter({run}), ElementsAre(HasSubstr("key: ")));
}

}  // namespace
}  // namespace reprise::tracker
