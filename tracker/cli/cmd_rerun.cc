#include <algorithm>
#include <charconv>

#include "storage/private_folder.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/layout_files.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/table_records.h"
#include "tracker/cli/text.h"
#include "tracker/project_path.h"
#include "tracker/replay/rerun.h"
#include "tracker/run_json.h"

namespace reprise::cli {
namespace {

constexpr unsigned kTimesMax = 1000;

Result<unsigned> ReadTimes(const po::variables_map& args) {
  const std::string text = OptionalText(args, "times").value_or("1");
  unsigned times = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), times);
  if (error != std::errc() || end != text.data() + text.size() || times == 0 || times > kTimesMax) {
    return Error{ErrorCode::kInvalidArgument, "--times needs a number from 1 to " +
                                                  std::to_string(kTimesMax) + ", and got '" +
                                                  Printable(text) + "'"};
  }
  return times;
}

Result<tracker::RerunRequest> ReadRequest(const po::variables_map& args, Context& context) {
  tracker::RerunRequest request;
  request.on_host = Flag(args, "on-host");
  REPRISE_ASSIGN_OR_RETURN(request.set, SplitAssignments(Texts(args, "set"), "--set"));
  REPRISE_ASSIGN_OR_RETURN(request.inputs, SplitAssignments(Texts(args, "input"), "--input"));
  for (auto& [path, replacement] : request.inputs) {
    REPRISE_TRY(RequireText(replacement, "--input " + Printable(path) + "=NEWPATH"));
    const std::string given =
        std::exchange(replacement, tracker::AbsolutePath(replacement, context.working_directory));
    if (!context.files.StatFollowing(replacement).ok()) {
      return Error{ErrorCode::kNotFound, "--input: there is no '" + Printable(given) + "'"};
    }
    if (auto content = storage::RequireContent(context.files, replacement); !content.ok()) {
      return Annotate(std::move(content).error(), "--input");
    }
  }
  REPRISE_ASSIGN_OR_RETURN(request.tolerances, tracker::ParseTolerances(Texts(args, "tolerance")));
  if (const auto keep = OptionalText(args, "keep")) {
    REPRISE_TRY(RequireText(*keep, "--keep"));
    request.keep_folder = tracker::AbsolutePath(*keep, context.working_directory);
    REPRISE_TRY(storage::RequireOutsideOfStores(context.files, *request.keep_folder));
  }
  REPRISE_ASSIGN_OR_RETURN(request.times, ReadTimes(args));
  request.stdout_to_stderr = context.global.json;
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  return request;
}

void PrintOutputs(const tracker::Verdict& verdict, std::ostream& out) {
  for (const auto& output : verdict.outputs) {
    out << "  output " << Printable(output.path) << ": "
        << tracker::ComparisonStateName(output.state)
        << (output.varies ? ", and from rerun to rerun" : "") << "\n";
    if (output.difference.has_value()) {
      out << "    " << output.difference->kind << ": " << output.difference->sentence << "\n";
    }
  }
}

void PrintMetrics(const tracker::Verdict& verdict, std::ostream& out) {
  for (const auto& metric : verdict.metrics) {
    out << "  metric " << Printable(metric.key) << ": "
        << tracker::ComparisonStateName(metric.state);
    if (metric.first_differing_step.has_value()) {
      out << ", first at step " << *metric.first_differing_step << ", by up to "
          << FormatNumber(metric.difference_max);
    }
    if (metric.envelope.has_value() && metric.state != tracker::ComparisonState::kIdentical) {
      out << "; reruns gave " << FormatNumber(metric.envelope->min) << " to "
          << FormatNumber(metric.envelope->max);
    }
    out << "\n";
  }
}

// A tolerance for metrics may be all that somebody thought of; the bits are why it did not help.
bool OnlyBitsDiffer(const tracker::Verdict& verdict) {
  if (verdict.result != tracker::VerdictResult::kDiverged || !verdict.same_exit ||
      verdict.metrics.empty()) {
    return false;
  }
  return std::ranges::all_of(verdict.metrics, [](const auto& metric) {
    return metric.state <= tracker::ComparisonState::kWithinNoise;
  });
}

void PrintVerdict(const tracker::Verdict& verdict, Context& context) {
  std::ostream& out = context.out;
  out << "verdict: " << tracker::VerdictName(verdict.result) << "\n";
  for (const std::string& sentence : verdict.missing) out << "  missing: " << sentence << "\n";
  for (const std::string& sentence : verdict.hardware) out << "  hardware: " << sentence << "\n";
  if (verdict.result == tracker::VerdictResult::kIncomplete) return;
  PrintOutputs(verdict, out);
  PrintMetrics(verdict, out);
  if (OnlyBitsDiffer(verdict)) {
    out << "  every metric fits, but metrics do not vouch for bits; --times 3 tells whether these "
           "bits differ from rerun to rerun by themselves\n";
  }
  if (!verdict.same_exit) out << "  the command ended differently\n";
  for (const std::string& sentence : verdict.outside_reads) {
    out << "  not covered: " << sentence << "\n";
  }
  out << "  environment: "
      << (verdict.environment.empty() ? "as captured" : "differs from the captured one") << "\n";
  for (const std::string& sentence : verdict.environment) out << "    " << sentence << "\n";
}

