// What of an MLflow store cannot be read costs itself alone, and comes along when it can; what
// fails of our own store ends the import and leaves nothing half done.

#include "tracker/import/import_mlflow.h"

#include <gtest/gtest.h>

#include "tests/support/hooked_file_system.h"
#include "tests/support/temp_dir.h"
#include "tests/tracker/store_testing.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

class ImportMlflow : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(PosixFileSystem().CreateDirectory(project_).ok());
    ASSERT_TRUE(Store::Create(files_, project_).ok());
    AddExperiment("1", "credit");
    AddExperiment("2", "other");
    for (int run = 0; run < 3; ++run) AddRun("1", run);
    AddRun("2", 3);
  }

  static std::string RunId(int number) { return std::string(31, '0') + std::to_string(number); }
  std::string RunFolder(const std::string& experiment, int number) const {
    return source_ + "/" + experiment + "/" + RunId(number);
  }

  void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(CreateDirectories(PosixFileSystem(), ParentPath(path)).ok());
    (void)PosixFileSystem().RemoveFile(path);
    const auto file = PosixFileSystem().Open(path, OpenMode::kCreateExclusive);
    ASSERT_TRUE(file.ok()) << file.error().message;
    ASSERT_TRUE((*file)->WriteAt(0, AsBytes(text)).ok());
  }

  void AddExperiment(const std::string& id, const std::string& name) {
    Write(source_ + "/" + id + "/meta.yaml",
          "experiment_id: '" + id + "'\nlifecycle_stage: active\nname: " + name + "\n");
  }

  void AddRun(const std::string& experiment, int number) {
    const std::string folder = RunFolder(experiment, number);
    Write(folder + "/meta.yaml", "status: 3\nstart_time: 1700000000000\nlifecycle_stage: active\n" +
                                     ("artifact_uri: " + folder) + "/artifacts\n");
    Write(folder + "/tags/mlflow.runName", "trial-" + std::to_string(number));
    Write(folder + "/metrics/loss", "1700000000000 0.5 0\n");
    Write(folder + "/artifacts/model.txt", "weights " + std::to_string(number));
  }

  Result<MlflowImportReport> Import(std::vector<std::string> experiments = {}) {
    MlflowImportRequest request;
    request.store_folder = store_;
    request.source = source_;
    request.experiments = std::move(experiments);
    request.stop = stop_;
    return tracker::ImportMlflow(files_, request, disk_.Options(files_));
  }

  // Expects an import that brings `runs` and names one thing that it cannot read.
  MlflowImportReport ExpectPartly(std::uint64_t runs, const std::string& named) {
    const auto report = Import();
    EXPECT_TRUE(report.ok()) << report.error().message;
    if (!report.ok()) return {};
    EXPECT_EQ(report->runs, runs);
    EXPECT_EQ(report->unreadable + report->unreadable_parts, 1U);
    EXPECT_EQ(report->warnings.size(), 1U);
    if (!report->warnings.empty()) {
      EXPECT_NE(report->warnings[0].find(named), std::string::npos) << report->warnings[0];
    }
    return *report;
  }

  // The next import brings what is missing, and finds the rest.
  void ExpectTheRest(std::uint64_t runs, std::uint64_t present) {
    const auto report = Import();
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->runs, runs);
    EXPECT_EQ(report->present, present);
    EXPECT_TRUE(report->warnings.empty()) << report->warnings[0];
  }

  static Result<void> Refused(const std::string& path) {
    return Error{ErrorCode::kIoError, "cannot open '" + path + "': Permission denied"};
  }

  testing::CatalogDisk disk_;
  reprise::testing::HookedFileSystem files_;
  const reprise::testing::TempDir folder_;
  const std::string project_ = folder_.Path("project");
  const std::string store_ = project_ + "/.reprise";
  const std::string source_ = folder_.Path("mlruns");
  storage::StopFunction stop_;
};

TEST_F(ImportMlflow, AnArtifactThatMayNotBeReadCostsItsRunAlone) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/model.txt";
  files_.before_open = [&](const std::string& path) {
    return path == artifact ? Refused(path) : Result<void>();
  };
  ExpectPartly(3, RunId(1) + " cannot be read and was left out: cannot open");
  files_.before_open = nullptr;
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflow, AnArtifactWhoseReadingFailsHalfWayCostsItsRunAlone) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/model.txt";
  files_.before_read = [&](const std::string& path, std::uint64_t) {
    return path == artifact ? Refused(path) : Result<void>();
  };
  ExpectPartly(3, RunId(1));
  files_.before_read = nullptr;
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflow, AnArtifactThatVanishesBeforeItIsStoredCostsItsRunAlone) {
  const std::string artifact = RunFolder("1", 1) + "/artifacts/model.txt";
  files_.before_open = [&](const std::string& path) {
    if (path == artifact) (void)PosixFileSystem().RemoveFile(path);
    return Result<void>();
  };
  ExpectPartly(3, "vanished before it was read");
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflow, WhatVanishesFromAFolderOfArtifactsIsToldByTheRun) {
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

TEST_F(ImportMlflow, AMetricThatMayNotBeReadCostsItsRunAlone) {
  const std::string metric = RunFolder("1", 2) + "/metrics/loss";
  files_.before_open = [&](const std::string& path) {
    return path == metric ? Refused(path) : Result<void>();
  };
  ExpectPartly(3, RunId(2));
  files_.before_open = nullptr;
  ExpectTheRest(1, 3);
}

TEST_F(ImportMlflow, ARunWithoutItsDescriptionIsNamed) {
  ASSERT_TRUE(PosixFileSystem().RemoveFile(RunFolder("1", 0) + "/meta.yaml").ok());
  ExpectPartly(3, RunId(0));
}

TEST_F(ImportMlflow, ADamagedExperimentHindersNoOther) {
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

TEST_F(ImportMlflow, AnExperimentThatMayNotBeListedHindersNoOther) {
  files_.before_list = [&](const std::string& path) {
    return path == source_ + "/1" ? Refused(path) : Result<void>();
  };
  ExpectPartly(1, "the runs of the experiment 'credit' cannot be read");
  files_.before_list = nullptr;
  ExpectTheRest(3, 1);
}

TEST_F(ImportMlflow, ADamagedVersionOfAModelHindersNoRun) {
  Write(source_ + "/models/scorer/meta.yaml", "name: scorer\n");
  Write(source_ + "/models/scorer/version-3/meta.yaml", "a: [\n");
  ExpectPartly(4, "version-3 of the registered model 'scorer' cannot be read");
}

TEST_F(ImportMlflow, AFailureOfOurOwnStoreEndsTheImportAndLeavesNothing) {
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

TEST_F(ImportMlflow, AnInterruptionIsNotedWhileAnArtifactIsRead) {
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
