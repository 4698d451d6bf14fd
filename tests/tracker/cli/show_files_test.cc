// Which files a run used, of which class, and by which rule, as `show` tells it.

#include <gmock/gmock.h>

#include "tests/tracker/cli/cli_testing.h"
#include "tracker/run_files.h"

namespace reprise::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class ShowFilesTest : public CliStoreTest {
 protected:
  ShowFilesTest() {
    Write("data.csv", "a,b\n1,2\n");
    Write("weights/w", "0123456789");
    Write("main.sh", "cat data.csv weights/w >out; test -e nowhere; cat /dev/null");
  }

  void RecordMain() { Record("one", ". ./main.sh"); }

  void Write(const std::string& name, std::string_view content) const {
    ASSERT_TRUE(CreateDirectories(files, ParentPath(JoinPath(project, name))).ok());
    CliStoreTest::Write(name, content);
  }

  // The class, state and rule of the file at `path` (of the project if it is relative).
  std::string Told(const std::string& choice, const std::string& path) {
    const std::string whole =
        path.starts_with('/') || choice == "output" ? path : JoinPath(project, path);
    const Json record = Done({"show", "one", "--json", "--files=" + choice}).json();
    for (const Json& file : record.Find("files")->Find("listed")->as_array()) {
      if (*file.GetString("path") != whole) continue;
      const Json& rule = *file.Find("rule");
      const Json* const pattern = rule.Find("pattern");
      return *file.GetString("class") + " " + *file.GetString("state") + ", " +
             (pattern->is_null() ? "" : pattern->as_string() + ": ") + *rule.GetString("reason") +
             " (" + *rule.GetString("origin") + ")";
    }
    return "not listed";
  }
};

TEST_F(ShowFilesTest, EachFileHasTheRuleThatMadeItOfItsClass) {
  Write("reprise.toml",
        "[[files]]\npattern = \"weights/\"\nclass = \"data\"\nreason = \"of the team\"\n");
  RecordMain();
  EXPECT_EQ(Told("all", "main.sh"), "code stored, *.sh: named as code: scripts (built in)");
  EXPECT_EQ(Told("input", "weights/w"), "data stored, weights/: of the team (reprise.toml:2)");
  EXPECT_EQ(Told("data", "data.csv"),
            "data stored, <project>/: of the project, and named as data (built in)");
  EXPECT_EQ(Told("device", "/dev/null"), "device volatile, /dev/: devices (built in)");
  EXPECT_EQ(Told("output", "out"),
            "output stored, named as an output, or made or changed by the run (found in this run)");
  EXPECT_EQ(Told("missing", "nowhere"),
            "missing absent, looked up, and not there (found in this run)");
  EXPECT_EQ(Told("code", "data.csv"), "not listed");
  EXPECT_EQ(Told("all", "nowhere"), "not listed");
}

TEST_F(ShowFilesTest, WhatTheRunDidOutranksThePath) {
  Write("tool", "#!/bin/sh\ntrue\n");
  ASSERT_TRUE(files.SetPermissions(JoinPath(project, "tool"), 0755).ok());
  Record("one", "./tool");
  EXPECT_EQ(Told("all", "tool"),
            "system stored, a program that the run executed (found in this run)");
}

TEST_F(ShowFilesTest, AFileWithoutContentInTheStoreSaysSo) {
  Record("one", ". ./main.sh", {"--capture", "observed"});
  const std::string text = Done({"show", "one", "--files=system"}).out;
  EXPECT_THAT(text, ContainsRegex("system +hashed +.* /.*cat +/"));
  EXPECT_THAT(text, Not(HasSubstr("stored")));
  EXPECT_EQ(Told("data", "data.csv").substr(0, 12), "data stored,");
}

TEST_F(ShowFilesTest, ShowCountsThemByClassAndRule) {
  RecordMain();
  const std::string text = Done({"show", "one"}).out;
  EXPECT_THAT(text,
              AllOf(ContainsRegex("files +COUNT +SIZE"), ContainsRegex("\n  code +2 "),
                    ContainsRegex("\n    \\*\\.sh: named as code: scripts +1 +"),
                    ContainsRegex("\n  output +1 +18 B"), ContainsRegex("\n  system +[0-9]+ "),
                    ContainsRegex("\n    /usr/: programs and libraries of the machine +[0-9]+ "),
                    ContainsRegex("\n  missing +[0-9]+\n")));
}

TEST_F(ShowFilesTest, WhatCannotBeListedIsSaid) {
  RecordMain();
  Record("plain", "true", {"--capture", "declared"});
  ExpectError(3, "it was not traced", {"show", "plain", "--files"});
  ExpectError(2, "--files takes a class of files, and got 'sytem'",
              {"show", "one", "--files=sytem"});
  ExpectError(2, "--files goes with a run", {"show", "one:out", "--files"});
  EXPECT_EQ(Done({"show", "plain"}).out.find("COUNT"), std::string::npos);
}

}  // namespace
}  // namespace reprise::cli
