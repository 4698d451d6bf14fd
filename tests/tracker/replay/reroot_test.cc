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
  std::string Reroot(const std::string& text) const { return rerooter.Reroot(Filled(text)); }
  std::string Filled(std::string text) const {
    for (std::size_t at = 0; (at = text.find('@', at)) != std::string::npos;) {
      text.replace(at, 1, folder.path());
    }
    return text;
  }
  void Link(const std::string& target, const std::string& name) {
    ASSERT_TRUE(files.CreateSymlink(folder.Path(target), folder.Path(name)).ok());
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

TEST_F(RerootTest, ALinkToTheProjectEndsWhereTheTextGoesOn) {
  EXPECT_EQ(Reroot("cd @/alias && x"), "cd /new && x");
  EXPECT_EQ(Reroot("@/alias && sh t.sh"), "/new && sh t.sh");
  EXPECT_EQ(Reroot("sh t.sh --data @/data --x >o"), "sh t.sh --data /new/data --x >o");
  EXPECT_EQ(Reroot("@/data,@/alias"), "/new/data,/new");
  Link("p q", "my (own) alias");
  EXPECT_EQ(Reroot("cd '@/my (own) alias' && x"), "cd '/new' && x");
  EXPECT_EQ(Reroot("@/my (own) alias/a;x"), "/new/a;x");
  EXPECT_TRUE(rerooter.MayNameProject(Filled("@/alias && x"), {}, "/new"));
  EXPECT_TRUE(rerooter.MayNameProject(Filled("@/my (own) alias/x y"), {}, "/new"));
}

TEST_F(RerootTest, AFolderBesideTheProjectIsNotTakenForIt) {
  for (const std::string name : {"p q (copy)", "p q, v2", "p q,", "alias (old)"}) {
    ASSERT_TRUE(CreateDirectories(files, folder.Path(name)).ok());
    for (const std::string end : {"", "/f", "/f g"}) {
      EXPECT_EQ(Reroot("@/" + name + end), Filled("@/" + name + end));
    }
  }
  EXPECT_EQ(Reroot("@/p q (gone)/f"), "/new (gone)/f");
  EXPECT_EQ(Reroot("@/p q @/p q (copy)/f @/alias"), Filled("/new @/p q (copy)/f /new"));
}

TEST_F(RerootTest, APathThatMayBeOfAnotherMachineIsLeftAndToldOf) {
  for (const std::string text : {"host:/moved/p/x", "me@host.org:/moved/p", "scp a h:/moved/p/x"}) {
    EXPECT_EQ(rerooter.Reroot(text), text);
    EXPECT_TRUE(rerooter.MayNameProject(text, {}, "/new")) << text;
  }
  EXPECT_EQ(Reroot("file:/moved/p/x --in:/moved/p/x:ro"), "file:/new/x --in:/new/x:ro");
  EXPECT_EQ(rerooter.Reroot(
                "bin:/moved/p/bin", [](const auto&) { return true; }, PathText::kList),
            "bin:/new/bin");
}

TEST_F(RerootTest, AParentIsThatOfWhereALinkLeads) {
  ASSERT_TRUE(CreateDirectories(files, folder.Path("else/deep")).ok());
  Link("p q/data", "else/in");
  Link("else/deep", "p q/out");
  EXPECT_EQ(Reroot("@/else/in/../x"), "/new/x");
  EXPECT_TRUE(rerooter.MayNameProject(Filled("@/else/\"in\"/../x"), {}, "/new"));
  EXPECT_TRUE(rerooter.MayNameProject("in/../x", {}, folder.Path("else")));
  EXPECT_EQ(Reroot("@/alias/out/../x"), Filled("@/alias/out/../x"));
  EXPECT_EQ(Reroot("@/alias/not there/../x"), "/new/not there/../x");
  EXPECT_EQ(Reroot("/moved/p/gone/../x"), "/new/x");
}

TEST_F(RerootTest, ALinkOfTheFolderIsLedWhereItLeadsIntoTheProject) {
  EXPECT_EQ(rerooter.LedTarget("/moved/p/raw/a", "/new/data/a"), "/new/raw/a");
  EXPECT_EQ(rerooter.LedTarget("../../moved/p/raw", "/new/data/a"), "/new/raw");
  for (const std::string target : {"../raw/a", "/else", "/else:/moved/p", "", "../../else"}) {
    EXPECT_EQ(rerooter.LedTarget(target, "/new/data/a"), std::nullopt) << target;
  }
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
  EXPECT_TRUE(rerooter.Mentions("cc -I/moved/p/inc -c x.c"));
  EXPECT_FALSE(rerooter.Mentions("/moved/pp"));
  EXPECT_FALSE(rerooter.Mentions("/x/moved/p"));
}

}  // namespace
}  // namespace reprise::tracker
