#include "options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>

#include "text.h"

namespace credit_risk {
namespace {

using ::testing::HasSubstr;

Options Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "credit_risk");
  return ParseArguments(static_cast<int>(arguments.size()), arguments.data());
}

std::string ErrorOf(std::vector<const char*> arguments) {
  try {
    (void)Parse(std::move(arguments));
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Options, EveryHyperparameterCanBeSet) {
  Hyperparameters defaults;
  ForEachHyperparameter(defaults, [](const std::string& name, auto) {
    const std::string argument = "--" + name;
    Options options = Parse({"--data", "d", "--out", "o", argument.c_str(), "42"});
    ForEachHyperparameter(options.hyperparameters, [&](const std::string& other, auto value) {
      if (other == name) {
        EXPECT_EQ(value, 42) << name;
      }
    });
  });
}

TEST(Options, DashesAndUnderscoresNameTheSame) {
  EXPECT_EQ(Parse({"--data", "d", "--out", "o", "--max-depth", "5"}).hyperparameters.max_depth, 5);
  EXPECT_EQ(Parse({"--data", "d", "--out", "o", "--max_depth", "5"}).hyperparameters.max_depth, 5);
}

TEST(Options, TheDefaultsAreValidAndWhatTheUsageSays) {
  EXPECT_NO_THROW(Validate(Hyperparameters{}));
  Hyperparameters defaults;
  ForEachHyperparameter(defaults, [](std::string name, auto value) {
    for (char& c : name) c = c == '_' ? '-' : c;
    EXPECT_THAT(std::string(Usage()), HasSubstr("--" + name + " " + ToText(value)));
  });
}

TEST(Options, MistakesAreNamed) {
  EXPECT_THAT(ErrorOf({"--data", "d"}), HasSubstr("--data FILE and --out DIR are needed"));
  EXPECT_THAT(ErrorOf({"--data", "d", "--out", "o", "--eta", "fast"}),
              HasSubstr("--eta needs a number, not 'fast'"));
  EXPECT_THAT(ErrorOf({"--rounds", "1.5"}), HasSubstr("--rounds needs an integer"));
  EXPECT_THAT(ErrorOf({"--rounds"}), HasSubstr("--rounds needs a value"));
  EXPECT_THAT(ErrorOf({"--colour", "red"}), HasSubstr("unknown option --colour"));
  EXPECT_THAT(ErrorOf({"d"}), HasSubstr("unexpected argument 'd'"));
}

TEST(Options, ValuesOutsideOfTheirRangeAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(Validate({.eta = 0}), InputError);
  EXPECT_THROW(Validate({.eta = nan}), InputError);
  EXPECT_THROW(Validate({.max_depth = 17}), InputError);
  EXPECT_THROW(Validate({.rounds = 0}), InputError);
  EXPECT_THROW(Validate({.subsample = 1.1}), InputError);
  EXPECT_THROW(Validate({.lambda = std::numeric_limits<double>::infinity()}), InputError);
  EXPECT_THROW(Validate({.seed = -1}), InputError);
  EXPECT_THROW(Validate({.hold_out = 1}), InputError);
  EXPECT_THROW(Validate({.nthread = 0}), InputError);
}

}  // namespace
}  // namespace credit_risk
