// What is said of two runs, and of their artifacts.

#include "lineage/diff/run_diff.h"

#include <gtest/gtest.h>

#include "lineage/metric_series.h"
#include "storage/base/canonical.h"
#include "tests/lineage/compare/comparing.h"
#include "tests/support/golden.h"
#include "tests/support/memory_objects.h"

namespace reprise::lineage {
namespace {

using testing::At;
using testing::FileEntry;
using testing::MemoryObjects;

// A run and what is known of it.
struct Made {
  RunRecord record;
  std::optional<Recipe> recipe = Recipe{};
  std::optional<Code> code;

  RunSide side() const { return {record, recipe, code}; }
};

class DiffRunsTest : public ::testing::Test {
 protected:
  RunDiff Diff(const ArtifactDiffOptions& options = {}) {
    auto diff = DiffRuns({objects}, before.side(), after.side(), options);
    EXPECT_TRUE(diff.ok()) << diff.error().message;
    if (!diff.ok()) return {};
    EXPECT_TRUE(Canonicalize(RunDiffToJson(*diff)).ok());
    return *std::move(diff);
  }

  ArtifactUse Use(const std::string& path, const std::string& content,
                  const std::string& role = "") {
    return {
        .path = path, .role = role, .digest = objects.Put(content), .size_bytes = content.size()};
  }

  Digest Tree(const std::vector<std::pair<std::string, std::string>>& files) {
    std::vector<storage::TreeEntry> entries;
    for (const auto& [name, content] : files) {
      entries.push_back(FileEntry(name, objects.Put(content), content.size()));
    }
    return objects.PutTree(std::move(entries));
  }

  MetricSummary Metric(const std::vector<MetricPoint>& points) {
    return {.count = points.size(),
            .last = points.back().value,
            .min = 0,
            .max = 1,
            .last_step = points.back().step,
            .series = objects.Put(EncodeSeries(points)),
            .values = SeriesValuesDigest(points)};
  }

