// What the doctor says of this machine, whatever it is.

#include "tests/tracker/cli/cli_testing.h"

namespace reprise::cli {
namespace {

using DoctorTest = CliTest;

TEST_F(DoctorTest, TellsEveryAbilityWithoutAStore) {
  const Answer answer = Run({"doctor", "--json"});
  const Json checks = answer.at({"checks"});
  bool all_needed = true;
  std::string names;
  for (const Json& check : checks.as_array()) {
    names += check.Find("name")->as_string() + " ";
    const bool ok = check.Find("ok")->as_bool();
    EXPECT_EQ(ok, check.Find("reason")->is_null()) << names;
    if (check.Find("needed")->as_bool() && !ok) all_needed = false;
  }
  EXPECT_EQ(names, "trace ptrace user_namespace mounts processes network overlay reflink ");
  EXPECT_EQ(answer.at({"ok"}).as_bool(), all_needed);
  EXPECT_EQ(answer.status, all_needed ? 0 : 1);
}

TEST_F(DoctorTest, TellsOfTheStoreWhereThereIsOne) {
  Done({"init"});
  const Answer answer = Run({"doctor"});
  EXPECT_NE(answer.out.find("store_reflink"), std::string::npos) << answer.out;
  EXPECT_NE(answer.out.find("kernel: Linux"), std::string::npos) << answer.out;
}

TEST_F(DoctorTest, LeavesNothingBehind) {
  Done({"init"});
  const auto names = [&] {
    std::string text;
    const auto listed = files.List(JoinPath(project, ".reprise"));
    for (const DirectoryEntry& entry : *listed) {
      if (entry.name.starts_with("probe-")) text += entry.name;
    }
    return text;
  };
  Run({"doctor"});
  EXPECT_EQ(names(), "");
}

}  // namespace
}  // namespace reprise::cli
