#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/text.h"
#include "tracker/leak.h"

namespace reprise::cli {
namespace {

void Print(const tracker::LeakReport& report, std::ostream& out) {
  for (const std::string& sentence : tracker::LeakSentences(report)) out << sentence << "\n";
  for (const std::string& sentence : tracker::ChanceSentences(report)) {
    out << "no leak: " << sentence << "\n";
  }
  for (const auto* const sentences : {&report.not_checked, &report.not_read}) {
    for (const std::string& sentence : *sentences) out << "not checked: " << sentence << "\n";
  }
  if (!report.pairs.empty()) return;
  if (report.is_complete()) {
    out << (report.by_chance.empty() ? "nothing is shared" : "nothing more than chance is shared")
        << " by the inputs of different roles: " << Counted(report.files.size(), "file")
        << " compared\n";
  } else {
    out << "nothing was found to be shared, but not everything could be compared\n";
  }
}

// That something is shared is certain, whatever else could not be compared.
int StatusOf(const tracker::LeakReport& report) {
  if (!report.pairs.empty()) return 1;
  return report.is_complete() ? 0 : ExitStatus(ErrorCode::kCorruption);
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  tracker::LeakOptions options;
  options.ignored_columns = Texts(args, "ignore-columns");
  for (const std::string& column : options.ignored_columns) {
    REPRISE_TRY(RequireText(column, "--ignore-columns"));
  }
  const StopSignals signals;
  options.sorting.is_cancelled = [] { return StopSignals::Received() != 0; };
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
  if (!run.recipe.has_value()) {
    return Error{ErrorCode::kNotFound, "nothing is known of the inputs of run " + run.record.name};
  }
  REPRISE_ASSIGN_OR_RETURN(const tracker::LeakReport report,
                           tracker::FindLeaks(store->objects(), run.recipe->inputs, options));
  if (!report.has_two_roles() && report.is_complete()) {
    return Error{ErrorCode::kNotFound,
                 "run " + run.record.name +
                     " has no inputs of two roles to compare; tell them apart by `reprise run "
                     "--input-role train=FILE --input-role test=FILE` or by the SDK's input(path, "
                     "role)"};
  }
  if (context.global.json) {
    context.PrintJson(
        Json().Set("run", run.record.id.ToString()).Set("leak", tracker::LeakToJson(report)));
  } else {
    Print(report, context.out);
  }
  return StatusOf(report);
}

}  // namespace

Command LineageLeakCommand() {
  Command command{"lineage leak", "Whether a run was judged by data that it trained on.",
                  "RUN [--ignore-columns NAME]…"};
  command.examples = {
      {"reprise lineage leak @last", "compare its train, validation, test and other inputs"},
      {"reprise lineage leak @last --ignore-columns id",
       "rows that differ in their id alone are the same row"}};
  command.details =
      "Inputs have roles by --input-role, by the SDK's input(path, role), or, without either, by "
      "their names: data/test.csv, holdout/part-1.bin. Words for one role are one (val, dev, "
      "validation; oot, out-of-time), and any other word is a role too. Every two of different "
      "roles are compared: whole files, content-defined chunks, and rows: of CSV and TSV files "
      "over the columns that both have, by their bytes, and of JSON Lines, each compressed by gzip "
      "or not. Rows of which chance gives as many, such as those of a file of labels, are told and "
      "are no leak. What cannot be compared is named. The exit status is 1 if they share anything, "
      "4 if nothing was found and something could not be compared, and 3 if there are no two "
      "roles. docs/leaks.md has the rules.";
  TakeRef(command);
  auto add = command.options.add_options();
  add("ignore-columns", po::value<std::vector<std::string>>(),
      "NAME: a column, or a member of JSON, that does not count when rows are compared");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
