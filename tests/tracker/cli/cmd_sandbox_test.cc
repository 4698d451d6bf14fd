// Commands that work in the sandbox of a run, and what they refuse.

#include "tests/tracker/cli/cli_testing.h"

namespace reprise::cli {
namespace {

class SandboxCommandsTest : public CliStoreTest {
 protected:
  SandboxCommandsTest() {
    const Answer doctor = Run({"doctor"});
    has_sandbox = doctor.status == 0;
    if (!has_sandbox) {
      why_not = doctor.out;
      return;
    }
    Record("base", "echo 1 >o", {"-o", "o"});
  }
  void SetUp() override {
    if (!has_sandbox) GTEST_SKIP() << "SKIPPED: this machine has no sandbox:\n" << why_not;
  }

  bool has_sandbox = false;
  std::string why_not;
};

TEST_F(SandboxCommandsTest, TheDoctorTellsTheBestVerdictOfARun) {
  const Answer answer = Done({"doctor", "base", "--json"});
  EXPECT_EQ(answer.at({"best_verdict"}).as_string(), "identical");
  EXPECT_EQ(Shape(answer.json()),
            "{best_verdict: text, checks: [{meaning: text, name: text, needed: bool, ok: bool, "
            "reasons: []}], reasons: [], run: text}");
  Record("bare", "true", {"--capture", "declared"});
  const Answer bare = Run({"doctor", "bare", "--json"});
  EXPECT_EQ(bare.status, 1);
  EXPECT_EQ(bare.at({"best_verdict"}).as_string(), "incomplete");
  EXPECT_FALSE(bare.at({"reasons"}).as_array().empty());
}

TEST_F(SandboxCommandsTest, ExplainingARunThatReproducesSaysSo) {
  const Answer answer = Done({"explain", "base", "--times", "2", "--json"});
  EXPECT_TRUE(answer.at({"reproduces"}).as_bool());
  EXPECT_TRUE(answer.at({"decided_by"}).is_null());
  EXPECT_EQ(Shape(answer.json()),
            "{decided_by: null, differing: [], factors: [{agrees: bool, decides: bool, "
            "equals_original: bool, failure: null, meaning: text, name: text, reruns: number}], "
            "metrics: null, reproduces: bool, run: text, sentence: text, warnings: []}");
}

TEST_F(SandboxCommandsTest, ExplainingNeedsTwoRerunsToCompare) {
  ExpectError(2, "--times", {"explain", "base", "--times", "1"});
  ExpectError(2, "--times", {"explain", "base", "--times", "many"});
}

TEST_F(SandboxCommandsTest, AShellPassesOnTheStatusOfItsCommand) {
  const Answer answer = Run({"shell", "base", "--json", "--", "sh", "-c", "exit 4"});
  EXPECT_EQ(answer.status, 4);
  EXPECT_EQ(Shape(answer.json()), "{changes: null, exit_status: number, run: text}");
  EXPECT_EQ(Run({"shell", "base", "--", "nonsense"}).status, 127);
}

TEST_F(SandboxCommandsTest, WhatAShellWritesIsKeptOnRequestOnly) {
  Done({"shell", "base", "--", "sh", "-c", "echo 2 >new"});
  EXPECT_FALSE(Exists(files, JoinPath(project, "new")));
  const std::string kept = dir.Path("kept");
  Done({"shell", "base", "--keep", kept, "--", "sh", "-c", "echo 2 >new"});
  EXPECT_EQ(*ReadFile(files, kept + JoinPath(project, "new")), "2\n");
  ExpectError(2, "kept", {"shell", "base", "--keep", kept, "--", "true"});
}

TEST_F(SandboxCommandsTest, WhatWasNotTracedHasNoSandbox) {
  Record("bare", "true", {"--capture", "declared"});
  ExpectError(3, "was not traced", {"shell", "bare", "--", "true"});
  ExpectError(3, "was not traced", {"explain", "bare"});
}

}  // namespace
}  // namespace reprise::cli
