#include "tracker/cli/run_summary.h"

#include <algorithm>

#include "storage/base/clock.h"
#include "tracker/cli/text.h"
#include "tracker/recorder/live_run.h"
#include "tracker/recorder/standard_input.h"
#include "tracker/run_json.h"
#include "tracker/trace/blind_spots.h"

namespace reprise::cli {
namespace {

// The store was busy: what there is to say comes from the sealed journal.
void PrintPending(const tracker::RunOutcome& outcome, Context& context) {
  const std::string awaits =
      outcome.ledger_is_damaged
          ? ": recorded, but NOT entered in the ledger, which is damaged; the record waits in the "
            "inbox until `reprise fsck` has told how to mend that, and it is done ("
          : ": recorded, awaiting adoption by the next command (";
  context.Warn(outcome.name + " " + outcome.id.ToString() + awaits + outcome.pending_reason + ")");
  if (!context.global.json) return;
  const auto folder = context.StoreFolder();
  const auto live = folder.ok() ? tracker::ReadLiveRun(context.files, *folder, outcome.id)
                                : Result<tracker::LiveRun>(folder.error());
  context.PrintJson(Json()
                        .Set("run", live.ok() ? tracker::RunToJson(live->run)
                                              : Json().Set("id", outcome.id.ToString()))
                        .Set("awaiting_adoption", outcome.pending_reason));
}

}  // namespace

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

std::string DescribeCapture(const lineage::CaptureFacts& capture) {
  // What was not seen is not stored.
  const bool is_part = capture.tracer.has_value() &&
                       std::ranges::any_of(capture.blind_spots, tracker::SaysTraceBrokeOff);
  return capture.level + (is_part ? " in part, as the trace broke off" : "") +
         (capture.tracer.has_value() ? " (" + Printable(*capture.tracer) + ")" : "");
}

std::string DescribeDuration(lineage::RunStatus status, std::int64_t started_at_unix_ms,
                             std::optional<std::int64_t> ended_at_unix_ms) {
  if (status == lineage::RunStatus::kRunning) ended_at_unix_ms = NowUnixMs();
  if (!ended_at_unix_ms.has_value()) return "?";
  return FormatDuration(*ended_at_unix_ms - started_at_unix_ms);
}

int FailToStart(const tracker::RunOutcome& outcome, const Context& context) {
  const ErrorCode code =
      outcome.exit_status == 127 ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument;
  return context.Fail({code, outcome.start_failure + "; nothing was recorded"},
                      outcome.exit_status);
}

void PrintOutcome(const tracker::RunOutcome& outcome, Context& context) {
  if (!outcome.run.has_value()) return PrintPending(outcome, context);
  const lineage::RunRecord& record = outcome.run->record;
  for (const std::string& warning : record.warnings) {
    // Who pipes something in on purpose and asks for silence gets the command's streams alone.
    if (context.global.quiet && warning == tracker::kStandardInputWarning) continue;
    context.Warn("warning: " + warning);
  }
  if (!context.global.quiet) {
    context.Warn(
        record.name + " " + record.id.ToString() + ": " + DescribeStatus(record) + ", " +
        DescribeCapture(record.capture) + ", " +
        DescribeDuration(record.status, record.started_at_unix_ms, record.ended_at_unix_ms) + ", " +
        Counted(record.outputs.size(), "output"));
  }
  if (context.global.json) {
    context.PrintJson(
        Json().Set("run", tracker::RunToJson(*outcome.run)).Set("awaiting_adoption", Json()));
  }
}

}  // namespace reprise::cli
