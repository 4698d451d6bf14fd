#include "lineage/check/area_difference.h"
#include "lineage/check/check_json.h"
#include "lineage/run_record.h"
#include "storage/base/text_value.h"
#include "tracker/cli/check_support.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/registry/model_comparison.h"

namespace reprise::cli {
namespace {

using lineage::AreaDifference;
using tracker::ModelComparison;

struct ScoreFiles {
  std::string a;
  std::string b;
  lineage::ScoreColumns a_columns;
  lineage::ScoreColumns b_columns;
};

Result<std::optional<ScoreFiles>> ReadScoreFiles(const po::variables_map& args) {
  const auto files = Texts(args, "scores");
  const auto scores = Texts(args, "score");
  if (files.empty()) {
    if (scores.empty() && args.count("target") == 0) return std::optional<ScoreFiles>();
    return Error{ErrorCode::kInvalidArgument,
                 "--score and --target go with --scores FILE, once for each version"};
  }
  if (files.size() != 2 || scores.empty() || scores.size() > 2) {
    return Error{ErrorCode::kInvalidArgument,
                 "give --scores FILE twice, in the order of the versions, and --score COLUMN once, "
                 "or twice where the files name it otherwise"};
  }
  for (const std::string& file : files) REPRISE_TRY(RequireText(file, "--scores"));
  for (const std::string& score : scores) REPRISE_TRY(RequireText(score, "--score"));
  ScoreFiles read{.a = files[0], .b = files[1], .a_columns = {}, .b_columns = {}};
  read.a_columns.score = scores.front();
  REPRISE_ASSIGN_OR_RETURN(read.a_columns.target, RequiredOption(args, "target"));
  read.a_columns.positive = OptionalText(args, "positive");
  read.a_columns.higher_is_better = Flag(args, "higher-is-better");
  read.b_columns = read.a_columns;
  read.b_columns.score = scores.back();
  return std::optional(std::move(read));
}

Json HoldOutsToJson(const std::vector<tracker::HoldOut>& hold_outs) {
  Json list = Json::Array{};
  for (const tracker::HoldOut& hold_out : hold_outs) {
    list.Append(Json()
                    .Set("digest", hold_out.digest.ToString())
                    .Set("path", hold_out.path.empty() ? Json() : BytesToJson(hold_out.path)));
  }
  return list;
}

std::optional<double> DifferenceOf(const tracker::ComparedMetric& metric) {
  if (!metric.a.has_value() || !metric.b.has_value()) return std::nullopt;
  return *metric.b - *metric.a;
}

Json NumberOrNull(const std::optional<double>& number) {
  return number.has_value() ? lineage::NumberToJson(*number) : Json();
}

Json AreasToJson(const std::optional<AreaDifference>& areas) {
  if (!areas.has_value()) return {};
  return Json()
      .Set("not_comparable", areas->not_comparable)
      .Set("a_scores", lineage::CheckedDataToJson(areas->a))
      .Set("b_scores", lineage::CheckedDataToJson(areas->b))
      .Set("positives", areas->counts.positives)
      .Set("negatives", areas->counts.negatives)
      .Set("a", lineage::EstimateToJson(areas->a_area))
      .Set("b", lineage::EstimateToJson(areas->b_area))
      .Set("difference", lineage::EstimateToJson(areas->difference))
      .Set("p_value", areas->p_value);
}

Json ComparisonToJson(const std::string& a, const std::string& b, const ModelComparison& comparison,
                      const std::optional<AreaDifference>& areas) {
  Json metrics = Json::Array{};
  for (const tracker::ComparedMetric& metric : comparison.metrics) {
    metrics.Append(Json()
                       .Set("name", metric.name)
                       .Set("source", metric.source)
                       .Set("a", NumberOrNull(metric.a))
                       .Set("b", NumberOrNull(metric.b))
                       .Set("difference", NumberOrNull(DifferenceOf(metric))));
  }
  return Json().Set("comparison", Json()
                                      .Set("a", a)
                                      .Set("b", b)
                                      .Set("not_comparable", comparison.not_comparable)
                                      .Set("hold_outs", HoldOutsToJson(comparison.shared))
                                      .Set("a_hold_outs", HoldOutsToJson(comparison.a_hold_outs))
                                      .Set("b_hold_outs", HoldOutsToJson(comparison.b_hold_outs))
                                      .Set("metrics", std::move(metrics))
                                      .Set("auc", AreasToJson(areas)));
}

void PrintAreas(const AreaDifference& areas, const std::string& a, const std::string& b,
                Context& context) {
  if (areas.not_comparable.has_value()) {
    context.out << "scores: not comparable: " << *areas.not_comparable << "\n";
    return;
  }
  Table table({"AUC OF", "VALUE (95 %)"});
  table.Add({a, WithInterval(areas.a_area)});
  table.Add({b, WithInterval(areas.b_area)});
  table.Add({"difference", WithInterval(areas.difference)});
  table.Print(context.out, context.columns);
  context.out << Counted(areas.counts.rows(), "row") << ", "
              << Counted(areas.counts.positives, "positive");
  if (areas.p_value.has_value()) {
    context.out << "; p " << FormatBrief(*areas.p_value) << " that both areas are one";
  }
  context.out << "\n";
}

void PrintMetrics(const ModelComparison& comparison, const std::string& a, const std::string& b,
                  Context& context) {
  if (comparison.not_comparable.has_value()) {
    context.out << "metrics: not comparable: " << *comparison.not_comparable << "\n";
    return;
  }
  for (const tracker::HoldOut& hold_out : comparison.shared) {
    context.out << "hold-out    " << ShortDigest(hold_out.digest.ToString());
    if (!hold_out.path.empty()) context.out << "  " << Printable(hold_out.path);
    context.out << "\n";
  }
  const auto cell = [](const std::optional<double>& number) {
    return number.has_value() ? FormatBrief(*number) : "-";
  };
  Table table({"METRIC", "SOURCE", ">" + a, ">" + b, ">DIFFERENCE"});
  for (const tracker::ComparedMetric& metric : comparison.metrics) {
    table.Add({Printable(metric.name), std::string(metric.source), cell(metric.a), cell(metric.b),
               cell(DifferenceOf(metric))});
  }
  if (comparison.metrics.empty()) {
    context.out << "no metrics are recorded of either\n";
  } else {
    table.Print(context.out, context.columns);
  }
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string a_ref, RequiredText(args, "a"));
  REPRISE_ASSIGN_OR_RETURN(const std::string b_ref, RequiredText(args, "b"));
  REPRISE_ASSIGN_OR_RETURN(const auto files, ReadScoreFiles(args));
  const std::string& folder = context.working_directory;
  std::optional<tracker::OpenTables> a_on_disk;
  std::optional<tracker::OpenTables> b_on_disk;
  if (files.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(a_on_disk, tracker::OpenTableOnDisk(context.files, folder, files->a));
    REPRISE_ASSIGN_OR_RETURN(b_on_disk, tracker::OpenTableOnDisk(context.files, folder, files->b));
  }
  REPRISE_ASSIGN_OR_RETURN(auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const auto a, ModelOf(*store, a_ref));
  REPRISE_ASSIGN_OR_RETURN(const auto b, ModelOf(*store, b_ref));
  if (a.Name() == b.Name()) {
    return Error{ErrorCode::kInvalidArgument, "'" + Printable(a_ref) + "' and '" +
                                                  Printable(b_ref) + "' are one version, " +
                                                  a.Name() + "; name two"};
  }
  REPRISE_ASSIGN_OR_RETURN(const ModelComparison comparison, tracker::CompareModels(*store, a, b));
  std::optional<AreaDifference> areas;
  if (files.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(
        const auto one, tracker::OpenNamedTable(std::move(a_on_disk), *store, folder, files->a));
    REPRISE_ASSIGN_OR_RETURN(
        const auto other, tracker::OpenNamedTable(std::move(b_on_disk), *store, folder, files->b));
    // Sorting may take long; nobody needs to wait for it.
    if (one.path_on_disk.has_value() && other.path_on_disk.has_value()) store.reset();
    REPRISE_ASSIGN_OR_RETURN(areas,
                             lineage::CompareAreas(one.tables[0], files->a_columns, other.tables[0],
                                                   files->b_columns, StoppableSorting()));
    REPRISE_TRY(tracker::RequireUnchanged(context.files, one));
    REPRISE_TRY(tracker::RequireUnchanged(context.files, other));
  }
  store.reset();
  if (context.global.json) {
    context.PrintJson(ComparisonToJson(a.Name(), b.Name(), comparison, areas));
  } else {
    PrintMetrics(comparison, a.Name(), b.Name(), context);
    if (areas.has_value()) PrintAreas(*areas, a.Name(), b.Name(), context);
  }
  // Whoever gives scores asks about them.
  const auto& why = areas.has_value() ? areas->not_comparable : comparison.not_comparable;
  return why.has_value() ? 1 : 0;
}

}  // namespace

