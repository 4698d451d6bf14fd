// Which roles words and paths stand for.

#include "tracker/split_role.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace reprise::tracker {
namespace {

TEST(SplitRole, IsToldByTheWordsOfARole) {
  for (const auto& [text, role] :
       std::map<std::string, SplitRole>{{"train", SplitRole::kTrain},
                                        {"training data", SplitRole::kTrain},
                                        {"Train-2024", SplitRole::kTrain},
                                        {"val", SplitRole::kValidation},
                                        {"validation_set", SplitRole::kValidation},
                                        {"dev", SplitRole::kValidation},
                                        {"TEST", SplitRole::kTest},
                                        {"x_test", SplitRole::kTest},
                                        {"hold-out", SplitRole::kHoldout},
                                        {"hold_out", SplitRole::kHoldout},
                                        {"holdout", SplitRole::kHoldout}}) {
    EXPECT_EQ(SplitRoleOf(text), role) << text;
  }
  for (const std::string text :
       {"", "data", "trained", "tests", "contest", "valid8x", "out hold"}) {
    const auto role = SplitRoleOf(text);
    EXPECT_EQ(role.has_value(), text == "valid8x") << text;  // "valid" is a word of it.
  }
}

TEST(SplitRole, IsToldByTheNearestNameOfAPath) {
  EXPECT_EQ(SplitRoleOfPath("data/test.csv"), SplitRole::kTest);
  EXPECT_EQ(SplitRoleOfPath("train/part-1.csv"), SplitRole::kTrain);
  EXPECT_EQ(SplitRoleOfPath("test/X_train.npy"), SplitRole::kTrain);
  EXPECT_EQ(SplitRoleOfPath("tests/data.csv"), std::nullopt);
  EXPECT_EQ(SplitRoleOfPath("/srv/test/loans.csv"), std::nullopt);
  EXPECT_EQ(SplitRoleOfPath("/srv/loans/test.csv"), SplitRole::kTest);
  EXPECT_EQ(SplitRoleOfPath(""), std::nullopt);
}

}  // namespace
}  // namespace reprise::tracker
