// Real commands, recorded with all that they use, and run again in a root made of that alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "storage/crypto/sha256.h"
#include "tests/support/temp_dir.h"
#include "tracker/replay/rerun.h"
#include "tracker/replay/root_contents.h"
#include "tracker/sandbox/abilities.h"

namespace reprise::tracker {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SandboxRerunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("TMPDIR", Path("tmp").c_str(), 1);
    for (const char* name : {"project", "tmp", "data"}) {
      ASSERT_TRUE(CreateDirectories(files_, Path(name)).ok());
    }
    const SandboxAbilities abilities = ProbeSandbox(files_, Path("tmp"));
    for (const SandboxAbility* ability : abilities.all()) {
      if (ability->available || ability->name.find("overlay") != std::string::npos) continue;
      GTEST_SKIP() << "SKIPPED: " << ability->name << ": " << ability->reason;
    }
    ASSERT_TRUE(Store::Create(files_, Path("project")).ok());
    Write("project/a", "one\n");
  }
  ~SandboxRerunTest() override { setenv("TMPDIR", "/tmp", 1); }

  std::string Path(std::string_view name) const { return folder_.Path(name); }
  void Write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(files_, Path(name), content).ok());
  }

  RunRequest Sh(const std::string& script) const {
    RunRequest request;
    request.store_folder = Path("project/.reprise");
    request.project_folder = Path("project");
    request.working_directory = Path("project");
    request.command = {"sh", "-c", script};
    request.capture_level = "sealed";
    return request;
  }

  StoredRun Record(const RunRequest& request) {
    const auto outcome = RecordRun(files_, request, {});
    EXPECT_TRUE(outcome.ok() && outcome->run.has_value());
    if (!outcome.ok() || !outcome->run.has_value()) return {};
    if (outcome->run->record.capture.tracer == std::nullopt ||
        outcome->run->record.capture.tracer == "maps") {
      is_traced_ = false;
    }
    return *outcome->run;
  }

  RerunOutcome Again(const StoredRun& run) {
    auto outcome =
        Rerun(files_, {.store_folder = Path("project/.reprise"), .run = run.record.id}, {});
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(*files_.List(Path("tmp")), IsEmpty()) << "a folder was left behind";
    return outcome.ok() ? *std::move(outcome) : RerunOutcome{};
  }
  static std::string_view ResultOf(const RerunOutcome& outcome) {
    return outcome.verdict.has_value() ? VerdictName(outcome.verdict->result) : "none";
  }
  void ExpectIdentical(const StoredRun& run) {
    if (!is_traced_) GTEST_SKIP() << "SKIPPED: nothing can be traced here";
    const RerunOutcome outcome = Again(run);
    EXPECT_EQ(ResultOf(outcome), "identical");
    ASSERT_TRUE(outcome.verdict.has_value());
    EXPECT_THAT(outcome.verdict->missing, IsEmpty());
  }
  static std::vector<std::string> PathsOf(const std::vector<lineage::ArtifactUse>& uses) {
    std::vector<std::string> paths;
    for (const lineage::ArtifactUse& use : uses) paths.push_back(use.path);
    return paths;
  }

  FileSystem& files_ = PosixFileSystem();
  testing::TempDir folder_;
  bool is_traced_ = true;
};

TEST_F(SandboxRerunTest, WhatWasReadIsThereWhateverTheHostHasNow) {
  const StoredRun run = Record(Sh("cat a > b"));
  Write("project/a", "changed\n");
  ExpectIdentical(run);
  EXPECT_THAT(*ReadFile(files_, Path("project/a")), "changed\n");
}

TEST_F(SandboxRerunTest, ARunThatRemovesItsInputFindsItAgain) {
  ExpectIdentical(Record(Sh("cat a > b; rm a")));
}

TEST_F(SandboxRerunTest, WhatIsRemovedUnreadIsThereToBeRemoved) {
  Write("data/old", "x");
  ExpectIdentical(Record(Sh("perl -e 'unlink($ARGV[0]) or exit 3' " + Path("data/old"))));
}

TEST_F(SandboxRerunTest, WhatIsCutWithoutBeingMadeIsThereToBeCut) {
  Write("data/old", "x");
  ExpectIdentical(
      Record(Sh("perl -e 'use Fcntl; sysopen(F, $ARGV[0], O_WRONLY|O_TRUNC) or exit 3' " +
                Path("data/old"))));
}