Command ModelCompareCommand() {
  Command command{"model compare", "Champion and challenger, judged by the same data.",
                  "NAME@VERSION NAME@VERSION [--scores FILE --scores FILE --score COLUMN --target "
                  "COLUMN]"};
  command.examples = {
      {"reprise model compare scorecard@production scorecard@4",
       "metrics side by side, if both have one hold-out"},
      {"reprise model compare scorecard@3 scorecard@4 --scores old.csv --scores new.csv --score pd "
       "--target default",
       "does the challenger rank better? AUCs, their difference and its interval"}};
  command.details =
      "Versions are compared by what is recorded: the metrics of their validation evidence "
      "(reprise/validation/v1) and of their runs, if both were judged by the same bytes, which are "
      "the runs' inputs with the role validation, test or holdout, or the dataset that the "
      "evidence "
      "names. With score files, which have a row for each case of one hold-out in one order, the "
      "AUCs are compared by DeLong's method for scores of the same rows. Ends with 1 if what is "
      "asked for is not comparable, and says why. docs/formats/checks.md has the formulas.";
  TakeRef(command, "a");
  TakeRef(command, "b");
  auto add = command.options.add_options();
  add("scores", po::value<std::vector<std::string>>(),
      "FILE: scores of a version, on disk or a REF; twice, in the versions' order");
  add("score", po::value<std::vector<std::string>>(),
      "COLUMN: the scores; twice where the files name it otherwise");
  add("target", po::value<std::string>(), "COLUMN: what came of each case, in both");
  add("positive", po::value<std::string>(),
      "VALUE: the outcome that the score is about; else 1, true or yes");
  add("higher-is-better", po::bool_switch(),
      "the scores are points: the higher, the less probable is that outcome");
  command.run = [](const po::variables_map& args, Context& context) {
    const StopSignals signals;
    return Run(args, context);
  };
  return command;
}

}  // namespace reprise::cli