// "run" is the newest rerun; absent when nothing was run.
Json OutcomeToJson(const tracker::RerunOutcome& outcome) {
  Json run;
  Json runs = Json::Array{};
  for (const tracker::RunOutcome& rerun : outcome.runs) {
    runs.Append(rerun.id.ToString());
    if (rerun.run.has_value()) run = tracker::RunToJson(*rerun.run);
  }
  return Json()
      .Set("run", std::move(run))
      .Set("reruns", std::move(runs))
      .Set("verdict", tracker::VerdictToJson(*outcome.verdict));
}

// Passes on the status of its command, as `reprise run` does.
int FinishRetraining(const tracker::RunOutcome& run, Context& context) {
  PrintOutcome(run, context);
  return run.exit_status;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(tracker::RerunRequest request, ReadRequest(args, context));
  std::string name;
  {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
    request.run = run.record.id;
    name = run.record.name;
  }
  const StopSignals signals;
  request.stop = [] { return StopSignals::Received() != 0; };
  request.open_layout = [&] {
    return std::make_unique<LayoutFiles>(context, "laying out " + Printable(ref));
  };
  std::optional<Progress> progress;
  request.progress = [&](std::uint64_t files, std::uint64_t bytes) {
    if (!progress.has_value()) progress.emplace(context, "recording the rerun");
    progress->Update(files, bytes);
  };
  request.progress_done = [&] { progress.reset(); };
  REPRISE_ASSIGN_OR_RETURN(const tracker::RerunOutcome outcome,
                           tracker::Rerun(context.files, request, context.StoreOptions()));
  for (const std::string& warning : outcome.warnings) context.Warn("warning: " + warning);
  for (const tracker::RunOutcome& run : outcome.runs) RecordTables(run.tables, context);
  if (!outcome.runs.empty() && !outcome.runs.back().started) {
    return FailToStart(outcome.runs.back(), context);
  }
  if (!outcome.verdict.has_value()) return FinishRetraining(outcome.runs.back(), context);
  if (context.global.json) {
    context.PrintJson(OutcomeToJson(outcome));
  } else {
    for (const tracker::RunOutcome& run : outcome.runs) PrintOutcome(run, context);
    PrintVerdict(*outcome.verdict, context);
  }
  if (outcome.verdict->result == tracker::VerdictResult::kDiverged) {
    context.Warn("to look for what decides, run: reprise explain " + name);
  }
  return tracker::IsReproduced(outcome.verdict->result) ? 0 : 1;
}

}  // namespace

Command RerunCommand() {
  Command command{"rerun", "Run a recorded run again and compare, or retrain it.",
                  "REF [--set KEY=VALUE]… [--input PATH=NEWPATH]… [--on-host] "
                  "[--tolerance METRIC=ABS|REL%]… [--times N] [--keep DIR]"};
  command.examples = {
      {"reprise rerun @last", "the same again: is the result the same?"},
      {"reprise rerun @last --times 5", "is the difference more than noise?"},
      {"reprise rerun credit@max:auc --set eta=0.05", "retrain with another parameter"},
      {"reprise rerun @last --input data.csv=new.csv", "retrain on other data"},
      {"reprise rerun @last --on-host", "with the programs and libraries of today"}};
  command.details =
      "The command runs in a sandbox whose root holds what the run used and nothing else, at the "
      "same paths, with the recorded environment, user and host name, and without a network; "
      "`reprise doctor` tells whether this machine can do that. Without --set and --input the "
      "verdict is identical (every bit), equivalent (metrics within --tolerance), within_noise "
      "(the reruns of --times differ as much among themselves), diverged, not_comparable (other "
      "hardware) or incomplete (something is missing, such as a secret, or the rerun read what was "
      "not captured); the exit status is 0 for the first three, else 1. Of outputs that differ it "
      "says where first and by how much. Bits and metrics are both reported, and neither stands in "
      "for the other; `reprise explain` looks for what decides. With --set or --input it is a "
      "retraining, which exits as its command does. Standard input is /dev/null. With --on-host, "
      "code and inputs are restored to a temporary folder, and the command runs there with what "
      "the machine has today: absolute paths of the project that are seen in the command's "
      "arguments, variables and parameters become those of the folder, which is noted with the new "
      "run; what a program makes up or reads from a file is not led, and where that was foreseen "
      "the verdict says what it does not cover. A folder of --keep stays once the command has "
      "started in it (in a sandbox: `root`, what was laid out, and `written`, what the command "
      "wrote); what was laid out for a command that never did is removed again.";
  TakeRef(command);
  using Many = std::vector<std::string>;
  auto add = command.options.add_options();
  add("on-host", po::bool_switch(), "in today's environment, without a sandbox");
  add("set", po::value<Many>(), "KEY=VALUE: another value of a parameter");
  add("input", po::value<Many>(), "PATH=NEWPATH: other data in place of an input");
  add("tolerance", po::value<Many>(), "METRIC=…: how far a metric may differ: 0.01, or 1%");
  add("times", po::value<std::string>(), "N: rerun so often, to measure how far reruns differ");
  add("keep", po::value<std::string>(), "DIR: work in this folder and leave it there");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
