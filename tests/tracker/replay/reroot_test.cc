// Which text names a project, and what it becomes.

#include "tracker/replay/reroot.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

class RerootTest : public ::testing::Test {
 protected:
  RerootTest() {
    EXPECT_TRUE(CreateDirectories(files, folder.Path("p q/data")).ok());
    EXPECT_TRUE(files.CreateSymlink(folder.Path("p q"), folder.Path("alias")).ok());
    EXPECT_TRUE(files.CreateSymlink(folder.Path("p q/data"), folder.Path("data")).ok());
  }
  // "@" stands for the folder of the test, "P" for the project that text names.
  std::string Reroot(std::string text) const {
    for (std::size_t at = 0; (at = text.find('@', at)) != std::string::npos;) {
      text.replace(at, 1, folder.path());
    }
    return rerooter.Reroot(text);
  }

  FileSystem& files = PosixFileSystem();
  testing::TempDir folder;
  const Rerooter rerooter{files, {"/moved/p", folder.Path("p q")}, "/new"};
};

TEST_F(RerootTest, APathOfTheProjectBecomesOneOfTheFolder) {
  EXPECT_EQ(Reroot("/moved/p"), "/new");
  EXPECT_EQ(Reroot("/moved/p/x"), "/new/x");
  EXPECT_EQ(Reroot("@/p q/x y"), "/new/x y");
  EXPECT_EQ(Reroot("--in=/moved/p/x,/moved/p"), "--in=/new/x,/new");
  EXPECT_EQ(Reroot("cat '/moved/p/x'>/moved/p/y;/moved/p/z"), "cat '/new/x'>/new/y;/new/z");
  EXPECT_EQ(Reroot("-I/moved/p/x -Wl,-rpath,/moved/p"), "-I/new/x -Wl,-rpath,/new");
  EXPECT_EQ(Reroot("file:///moved/p/x"), "file:///new/x");
  EXPECT_EQ(Reroot("/bin:/moved/p/bin:"), "/bin:/new/bin:");
}

TEST_F(RerootTest, WhatFollowsTheProjectStaysAsItIsWritten) {
  EXPECT_EQ(Reroot("/moved/p/"), "/new/");
  EXPECT_EQ(Reroot("/moved/p/x/."), "/new/x/.");
  EXPECT_EQ(Reroot("/moved/p/*.csv"), "/new/*.csv");
}

TEST_F(RerootTest, TheProjectIsKnownByWhereAPathLeads) {
  EXPECT_EQ(Reroot("/moved//./p/x"), "/new/x");
  EXPECT_EQ(Reroot("/moved/p/../p/x"), "/new/x");
  EXPECT_EQ(Reroot("@/alias/not there"), "/new/not there");
  EXPECT_EQ(Reroot("@/data/x"), "/new/data/x");
  ASSERT_TRUE(files.CreateSymlink(folder.Path("p q"), folder.Path("an alias")).ok());
  EXPECT_EQ(Reroot("@/an alias/x"), "/new/x");
  EXPECT_EQ(Reroot("--in=@/an alias/x"), "--in=/new/x");
  EXPECT_EQ(Reroot("@/alias/x;@/alias/y"), "/new/x;/new/y");
}

TEST_F(RerootTest, AnotherPathStays) {
  for (const std::string text :
       {"/moved/pp/x", "/moved/p.old", "/moved", "a/moved/p", "/x/moved/p", "./moved/p",
        "https://moved/p/x", "s3://moved/p", "$HOME/moved/p", "/moved/p/../x", "/", "//", ""}) {
    EXPECT_EQ(Reroot(text), text);
  }
}

TEST_F(RerootTest, AFolderInTheProjectIsNotLedAgain) {
  const Rerooter inside(files, {"/p"}, "/p/kept");
  EXPECT_EQ(inside.Reroot("/p/x /p/kept/x"), "/p/kept/x /p/kept/x");
  EXPECT_FALSE(inside.MayNameProject("/p/kept/x", {}, "/p/kept"));
}

TEST_F(RerootTest, WhatAShellWouldPutTogetherMayNameTheProject) {
  const Rerooter::Variables variables = {{"HOME", "/moved"}, {"P", "p"}};
  const auto may = [&](const std::string& text) {
    return rerooter.MayNameProject(text, variables, "/moved/kept");
  };
  for (const char* const text : {"cat $HOME/p/x", "cat ${HOME}/p", "cat ~/p/x", "cat /mov\"ed\"/p",
                                 "/moved/\\p", "/moved/$P/x", "cat ../p/x", "x=../../moved/p"}) {
    EXPECT_TRUE(may(text)) << text;
  }
  for (const char* const text :
       {"cat $OTHER/p", "$HOME/q", "../q", "a/../b", "$", "${", "~", ".."}) {
    EXPECT_FALSE(may(text)) << text;
  }
}

TEST_F(RerootTest, ContentMentionsTheProjectByItsWholeName) {
  EXPECT_TRUE(rerooter.Mentions("in: /moved/p/x\n"));
  EXPECT_TRUE(rerooter.Mentions("/moved/pp /moved/p"));
  EXPECT_FALSE(rerooter.Mentions("/moved/pp"));
  EXPECT_FALSE(rerooter.Mentions("/x/moved/p"));
}

}  // namespace
}  // namespace reprise::tracker
