// The patch of the work, applied by the git command to the commit, gives exactly the work.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "git_testing.h"

namespace reprise::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GitPatchTest : public testing::GitTest {
 protected:
  // Commits the work after `before`, changes it by `after`, and applies the patch to a clone.
  void ExpectPatchGivesWork(const std::string& before, const std::string& after) {
    SCOPED_TRACE(before + " | " + after);
    Run("rm -rf .git ../copy; git init -q && { " + before + "; } && git add -A && " +
        "git commit -qm one && { " + after + "; }");
    const GitState state = Read();
    EXPECT_TRUE(state.dirty());
    EXPECT_THAT(state.patch.omitted, ElementsAre());
    folder.Write("the.patch", state.patch.text);
    Run("git clone -q . ../copy && cd ../copy && git apply --whitespace=nowarn ../the.patch && "
        "diff -r --no-dereference -x .git . ../work");
    Run("programs() { find . -name .git -prune -o -type f -perm -100 -print | sort; }; "
        "programs > ../here; cd ../copy; programs > ../there; cmp ../here ../there");
  }
};

struct Change {
  const char* name;
  const char* before;
  const char* after;
};

class GitPatchOf : public GitPatchTest, public ::testing::WithParamInterface<Change> {};

TEST_P(GitPatchOf, GivesTheWork) { ExpectPatchGivesWork(GetParam().before, GetParam().after); }

constexpr Change kChanges[] = {
    {"AnEdit", "true", "echo x >> a.py"},
    {"AStagedEdit", "true", "echo x >> a.py; git add a.py"},
    {"AStagedEditThatWasEditedOn", "true", "echo x >> a.py; git add a.py; echo y >> a.py"},
    {"AStagedEditThatWasUndone", "true", "echo x >> b.py; git add b.py; rm b.py; echo z >> a.py"},
    {"ADeletion", "true", "rm a.py"},
    {"AStagedDeletion", "true", "git rm -q a.py"},
    {"AStagedDeletionOfAFileThatStays", "true", "git rm -q --cached a.py; echo x >> a.py"},
    {"AStagedRename", "true", "git mv a.py c.py"},
    {"ARename", "true", "mv a.py c.py"},
    {"ARenamedFolder", "true", "mv lib other"},
    {"AnIntentToAdd", "true", "echo x > new; git add -N new"},
    {"AnEmptyFile", "true", "touch empty"},
    {"AFileThatBecameEmpty", "true", ": > a.py"},
    {"NoNewlineAtTheEnd", "true", "printf 'print(1)' > a.py"},
    {"ANewFileWithoutNewline", "true", "printf x > new"},
    {"CarriageReturns", "true", "printf 'a\\r\\nb\\r\\n' > a.py"},
    {"WhiteSpaceAtTheEnds", "true", "printf 'a  \\n\\n\\n' > a.py"},
    {"AnExecutableBit", "true", "chmod 755 a.py"},
    {"NoExecutableBit", "true", "chmod 644 run.sh"},
    {"ANewExecutable", "true", "cp run.sh new.sh; chmod 755 new.sh"},
    {"AnotherLinkTarget", "true", "ln -sfn lib link"},
    {"ANewLink", "true", "ln -s nowhere new"},
    {"AFileThatBecameALink", "true", "rm a.py; ln -s run.sh a.py"},
    {"ALinkThatBecameAFile", "true", "rm link; echo x > link"},
    {"AStagedFileThatBecameALink", "true", "rm a.py; ln -s run.sh a.py; git add a.py"},
    {"AStagedLinkThatBecameAFileAgain", "true",
     "mv a.py b; ln -s run.sh a.py; git add a.py; rm a.py; mv b a.py; echo x >> a.py"},
    {"AFolderThatBecameAFile", "true", "rm -r lib; echo x > lib"},
    {"AFolderThatBecameALink", "true", "rm -r lib; ln -s /etc lib"},
    {"Bytes", "true", "printf '\\0\\1\\2' > bytes"},
    {"ChangedBytes", "printf '\\0\\1' > bytes", "printf '\\0\\2\\3' > bytes"},
    {"DeletedBytes", "printf '\\0\\1' > bytes", "rm bytes"},
    {"BytesThatBecameText", "printf '\\0\\1' > bytes", "echo text > bytes"},
    {"AFileThatAttributesCallBinary", "echo '*.py -diff' > .gitattributes", "echo x >> a.py"},
    {"SpacesInNames", "true", "echo x > 'a b'; mkdir 'c d'; echo y > 'c d/ e'"},
    {"OddNames", "true",
     "echo x > \"$(printf 'tab\\tquote\\\"back\\\\line\\nend')\"; echo y > \"$(printf "
     "'caf\\351')\""},
    {"ANameThatLooksLikeAnOption", "true", "echo x > -f; echo y > '# omitted'"},
    {"NoPrefixInTheConfiguration",
     "git config diff.noprefix true; git config diff.mnemonicPrefix 1", "echo x >> a.py"},
    {"NewlinesThatGitConverts",
     "git config core.autocrlf input; printf '*.txt text eol=crlf\\n' > .gitattributes; "
     "printf 'a\\r\\nb\\r\\n' > t.txt",
     "printf 'a\\r\\nc\\r\\n' > t.txt"},
};

std::string NameOf(const ::testing::TestParamInfo<Change>& change) { return change.param.name; }

INSTANTIATE_TEST_SUITE_P(Changes, GitPatchOf, ::testing::ValuesIn(kChanges), NameOf);

TEST_F(GitPatchTest, LargeFilesAreLeftOutOfThePatchByName) {
  Commit();
  folder.Write("work/big.txt", std::string(5000, 'x'));
  folder.Write("work/a.py", "print(3)\n");
  folder.Write("work/z.txt", "last\n");
  const GitState state = Read("work", {.patch_file_bytes_max = 4096});
  EXPECT_THAT(state.patch.omitted, ElementsAre("big.txt"));
  EXPECT_THAT(state.patch.text, HasSubstr("# omitted big.txt: larger than 4096 bytes\n"));
  folder.Write("the.patch", state.patch.text);
  Run("git clone -q . ../copy && cd ../copy && git apply ../the.patch && rm ../work/big.txt && "
      "diff -r --no-dereference -x .git . ../work");
}

TEST_F(GitPatchTest, AHugeUntrackedFileIsNotReadForThePatch) {
  Commit();
  Run("truncate -s 100G huge");
  const GitState state = Read();
  EXPECT_THAT(state.patch.omitted, ElementsAre("huge"));
  EXPECT_NE(Find(state, "huge"), nullptr);
}

TEST_F(GitPatchTest, ChangesInASubmoduleApplyToItsCheckout) {
  folder.Write("sub/s.py", "sub\n");
  Run("cd ../sub && git init -q && git add -A && git commit -qm sub");
  Commit();
  Run("git submodule add -q \"$PWD/../sub\" libs/sub && git commit -qm sub");
  folder.Write("work/libs/sub/s.py", "changed\n");
  folder.Write("work/libs/sub/new.py", "new\n");
  folder.Write("work/a.py", "print(3)\n");
  folder.Write("the.patch", Read().patch.text);
  Run("git clone -q --recurse-submodules . ../copy && cd ../copy && git apply ../the.patch && "
      "diff -r --no-dereference -x .git . ../work");
}

}  // namespace
}  // namespace reprise::capture
