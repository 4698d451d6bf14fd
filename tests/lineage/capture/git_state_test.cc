// Real repositories, made by the git command, read through libgit2.

#include "lineage/capture/git_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "git_testing.h"

namespace reprise::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ReadAll;
using ::testing::SizeIs;

using GitStateTest = testing::GitTest;

TEST_F(GitStateTest, ACleanWorkHasItsCommitAndAllItsFiles) {
  Commit();
  const GitState state = Read();
  EXPECT_EQ(state.root, folder / "work");
  ASSERT_TRUE(state.commit.has_value());
  EXPECT_EQ(state.commit->size(), 40U);
  EXPECT_EQ(state.branch, "main");
  EXPECT_FALSE(state.dirty());
  EXPECT_FALSE(state.project_dirty);
  EXPECT_EQ(state.patch.text, "");
  EXPECT_THAT(Paths(state), ElementsAre(".gitignore", "a.py", "lib/b.py", "link", "run.sh"));
  EXPECT_EQ(Find(state, "link")->kind, FileKind::kSymlink);
  EXPECT_TRUE(Find(state, "run.sh")->executable);
  EXPECT_FALSE(Find(state, "a.py")->executable);
}

TEST_F(GitStateTest, NothingIsWrittenIntoTheRepository) {
  Commit();
  folder.Write("work/a.py", "print(3)\n");
  Run("find .git -type f | sort | xargs sha256sum > ../before; stat -c %Y%Z .git .git/index >> "
      "../before");
  (void)Read();
  Run("find .git -type f | sort | xargs sha256sum > ../after; stat -c %Y%Z .git .git/index >> "
      "../after");
  EXPECT_EQ(ReadAll(folder / "before"), ReadAll(folder / "after"));
}

TEST_F(GitStateTest, EveryKindOfChangeIsCountedAndInThePatch) {
  Commit();
  folder.Write("work/a.py", "print(3)\n");
  folder.Write("work/staged.py", "staged\n");
  Run("git add staged.py");
  folder.Write("work/new/untracked.py", "untracked\n");
  folder.Write("work/x.log", "ignored\n");
  folder.Write("work/ignored/y", "ignored\n");
  Run("rm lib/b.py");
  const GitState state = Read();
  EXPECT_EQ(state.changes, (GitChanges{.staged = 1, .modified = 1, .deleted = 1, .untracked = 1}));
  EXPECT_TRUE(state.project_dirty);
  EXPECT_THAT(Paths(state),
              ElementsAre(".gitignore", "a.py", "link", "new/untracked.py", "run.sh", "staged.py"));
  EXPECT_FALSE(Find(state, "new/untracked.py")->tracked);
  EXPECT_TRUE(Find(state, "staged.py")->tracked);
  for (const char* text : {"+print(3)", "+staged", "+untracked", "-print(2)"}) {
    EXPECT_THAT(state.patch.text, HasSubstr(text));
  }
  EXPECT_THAT(state.patch.text, Not(HasSubstr("ignored/y")));
}

