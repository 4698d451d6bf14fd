#include <algorithm>
#include <charconv>

#include "lineage/check/check_json.h"
#include "storage/base/text_value.h"
#include "tracker/cli/check_support.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/column_settings.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

// The tag of columns that a model must not decide by: docs/reprise_toml.md.
constexpr std::string_view kProtectedTag = "protected";

struct Request {
  std::string ref;
  std::string file;
  lineage::ScoreColumns columns;
  CheckDelivery delivery;
};

Result<Request> ReadRequest(const po::variables_map& args, const std::string& kind,
                            const Context& context) {
  Request request;
  REPRISE_ASSIGN_OR_RETURN(request.ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(request.file, RequiredText(args, "file"));
  REPRISE_ASSIGN_OR_RETURN(request.columns, ReadScoreColumns(args));
  REPRISE_ASSIGN_OR_RETURN(request.delivery, ReadDelivery(args, kind, context));
  return request;
}

// What is checked, and its table; the store only as long as it is needed.
struct Opened {
  std::unique_ptr<tracker::Store> store;
  CheckSubject subject;
  tracker::OpenTables data;

  const lineage::CheckedTable& table() const { return data.tables[0]; }
};

Result<Opened> Open(const Request& request, const Context& context) {
  Opened opened;
  REPRISE_ASSIGN_OR_RETURN(
      auto on_disk,
      tracker::OpenTableOnDisk(context.files, context.working_directory, request.file));
  REPRISE_ASSIGN_OR_RETURN(opened.store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(opened.subject, CheckSubjectOf(*opened.store, context, request.ref));
  REPRISE_TRY(RequireDeliverable(request.delivery, opened.subject));
  REPRISE_ASSIGN_OR_RETURN(opened.data,
                           tracker::OpenNamedTable(std::move(on_disk), *opened.store,
                                                   context.working_directory, request.file));
  // Sorting may take long; nobody needs to wait for it.
  if (opened.data.path_on_disk.has_value()) opened.store.reset();
  return opened;
}

// The columns of the table that reprise.toml tags.
Result<std::vector<std::string>> ProtectedColumns(const Opened& opened, const Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string project, context.ProjectFolder());
  REPRISE_ASSIGN_OR_RETURN(const auto settings,
                           tracker::LoadColumnSettings(context.files, project));
  lineage::CheckedRows rows(opened.table());
  REPRISE_TRY(rows.Begin());
  std::vector<std::string> paths = {opened.data.path};
  if (opened.data.path_on_disk.has_value()) {
    paths.push_back(tracker::PathInProject(*opened.data.path_on_disk, project));
  }
  std::vector<std::string> found;
  for (const std::string& column : rows.columns()) {
    const auto tags = settings.TagsOf(column, paths);
    if (std::ranges::find(tags, kProtectedTag) != tags.end()) found.push_back(column);
  }
  if (!found.empty()) return found;
  return Error{ErrorCode::kInvalidArgument,
               "reprise.toml tags no column of '" + Printable(opened.data.path) +
                   "' as protected; name one or more with --group COLUMN"};
}

std::vector<std::string> RowOf(const lineage::GroupResult& group, const std::string& column,
                               const std::string& name) {
  return {column,
          name,
          std::to_string(group.rows),
          WithInterval(group.ranking.area),
          WithInterval(group.ranking.separation),
          WithInterval(group.positive_rate),
          WithInterval(group.approval_rate)};
}

void PrintLeftOut(std::uint64_t left_out, Context& context) {
  if (left_out == 0) return;
  context.out << Counted(left_out, "row") << " without a score or an outcome left out\n";
}

void PrintGroups(const lineage::SubpopulationCheck& check, Context& context) {
  Table table({"COLUMN", "GROUP", ">ROWS", "AUC (95 %)", "KS (95 %)", "POSITIVE (95 %)",
               "APPROVED (95 %)"});
  table.Add(RowOf(check.overall, "(all)", ""));
  for (const lineage::GroupResult& group : check.groups) {
    table.Add(RowOf(group, Printable(group.column), Printable(group.group)));
  }
  table.Print(context.out, context.columns);
  PrintLeftOut(check.left_out, context);
}

Result<int> CheckGroups(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const Request request, ReadRequest(args, "subpopulations", context));
  lineage::SubpopulationOptions options;
  options.columns = request.columns;
  options.sorting = StoppableSorting();
  REPRISE_ASSIGN_OR_RETURN(options.threshold, OptionalNumber(args, "threshold"));
  for (const std::string& group : Texts(args, "group")) {
    REPRISE_TRY(RequireText(group, "--group"));
    if (std::ranges::find(options.groups, group) == options.groups.end()) {
      options.groups.push_back(group);
    }
  }
  REPRISE_ASSIGN_OR_RETURN(Opened opened, Open(request, context));
  if (options.groups.empty()) {
    REPRISE_ASSIGN_OR_RETURN(options.groups, ProtectedColumns(opened, context));
  }
  if (options.groups.size() > lineage::kGroupColumnsMax) {
    return Error{ErrorCode::kInvalidArgument, std::to_string(options.groups.size()) +
                                                  " columns of groups are too many for one "
                                                  "check; name up to " +
                                                  std::to_string(lineage::kGroupColumnsMax) +
                                                  " with --group COLUMN"};
  }
  REPRISE_ASSIGN_OR_RETURN(const lineage::SubpopulationCheck check,
                           lineage::CheckSubpopulations(opened.table(), options));
  REPRISE_TRY(tracker::RequireUnchanged(context.files, opened.data));
  opened.store.reset();
  REPRISE_TRY(Deliver(lineage::SubpopulationsToJson(check, opened.subject.name), request.delivery,
                      opened.subject, context));
  if (!context.global.json) PrintGroups(check, context);
  return 0;
}

