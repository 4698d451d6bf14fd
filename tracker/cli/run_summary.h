// The line, or the record, with which `run` and `rerun` end.

#pragma once

#include "tracker/cli/command.h"
#include "tracker/recorder/record_run.h"

namespace reprise::cli {

// One line on stderr; under --json the run's record on stdout as well.
void PrintOutcome(const tracker::RunOutcome& outcome, Context& context);

// "finished", "failed (exit 3)", "killed (signal 9)".
std::string DescribeStatus(lineage::RunStatus status, std::optional<int> exit_code,
                           std::optional<int> signal);
std::string DescribeStatus(const lineage::RunRecord& record);

// The level, and how the run was traced: "sealed (seccomp)".
std::string DescribeCapture(const lineage::CaptureFacts& capture);

// How long a run took, or has taken so far; "?" when nobody saw its end.
std::string DescribeDuration(lineage::RunStatus status, std::int64_t started_at_unix_ms,
                             std::optional<std::int64_t> ended_at_unix_ms);

// Says that the command of a run could not be started; returns what to exit with.
int FailToStart(const tracker::RunOutcome& outcome, const Context& context);

}  // namespace reprise::cli