TEST_F(GitStateTest, GitAppliesThePatchToTheCommitAndGetsTheWork) {
  folder.Write("work/data.bin", std::string("\0\1\2", 3));
  Commit();
  folder.Write("work/a.py", "print(3)\n");
  folder.Write("work/data.bin", std::string("\0\7\2\5", 4));
  folder.Write("work/new.bin", std::string("\0new", 4));
  folder.Write("work/big.txt", std::string(5000, 'x'));
  folder.Write("work/z.txt", "last\n");
  folder.Write("work/run.sh", "#!/bin/sh\n", 0644);
  Run("rm -r lib");
  const GitState state = Read("work", {.patch_file_bytes_max = 4096});
  EXPECT_THAT(state.patch.omitted, ElementsAre("big.txt"));
  EXPECT_THAT(state.patch.text, HasSubstr("# omitted big.txt: larger than 4096 bytes\n"));
  folder.Write("the.patch", state.patch.text);
  Run("git clone -q . ../copy && cd ../copy && git apply ../the.patch && rm ../work/big.txt && "
      "diff -r --no-dereference -x .git . ../work");
  struct stat stat {};
  ASSERT_EQ(::stat((folder / "copy/run.sh").c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 0100, 0U);
}

TEST_F(GitStateTest, ASecretThatGitDoesNotKnowIsNoFileAndNotInThePatch) {
  folder.Write("work/tracked.env", "PASSWORD=of-git\n");
  Commit();
  folder.Write("work/tracked.env", "PASSWORD=of-git-too\n");
  folder.Write("work/new/.env", "PASSWORD=hunter2\n");
  GitOptions options;
  options.is_secret = [](const std::string& path) { return path.ends_with(".env"); };
  const auto lookup = ReadGitState(PosixFileSystem(), folder / "work", options);
  ASSERT_TRUE(lookup.ok() && lookup->state.has_value());
  const GitState& state = *lookup->state;
  EXPECT_EQ(state.changes, (GitChanges{.modified = 1, .untracked = 1}));
  EXPECT_THAT(Paths(state),
              ElementsAre(".gitignore", "a.py", "lib/b.py", "link", "run.sh", "tracked.env"));
  EXPECT_THAT(state.patch.text, HasSubstr("of-git-too"));
  EXPECT_THAT(state.patch.text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(state.patch.text, HasSubstr("# omitted new/.env: it looks like a secret"));
  EXPECT_THAT(lookup->warnings, ElementsAre(SecretLeftOut("new/.env")));
}

TEST_F(GitStateTest, WhatIsDataIsAChangeAndNotInThePatch) {
  folder.Write("work/train.csv", "a\n1\n");
  Commit();
  folder.Write("work/train.csv", "a\n4711\n");
  folder.Write("work/new.csv", "a\n4711\n");
  folder.Write("work/a.py", "changed = True\n");
  GitOptions options;
  options.is_data = [](const std::string& path) { return path.ends_with(".csv"); };
  const auto lookup = ReadGitState(PosixFileSystem(), folder / "work", options);
  ASSERT_TRUE(lookup.ok() && lookup->state.has_value());
  const GitState& state = *lookup->state;
  EXPECT_EQ(state.changes, (GitChanges{.modified = 2, .untracked = 1}));
  EXPECT_THAT(state.patch.text, HasSubstr("changed = True"));
  EXPECT_THAT(state.patch.text, Not(HasSubstr("4711")));
  EXPECT_THAT(state.patch.omitted, ElementsAre("new.csv", "train.csv"));
}

TEST_F(GitStateTest, ThePatchStaysWithinItsLimit) {
  Commit();
  const std::string content(900, 'x');
  for (int i = 0; i < 20; ++i) {
    folder.Write("work/n" + std::to_string(i), content);
  }
  const GitState state = Read("work", {.patch_bytes_max = 5000});
  EXPECT_LT(state.patch.text.size(), 5000U + 20 * 100);
  EXPECT_FALSE(state.patch.omitted.empty());
  EXPECT_LT(state.patch.omitted.size(), 20U);
}

TEST_F(GitStateTest, ARepositoryWithoutACommitHasFilesAndABranch) {
  Run("git init -q && git add a.py");
  const GitState state = Read();
  EXPECT_EQ(state.commit, std::nullopt);
  EXPECT_EQ(state.branch, "main");
  EXPECT_TRUE(state.dirty());
  EXPECT_THAT(Paths(state), ElementsAre(".gitignore", "a.py", "lib/b.py", "link", "run.sh"));
  EXPECT_THAT(state.patch.text, HasSubstr("+print(1)"));
}

TEST_F(GitStateTest, ADetachedHeadHasNoBranch) {
  Commit();
  Run("git checkout -q --detach");
  const GitState state = Read();
  EXPECT_TRUE(state.commit.has_value());
  EXPECT_EQ(state.branch, std::nullopt);
}

TEST_F(GitStateTest, CredentialsOfRemotesAreNotKept) {
  Commit();
  Run("git remote add origin https://bob:hunter2@example.org/x.git && "
      "git remote add backup git@example.org:x.git");
  const GitState state = Read();
  EXPECT_THAT(state.remotes,
              ElementsAre(GitRemote{"backup", "git@example.org:x.git"},
                          GitRemote{"origin", "https://<redacted>@example.org/x.git"}));
  EXPECT_TRUE(state.redacted);
}

TEST_F(GitStateTest, AProjectInASubfolderListsItsOwnFilesAndTheRepositorysChanges) {
  Commit();
  folder.Write("work/a.py", "print(3)\n");
  GitState state = Read("work/lib");
  EXPECT_THAT(Paths(state), ElementsAre("b.py"));
  EXPECT_TRUE(state.dirty());
  EXPECT_FALSE(state.project_dirty);
  EXPECT_THAT(state.patch.text, HasSubstr("a/a.py"));
  folder.Write("work/lib/c.py", "");
  state = Read("work/lib");
  EXPECT_THAT(Paths(state), ElementsAre("b.py", "c.py"));
  EXPECT_TRUE(state.project_dirty);
}

TEST_F(GitStateTest, AStoreIsNeitherAFileNorAChange) {
  Commit();
  folder.Write("work/.reprise/packs/p", "x");
  folder.Write("work/lib/.reprise/q", "x");
  const GitState state = Read();
  EXPECT_FALSE(state.dirty());
  EXPECT_THAT(state.files, SizeIs(5));
}

TEST_F(GitStateTest, SubmodulesFilesAndChangesAreTheWorksOwn) {
  folder.Write("sub/s.py", "sub\n");
  Run("cd ../sub && git init -q && git add -A && git commit -qm sub");
  Commit();
  Run("git submodule add -q ../sub libs/sub && git commit -qm sub");
  GitState state = Read();
  EXPECT_FALSE(state.dirty());
  EXPECT_THAT(Paths(state), ::testing::Contains("libs/sub/s.py"));
  ASSERT_THAT(state.submodules, SizeIs(1));
  EXPECT_EQ(state.submodules[0].path, "libs/sub");
  EXPECT_EQ(state.submodules[0].commit, state.submodules[0].pinned);
  EXPECT_FALSE(state.submodules[0].dirty);

  folder.Write("work/libs/sub/s.py", "changed\n");
  folder.Write("work/libs/sub/new.py", "new\n");
  state = Read();
  EXPECT_EQ(state.changes, (GitChanges{.modified = 1, .untracked = 1}));
  EXPECT_TRUE(state.submodules[0].dirty);
  EXPECT_THAT(state.patch.text, HasSubstr("a/libs/sub/s.py"));
  EXPECT_THAT(state.patch.text, HasSubstr("+changed"));
  EXPECT_THAT(Paths(state), ::testing::Contains("libs/sub/new.py"));

  Run("cd libs/sub && git add -A && git commit -qm more");
  state = Read();
  EXPECT_EQ(state.changes, (GitChanges{.submodules = 1}));
  EXPECT_FALSE(state.submodules[0].dirty);
  EXPECT_NE(state.submodules[0].commit, state.submodules[0].pinned);
  EXPECT_THAT(state.patch.text, HasSubstr("Subproject commit"));
}

TEST_F(GitStateTest, ASubmoduleThatIsNotInitialisedIsRecordedAsThat) {
  folder.Write("sub/s.py", "sub\n");
  Run("cd ../sub && git init -q && git add -A && git commit -qm sub");
  Commit();
  Run("git submodule add -q ../sub libs/sub && git commit -qm sub && "
      "git submodule deinit -q -f libs/sub");
  const GitState state = Read();
  EXPECT_FALSE(state.dirty());
  ASSERT_THAT(state.submodules, SizeIs(1));
  EXPECT_EQ(state.submodules[0].commit, std::nullopt);
  EXPECT_TRUE(state.submodules[0].pinned.has_value());
}

TEST_F(GitStateTest, ARepositoryInsideThatIsNoSubmoduleIsPartOfTheWork) {
  Commit();
  folder.Write("work/vendor/v.py", "v\n");
  Run("cd vendor && git init -q && git add -A && git commit -qm v");
  folder.Write("work/vendor/w.py", "w\n");
  const GitState state = Read();
  EXPECT_TRUE(state.dirty());
  EXPECT_THAT(Paths(state), ::testing::IsSupersetOf({"vendor/v.py", "vendor/w.py"}));
  ASSERT_THAT(state.submodules, SizeIs(1));
  EXPECT_EQ(state.submodules[0].pinned, std::nullopt);
  EXPECT_TRUE(state.submodules[0].commit.has_value());
}

TEST_F(GitStateTest, AWorktreeIsARepository) {
  Commit();
  Run("git worktree add -q -b side ../side");
  folder.Write("side/a.py", "print(9)\n");
  const GitState state = Read("side");
  EXPECT_EQ(state.branch, "side");
  EXPECT_EQ(state.root, folder / "side");
  EXPECT_EQ(state.changes, (GitChanges{.modified = 1}));
  EXPECT_THAT(Paths(state), ElementsAre(".gitignore", "a.py", "lib/b.py", "link", "run.sh"));
}

TEST_F(GitStateTest, AMergeConflictIsCountedAndItsFileListedOnce) {
  Commit();
  Run("git checkout -q -b other && echo other > a.py && git commit -qam o && git checkout -q main "
      "&& "
      "echo mine > a.py && git commit -qam m && ! git merge -q other");
  const GitState state = Read();
  EXPECT_EQ(state.changes.conflicted, 1U);
  EXPECT_EQ(std::count_if(state.files.begin(), state.files.end(),
                          [](const WorkFile& file) { return file.path == "a.py"; }),
            1);
}

TEST_F(GitStateTest, AFileThatBecameAFolderIsListedAsOnDisk) {
  Commit();
  Run("rm a.py && mkdir a.py && echo x > a.py/x && rm -r lib && ln -s /etc lib");
  const GitState state = Read();
  EXPECT_THAT(Paths(state), ElementsAre(".gitignore", "a.py/x", "lib", "link", "run.sh"));
  EXPECT_EQ(Find(state, "lib")->kind, FileKind::kSymlink);
}

TEST_F(GitStateTest, NamesThatAreNotUtf8AreKept) {
  Commit();
  folder.Write("work/caf\xe9", "x");
  EXPECT_THAT(Paths(Read()), ::testing::Contains("caf\xe9"));
}

TEST_F(GitStateTest, NoRepositoryIsNoErrorAndNoWarning) {
  const GitLookup lookup = Look();
  EXPECT_FALSE(lookup.state.has_value());
  EXPECT_THAT(lookup.warnings, IsEmpty());
}

TEST_F(GitStateTest, AMissingFolderIsAnError) {
  const auto lookup = ReadGitState(PosixFileSystem(), folder / "none");
  ASSERT_FALSE(lookup.ok());
  EXPECT_EQ(lookup.error().code, ErrorCode::kNotFound);
}

TEST_F(GitStateTest, AnUnusableRepositoryIsAWarning) {
  Commit();
  const std::string index = ReadAll(folder / "work/.git/index");
  folder.Write("work/.git/index", index.substr(0, index.size() / 2));
  GitLookup lookup = Look();
  EXPECT_FALSE(lookup.state.has_value());
  EXPECT_THAT(lookup.warnings, ElementsAre(HasSubstr("cannot be used")));
  folder.Write("work/.git/HEAD", "garbage");
  Run("rm -r .git/refs");
  lookup = Look();
  EXPECT_FALSE(lookup.state.has_value());
  EXPECT_THAT(lookup.warnings, ElementsAre(HasSubstr("cannot be used")));
}

TEST_F(GitStateTest, ABareRepositoryIsAWarning) {
  Run("git init -q --bare .");
  const GitLookup lookup = Look();
  EXPECT_FALSE(lookup.state.has_value());
  EXPECT_THAT(lookup.warnings, ElementsAre(HasSubstr("bare")));
}

TEST_F(GitStateTest, Sha256NamesAreAWarning) {
  Run("git init -q --object-format=sha256 . && git add -A && git commit -qm one");
  const GitLookup lookup = Look();
  EXPECT_FALSE(lookup.state.has_value());
  EXPECT_THAT(lookup.warnings, ElementsAre(HasSubstr("cannot be used")));
}

TEST_F(GitStateTest, AnOuterRepositoryThatIgnoresTheProjectIsNotItsOwn) {
  Run("rm .gitignore && echo '*' > .gitignore && git init -q && git add -f .gitignore && "
      "git commit -qm dotfiles");
  const GitLookup lookup = Look("work/lib");
  EXPECT_FALSE(lookup.state.has_value());
  EXPECT_THAT(lookup.warnings, ElementsAre(HasSubstr("ignores this folder")));
}

TEST_F(GitStateTest, SparseCheckoutsConfigurationIsUnderstood) {
  Commit();
  Run("git config core.repositoryformatversion 1 && git config extensions.worktreeConfig true");
  EXPECT_FALSE(Read().dirty());
}

TEST_F(GitStateTest, AnotherOwnersRepositoryIsRead) {
  Commit();
  if (geteuid() == 0) Run("chown -R 12345 .");  // Only root can give files away.
  EXPECT_TRUE(Read().commit.has_value());
}

}  // namespace
}  // namespace reprise::capture
