// States of a repository that are rare, and must not make a record wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "git_testing.h"

namespace reprise::capture {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ReadAll;
using ::testing::SizeIs;

using GitCornersTest = testing::GitTest;

TEST_F(GitCornersTest, ASparseCheckoutIsCleanAndListsWhatIsOnDisk) {
  Commit();
  Run("git sparse-checkout set --no-cone '/*' '!/lib/'");
  const GitState state = Read();
  EXPECT_FALSE(state.dirty()) << ::testing::PrintToString(state.changes.deleted);
  EXPECT_THAT(Paths(state), ElementsAre(".gitignore", "a.py", "link", "run.sh"));
}

TEST_F(GitCornersTest, AChangeThatGitWasToldToOverlookIsAChange) {
  for (const char* flag : {"--assume-unchanged", "--skip-worktree"}) {
    SCOPED_TRACE(flag);
    Run("rm -rf .git && printf 'print(1)\\n' > a.py && git init -q && git add -A && "
        "git commit -qm one && git update-index " +
        std::string(flag) + " a.py && git update-index " + flag + " run.sh");
    EXPECT_FALSE(Read().dirty());
    folder.Write("work/a.py", "print(3)\n");
    const GitState state = Read();
    EXPECT_EQ(state.changes, (GitChanges{.modified = 1}));
    EXPECT_TRUE(state.project_dirty);
    EXPECT_THAT(state.patch.omitted, ElementsAre("a.py"));
    EXPECT_THAT(state.patch.text, HasSubstr("# omitted a.py: git was told to overlook it\n"));
  }
}

TEST_F(GitCornersTest, APointerOfLfsIsListedAsTheFileOnDisk) {
  folder.Write("work/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
  folder.Write("work/m.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n");
  Commit();
  folder.Write("work/m.bin", "the model");
  const GitState state = Read();  // No filter is run.
  EXPECT_THAT(Paths(state), Contains("m.bin"));
  EXPECT_EQ(ReadAll(folder / "work/m.bin"), "the model");
}

TEST_F(GitCornersTest, ProgramsThatTheConfigurationNamesAreNotRun) {
  folder.Write("work/.gitattributes", "*.py filter=evil diff=evil\n");
  Commit();
  Run("git config filter.evil.clean 'touch ../ran' && git config filter.evil.process 'touch "
      "../ran' "
      "&& git config diff.evil.textconv 'touch ../ran' && git config core.fsmonitor 'touch ../ran' "
      "&& git config diff.external 'touch ../ran' && git config core.sshCommand 'touch ../ran'");
  folder.Write("work/a.py", "print(3)\n");
  EXPECT_TRUE(Read().dirty());
  EXPECT_FALSE(Exists(PosixFileSystem(), folder / "ran"));
}

TEST_F(GitCornersTest, ADirtySubmoduleOfASubmoduleIsSeen) {
  folder.Write("inner/i.py", "inner\n");
  folder.Write("outer/o.py", "outer\n");
  Run("cd ../inner && git init -q && git add -A && git commit -qm i && cd ../outer && git init -q "
      "&& git submodule add -q \"$PWD/../inner\" in && git add -A && git commit -qm o");
  Commit();
  Run("git submodule add -q \"$PWD/../outer\" out && git submodule update -q --init --recursive && "
      "git commit -qm sub");
  EXPECT_FALSE(Read().dirty());
  folder.Write("work/out/in/i.py", "changed\n");
  const GitState state = Read();
  EXPECT_EQ(state.changes, (GitChanges{.modified = 1}));
  ASSERT_THAT(state.submodules, SizeIs(2));
  EXPECT_EQ(state.submodules[1].path, "out/in");
  EXPECT_TRUE(state.submodules[1].dirty);
  EXPECT_THAT(Paths(state), Contains("out/in/i.py"));
  EXPECT_THAT(state.patch.text, HasSubstr("a/out/in/i.py"));
}

TEST_F(GitCornersTest, CredentialsInEveryKindOfRemoteAreTakenOut) {
  struct {
    const char* given;
    const char* kept;
  } const remotes[] = {
      {"https://user:hunter2@h.org/x.git", "https://<redacted>@h.org/x.git"},
      {"https://ghp_0123456789abcdefghij0123456789abcdef@github.com/x",
       "https://<redacted>@github.com/x"},
      {"https://oauth2:glpat-0123456789abcdefghij@gitlab.com/x", "https://<redacted>@gitlab.com/x"},
      {"https://h.org/x.git?access_token=hunter2", "https://h.org/x.git?access_token=<redacted>"},
      {"ssh://git:hunter2@h.org:22/x", "ssh://<redacted>@h.org:22/x"},
      {"ssh://git@h.org/x", "ssh://git@h.org/x"},
      {"git@h.org:x.git", "git@h.org:x.git"},
      {"/srv/x.git", "/srv/x.git"},
  };
  for (const auto& remote : remotes) {
    SCOPED_TRACE(remote.given);
    Run("rm -rf .git");
    Commit();
    Run("git remote add origin '" + std::string(remote.given) + "'");
    const GitState state = Read();
    ASSERT_THAT(state.remotes, SizeIs(1));
    EXPECT_EQ(state.remotes[0].url, remote.kept);
    EXPECT_EQ(state.redacted, std::string(remote.given) != remote.kept);
  }
}

TEST_F(GitCornersTest, DamagedRepositoriesAreWarningsAndLoseNoFiles) {
  const char* const damages[] = {
      "echo garbage > .git/HEAD",
      ": > .git/HEAD",
      "rm .git/HEAD",
      "rm -r .git/objects",
      "rm -rf .git/* && true",
      "printf '[core' > .git/config",
      "echo garbage > .git/index",
      "rm -rf .git && echo 'gitdir: /nowhere' > .git",
      "rm -rf .git && echo garbage > .git",
      "rm -rf .git && ln -s /nowhere .git",
      "echo 0123456789012345678901234567890123456789 > .git/refs/heads/main",
      "find .git/objects -type f -delete",
      "for f in $(find .git/objects -type f); do chmod u+w $f; echo x > $f; done",
  };
  for (const char* damage : damages) {
    SCOPED_TRACE(damage);
    Run("rm -rf .git");
    Commit();
    Run(damage);
    const GitLookup lookup = Look();
    EXPECT_FALSE(lookup.state.has_value());
    EXPECT_THAT(lookup.warnings, ElementsAre(HasSubstr("cannot be used")));
  }
}

TEST_F(GitCornersTest, AHeadThatLeadsToNoBranchIsARepositoryWithoutACommit) {
  Commit();
  Run("echo 'ref: refs/heads/gone' > .git/HEAD");
  const GitState state = Read();
  EXPECT_EQ(state.commit, std::nullopt);
  EXPECT_EQ(state.branch, "gone");
  EXPECT_THAT(Paths(state), SizeIs(5));
}

TEST_F(GitCornersTest, GitThatLiesElsewhereIsFollowed) {
  Commit();
  Run("mv .git ../git && echo \"gitdir: $PWD/../git\" > .git");
  EXPECT_TRUE(Read().commit.has_value());
  Run("rm .git && ln -s ../git .git");
  EXPECT_TRUE(Read().commit.has_value());
}

TEST_F(GitCornersTest, SpecialFilesAreNamedAndLeftOut) {
  Commit();
  Run("mkfifo pipe");
  const GitLookup lookup = Look();
  ASSERT_TRUE(lookup.state.has_value());
  EXPECT_THAT(Paths(*lookup.state), Not(Contains("pipe")));
}

}  // namespace
}  // namespace reprise::capture
