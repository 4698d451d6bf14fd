// What `reprise run` and its neighbours refuse, before anything starts.

#include <algorithm>

#include "tests/tracker/cli/cli_testing.h"

namespace reprise::cli {
namespace {

class RunCommandTest : public CliStoreTest {
 protected:
  // `reprise run OPTIONS… -- touch started`
  void Refuses(int status, std::string_view words, std::vector<std::string> options) {
    options.insert(options.begin(), "run");
    for (const char* const word : {"--", "touch", "started"}) options.emplace_back(word);
    ExpectError(status, words, options);
    EXPECT_FALSE(Exists(files, JoinPath(project, "started")));
    EXPECT_EQ(*Done({"status", "--json"}).json().GetNumber("runs"), 0.0);
    EXPECT_TRUE(files.List(JoinPath(project, ".reprise/inbox"))->empty());
    EXPECT_TRUE(files.List(JoinPath(project, ".reprise/names"))->empty());
  }
};

TEST_F(RunCommandTest, RefusesWhatCannotBeRecorded) {
  Refuses(2, "KEY=VALUE", {"-p", "x"});
  Refuses(2, "KEY=VALUE", {"--tag", "=x"});
  Refuses(2, "not JSON", {"-p", "x:={"});
  Refuses(2, "is not UTF-8", {"-p", "\xff=1"});
  Refuses(2, "is not UTF-8", {"--tag", "\xff=1"});
  Refuses(2, "--note is empty", {"--note", ""});
  Refuses(2, "cannot be a run's name", {"-n", "not a name"});
  Refuses(2, "there is no such variable", {"--env", "REPRISE_NO_SUCH_VARIABLE"});
  Refuses(2, "--capture takes", {"--capture", "nonsense"});
  Refuses(3, "there is no input", {"-i", "missing"});
}

TEST_F(RunCommandTest, RefusesExperimentsThatAReferenceCouldMisread) {
  for (const char* const name : {"a@b", "a\nb", "-a", "\xff"}) {
    Refuses(2, "cannot be an experiment's name", {"--experiment=" + std::string(name)});
  }
  Refuses(2, "cannot be an experiment's name", {"-e", ""});
  Refuses(2, "cannot be an experiment's name", {"-e", std::string(257, 'x')});
  Done({"run", "-e", "crédit, v2: final", "--", "true"});
}

TEST_F(RunCommandTest, OfTwoTagsOfOneKeyTheLaterCounts) {
  const Json tags =
      Done({"run", "--json", "--tag", "b=1", "--tag", "b=2", "--", "true"}).at({"run", "tags"});
  EXPECT_EQ(*tags.GetString("b"), "2");
}

TEST_F(RunCommandTest, AParameterHasOneValue) {
  Refuses(2, "-p a is given more than once", {"-p", "a=1", "-p", "a=1"});
  Refuses(2, "-p a is given more than once", {"-p", "a=1", "-p", "a:=2"});
  for (const char* const option : {"--set", "--input"}) {
    ExpectError(2, std::string(option) + " a is given more than once",
                {"rerun", "@last", "--on-host", option, "a=1", option, "a=2"});
  }
}

TEST_F(RunCommandTest, RefusesWhatIsEmpty) {
  Refuses(2, "--env is empty", {"--env", ""});
  Refuses(2, "is empty", {"-i", ""});
  Refuses(2, "is empty", {"-o", ""});
  ExpectError(2, "--keep is empty", {"rerun", "@last", "--on-host", "--keep", ""});
  ExpectError(2, "--input x=NEWPATH is empty", {"rerun", "@last", "--on-host", "--input", "x="});
  ExpectError(2, "DIR is empty", {"init", ""});
}

TEST_F(RunCommandTest, WarnsOfATemplateThatIsNearlyAParameter) {
  const auto warned = [&](const std::string& word) {
    const Answer answer = Done({"run", "-p", "eta=1", "-p", "n=2", "--", "echo", word});
    return answer.err.find("did you mean {eta}?") != std::string::npos;
  };
  EXPECT_TRUE(warned("--eta={etaa}"));
  EXPECT_TRUE(warned("{n}{et}"));
  for (const char* const word : {"{eta}", "${etaa}", "{\"etaa\": 1}", "{beta_1}", "{print $1}",
                                 "{x}", "{}", "{", "{{", "{m}", "{etaa"}) {
    EXPECT_FALSE(warned(word)) << word;
  }
}

TEST_F(RunCommandTest, TagsOfAnythingHaveKeysInUtf8) {
  Write("data", "x");
  ExpectError(2, "is not UTF-8", {"add", "data", "--tag", "\xff=1"});
  ExpectError(2, "is not UTF-8", {"tag", "data", "\xff=1"});
  ExpectError(2, "--name takes UTF-8 text", {"add", "data", "--name", "\xff"});
  ExpectError(2, "--name takes UTF-8 text", {"add", "data", "--name", ""});
}

}  // namespace
}  // namespace reprise::cli
