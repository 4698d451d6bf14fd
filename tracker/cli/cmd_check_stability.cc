#include "lineage/check/check_json.h"
#include "lineage/table/header.h"
#include "storage/base/text_value.h"
#include "storage/base/words.h"
#include "tracker/cli/check_support.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"

namespace reprise::cli {
namespace {

bool HasColumn(const lineage::CheckedTable& table, const std::string& column) {
  lineage::CheckedRows rows(table);
  return rows.Begin().ok() && rows.PlaceOf(column).ok();
}

// The table among the outputs of the run that has the scores.
Result<tracker::OpenTables> ScoresOfRun(tracker::Store& store, const CheckSubject& subject,
                                        const std::string& score) {
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOfSubject(subject));
  std::vector<std::string> names;
  std::optional<tracker::OpenTables> found;
  for (const lineage::ArtifactUse& output : run.record.outputs) {
    const bool is_table =
        output.kind == lineage::ArtifactKind::kFile && lineage::IsTableName(output.path);
    if (!is_table) continue;
    REPRISE_ASSIGN_OR_RETURN(auto open, tracker::OpenStoredTables(store, output));
    if (!HasColumn(open.tables[0], score)) continue;
    names.push_back(Printable(output.path));
    found = std::move(open);
  }
  if (names.size() == 1) return *std::move(found);
  const std::string start = "run " + run.record.name + " has ";
  if (names.empty()) {
    return Error{ErrorCode::kNotFound, start + "no output with a column '" + Printable(score) +
                                           "'; name the earlier scores with --against FILE"};
  }
  return Error{ErrorCode::kAmbiguous, start + "several outputs with a column '" + Printable(score) +
                                          "', " + Enumerated(names) + "; name one with --against " +
                                          run.record.name + ":" + names[0]};
}

void Print(const lineage::StabilityCheck& check, Context& context) {
  const auto share = [](std::uint64_t rows, const lineage::CheckedData& data,
                        std::uint64_t missing) {
    return Rounded(static_cast<double>(rows) / static_cast<double>(data.rows - missing));
  };
  Table table({">ABOVE", ">UP TO", ">EXPECTED", ">ACTUAL"});
  for (const lineage::StabilityBin& bin : check.bins) {
    table.Add({bin.from.has_value() ? FormatBrief(*bin.from) : "",
               bin.to.has_value() ? FormatBrief(*bin.to) : "",
               share(bin.expected, check.reference, check.reference_missing),
               share(bin.actual, check.current, check.current_missing)});
  }
  table.Print(context.out, context.columns);
  context.out << "PSI " << Rounded(check.population_stability) << " (by chance up to "
              << Rounded(check.stability_by_chance) << "), KS " << Rounded(check.kolmogorov_smirnov)
              << ", " << Counted(check.reference.rows, "row") << " before, "
              << Counted(check.current.rows, "row") << " now\n";
  if (check.reference_missing + check.current_missing > 0) {
    context.out << "without a score: " << check.reference_missing << " before, "
                << check.current_missing << " now\n";
  }
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const std::string file, RequiredText(args, "file"));
  REPRISE_ASSIGN_OR_RETURN(const std::string score, RequiredOption(args, "score"));
  const auto against = OptionalText(args, "against");
  if (against.has_value()) REPRISE_TRY(RequireText(*against, "--against"));
  REPRISE_ASSIGN_OR_RETURN(const DistanceLimits limits, ReadLimits(args));
  REPRISE_ASSIGN_OR_RETURN(const CheckDelivery delivery, ReadDelivery(args, "stability", context));
  const std::string& folder = context.working_directory;
  REPRISE_ASSIGN_OR_RETURN(auto on_disk, tracker::OpenTableOnDisk(context.files, folder, file));
  std::optional<tracker::OpenTables> earlier;
  if (against.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(earlier, tracker::OpenTableOnDisk(context.files, folder, *against));
  }
  REPRISE_ASSIGN_OR_RETURN(auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const auto subject, CheckSubjectOf(*store, context, ref));
  REPRISE_TRY(RequireDeliverable(delivery, subject));
  REPRISE_ASSIGN_OR_RETURN(const auto current,
                           tracker::OpenNamedTable(std::move(on_disk), *store, folder, file));
  REPRISE_ASSIGN_OR_RETURN(
      const auto reference,
      against.has_value() ? tracker::OpenNamedTable(std::move(earlier), *store, folder, *against)
                          : ScoresOfRun(*store, subject, score));
  // Sorting may take long; nobody needs to wait for it.
  if (current.path_on_disk.has_value() && reference.path_on_disk.has_value()) store.reset();
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::StabilityCheck check,
      lineage::CheckStability(reference.tables[0], current.tables[0], score, StoppableSorting()));
  REPRISE_TRY(tracker::RequireUnchanged(context.files, current));
  REPRISE_TRY(tracker::RequireUnchanged(context.files, reference));
  store.reset();
  REPRISE_TRY(Deliver(lineage::StabilityToJson(check, subject.name), delivery, subject, context));
  if (!context.global.json) Print(check, context);
  const auto exceeded = limits.Exceeded(check.population_stability, check.kolmogorov_smirnov);
  for (const std::string& sentence : exceeded) context.Warn("the " + sentence);
  return exceeded.empty() ? 0 : 1;
}

}  // namespace

Command CheckStabilityCommand() {
  Command command{"check stability", "How far newer scores of a model are from earlier ones.",
                  "NAME@VERSION|RUN FILE --score COLUMN [--against FILE]"};
  command.examples = {
      {"reprise check stability scorecard@3 march.csv --score pd",
       "against the scores that its run wrote"},
      {"reprise check stability scorecard@3 march.csv --score pd --against january.csv "
       "--psi-max 0.25",
       "a gate: 1 if the PSI exceeds it"}};
  command.details =
      "FILEs are on disk, or REFs. Without --against the earlier scores are the one output of the "
      "run that is a table with that column. Both are sorted into tenths of the earlier scores: "
      "PSI is the population stability index over these, KS the two-sample Kolmogorov-Smirnov "
      "statistic. Rows without a score are counted and left out. docs/formats/checks.md has the "
      "formulas and the JSON.";
  TakeRef(command);
  TakeRef(command, "file");
  auto add = command.options.add_options();
  add("score", po::value<std::string>(), "COLUMN: the scores, in both");
  add("against", po::value<std::string>(), "FILE: the earlier scores");
  TakeLimits(command, "the");
  TakeDelivery(command);
  command.run = [](const po::variables_map& args, Context& context) {
    const StopSignals signals;
    return Run(args, context);
  };
  return command;
}

}  // namespace reprise::cli
