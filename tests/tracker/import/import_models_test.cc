// Versions in MLflow's registry become ours, and follow it as long as nobody has moved them here.

#include <gtest/gtest.h>

#include "storage/base/clock.h"
#include "tests/tracker/import/import_testing.h"
#include "tracker/import/mlflow_registry.h"
#include "tracker/import/mlflow_run.h"
#include "tracker/models.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::tracker {
namespace {

class ImportMlflowModelsTest : public testing::ImportMlflowTest {
 protected:
  void AddVersion(int number, const std::string& stage, int run, const std::string& source = "",
                  const std::string& more = "") {
    const std::string folder = source_ + "/models/credit scorer/version-" + std::to_string(number);
    Write(folder + "/meta.yaml",
          "run_id: " + RunId(run) + "\ncurrent_stage: " + stage + "\nsource: " +
              (source.empty() ? "file://" + RunFolder("1", run) + "/artifacts/model.txt" : source) +
              "\n" + more);
  }

  std::unique_ptr<Store> Open() {
    auto store = Store::Open(files_, store_, disk_.Options(files_));
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }

  std::vector<RegisteredModel> Models() {
    auto versions = VersionsOfModel(Open()->catalog(), "credit-scorer");
    EXPECT_TRUE(versions.ok());
    return *std::move(versions);
  }

  std::string TagOf(int run) {
    const auto stored = Open()->GetRun(RunIdOfMlflow(RunId(run), 1700000000000));
    EXPECT_TRUE(stored.ok());
    return stored->tags.at("mlflow.registeredModel.credit scorer");
  }

  MlflowImportReport ExpectImport() {
    const auto report = Import();
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : MlflowImportReport();
  }
};

TEST_F(ImportMlflowModelsTest, VersionsKeepTheirNumbersStagesAndContent) {
  AddVersion(2, "None", 0, "", "description: the first\n");
  AddVersion(5, "Production", 1, "runs:/" + RunId(1) + "/model.txt");
  const auto report = ExpectImport();
  EXPECT_EQ(report.model_versions, 2U);
  EXPECT_EQ(report.stage_changes, 1U);
  EXPECT_TRUE(report.warnings.empty()) << report.warnings[0];
  const auto models = Models();
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].version.version, 2U);
  EXPECT_EQ(models[0].stage(), "development");
  EXPECT_EQ(models[0].version.reason, "the first");
  EXPECT_EQ(models[1].version.version, 5U);
  EXPECT_EQ(models[1].stage(), "production");
  EXPECT_EQ(models[1].version.artifact.digest, crypto::Sha256("weights 1"));
  EXPECT_EQ(models[1].version.artifact.path, "mlflow-artifacts/model.txt");
  EXPECT_EQ(models[1].version.run, RunIdOfMlflow(RunId(1), 1700000000000));
  const auto again = ExpectImport();
  EXPECT_EQ(again.model_versions + again.stage_changes, 0U);
  EXPECT_TRUE(again.warnings.empty());
}

TEST_F(ImportMlflowModelsTest, AFileInAFolderOfArtifactsCanBeAVersion) {
  Write(RunFolder("1", 0) + "/artifacts/models/best one.txt", "the best");
  AddVersion(1, "None", 0, "mlflow-artifacts:/1/" + RunId(0) + "/artifacts/models/best%20one.txt");
  ExpectImport();
  const auto models = Models();
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].version.artifact.digest, crypto::Sha256("the best"));
  EXPECT_EQ(models[0].version.artifact.size_bytes, 8U);
}

TEST_F(ImportMlflowModelsTest, AStageThatChangedInMlflowIsTakenOverByTheNextImport) {
  AddVersion(1, "None", 0);
  ExpectImport();
  EXPECT_EQ(TagOf(0), "version 1");
  AddVersion(1, "Production", 0);
  AddVersion(2, "Staging", 1);
  const auto report = ExpectImport();
  EXPECT_EQ(report.present, 4U);
  EXPECT_EQ(report.changed, 0U);
  EXPECT_EQ(report.model_versions, 1U);
  EXPECT_EQ(report.stage_changes, 2U);
  EXPECT_EQ(TagOf(0), "version 1, stage Production");
  AddVersion(1, "Archived", 0);
  EXPECT_EQ(ExpectImport().stage_changes, 1U);
  EXPECT_EQ(Models()[0].stage(), "archived");
  EXPECT_EQ(Models()[0].changes.size(), 2U);
  EXPECT_EQ(ExpectImport().stage_changes, 0U);
}

TEST_F(ImportMlflowModelsTest, AStageThatWasGivenHereStays) {
  AddVersion(1, "Staging", 0);
  ExpectImport();
  {
    const auto store = Open();
    const auto models = VersionsOfModel(store->catalog(), "credit-scorer");
    ASSERT_TRUE(MoveModel(*store, models->at(0), "qa", "our own review", false, NowUnixMs()).ok());
  }
  const auto unchanged = ExpectImport();
  EXPECT_EQ(unchanged.stage_changes, 0U);
  EXPECT_TRUE(unchanged.warnings.empty());
  AddVersion(1, "Production", 0);
  const auto changed = ExpectImport();
  EXPECT_EQ(changed.stage_changes, 0U);
  ASSERT_EQ(changed.warnings.size(), 1U);
  EXPECT_NE(changed.warnings[0].find("stays in qa, where it was moved here"), std::string::npos);
  EXPECT_EQ(Models()[0].stage(), "qa");
}

