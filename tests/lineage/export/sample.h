// A lineage that is the same each time: data that was prepared, a model that was trained on it
// twice, a run that failed, and names that mean something to every format.

#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "lineage/export/lineage_export.h"
#include "storage/crypto/sha256.h"

namespace reprise::testing {

inline Ulid SampleId(std::uint64_t number) {
  return Ulid::FromParts(1'795'000'000'000 + number, AsBytes("0123456789"));
}

inline lineage::ArtifactUse SampleUse(const std::string& path, const std::string& role,
                                      const std::string& content) {
  lineage::ArtifactUse use;
  use.path = path;
  use.role = role;
  use.digest = crypto::Sha256(content);
  use.size_bytes = content.size();
  return use;
}

class Sample {
 public:
  Sample() {
    lineage_.store = SampleId(0);
    AddEnvironment();
    AddPrepare();
    AddTrain(2, lineage::RunStatus::kFinished);
    AddTrain(3, lineage::RunStatus::kFailed);
    AddScore();
    lineage_.subject = lineage::NodeId::Artifact(crypto::Sha256("weights"));
    Link();
  }

  const lineage::LineageExport& lineage() const { return lineage_; }

 private:
  void AddEnvironment() {
    lineage::ExportedEnvironment& environment =
        lineage_.environments[crypto::Sha256("environment")];
    environment.architecture = "x86_64";
    environment.files = {
        {"/usr/bin/python3.11", "executable", crypto::Sha256("python"), 6, "python3.11-minimal",
         "3.11.2-6+deb12u3"},
        {"/usr/lib/libc.so.6", "library", crypto::Sha256("libc"), 4, "libc6", "2.36-9+deb12u10"},
        {"/usr/lib/libm.so.6", "library", crypto::Sha256("libm"), 4, "libc6", "2.36-9+deb12u10"},
        {"lib/fast\xff.so", "library", crypto::Sha256("fast"), 4, std::nullopt, std::nullopt},
        {"gone.so", "library", std::nullopt, 0, std::nullopt, std::nullopt}};
    using Kind = lineage::ExportedPackage::Kind;
    environment.packages = {
        {Kind::kPython, "Scikit_Learn", "1.5.0", "", ""},
        {Kind::kConda, "numpy", "1.26.4", "py311h64a7726_0", "conda.anaconda.org/conda-forge"}};
    environment.variables = {{"OMP_NUM_THREADS", "4"}, {"LANG", "C.UTF-8"}};
  }

  lineage::ExportedRun Run(std::uint64_t number, const std::string& name) {
    lineage::ExportedRun run;
    run.record.id = SampleId(number);
    run.record.experiment = "credit";
    run.record.name = name;
    run.record.status = lineage::RunStatus::kFinished;
    run.record.exit_code = 0;
    run.record.started_at_unix_ms = 1'795'000'000'042 + static_cast<std::int64_t>(number) * 60'000;
    run.record.ended_at_unix_ms = run.record.started_at_unix_ms + 30'000;
    run.record.recipe = crypto::Sha256("recipe of " + name);
    run.record.actor = "anna";
    run.record.capture.level = "sealed";
    run.record.host = Json()
                          .Set("operating_system", "Debian GNU/Linux 12 (bookworm)")
                          .Set("project_folder", "/home/anna/credit risk");
    run.document = crypto::Sha256("record of " + name);
    run.recipe.emplace();
    run.recipe->working_directory = ".";
    run.recipe->environment = crypto::Sha256("environment");
    run.recipe->code = crypto::Sha256("code tree");
    run.code.emplace();
    run.code->commit = "0123456789abcdef0123456789abcdef01234567";
    run.code->branch = "main";
    run.code->remotes = {{"origin", "git@example.org:risk/credit.git"},
                         {"web", "https://<redacted>@example.org/risk/credit.git"}};
    run.code->dirty = false;
    run.code->tree = crypto::Sha256("code tree");
    return run;
  }

  void AddPrepare() {
    lineage::ExportedRun run = Run(1, "prepare");
    run.recipe->command = {"python3", "prepare.py", "raw data/a:b,c.csv"};
    run.recipe->inputs = {SampleUse("raw data/a:b,c.csv", "", "raw")};
    run.record.outputs = {SampleUse("data", "", "tree of data"),
                          SampleUse("=cmd|calc!'A1.csv", "holdout", "holdout")};
    run.record.outputs[0].kind = lineage::ArtifactKind::kFolder;
    run.derived_columns = {{"=cmd|calc!'A1.csv",
                            "score",
                            {{"raw data/a:b,c.csv", "age"}, {"raw data/a:b,c.csv", "amount"}}},
                           {"data/clean.csv", "age", {{"raw data/a:b,c.csv", "age"}}}};
    lineage_.runs.push_back(std::move(run));
  }

