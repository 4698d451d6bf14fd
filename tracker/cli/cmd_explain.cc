#include <charconv>
#include <cmath>

#include "lineage/run_record.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/layout_files.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/text.h"
#include "tracker/replay/explain.h"

namespace reprise::cli {
namespace {

constexpr unsigned kTimesMin = 2;
constexpr unsigned kTimesMax = 1000;

Result<unsigned> ReadTimes(const po::variables_map& args) {
  const std::string text = OptionalText(args, "times").value_or("3");
  unsigned times = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), times);
  if (error != std::errc() || end != text.data() + text.size() || times < kTimesMin ||
      times > kTimesMax) {
    return Error{ErrorCode::kInvalidArgument,
                 "--times needs a number from " + std::to_string(kTimesMin) + " to " +
                     std::to_string(kTimesMax) + ", and got '" + Printable(text) + "'"};
  }
  return times;
}

std::string YesNo(bool yes) { return yes ? "yes" : "no"; }

// "0.25 (5 %)": a tolerance that would allow it, in the two ways in which `rerun` takes one.
std::string DifferenceText(const tracker::MetricComparison& metric) {
  if (!metric.first_differing_step.has_value()) return "-";
  std::string text = FormatNumber(metric.difference_max);
  if (std::isfinite(metric.relative_difference_max)) {
    text += " (" + FormatBrief(metric.relative_difference_max * 100) + " %)";
  }
  return text;
}

std::string NumberOr(const std::optional<double>& number, const char* otherwise) {
  return number.has_value() ? FormatNumber(*number) : otherwise;
}

void PrintMetrics(const tracker::MetricsOfRerun& metrics, Context& context) {
  context.out << "metrics of rerun " << metrics.rerun_name << " (" << metrics.rerun.ToString()
              << "): " << metrics.differing.size() << " of " << metrics.compared << " differ\n";
  if (metrics.differing.empty()) return;
  Table table({"metric", ">first differing step", ">largest difference", ">original's last",
               ">rerun's last"});
  for (const tracker::MetricComparison& metric : metrics.differing) {
    table.Add({Printable(metric.key),
               metric.first_differing_step.has_value()
                   ? std::to_string(*metric.first_differing_step)
                   : "-",
               DifferenceText(metric), NumberOr(metric.expected, "none"),
               NumberOr(metric.actual, "none")});
  }
  table.Print(context.out, context.columns);
}

void PrintText(const tracker::Explanation& explanation, Context& context) {
  Table table({"changed", ">reruns", "agree with each other", "equal the original"});
  for (const tracker::FactorOutcome& factor : explanation.factors) {
    if (!factor.failure.empty()) {
      table.Add({factor.meaning, "-", "-", "-"});
      continue;
    }
    table.Add({factor.meaning, std::to_string(factor.reruns), YesNo(factor.agrees),
               YesNo(factor.equals_original)});
  }
  std::ostream& out = context.out;
  out << "original: " << explanation.original_name << " (" << explanation.original.ToString()
      << ")\n";
  table.Print(out, context.columns);
  for (const tracker::FactorOutcome& factor : explanation.factors) {
    if (factor.failure.empty()) continue;
    out << "not tried: " << factor.meaning << ": " << factor.failure << "\n";
  }
  for (const std::string& path : explanation.differing)
    out << "differs: " << Printable(path) << "\n";
  if (explanation.metrics.has_value()) PrintMetrics(*explanation.metrics, context);
  out << explanation.sentence << "\n";
}

Json MetricsToJson(const tracker::MetricsOfRerun& metrics) {
  const auto number = [](const std::optional<double>& value) {
    return value.has_value() ? lineage::NumberToJson(*value) : Json();
  };
  Json differing = Json::Array{};
  for (const tracker::MetricComparison& metric : metrics.differing) {
    differing.Append(
        Json()
            .Set("key", metric.key)
            .Set("state", tracker::ComparisonStateName(metric.state))
            .Set("expected", number(metric.expected))
            .Set("actual", number(metric.actual))
            .Set("first_differing_step", metric.first_differing_step)
            .Set("difference_max", lineage::NumberToJson(metric.difference_max))
            .Set("relative_difference_max", lineage::NumberToJson(metric.relative_difference_max)));
  }
  return Json()
      .Set("rerun", metrics.rerun.ToString())
      .Set("compared", metrics.compared)
      .Set("differing", std::move(differing));
}

