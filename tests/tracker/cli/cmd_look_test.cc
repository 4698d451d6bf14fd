// Commands that look at what was recorded: their text, and what they refuse.

#include <algorithm>

#include "tests/tracker/cli/cli_testing.h"

namespace reprise::cli {
namespace {

class LookTest : public CliStoreTest {
 protected:
  LookTest() {
    Record("one", "echo 1 >o", {"-e", "credit", "-p", "eta=0.1", "-o", "o", "--tag", "team=risk"});
    Record("two", "echo 2 >o", {"-e", "credit", "-p", "eta=0.3", "-o", "o"});
    Record("three", "exit 0", {"-e", "other"});
  }

  std::vector<std::string> NamesOf(std::vector<std::string> options) {
    options.insert(options.begin(), {"runs", "--json"});
    std::vector<std::string> names;
    const Json record = Done(options).json();
    for (const Json& run : record.Find("runs")->as_array()) names.push_back(*run.GetString("name"));
    return names;
  }
};

using Names = std::vector<std::string>;

TEST_F(LookTest, RunsAreListedNewestFirstOrAsAsked) {
  EXPECT_EQ(NamesOf({}), (Names{"three", "two", "one"}));
  EXPECT_EQ(NamesOf({"-e", "credit"}), (Names{"two", "one"}));
  EXPECT_EQ(NamesOf({"--sort", "params.eta"}), (Names{"one", "two", "three"}));
  EXPECT_EQ(NamesOf({"--sort", "-params.eta"}), (Names{"two", "one", "three"}));
  EXPECT_EQ(NamesOf({"--sort", "name", "--limit", "2"}), (Names{"one", "three"}));
  EXPECT_EQ(NamesOf({"--limit", "0"}).size(), 3U);
  EXPECT_EQ(NamesOf({"--where", "tags.team = risk"}), (Names{"one"}));
}

TEST_F(LookTest, RunsSayWhenNothingMatchesAndWhatIsWrong) {
  EXPECT_EQ(Done({"runs", "--where", "name = nobody"}).err, "reprise: no run matches\n");
  ExpectError(2, "\n  name lik x\n       ^", {"runs", "--where", "name lik x"});
  ExpectError(2, "--sort takes a field", {"runs", "--sort", "nonsense"});
  ExpectError(2, "--limit takes a number", {"runs", "--limit=-1"});
}

TEST_F(LookTest, RunsOnANarrowTerminalAreCut) {
  std::ostringstream out;
  std::ostringstream err;
  Context context{.out = out,
                  .err = err,
                  .files = files,
                  .working_directory = project,
                  .global = {},
                  .tail = {},
                  .out_is_terminal = true,
                  .columns = 40};
  EXPECT_EQ(Dispatch({"runs"}, context), 0);
  std::istringstream lines(out.str());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_TRUE(line.ends_with("…"));
  EXPECT_EQ(count, 4U);
}

TEST_F(LookTest, CompareShowsDifferencesFirst) {
  const std::string text = Done({"compare", "one", "two", "three"}).out;
  EXPECT_LT(text.find("eta"), text.find("the same:"));
  EXPECT_GT(text.find("environment"), text.find("the same:"));
  EXPECT_NE(text.find("command"), std::string::npos);
  ExpectError(2, "two runs or more", {"compare", "one"});
  ExpectError(3, "'o' is an artifact", {"compare", "one", "o"});
}

TEST_F(LookTest, ShowNamesEverythingThatAPersonAsksFor) {
  const std::string text = Done({"show", "one"}).out;
  for (const char* const part :
       {"one  01", "credit", "finished", "sh -c 'echo 1 >o'", "eta", "0.1", "real", "outputs",
        "sha256:4355a46b19d3", "2 B", "team", "risk", "sealed"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST_F(LookTest, CatOfALinkInAFolderSaysWhereItLeads) {
  ASSERT_TRUE(CreateDirectories(files, JoinPath(project, "folder")).ok());
  ASSERT_TRUE(files.CreateSymlink("../o", JoinPath(project, "folder/link")).ok());
  Record("four", "true", {"-i", "folder"});
  ExpectError(3, "a symbolic link to '../o'", {"cat", "four:folder/link"});
}

TEST_F(LookTest, LogAndMetricsRefuseWhatExcludesEachOther) {
  ExpectError(2, "exclude", {"metrics", "one", "--csv", "--plot"});
  ExpectError(2, "exclude", {"log", "one", "--stderr", "--sdk"});
  EXPECT_EQ(Done({"metrics", "one"}).err, "reprise: the run one has no metrics\n");
}

TEST_F(LookTest, RestoreTakesPartsOfARunOnly) {
  ExpectError(2, "--only goes with a run", {"restore", "one:o", "x", "--only", "code"});
  EXPECT_FALSE(Exists(files, JoinPath(project, "x")));
  Write("full", "x");
  ExpectError(2, "full", {"restore", "one", "full"});
  EXPECT_EQ(Read("full"), "x");
  Done({"restore", "one:o", "x"});
  EXPECT_EQ(Read("x"), "1\n");
}

TEST_F(LookTest, CompletionListsNamesWithoutWaitingForTheStore) {
  EXPECT_EQ(Done({"completion", "--list", "runs"}).out, "one\nthree\ntwo\n");
  EXPECT_EQ(Done({"completion", "--list", "experiments"}).out, "credit\nother\n");
  ExpectError(2, "--list takes", {"completion", "--list", "x"});
  ExpectError(2, "bash, zsh or fish", {"completion", "csh"});
}

}  // namespace
}  // namespace reprise::cli