Result<std::uint64_t> BinsOf(const po::variables_map& args) {
  const auto text = OptionalText(args, "bins");
  if (!text.has_value()) return lineage::kCalibrationBins;
  std::uint64_t bins = 0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, bins);
  if (error == std::errc() && end == last && bins > 0 && bins <= lineage::kCalibrationBinsMax) {
    return bins;
  }
  return Error{ErrorCode::kInvalidArgument, "--bins is '" + Printable(*text) +
                                                "' and must be a number from 1 to " +
                                                std::to_string(lineage::kCalibrationBinsMax)};
}

void PrintCalibration(const lineage::CalibrationCheck& check, Context& context) {
  Table table({">PREDICTED", "OBSERVED (95 %)", ">ROWS"});
  for (const lineage::CalibrationBin& bin : check.bins) {
    table.Add({Rounded(bin.predicted), WithInterval(bin.observed), std::to_string(bin.rows)});
  }
  table.Print(context.out, context.columns);
  context.out << "Brier score " << FormatBrief(check.brier) << "\n";
  PrintLeftOut(check.left_out, context);
}

Result<int> CheckBins(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const Request request, ReadRequest(args, "calibration", context));
  REPRISE_ASSIGN_OR_RETURN(const std::uint64_t bins, BinsOf(args));
  REPRISE_ASSIGN_OR_RETURN(Opened opened, Open(request, context));
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::CalibrationCheck check,
      lineage::CheckCalibration(opened.table(), request.columns, bins, StoppableSorting()));
  REPRISE_TRY(tracker::RequireUnchanged(context.files, opened.data));
  opened.store.reset();
  REPRISE_TRY(Deliver(lineage::CalibrationToJson(check, opened.subject.name), request.delivery,
                      opened.subject, context));
  if (!context.global.json) PrintCalibration(check, context);
  return 0;
}

}  // namespace

Command CheckSubpopulationsCommand() {
  Command command{"check subpopulations", "How a model does for groups of people.",
                  "NAME@VERSION|RUN FILE --score COLUMN --target COLUMN [--group COLUMN]… "
                  "[--threshold X]"};
  command.examples = {
      {"reprise check subpopulations scorecard@3 test.csv --score pd --target default "
       "--threshold 0.2",
       "by the columns that reprise.toml tags as protected"},
      {"reprise check subpopulations scorecard@3 test.csv --score points --higher-is-better "
       "--target default --group age --group region --evidence",
       ""}};
  command.details =
      "FILE is on disk, or a REF, and has a row for each case. AUC has DeLong's interval, KS and "
      "the rates those of Newcombe and Wilson. A row is approved if its score is at most the "
      "threshold; with --higher-is-better if it is at least that. Each value of a column is a "
      "group; numbers with more than ten values are parted at their quartiles. Rows without a "
      "score or an outcome are counted and left out. docs/formats/checks.md has the formulas, "
      "their sources and the JSON.";
  TakeRef(command);
  TakeRef(command, "file");
  TakeScoreColumns(command);
  auto add = command.options.add_options();
  add("group", po::value<std::vector<std::string>>(),
      "COLUMN: whose values are groups; else the protected ones");
  add("threshold", po::value<std::string>(), "X: the score up to which a case is approved");
  TakeDelivery(command);
  command.run = [](const po::variables_map& args, Context& context) {
    const StopSignals signals;
    return CheckGroups(args, context);
  };
  return command;
}

Command CheckCalibrationCommand() {
  Command command{"check calibration", "Whether what a model predicts happens as often.",
                  "NAME@VERSION|RUN FILE --score COLUMN --target COLUMN [--bins N]"};
  command.examples = {
      {"reprise check calibration scorecard@3 test.csv --score pd --target default", ""}};
  command.details =
      "FILE is on disk, or a REF. Its predictions are probabilities, and are put into ten bins of "
      "about equally many rows: the mean prediction beside the share that came true, with Wilson's "
      "interval. The Brier score is the mean squared distance of prediction and outcome. "
      "docs/formats/checks.md has the formulas and the JSON.";
  TakeRef(command);
  TakeRef(command, "file");
  auto add = command.options.add_options();
  add("score", po::value<std::string>(), "COLUMN: the probability that the model says");
  add("target", po::value<std::string>(), "COLUMN: what came of it, one of two values");
  add("positive", po::value<std::string>(),
      "VALUE: the outcome that is predicted; else 1, true or yes");
  add("bins", po::value<std::string>(), "N: how many bins; else 10");
  TakeDelivery(command);
  command.run = [](const po::variables_map& args, Context& context) {
    const StopSignals signals;
    return CheckBins(args, context);
  };
  return command;
}

}  // namespace reprise::cli