Json ToJson(const tracker::Explanation& explanation) {
  Json factors = Json::Array{};
  for (const tracker::FactorOutcome& factor : explanation.factors) {
    const bool tried = factor.failure.empty();
    factors.Append(Json()
                       .Set("name", factor.name)
                       .Set("meaning", factor.meaning)
                       .Set("reruns", static_cast<std::int64_t>(factor.reruns))
                       .Set("agrees", tried ? Json(factor.agrees) : Json())
                       .Set("equals_original", tried ? Json(factor.equals_original) : Json())
                       .Set("decides", factor.decides)
                       .Set("failure", tried ? Json() : Json(factor.failure)));
  }
  Json differing = Json::Array{};
  for (const std::string& path : explanation.differing) differing.Append(BytesToJson(path));
  Json warnings = Json::Array{};
  for (const std::string& warning : explanation.warnings) warnings.Append(warning);
  return Json()
      .Set("run", explanation.original.ToString())
      .Set("reproduces", explanation.reproduces())
      .Set("decided_by", explanation.decided_by)
      .Set("sentence", explanation.sentence)
      .Set("differing", std::move(differing))
      .Set("factors", std::move(factors))
      .Set("metrics",
           explanation.metrics.has_value() ? MetricsToJson(*explanation.metrics) : Json())
      .Set("warnings", std::move(warnings));
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  tracker::ExplainRequest request;
  REPRISE_ASSIGN_OR_RETURN(request.times, ReadTimes(args));
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
    request.run = run.record.id;
  }
  const StopSignals signals;
  request.stop = [] { return StopSignals::Received() != 0; };
  request.open_layout = [&] {
    return std::make_unique<LayoutFiles>(context, "laying out " + Printable(ref));
  };
  Progress progress(context, "explaining " + Printable(ref), "rerun");
  request.progress = [&](const std::string&, unsigned reruns) { progress.Update(reruns, 0); };
  REPRISE_ASSIGN_OR_RETURN(const tracker::Explanation explanation,
                           tracker::Explain(context.files, request, context.StoreOptions()));
  progress.Finish();
  for (const std::string& warning : explanation.warnings) context.Warn("warning: " + warning);
  if (context.global.json) {
    context.PrintJson(ToJson(explanation));
  } else {
    PrintText(explanation, context);
  }
  return explanation.reproduces() || explanation.decided_by.has_value() ? 0 : 1;
}

}  // namespace

Command ExplainCommand() {
  Command command{"explain", "Find out why reruns of a run give another result.",
                  "RUN [--times N]"};
  command.examples = {{"reprise explain @last", "the rerun diverged: what decides?"},
                      {"reprise explain credit@max:auc --times 10", "for what seldom differs"}};
  command.details =
      "Reruns the original in the sandbox, first unchanged, then with one factor changed at a time "
      "(the hash seeds of Python and Perl, threads, the instruction set, the layout of memory, "
      "time "
      "zone and locale), and names the one that decides: with which reruns agree with each other, "
      "or give the original's result, where without they do not. RUN is the original or a rerun of "
      "it. Outputs are compared by digest; of a run without outputs what it printed is. Metrics "
      "are those of the rerun RUN, or of the newest that is recorded: which differ, from which "
      "step on, and by how much, also as a share of the original's value, as `rerun --tolerance` "
      "takes it; they decide nothing. Nothing is recorded: `reprise rerun` gives verdicts. Each "
      "factor takes N reruns at most, and one that seems to decide as many again. Ends with 0 when "
      "a factor is "
      "named or the run reproduces, else with 1: then the clock, random numbers or the order of "
      "threads remain, which cannot be set from outside.";
  TakeRef(command);
  auto add = command.options.add_options();
  add("times", po::value<std::string>(), "N: reruns for each factor (3); 2 or more");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
