// Why two runs differ: what they were made of, and what came of it.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/diff/code_diff.h"
#include "lineage/diff/environment_diff.h"
#include "lineage/diff/use_diff.h"
#include "lineage/recipe.h"
#include "lineage/run_record.h"

namespace reprise::lineage {

// A run as the store knows it.
struct RunSide {
  const RunRecord& record;
  const std::optional<Recipe>& recipe;
  const std::optional<Code>& code;
};

// One value that differs.
struct FactDiff {
  std::string name;  // Raw bytes.
  // Absent: the run has none.
  std::optional<std::string> before_text;
  std::optional<std::string> after_text;
  // The same for programs; null where absent.
  Json before;
  Json after;
};

struct MetricDiff {
  std::string key;
  // Absent: the run has no such metric.
  std::optional<MetricSummary> before;
  std::optional<MetricSummary> after;
  // Of the first point, in the order in which they were logged, that only one has or whose step or
  // value differs; absent where the points could not be read.
  std::optional<std::int64_t> first_differing_step;
  std::uint64_t differing_points = 0;  // Place by place, those that only one has included.
};

// What could not be compared, and why.
struct NotCompared {
  std::string subject;
  std::string reason;
};

// Every list is empty where nothing differs.  The order of the members is that of the likely
// consequence for the result, the last three being results themselves; docs/diff.md says why.
struct RunDiff {
  std::vector<FactDiff> params;  // Seeds last.
  std::vector<UsePair> inputs;
  std::vector<FactDiff> commit;  // "commit", "branch", "dirty": where the code came from.
  std::vector<CodeFile> code;
  std::vector<FactDiff> command;    // "command", "working_directory".
  std::vector<FactDiff> variables;  // That the caller set for the run.
  std::vector<EnvironmentChange> environment;
  std::vector<FactDiff> machine;  // Accelerators first, then processor and the rest.
  std::vector<FactDiff> outcome;  // "status", "exit_code", "signal".
  std::vector<UsePair> outputs;
  std::vector<MetricDiff> metrics;  // The largest relative change of the last value first.
  std::vector<NotCompared> not_compared;
  // Of the environment of the process, but those that tell where and in which terminal it was
  // started; likely without consequence, and so no difference by themselves.
  std::vector<FactDiff> process_variables;

  // Whether anything differs in what was compared, but process_variables.
  bool differs() const;
};

// Compares two runs.  What one of them does not tell, and what is lost or damaged, is listed in
// `not_compared`, and the rest is compared.
// Errors: kIoError.
Result<RunDiff> DiffRuns(const StoredContents& contents, const RunSide& before,
                         const RunSide& after, const ArtifactDiffOptions& options);

// The members of docs/diff.md, in the order of RunDiff.
Json RunDiffToJson(const RunDiff& diff);
// The value of "difference" there.
Json ArtifactDiffToJson(const std::optional<ArtifactDiff>& diff);

}  // namespace reprise::lineage