  void AddTrain(std::uint64_t number, lineage::RunStatus status) {
    lineage::ExportedRun run = Run(number, "train-" + std::to_string(number));
    run.recipe->command = {"./bin/train", "--note=\"quoted\" \\ 'and' <b>&amp;\n\xff",
                           "caf\xc3\xa9"};
    run.recipe->inputs = {SampleUse("data", "train", "tree of data"),
                          SampleUse("old/holdout\xff\n.csv", "test", "holdout")};
    run.recipe->inputs[0].kind = lineage::ArtifactKind::kFolder;
    run.recipe->parameters = {{"eta", lineage::ParamValue::Real(0.1)},
                              {"limit", lineage::ParamValue::Real(-INFINITY)},
                              {"depth max", lineage::ParamValue::Int(9007199254740993)},
                              {"shuffle", lineage::ParamValue::Bool(true)},
                              {"name", lineage::ParamValue::String("x\xfe\"]")}};
    run.recipe->variables = {{"MODE", "fast"}};
    run.code->dirty = true;
    run.record.status = status;
    if (status == lineage::RunStatus::kFinished) {
      run.record.outputs = {SampleUse("models/model.bin", "model", "weights"),
                            SampleUse("models/copy.bin", "", "weights")};
      run.derived_columns = {{"models/model.bin", "weight", {{"data/clean.csv", "age"}}}};
      run.record.metrics["auc"].last = 0.75;
      run.record.metrics["loss/val"].last = std::nan("");
    } else {
      run.record.exit_code = 3;
      run.record.ended_at_unix_ms = std::nullopt;
      run.record.derived_from = SampleId(2).ToString();
    }
    run.tags = {{"team", "risk\xff"}, {"@stage", "=1+1"}};
    run.notes = {{run.record.started_at_unix_ms, "anna", "first try\nof \"two\""}};
    lineage_.runs.push_back(std::move(run));
  }

  // Without recipe, code, outputs or the end of it: what an SDK-only run that was lost leaves.
  void AddScore() {
    lineage::ExportedRun run = Run(4, "score");
    run.record.status = lineage::RunStatus::kLost;
    run.record.exit_code = std::nullopt;
    run.record.ended_at_unix_ms = std::nullopt;
    run.record.recipe = std::nullopt;
    run.record.actor = "";
    run.recipe = std::nullopt;
    run.code = std::nullopt;
    run.record.outputs = {SampleUse("weird\\name", "", "scores")};
    run.record.reproduces = SampleId(2).ToString();
    run.record.derived_from = SampleId(9).ToString();
    lineage_.lost_runs = {SampleId(9)};
    run.missing = {"the environment " + crypto::Sha256("lost").ToString()};
    lineage_.runs.push_back(std::move(run));
  }

  void Link() {
    using lineage::Edge;
    using lineage::EdgeKind;
    using lineage::NodeId;
    std::map<Digest, lineage::ExportedArtifact> artifacts;
    const auto add = [&](const lineage::ArtifactUse& use) {
      lineage::ExportedArtifact& artifact = artifacts[use.digest];
      artifact.digest = use.digest;
      artifact.kind = use.kind;
      artifact.size_bytes = use.size_bytes;
      artifact.paths.insert(use.path);
      if (!use.role.empty()) artifact.roles.insert(use.role);
    };
    for (const lineage::ExportedRun& run : lineage_.runs) {
      const NodeId node = NodeId::Run(run.record.id);
      for (const lineage::ArtifactUse& use : run.record.outputs) {
        add(use);
        lineage_.edges.push_back(
            {node, NodeId::Artifact(use.digest), EdgeKind::kProduced, use.path});
      }
      if (!run.recipe.has_value()) continue;
      for (const lineage::ArtifactUse& use : run.recipe->inputs) {
        add(use);
        lineage_.edges.push_back({NodeId::Artifact(use.digest), node, EdgeKind::kUsed, use.path});
      }
    }
    artifacts[crypto::Sha256("raw")].dataset_names = {"german-credit"};
    artifacts[crypto::Sha256("raw")].tags = {{"license", "CC BY 4.0"}};
    artifacts[crypto::Sha256("raw")].columns = {{"", "age", "integer"}, {"", "amount", "real"}};
    const NodeId folder = NodeId::Artifact(crypto::Sha256("tree of data"));
    artifacts[folder.artifact].columns = {{"clean.csv", "age", "integer"}};
    lineage_.edges.push_back(
        {NodeId::Artifact(crypto::Sha256("holdout")), folder, EdgeKind::kPartOf, "holdout.csv"});
    for (auto& [digest, artifact] : artifacts) lineage_.artifacts.push_back(artifact);
    lineage_.edges.push_back(
        {NodeId::Run(SampleId(9)), NodeId::Run(SampleId(4)), EdgeKind::kDerivedFrom, ""});
    std::ranges::sort(lineage_.edges);
  }

  lineage::LineageExport lineage_;
};

}  // namespace reprise::testing
