// What of an MLflow store cannot be read costs itself alone, and comes along when it can; what
// fails of our own store ends the import and leaves nothing half done.

#include "tracker/import/import_mlflow.h"

#include <gtest/gtest.h>

#include "tests/tracker/import/import_testing.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using testing::ImportMlflowTest;

TEST_F(ImportMlflowTest, AnArtifactThatMayNotBeReadCostsItsRunAlone) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/model.txt";
  files_.before_open = [&](const std::string& path) {
    return path == artifact ? Refused(path) : Result<void>();
  };
  ExpectPartly(3, RunId(1) + " cannot be read and was left out: cannot open");
  files_.before_open = nullptr;
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflowTest, AnArtifactWhoseReadingFailsHalfWayCostsItsRunAlone) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/model.txt";
  files_.before_read = [&](const std::string& path, std::uint64_t) {
    return path == artifact ? Refused(path) : Result<void>();
  };
  ExpectPartly(3, RunId(1));
  files_.before_read = nullptr;
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflowTest, AnArtifactThatVanishesBeforeItIsStoredCostsItsRunAlone) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/model.txt";
  files_.before_open = [&](const std::string& path) {
    if (path == artifact) (void)PosixFileSystem().RemoveFile(path);
    return Result<void>();
  };
  ExpectPartly(3, "vanished before it was read");
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflowTest, WhatVanishesFromAFolderOfArtifactsIsToldByTheRun) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/plots/roc.txt";
  Write(artifact, "curve");
  files_.before_open = [&](const std::string& path) {
    if (path == artifact) (void)PosixFileSystem().RemoveFile(path);
    return Result<void>();
  };
  const auto report = Import();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->runs, 4U);
  ASSERT_EQ(report->warnings.size(), 1U);
  EXPECT_NE(report->warnings[0].find("'roc.txt' vanished"), std::string::npos)
      << report->warnings[0];
}

TEST_F(ImportMlflowTest, AMetricThatMayNotBeReadCostsItsRunAlone) {
  const std::string metric = RunFolder("1", 2) + "/metrics/loss";
  files_.before_open = [&](const std::string& path) {
    return path == metric ? Refused(path) : Result<void>();
  };
  ExpectPartly(3, RunId(2));
  files_.before_open = nullptr;
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflowTest, ARunWithoutItsDescriptionIsNamed) {
  ASSERT_TRUE(PosixFileSystem().RemoveFile(RunFolder("1", 0) + "/meta.yaml").ok());
  ExpectPartly(3, RunId(0));
}

TEST_F(ImportMlflowTest, ADamagedExperimentHindersNoOther) {
  Write(source_ + "/1/meta.yaml", "");
  ExpectPartly(1, "the experiment 1 cannot be read and was left out with its runs");
  const auto other = Import({"other"});
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_EQ(other->present, 1U);
  const auto damaged = Import({"credit"});
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, ErrorCode::kNotFound);
  EXPECT_NE(damaged.error().message.find("the experiment 1 cannot be read"), std::string::npos);
  AddExperiment("1", "credit");
  ExpectTheRest(3, 1);
}

TEST_F(ImportMlflowTest, AnExperimentThatMayNotBeListedHindersNoOther) {
  files_.before_list = [&](const std::string& path) {
    return path == source_ + "/1" ? Refused(path) : Result<void>();
  };
  ExpectPartly(1, "the runs of the experiment 'credit' cannot be read");
  files_.before_list = nullptr;
  ExpectTheRest(3, 1);
}

TEST_F(ImportMlflowTest, ADamagedVersionOfAModelHindersNoRun) {
  Write(source_ + "/models/scorer/meta.yaml", "name: scorer\n");
  Write(source_ + "/models/scorer/version-3/meta.yaml", "a: [\n");
  ExpectPartly(4, "version-3 of the registered model 'scorer' cannot be read");
}

TEST_F(ImportMlflowTest, AFailureOfOurOwnStoreEndsTheImportAndLeavesNothing) {
  files_.before_open = [&](const std::string& path) {
    return path.ends_with(".pack.tmp")
               ? Result<void>(Error{ErrorCode::kNoSpace, "the disk is full"})
               : Result<void>();
  };
  const auto report = Import();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kNoSpace);
  EXPECT_TRUE(ListSessions(files_, store_)->empty());
  EXPECT_TRUE(files_.List(store_ + "/names")->empty());
  files_.before_open = nullptr;
  ExpectTheRest(4, 0);
}

TEST_F(ImportMlflowTest, AnInterruptionIsNotedWhileAnArtifactIsRead) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/model.txt";
  bool reads = false;
  files_.before_open = [&](const std::string& path) {
    reads = reads || path == artifact;
    return Result<void>();
  };
  stop_ = [&] { return reads; };
  const auto report = Import();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kInterrupted);
  EXPECT_NE(report.error().message.find("the same command goes on from there"), std::string::npos);
  EXPECT_TRUE(ListSessions(files_, store_)->empty());
  EXPECT_TRUE(files_.List(store_ + "/names")->empty());
  stop_ = nullptr;
  ExpectTheRest(4, 0);
}

}  // namespace
}  // namespace reprise::tracker
