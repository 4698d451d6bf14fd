// What a rerun in a sandbox is to do, planned from made-up runs; no sandbox is needed for it.

#include "tracker/replay/sandbox_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/temp_dir.h"
#include "tests/tracker/traced_run.h"

namespace reprise::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StoredFile;

class SandboxPlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"project", "work"}) {
      ASSERT_TRUE(files_.CreateDirectory(folder_.Path(name)).ok());
    }
    ASSERT_TRUE(Store::Create(files_, folder_.Path("project")).ok());
    run_.contents = {"rows"};
    run_.closure.files = {StoredFile("/project/train.csv", "rows")};
    run_.recipe.inputs = {{.path = "train.csv", .digest = crypto::Sha256("rows"), .size_bytes = 4}};
    run_.recipe.working_directory = "src";
    run_.host.Set("name", "trainer")
        .Set("process", Json().Set("user_id", 1000).Set("group_id", 1001).Set("umask", "0027"));
    request_.store_folder = folder_.Path("project/.reprise");
    request_.run = run_.id;
  }

  RerunPlan Plan() {
    const auto sealed = testing::SealTracedRun(files_, request_.store_folder, run_);
    EXPECT_TRUE(sealed.ok()) << sealed.error().message;
    const auto store = Store::Open(files_, request_.store_folder, {});
    EXPECT_TRUE(store.ok()) << store.error().message;
    if (!store.ok()) return {};
    const auto original = (*store)->GetRun(run_.id);
    EXPECT_TRUE(original.ok()) << original.error().message;
    if (!original.ok()) return {};
    auto plan = PlanSandboxRerun(**store, *original, request_, folder_.Path("work"), files_);
    EXPECT_TRUE(plan.ok()) << plan.error().message;
    return plan.ok() ? *std::move(plan) : RerunPlan{};
  }

  bool IsLaidOut() const { return Exists(files_, folder_.Path("work/root")); }

  const reprise::testing::TempDir folder_;
  FileSystem& files_ = PosixFileSystem();
  testing::TracedRun run_;
  RerunRequest request_;
};

TEST_F(SandboxPlanTest, TheCommandRunsAsWhomAndWhereItRan) {
  const RerunPlan plan = Plan();
  EXPECT_THAT(plan.missing, IsEmpty());
  EXPECT_THAT(plan.run.command, ElementsAre("./train"));
  EXPECT_EQ(plan.run.project_folder, "/project");
  EXPECT_EQ(plan.run.working_directory, "/project/src");
  EXPECT_EQ(plan.run.reproduces, run_.id);
  EXPECT_EQ(plan.run.derived_from, std::nullopt);
  ASSERT_TRUE(plan.run.sandbox.has_value());
  const SandboxSpec& spec = *plan.run.sandbox;
  EXPECT_EQ(spec.user_id, 1000U);
  EXPECT_EQ(spec.group_id, 1001U);
  EXPECT_EQ(spec.umask, 027U);
  EXPECT_EQ(spec.host_name, "trainer");
  EXPECT_FALSE(spec.without_overlay);
  EXPECT_EQ(spec.base, folder_.Path("work/root"));
  EXPECT_EQ(*ReadFile(files_, spec.base + "/project/train.csv"), "rows");
  EXPECT_TRUE(Exists(files_, spec.base + "/project/src"));
  EXPECT_THAT(*files_.List(spec.scratch), IsEmpty());
}

TEST_F(SandboxPlanTest, WhatTheRunUsedAndTheStoreHasNotIsSaidAndNothingIsLaidOut) {
  run_.closure.files.push_back(StoredFile("/usr/lib/libm.so.6", "libm"));
  run_.closure.files.back().stored = false;
  const RerunPlan plan = Plan();
  EXPECT_THAT(plan.missing, ElementsAre(HasSubstr("'/usr/lib/libm.so.6'")));
  EXPECT_FALSE(plan.run.sandbox.has_value());
  EXPECT_FALSE(IsLaidOut());
}

TEST_F(SandboxPlanTest, ResultsOfARunThatWasLostCannotBeCompared) {
  run_.status = lineage::RunStatus::kLost;
  EXPECT_THAT(Plan().missing, ElementsAre(HasSubstr("its recorder died")));
  EXPECT_FALSE(IsLaidOut());
}

TEST_F(SandboxPlanTest, OtherDataIsBoundInPlaceOfTheRecordedAndNeverWrittenTo) {
  const std::string other = folder_.Path("other.csv");
  ASSERT_TRUE(WriteFileAtomically(files_, other, "more rows").ok());
  request_.inputs = {{"train.csv", other}};
  const RerunPlan plan = Plan();
  EXPECT_EQ(plan.run.derived_from, run_.id);
  EXPECT_EQ(plan.run.reproduces, std::nullopt);
  ASSERT_TRUE(plan.run.sandbox.has_value());
  ASSERT_EQ(plan.run.sandbox->binds.size(), 1U);
  EXPECT_EQ(plan.run.sandbox->binds[0].source, other);
  EXPECT_EQ(plan.run.sandbox->binds[0].target, "/project/train.csv");
  EXPECT_TRUE(plan.run.sandbox->binds[0].copy_on_write);
  EXPECT_FALSE(Exists(files_, plan.run.sandbox->base + "/project/train.csv"));
}

TEST_F(SandboxPlanTest, FoldersThatTheRunMovedNeedARootWithoutOverlays) {
  run_.closure.files.push_back({.path = "/project/old",
                                .file_class = lineage::FileClass::kData,
                                .kind = FileKind::kDirectory,
                                .uses = lineage::kFileChanged,
                                .mode = 0755});
  const RerunPlan plan = Plan();
  ASSERT_TRUE(plan.run.sandbox.has_value());
  EXPECT_TRUE(plan.run.sandbox->without_overlay);
}

}  // namespace
}  // namespace reprise::tracker