TEST_F(ImportMlflowModelsTest, WithAPolicyInForceAVersionStaysWhereItIs) {
  AddVersion(1, "Staging", 0);
  ExpectImport();
  ASSERT_TRUE(SetPolicy(*Open(),
                        "version = 1\nname = \"Ours\"\n[[promotion]]\nto = \"production\"\n"
                        "approvals = [{ role = \"owner\" }]\n",
                        "policy", NowUnixMs())
                  .ok());
  AddVersion(1, "Production", 0);
  AddVersion(2, "Production", 1);
  for (const std::uint64_t registered : {1, 0}) {
    const auto report = ExpectImport();
    EXPECT_EQ(report.model_versions, registered);
    EXPECT_EQ(report.stage_changes, 0U);
    EXPECT_EQ(report.stages_held_back, 2U);
    ASSERT_EQ(report.warnings.size(), 2U);
    EXPECT_NE(report.warnings[0].find("credit-scorer@1 is in the stage 'Production' in MLflow, and "
                                      "stays in staging, as a policy is in force"),
              std::string::npos)
        << report.warnings[0];
    EXPECT_NE(report.warnings[1].find("stays in development"), std::string::npos);
    EXPECT_EQ(Models()[0].stage(), "staging");
    EXPECT_EQ(Models()[0].changes.size(), 1U);
    EXPECT_EQ(Models()[1].stage(), "development");
    EXPECT_TRUE(Models()[1].changes.empty());
  }
  EXPECT_EQ(TagOf(1), "version 2, stage Production");  // What MLflow says of it is kept.
}

TEST_F(ImportMlflowModelsTest, WhatCannotBeAVersionIsNamed) {
  AddVersion(1, "None", 7);                                     // No such run.
  AddVersion(2, "None", 0, "s3://user:pw12345@bucket/model");   // Elsewhere.
  AddVersion(3, "None", 0, "runs:/" + RunId(0) + "/gone.txt");  // No such artifact.
  AddVersion(4, "Pro/duction", 0);                              // No stage here.
  const auto report = ExpectImport();
  EXPECT_EQ(report.model_versions, 1U);
  ASSERT_EQ(report.warnings.size(), 4U);
  EXPECT_NE(report.warnings[0].find("the run that made it was not imported"), std::string::npos);
  EXPECT_NE(report.warnings[1].find("is no artifact of its run"), std::string::npos);
  EXPECT_EQ(report.warnings[1].find("pw12345"), std::string::npos);
  EXPECT_NE(report.warnings[2].find("version 3 of the registered model 'credit scorer' was not"),
            std::string::npos);
  EXPECT_NE(report.warnings[3].find("stays in development"), std::string::npos);
  EXPECT_EQ(Models().size(), 1U);
  const auto of_one = Import({"other"});
  ASSERT_TRUE(of_one.ok());
  EXPECT_TRUE(of_one->warnings.empty());
}

TEST_F(ImportMlflowModelsTest, AnotherVersionOfThatNumberHereIsLeftAlone) {
  ExpectImport();
  {
    const auto store = Open();
    lineage::ModelVersion ours;
    ours.name = "credit-scorer";
    ours.artifact = testing::FileUse("mlflow-artifacts/model.txt", "weights 2");
    ASSERT_TRUE(RegisterModel(*store, ours).ok());
    ours.version = 1;
    EXPECT_EQ(RegisterModel(*store, ours).error().code, ErrorCode::kAlreadyExists);
  }
  AddVersion(1, "Production", 0);
  const auto report = ExpectImport();
  EXPECT_EQ(report.model_versions + report.stage_changes, 0U);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("credit-scorer@1 is something else here"), std::string::npos);
}

TEST(PathOfModelSource, IsTheOneAmongTheArtifactsOfItsRun) {
  const std::string run(32, 'a');
  const std::map<std::string, std::string> models = {{"m-1", "scorer"}};
  const auto path = [&](const std::string& source) {
    return PathOfModelSource(source, run, models).value_or("");
  };
  EXPECT_EQ(path("models:/m-1"), "scorer");
  EXPECT_EQ(path("models:/m-2"), "");
  EXPECT_EQ(path("runs:/" + run + "/a/b.pkl"), "a/b.pkl");
  EXPECT_EQ(path("runs:/" + std::string(32, 'b') + "/a"), "");
  EXPECT_EQ(path("/srv/mlruns/1/" + run + "/artifacts/100%25"), "100%25");
  EXPECT_EQ(path("file:///srv/1/" + run + "/artifacts/100%25/"), "100%");
  EXPECT_EQ(path("s3://bucket/1/" + run + "/artifacts/"), "");
  EXPECT_EQ(path(""), "");
}

}  // namespace
}  // namespace reprise::tracker
