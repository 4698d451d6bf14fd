// From words to a command: global options, names, and what is said when they are wrong.

#include <algorithm>

#include "tests/tracker/cli/cli_testing.h"

namespace reprise::cli {
namespace {

using DispatchTest = CliStoreTest;

TEST_F(DispatchTest, GlobalOptionsStandBeforeOrAfterTheCommand) {
  const std::string status = Done({"status", "--json"}).out;
  EXPECT_EQ(Done({"--json", "status"}).out, status);
  EXPECT_EQ(Done({"--store", project, "status", "--json"}).out, status);
  EXPECT_EQ(Done({"status", "--json", "--store=" + project + "/.reprise"}).out, status);
}

TEST_F(DispatchTest, WhatFollowsTwoDashesIsNoOption) {
  Record("one", "true");
  Done({"note", "one", "--", "--json"});
  EXPECT_NE(Done({"show", "one"}).out.find(": --json"), std::string::npos);
  ExpectError(3, "'--quiet'", {"show", "--", "--quiet"});
}

TEST_F(DispatchTest, SuggestsTheNearestCommandAndOption) {
  ExpectError(2, "did you mean `reprise runs`?", {"rnus"});
  ExpectError(2, "did you mean --where?", {"runs", "--wehre", "x"});
  ExpectError(2, "`reprise help` lists the commands", {"completely-different"});
  ExpectError(2, "'a\\x0a\\xff'", {"a\n\xff"});
}

TEST_F(DispatchTest, TheNameOfAGroupIsFollowedByAnotherWord) {
  ExpectError(2, "followed by one of: up, down, path, impact", {"lineage"});
  ExpectError(2, "not by 'sideways'", {"lineage", "sideways"});
  ExpectError(2, "followed by one of: export", {"audit"});
  EXPECT_NE(Done({"lineage", "--help"}).out.find("reprise lineage down"), std::string::npos);
}

TEST_F(DispatchTest, SaysWhatIsMissingAndHowTheCommandIsUsed) {
  ExpectError(2, "REF is missing; usage: reprise show REF", {"show"});
  ExpectError(2, "DIR is missing; usage: reprise restore REF DIR", {"restore", "@last"});
  ExpectError(2, "PATH is missing", {"add"});
  ExpectError(2, "KEY=VALUE is missing", {"tag", "@last"});
  ExpectError(2, "-o DIR is missing", {"audit", "export", "@last"});
  ExpectError(2, "REF is empty", {"show", ""});
  ExpectError(2, "--store needs", {"--store"});
  ExpectError(2, "--store needs", {"--store=", "runs"});
  ExpectError(2, "--limit needs a value", {"runs", "--limit"});
  ExpectError(2, "--where has an empty value", {"runs", "--where="});
  ExpectError(2, "takes a whole number", {"runs", "--limit", "1.5"});
  ExpectError(2, "more arguments than `reprise show` takes", {"show", "a", "b"});
  ExpectError(2, "reprise run … -- true", {"run", "true"});
}

TEST_F(DispatchTest, WithoutACommandItShowsExamplesAndFails) {
  const Answer answer = Run({});
  EXPECT_EQ(answer.status, 2);
  EXPECT_NE(answer.err.find("reprise init"), std::string::npos);
  EXPECT_EQ(answer.out, "");
}

TEST_F(DispatchTest, EveryCommandHasHelpWithExamples) {
  for (const Command& command : AllCommands()) {
    if (command.internal) continue;
    std::vector<std::string> words = {"help"};
    words.push_back(command.name.substr(0, command.name.find(' ')));
    if (words[1] != command.name) words.push_back(command.name.substr(words[1].size() + 1));
    const std::string help = Done(words).out;
    EXPECT_NE(help.find("Usage: reprise " + command.name), std::string::npos) << command.name;
    EXPECT_FALSE(command.examples.empty()) << command.name;
    words.erase(words.begin());
    words.emplace_back("--help");
    EXPECT_EQ(Done(words).out, help);
    // A description begins with the name of the value: "N: at most so many".
    for (const auto& option : command.options.options()) {
      if (option->semantic()->max_tokens() == 0) continue;
      EXPECT_NE(option->description().find(": "), std::string::npos) << option->long_name();
    }
  }
}

TEST_F(DispatchTest, TopicsHaveHelpToo) {
  for (const char* const topic : {"refs", "where", "json"}) Done({"help", topic});
  ExpectError(2, "no command 'nonsense'", {"help", "nonsense"});
  ExpectError(2, "more arguments than `reprise help` takes", {"help", "run", "add"});
  ExpectError(2, "`reprise help lineage up`", {"help", "lineage", "up", "down"});
  ExpectError(2, "followed by one of", {"help", "lineage", "nonsense"});
}

TEST_F(DispatchTest, HelpNeedsNoWorkingDirectoryAndOthersSayThatItIsGone) {
  std::ostringstream out;
  std::ostringstream err;
  Context context{
      .out = out, .err = err, .files = files, .working_directory = "", .global = {}, .tail = {}};
  EXPECT_EQ(Dispatch({"help"}, context), 0);
  EXPECT_EQ(Dispatch({"--version"}, context), 0);
  EXPECT_EQ(Dispatch({"runs"}, context), 5);
  EXPECT_NE(err.str().find("working directory"), std::string::npos);
}

}  // namespace
}  // namespace reprise::cli