TEST_F(SandboxRerunTest, AFolderThatWasThereCanBeRenamed) {
  ASSERT_TRUE(CreateDirectories(files_, Path("project/in/sub")).ok());
  Write("project/in/sub/x", "x");
  const StoredRun run =
      Record(Sh("perl -e 'rename(\"in\", \"out\") or exit 3'; echo more >> out/sub/x; ls out/sub"));
  EXPECT_THAT(run.record.capture.blind_spots, IsEmpty());
  ExpectIdentical(run);
}

TEST_F(SandboxRerunTest, ALinkThatIsOnlyLookedAtIsThere) {
  std::filesystem::create_symlink("a", Path("project/link"));
  ExpectIdentical(Record(Sh("readlink link > b")));
}

// Programs compare it with the time of a cache; the shell's own file is bound into the folder.
TEST_F(SandboxRerunTest, AFolderOfTheSystemHasItsTimeWhateverIsBoundIntoIt) {
  ExpectIdentical(Record(Sh("stat -c %Y /usr/bin /usr/share > b")));
}

TEST_F(SandboxRerunTest, AProjectNamedByASymlinkIsFoundByThatName) {
  std::filesystem::create_symlink(Path("project"), Path("named"));
  RunRequest request = Sh("cat a > b; cat " + Path("named/a") + " >> b");
  request.project_folder = request.working_directory = Path("named");
  ExpectIdentical(Record(request));
}

TEST_F(SandboxRerunTest, ACommandMayWorkOutsideOfTheProject) {
  RunRequest request = Sh("pwd > " + Path("project/where"));
  request.working_directory = Path("data");
  ExpectIdentical(Record(request));
}

TEST_F(SandboxRerunTest, NamedFilesAreNotRecordedTwice) {
  RunRequest request = Sh("cat a > b");
  request.inputs = {Path("project/a")};
  request.outputs = {Path("project/b")};
  const StoredRun run = Record(request);
  EXPECT_THAT(PathsOf(run.recipe->inputs), ElementsAre("a"));
  EXPECT_THAT(PathsOf(run.record.outputs), ElementsAre("b"));
  ExpectIdentical(run);
}

// A file that is bound from the host can be neither removed nor written.
TEST_F(SandboxRerunTest, AnInputThatTheRunChangesIsACopyAlsoWhereTheHostHasIt) {
  const std::string content(2 << 20, 'x');
  Write("data/large", content);
  const StoredRun run =
      Record(Sh("cksum " + Path("data/large") + " > b; rm " + Path("data/large")));
  Write("data/large", content);
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // Else it is not remembered.
  Record(Sh("cksum " + Path("data/large")));
  ExpectIdentical(run);
  EXPECT_TRUE(Exists(files_, Path("data/large")));
}

TEST_F(SandboxRerunTest, WhatWasOnlyObservedIsMissingAndNamed) {
  RunRequest request = Sh("cat a > b");
  request.capture_level = "observed";
  const StoredRun run = Record(request);
  if (!is_traced_) GTEST_SKIP() << "SKIPPED: nothing can be traced here";
  const RerunOutcome outcome = Again(run);
  EXPECT_EQ(ResultOf(outcome), "incomplete");
  EXPECT_THAT(outcome.runs, IsEmpty());
  EXPECT_THAT(outcome.verdict->missing, Contains(HasSubstr("which the run used, is not stored")));
}

TEST_F(SandboxRerunTest, TheRootHoldsWhatTheRunChangedAsItsOwn) {
  const StoredRun run = Record(Sh("cat a; echo more >> a"));
  if (!is_traced_) GTEST_SKIP() << "SKIPPED: nothing can be traced here";
  const auto store = Store::Open(files_, Path("project/.reprise"));
  ASSERT_TRUE(store.ok());
  const auto contents = ContentsOfRoot(**store, run);
  ASSERT_TRUE(contents.ok());
  const RootEntry& entry = contents->entries.at(Path("project/a"));
  EXPECT_TRUE(entry.changed);
  EXPECT_EQ(entry.digest, crypto::Sha256("one\n"));
  EXPECT_FALSE(contents->moves_folders);
  EXPECT_THAT(contents->missing, IsEmpty());
}

}  // namespace
}  // namespace reprise::tracker
