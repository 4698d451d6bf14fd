// Which roles words and paths stand for.

#include "tracker/split_role.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace reprise::tracker {
namespace {

TEST(SplitRole, IsToldByTheWordsOfARole) {
  for (const auto& [text, role] :
       std::map<std::string, std::string>{{"train", "train"},
                                          {"training data", "train"},
                                          {"Train-2024", "train"},
                                          {"val", "validation"},
                                          {"validation_set", "validation"},
                                          {"validate", "validation"},
                                          {"dev", "validation"},
                                          {"eval", "evaluation"},
                                          {"evaluation", "evaluation"},
                                          {"TEST", "test"},
                                          {"x_test", "test"},
                                          {"hold-out", "holdout"},
                                          {"hold_out", "holdout"},
                                          {"held out", "holdout"},
                                          {"holdout", "holdout"},
                                          {"oot", "out_of_time"},
                                          {"Out of Time", "out_of_time"},
                                          {"x_out-of-sample", "out_of_sample"}}) {
    ASSERT_TRUE(SplitRoleOf(text).has_value()) << text;
    EXPECT_EQ(SplitRoleOf(text)->name(), role) << text;
  }
  for (const std::string text :
       {"", "data", "trained", "tests", "contest", "valid8x", "out hold", "out of", "time"}) {
    const auto role = SplitRoleOf(text);
    EXPECT_EQ(role.has_value(), text == "valid8x") << text;  // "valid" is a word of it.
  }
}

TEST(SplitRole, AnyOtherWordThatIsGivenIsOneOfItsOwnAfterThose) {
  EXPECT_EQ(GivenRole("Hold-out 2024"), SplitRole::Of("holdout"));
  EXPECT_EQ(GivenRole("Stress"), SplitRole::Of("stress"));
  EXPECT_NE(GivenRole("stress"), GivenRole("calibration"));
  EXPECT_LT(GivenRole("out of sample"), GivenRole("a"));
  EXPECT_LT(GivenRole("train"), GivenRole("val"));
  EXPECT_TRUE(GivenRole("oot").is_split());
  EXPECT_FALSE(GivenRole("settings").is_split());
}

TEST(SplitRole, IsToldByTheNearestNameOfAPath) {
  EXPECT_EQ(SplitRoleOfPath("data/test.csv"), SplitRole::Of("test"));
  EXPECT_EQ(SplitRoleOfPath("train/part-1.csv"), SplitRole::Of("train"));
  EXPECT_EQ(SplitRoleOfPath("test/X_train.npy"), SplitRole::Of("train"));
  EXPECT_EQ(SplitRoleOfPath("tests/data.csv"), std::nullopt);
  EXPECT_EQ(SplitRoleOfPath("/srv/test/loans.csv"), std::nullopt);
  EXPECT_EQ(SplitRoleOfPath("/srv/loans/test.csv"), SplitRole::Of("test"));
  EXPECT_EQ(SplitRoleOfPath(""), std::nullopt);
}

}  // namespace
}  // namespace reprise::tracker
