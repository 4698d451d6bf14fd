#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/text.h"
#include "tracker/project_path.h"
#include "tracker/replay/rerun.h"
#include "tracker/run_json.h"

namespace reprise::cli {
namespace {

Result<tracker::RerunRequest> ReadRequest(const po::variables_map& args, Context& context) {
  tracker::RerunRequest request;
  if (!Flag(args, "on-host")) {
    return Error{ErrorCode::kUnsupported,
                 "this release reruns on the host only, because it does not capture what a sandbox "
                 "would need; say so with --on-host"};
  }
  for (const std::string& text : Texts(args, "set")) {
    REPRISE_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment(text, "--set"));
    request.set[assignment.first] = assignment.second;
  }
  for (const std::string& text : Texts(args, "input")) {
    REPRISE_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment(text, "--input"));
    const std::string replacement =
        tracker::AbsolutePath(assignment.second, context.working_directory);
    if (!context.files.StatFollowing(replacement).ok()) {
      return Error{ErrorCode::kNotFound,
                   "--input: there is no '" + Printable(assignment.second) + "'"};
    }
    request.inputs[assignment.first] = replacement;
  }
  REPRISE_ASSIGN_OR_RETURN(request.tolerances, tracker::ParseTolerances(Texts(args, "tolerance")));
  if (const auto keep = OptionalText(args, "keep")) {
    request.keep_folder = tracker::AbsolutePath(*keep, context.working_directory);
  }
  request.stdout_to_stderr = context.global.json;
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  return request;
}

void PrintVerdict(const tracker::Verdict& verdict, Context& context) {
  std::ostream& out = context.out;
  out << "verdict: " << tracker::VerdictName(verdict.result) << "\n";
  for (const std::string& sentence : verdict.missing) out << "  missing: " << sentence << "\n";
  for (const auto& output : verdict.outputs) {
    out << "  output " << Printable(output.path) << ": "
        << tracker::ComparisonStateName(output.state) << "\n";
  }
  for (const auto& metric : verdict.metrics) {
    out << "  metric " << Printable(metric.key) << ": "
        << tracker::ComparisonStateName(metric.state);
    if (metric.first_differing_step.has_value()) {
      out << ", first at step " << *metric.first_differing_step << ", by up to "
          << FormatNumber(metric.difference_max);
    }
    out << "\n";
  }
  if (!verdict.same_exit) out << "  the command ended differently\n";
  out << "  environment: "
      << (verdict.environment.empty() ? "as captured" : "differs from the captured one") << "\n";
  for (const std::string& sentence : verdict.environment) out << "    " << sentence << "\n";
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(tracker::RerunRequest request, ReadRequest(args, context));
  {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
    request.run = run.record.id;
  }
  REPRISE_ASSIGN_OR_RETURN(const tracker::RerunOutcome outcome,
                           tracker::RerunOnHost(context.files, request, context.StoreOptions()));
  for (const std::string& warning : outcome.warnings) context.Warn("warning: " + warning);
  if (outcome.run.has_value() && !outcome.run->started) return FailToStart(*outcome.run, context);
  if (!outcome.verdict.has_value()) {
    PrintOutcome(*outcome.run, context);
    return outcome.run->exit_status;  // A retraining passes on the status of its command.
  }
  if (context.global.json) {
    Json json;
    json.Set("run", outcome.run.has_value() && outcome.run->run.has_value()
                        ? tracker::RunToJson(*outcome.run->run)
                        : Json());
    json.Set("verdict", tracker::VerdictToJson(*outcome.verdict));
    context.PrintJson(json);
  } else {
    if (outcome.run.has_value()) PrintOutcome(*outcome.run, context);
    PrintVerdict(*outcome.verdict, context);
  }
  const tracker::VerdictResult result = outcome.verdict->result;
  return result == tracker::VerdictResult::kIdentical ||
                 result == tracker::VerdictResult::kEquivalent
             ? 0
             : 1;
}

}  // namespace

Command RerunCommand() {
  Command command{"rerun", "Run a recorded run again and compare, or retrain it.",
                  "REF --on-host [--set KEY=VALUE]… [--input PATH=NEWPATH]… "
                  "[--tolerance METRIC=ABS|REL%]… [--keep DIR]"};
  command.examples = {
      {"reprise rerun @last --on-host", "the same again: is the result the same?"},
      {"reprise rerun credit@max:auc --on-host --set eta=0.05", "retrain with another parameter"},
      {"reprise rerun @last --on-host --input data.csv=new.csv", "retrain on other data"}};
  command.details =
      "Code and inputs are restored to a temporary folder. Without --set and --input the verdict "
      "is "
      "identical, equivalent (within --tolerance), diverged or incomplete; the exit status is 0 "
      "for "
      "the first two, else 1. With them it is a retraining, which exits as its command does.";
  TakeRef(command);
  using Many = std::vector<std::string>;
  auto add = command.options.add_options();
  add("on-host", po::bool_switch(), "in today's environment (the only way in this release)");
  add("set", po::value<Many>(), "KEY=VALUE: another value of a parameter");
  add("input", po::value<Many>(), "PATH=NEWPATH: other data in place of an input");
  add("tolerance", po::value<Many>(), "METRIC=…: how far a metric may differ: 0.01, or 1%");
  add("keep", po::value<std::string>(), "DIR: work in this folder and leave it there");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