  MemoryObjects objects;
  Made before;
  Made after;
};

TEST_F(DiffRunsTest, EqualRunsDoNotDifferWhateverTheyAreCalled) {
  after.record.name = "another";
  after.record.started_at_unix_ms = 5;
  const RunDiff diff = Diff();
  EXPECT_FALSE(diff.differs());
  EXPECT_TRUE(diff.not_compared.empty());
}

TEST_F(DiffRunsTest, ParametersAreComparedWithTheirTypesAndSeedsComeLast) {
  before.recipe->parameters = {{"eta", ParamValue::Real(0.1)},
                               {"a_seed", ParamValue::Int(1)},
                               {"n", ParamValue::Int(1)},
                               {"gone", ParamValue::Bool(true)}};
  after.recipe->parameters = {{"eta", ParamValue::Real(0.3)},
                              {"a_seed", ParamValue::Int(2)},
                              {"n", ParamValue::String("1")},
                              {"new", ParamValue::Int(7)}};
  const RunDiff diff = Diff();
  ASSERT_EQ(diff.params.size(), 5u);
  EXPECT_EQ(diff.params[0].name, "eta");
  EXPECT_EQ(diff.params[1].name, "gone");
  EXPECT_FALSE(diff.params[1].after_text.has_value());
  EXPECT_EQ(diff.params[2].name, "n");
  EXPECT_EQ(diff.params[2].before_text, "1 (int)");
  EXPECT_EQ(diff.params[2].after_text, "1 (string)");
  EXPECT_EQ(diff.params[3].name, "new");
  EXPECT_EQ(diff.params[4].name, "a_seed");
}

TEST_F(DiffRunsTest, InputsArePairedByPathThenRoleThenContent) {
  before.recipe->inputs = {Use("a.csv", "x\n1\n", "train"), Use("b.txt", "b"),
                           Use("old.csv", "x\n2\n", "test"), Use("place", "same"), Use("z", "z")};
  after.recipe->inputs = {Use("a.csv", "x\n3\n", "train"), Use("new.csv", "x\n5\n", "test"),
                          Use("other", "same"), Use("y", "y"), Use("z", "z")};
  const RunDiff diff = Diff();
  std::vector<std::string> told;
  for (const UsePair& pair : diff.inputs) {
    told.push_back(std::string(pair.change()) + " " +
                   (pair.before.has_value() ? pair.before->path : "") + " " +
                   (pair.after.has_value() ? pair.after->path : ""));
  }
  EXPECT_EQ(told, (std::vector<std::string>{"changed a.csv a.csv", "changed old.csv new.csv",
                                            "removed b.txt ", "added  y", "moved place other"}));
  EXPECT_EQ(diff.inputs[0].diff->difference.kind, "table");
  const RunDiff brief = Diff({.described_files_max = 1});
  EXPECT_TRUE(brief.inputs[0].diff.has_value());
  EXPECT_FALSE(brief.inputs[1].diff.has_value());
}

TEST_F(DiffRunsTest, InputsThatAreLeftArePairedAsTheOnlyOnesOfTheirKindOrByTheirNames) {
  before.recipe->inputs = {Use("credit.csv", "x\n1\n"), Use("p/part-1.bin", "a"),
                           Use("p/part-2.bin", "b")};
  after.recipe->inputs = {Use("loans.csv", "x\n2\n"), Use("q/part-2.bin", "c"),
                          Use("q/unlike.bin", "d")};
  const RunDiff diff = Diff();
  ASSERT_EQ(diff.inputs.size(), 4u);
  EXPECT_EQ(diff.inputs[0].before->path, "credit.csv");
  EXPECT_EQ(diff.inputs[0].after->path, "loans.csv");
  EXPECT_EQ(diff.inputs[0].diff->difference.kind, "table");
  EXPECT_EQ(diff.inputs[1].before->path, "p/part-2.bin");
  EXPECT_EQ(diff.inputs[1].after->path, "q/part-2.bin");
  EXPECT_EQ(diff.inputs[2].change(), "removed");
  EXPECT_EQ(diff.inputs[3].change(), "added");
}

TEST_F(DiffRunsTest, CodeIsAPatchFromTheStoredTrees) {
  before.recipe->code = Tree({{"gone.py", "x\n"}, {"same.py", "1\n"}, {"train.py", "a\nb\n"}});
  after.recipe->code = Tree({{"same.py", "1\n"}, {"train.py", "a\nc\nd\n"}});
  const RunDiff diff = Diff();
  ASSERT_EQ(diff.code.size(), 2u);
  EXPECT_EQ(diff.code[0].lines_removed, 1u);
  EXPECT_EQ(diff.code[1].lines_added, 2u);
  EXPECT_EQ(diff.code[1].lines_removed, 1u);
  std::string patch;
  for (const CodeFile& file : diff.code) patch += file.patch;
  EXPECT_EQ(patch,
            "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\n--- a/gone.py\n"
            "+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
            "diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n"
            "@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n");
  EXPECT_EQ(RunDiffToJson(diff).Find("patch")->as_string(), patch);
}

TEST_F(DiffRunsTest, MetricsThatDifferSayFromWhichStepOn) {
  before.record.metrics = {{"auc", Metric({{1, 10, 0.5}, {2, 20, 0.6}, {3, 30, 0.7}})},
                           {"loss", Metric({{1, 10, 2.0}, {2, 20, 1.0}})},
                           {"only", Metric({{1, 1, 1}})},
                           {"same", Metric({{1, 10, 0.5}})}};
  after.record.metrics = {{"auc", Metric({{1, 11, 0.5}, {2, 21, 0.61}, {3, 31, 0.7}})},
                          {"loss", Metric({{1, 10, 2.0}})},
                          {"same", Metric({{1, 99, 0.5}})}};
  const RunDiff diff = Diff();
  ASSERT_EQ(diff.metrics.size(), 3u);
  EXPECT_EQ(diff.metrics[0].key, "loss");
  EXPECT_EQ(diff.metrics[0].first_differing_step, 2);
  EXPECT_EQ(diff.metrics[0].differing_points, 1u);
  EXPECT_EQ(diff.metrics[1].key, "auc");
  EXPECT_EQ(diff.metrics[1].first_differing_step, 2);
  EXPECT_EQ(diff.metrics[2].key, "only");
  EXPECT_FALSE(diff.metrics[2].after.has_value());
}

TEST_F(DiffRunsTest, WhatIsNotKnownOrLostIsNamedAndTheRestIsCompared) {
  before.recipe->code = Tree({{"a", "1"}});
  before.recipe->environment = objects.Put(R"({"files":[]})");
  after.recipe->environment = crypto::Sha256("lost");
  ArtifactUse lost = Use("in.csv", "x\n");
  before.recipe->inputs = {lost};
  lost.digest = crypto::Sha256("lost too");
  after.recipe->inputs = {lost};
  before.record.outputs = {Use("out", "1")};
  RunDiff diff = Diff();
  ASSERT_EQ(diff.not_compared.size(), 3u);
  EXPECT_EQ(diff.not_compared[0].subject, "code");
  EXPECT_EQ(diff.not_compared[0].reason, "the second run has no recorded code");
  EXPECT_EQ(diff.not_compared[1].subject, "environment");
  EXPECT_EQ(diff.not_compared[2].subject, "the content of input in.csv");
  EXPECT_EQ(diff.inputs.size(), 1u);
  EXPECT_EQ(diff.outputs.size(), 1u);
  before.recipe.reset();
  diff = Diff();
  ASSERT_EQ(diff.not_compared.size(), 1u);
  EXPECT_EQ(diff.not_compared[0].reason, "the first run has no recorded recipe");
  EXPECT_EQ(diff.outputs.size(), 1u);
}

TEST_F(DiffRunsTest, MachinesDifferInWhatBothRecordsTell) {
  before.record.host = Json()
                           .Set("accelerators", Json::Array{"A100"})
                           .Set("name", "one")
                           .Set("processor", "x")
                           .Set("variables", Json().Set("PATH", "/a").Set("TERM", "vt"));
  after.record.host = Json()
                          .Set("accelerators", Json::Array{"H100"})
                          .Set("name", "other")
                          .Set("kernel", "6")
                          .Set("variables", Json().Set("PATH", "/b").Set("TERM", "xterm"));
  RunDiff diff = Diff();
  ASSERT_EQ(diff.machine.size(), 1u);
  EXPECT_EQ(diff.machine[0].name, "accelerators");
  ASSERT_EQ(diff.process_variables.size(), 1u);
  EXPECT_EQ(diff.process_variables[0].name, "PATH");
  after.record.host.Set("accelerators", Json::Array{"A100"});
  EXPECT_FALSE(Diff().differs()) << "variables of the process are no difference by themselves";
}

// Every kind of difference at once, byte for byte: what scripts may rely on (docs/diff.md).
TEST_F(DiffRunsTest, TheRecordIsTheGoldenOne) {
  before.recipe->parameters = {{"eta", ParamValue::Real(0.1)}};
  after.recipe->parameters = {{"eta", ParamValue::Real(0.3)}};
  before.recipe->command = {"./train", "--fast"};
  after.recipe->command = {"./train", "caf\xe9"};
  before.recipe->working_directory = ".";
  after.recipe->working_directory = "sub";
  before.recipe->inputs = {Use("train.csv", "age,city\n30,x\n40,y\n50,y\n", "train"),
                           Use("gone.bin", "1")};
  after.recipe->inputs = {Use("train.csv", "age,city\n30,x\n45,z\n50,y\n", "train")};
  before.recipe->code = Tree({{"train.py", "a\n"}});
  after.recipe->code = Tree({{"train.py", "b\n"}, {"caf\xe9.py", "c\n"}});
  before.code = Code{.commit = std::string(40, 'a'), .branch = "main", .dirty = false};
  after.code = Code{.commit = std::string(40, 'b'), .branch = "main", .dirty = true};
  before.recipe->environment =
      objects.Put(R"({"files":[{"path":"/lib/libc.so.6","package":"libc6","version":"1"}],)"
                  R"("python_packages":[{"name":"numpy","version":"1.0"}],"time_zone":"UTC"})");
  after.recipe->environment =
      objects.Put(R"({"files":[{"path":"/lib/libc.so.6","package":"libc6","version":"2"}],)"
                  R"("python_packages":[{"name":"scipy","version":"1.0"}],"time_zone":"CET"})");
  before.recipe->variables = {{"MODE", "a"}};
  before.record.host = Json().Set("processor", "x");
  after.record.host = Json().Set("processor", "y");
  before.record.status = RunStatus::kFinished;
  before.record.exit_code = 0;
  after.record.status = RunStatus::kFailed;
  after.record.exit_code = 3;
  before.record.outputs = {Use("model.txt", "w 1\n")};
  after.record.outputs = {Use("model.txt", "w 2\n")};
  before.record.metrics = {{"auc", Metric({{1, 1, 0.5}, {2, 2, 0.75}})}};
  after.record.metrics = {{"auc", Metric({{1, 1, 0.5}, {2, 2, 0.5}})}};
  testing::ExpectGolden("lineage/run_diff.json", FormatJson(RunDiffToJson(Diff())));
}

}  // namespace
}  // namespace reprise::lineage
