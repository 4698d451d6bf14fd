#include "booster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "metrics.h"
#include "options.h"

namespace credit_risk {
namespace {

// `Signal` decides the class; `Noise` does not.
Dataset Separable() {
  std::string text = "Noise,Signal,Class\n";
  for (int i = 0; i < 60; ++i) {
    text += std::to_string(i * 37 % 11) + "," + std::to_string(i) + (i < 40 ? ",Good\n" : ",Bad\n");
  }
  return ToDataset(ParseCsv(text, "separable"));
}

Booster Trained(const Matrix& matrix, const Hyperparameters& hyperparameters) {
  Booster booster(matrix, ToBoosterParameters(hyperparameters));
  for (int round = 0; round < 10; ++round) booster.Update(round);
  return booster;
}

// The model that training with `hyperparameters` saves.
std::string ModelBytes(const Hyperparameters& hyperparameters) {
  const std::string path = (std::filesystem::path(::testing::TempDir()) /
                            ("model_" + std::to_string(::getpid()) + ".json"))
                               .string();
  const Matrix matrix(Separable());
  Trained(matrix, hyperparameters).Save(path);
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::filesystem::remove(path);
  return bytes;
}

TEST(Booster, LearnsWhatSeparatesTheClasses) {
  const Dataset data = Separable();
  const Matrix matrix(data);
  const std::vector<double> scores = Trained(matrix, {}).Predict(matrix);
  ASSERT_EQ(scores.size(), data.row_count());
  EXPECT_EQ(Auc(scores, data.is_bad), 1.0);
}

TEST(Booster, NamesTheFeaturesThatItUses) {
  const Matrix matrix(Separable());
  const std::vector<Booster::Importance> importance = Trained(matrix, {}).GainImportance();
  ASSERT_FALSE(importance.empty());
  EXPECT_EQ(importance.front().feature, "Signal");
  EXPECT_GT(importance.front().mean_gain, 0);
}

TEST(Booster, TheSavedModelHoldsTheNamesOfTheFeatures) {
  EXPECT_THAT(ModelBytes({}), ::testing::HasSubstr(R"("feature_names":["Noise","Signal"])"));
}

TEST(Booster, TheSameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  Hyperparameters h{.subsample = 0.5};
  const std::string first = ModelBytes(h);
  EXPECT_GT(first.size(), 1000u);
  EXPECT_EQ(ModelBytes(h), first);
  h.seed = 8;
  EXPECT_NE(ModelBytes(h), first);
}

TEST(Booster, WhatXgboostRefusesIsSaidInItsWords) {
  const Matrix matrix(Separable());
  Booster booster(matrix, {{"objective", "binary:nonsense"}});
  try {
    booster.Update(0);
    FAIL() << "it trained";
  } catch (const BoosterError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("binary:nonsense"));
  }
  EXPECT_THROW(Trained(matrix, {}).Save("/nonexistent/model.json"), BoosterError);
}

}  // namespace
}  // namespace credit_risk
