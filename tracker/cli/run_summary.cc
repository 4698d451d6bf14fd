#include "tracker/cli/run_summary.h"

#include "tracker/cli/text.h"
#include "tracker/run_json.h"

namespace reprise::cli {

std::string DescribeStatus(lineage::RunStatus status, std::optional<int> exit_code,
                           std::optional<int> signal) {
  std::string text(lineage::RunStatusName(status));
  if (status == lineage::RunStatus::kFailed && exit_code.has_value()) {
    text += " (exit " + std::to_string(*exit_code) + ")";
  }
  if (signal.has_value()) text += " (signal " + std::to_string(*signal) + ")";
  return text;
}

std::string DescribeStatus(const lineage::RunRecord& record) {
  return DescribeStatus(record.status, record.exit_code, record.signal);
}

void PrintOutcome(const tracker::RunOutcome& outcome, Context& context) {
  if (!outcome.run.has_value()) {
    context.Warn(outcome.name + " " + outcome.id.ToString() + ": recorded, awaiting adoption (" +
                 outcome.pending_reason + ")");
    if (context.global.json) {
      context.PrintJson(Json().Set("run", Json()
                                              .Set("id", outcome.id.ToString())
                                              .Set("name", outcome.name)
                                              .Set("status", "pending")));
    }
    return;
  }
  const lineage::RunRecord& record = outcome.run->record;
  for (const std::string& warning : record.warnings) context.Warn("warning: " + warning);
  if (!context.global.quiet) {
    const std::int64_t duration_ms =
        record.ended_at_unix_ms.value_or(record.started_at_unix_ms) - record.started_at_unix_ms;
    context.Warn(record.name + " " + record.id.ToString() + ": " + DescribeStatus(record) + ", " +
                 record.capture.level + ", " + FormatDuration(duration_ms) + ", " +
                 std::to_string(record.outputs.size()) +
                 (record.outputs.size() == 1 ? " output" : " outputs"));
  }
  if (context.global.json) {
    context.PrintJson(Json().Set("run", tracker::RunToJson(*outcome.run)));
  }
}

}  // namespace reprise::cli
