// An MLflow store of two experiments, "credit" with runs 0 to 2 and "other" with run 3, and a store
// to import it into, on a file system whose failures the test decides.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/hooked_file_system.h"
#include "tests/support/temp_dir.h"
#include "tests/tracker/store_testing.h"
#include "tracker/import/import_mlflow.h"

namespace reprise::tracker::testing {

class ImportMlflowTest : public ::testing::Test {
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

  CatalogDisk disk_;
  reprise::testing::HookedFileSystem files_;
  const reprise::testing::TempDir folder_;
  const std::string project_ = folder_.Path("project");
  const std::string store_ = project_ + "/.reprise";
  const std::string source_ = folder_.Path("mlruns");
  storage::StopFunction stop_;
};

}  // namespace reprise::tracker::testing
