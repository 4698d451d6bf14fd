#include <algorithm>

#include "lineage/check/check_json.h"
#include "storage/base/text_value.h"
#include "storage/base/words.h"
#include "tracker/cli/check_support.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"

namespace reprise::cli {
namespace {

struct Request {
  std::string ref;
  std::string file;
  tracker::WantedInput input;
  lineage::DriftOptions options;
  DistanceLimits limits;
};

Result<Request> ReadRequest(const po::variables_map& args) {
  Request request;
  REPRISE_ASSIGN_OR_RETURN(request.ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(request.file, RequiredText(args, "file"));
  const auto role = OptionalText(args, "role");
  request.input.path = OptionalText(args, "input");
  if (role.has_value() && request.input.path.has_value()) {
    return Error{ErrorCode::kInvalidArgument, "--role and --input exclude each other"};
  }
  if (role.has_value()) {
    REPRISE_TRY(RequireText(*role, "--role"));
    request.input.role = *role;
  }
  for (const std::string& text : Texts(args, "columns")) {
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      const std::string name = text.substr(at, end - at);
      REPRISE_TRY(RequireText(name, "--columns"));
      if (std::ranges::find(request.options.columns, name) == request.options.columns.end()) {
        request.options.columns.push_back(name);
      }
      at = end + 1;
    }
  }
  REPRISE_ASSIGN_OR_RETURN(request.limits, ReadLimits(args));
  return request;
}

// Why the limits are not kept, one sentence for each column.
std::vector<std::string> Exceeding(const lineage::DriftCheck& check, const DistanceLimits& limits,
                                   std::vector<std::string>& columns) {
  std::vector<std::string> sentences;
  if (!limits.AreGiven()) return sentences;
  for (const lineage::DriftColumn& column : check.columns) {
    std::vector<std::string> reasons;
    for (const std::string& exceeded :
         limits.Exceeded(column.population_stability, column.kolmogorov_smirnov)) {
      reasons.push_back("its " + exceeded);
    }
    if (column.state == "not compared") reasons.emplace_back("it could not be compared");
    if (column.state == "missing") reasons.emplace_back("it is not in the newer data");
    if (reasons.empty()) continue;
    columns.push_back(column.name);
    sentences.push_back(Printable(column.name) + ": " + Enumerated(reasons));
  }
  return sentences;
}

void Print(const lineage::DriftCheck& check, Context& context) {
  Table table({"COLUMN", "TYPE", ">KS", ">PSI", "STATE"});
  for (const lineage::DriftColumn& column : check.columns) {
    table.Add({Printable(column.name), std::string(column.type), Rounded(column.kolmogorov_smirnov),
               Rounded(column.population_stability), std::string(column.state)});
  }
  table.Print(context.out, context.columns);
  context.out << Counted(check.reference.rows, "row") << " before, "
              << Counted(check.current.rows, "row") << " now\n";
  if (check.sampled_share < 1) {
    context.out << "numbers are those of a sample, one row in "
                << FormatNumber(1 / check.sampled_share) << ": KS may be off by "
                << Rounded(check.sampling_error) << "\n";
  }
}

Json WithLimits(Json document, const DistanceLimits& limits,
                const std::vector<std::string>& exceeding) {
  Json names = Json::Array{};
  for (const std::string& name : exceeding) names.Append(BytesToJson(name));
  document.Set("limits", Json().Set("psi_max", limits.psi_max).Set("ks_max", limits.ks_max));
  return document.Set("exceeding", std::move(names));
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const Request request, ReadRequest(args));
  REPRISE_ASSIGN_OR_RETURN(const CheckDelivery delivery, ReadDelivery(args, "drift", context));
  REPRISE_ASSIGN_OR_RETURN(
      auto on_disk,
      tracker::OpenTableOnDisk(context.files, context.working_directory, request.file));
  REPRISE_ASSIGN_OR_RETURN(auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const auto subject, CheckSubjectOf(*store, context, request.ref));
  REPRISE_TRY(RequireDeliverable(delivery, subject));
  REPRISE_ASSIGN_OR_RETURN(const auto run, RunOfSubject(subject));
  REPRISE_ASSIGN_OR_RETURN(const auto input, tracker::FindInput(run, request.input));
  REPRISE_ASSIGN_OR_RETURN(const auto reference, tracker::OpenStoredTables(*store, input));
  REPRISE_ASSIGN_OR_RETURN(
      auto current,
      tracker::OpenNamedTable(std::move(on_disk), *store, context.working_directory, request.file));
  if (current.path_on_disk.has_value()) tracker::GiveWayWhileReading(*store, current);
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::DriftCheck check,
      lineage::CheckDrift(reference.tables, reference.digest, current.tables[0], request.options));
  REPRISE_TRY(tracker::RequireUnchanged(context.files, current));
  store.reset();
  std::vector<std::string> columns;
  const auto sentences = Exceeding(check, request.limits, columns);
  REPRISE_TRY(
      Deliver(WithLimits(lineage::DriftToJson(check, subject.name), request.limits, columns),
              delivery, subject, context));
  if (!context.global.json) Print(check, context);
  for (const std::string& sentence : sentences) context.Warn(sentence);
  return sentences.empty() ? 0 : 1;
}

}  // namespace

Command CheckDriftCommand() {
  Command command{"check drift", "How far newer data is from what a model was trained on.",
                  "NAME@VERSION|RUN FILE [--role ROLE | --input PATH] [--columns A,B]"};
  command.examples = {
      {"reprise check drift scorecard@production march.csv", "every column, by KS and PSI"},
      {"reprise check drift scorecard@3 march.csv --psi-max 0.25", "a gate: 1 if any exceeds it"},
      {"reprise check drift scorecard@3 march.csv --columns age,income --evidence", ""}};
  command.details =
      "FILE is on disk, or a REF. It is compared with the run's input that has the role train, or "
      "the one that --role or --input names; of a folder its .csv and .tsv files together. KS is "
      "the two-sample Kolmogorov-Smirnov statistic of numbers; PSI the population stability index "
      "over tenths of the training data, or over values of text. From 0.1 on a shift is moderate, "
      "from 0.25 on large, unless so few rows would show as much by chance. With --psi-max or "
      "--ks-max the exit status is 1 if a column exceeds it, could not be compared, or is missing "
      "from FILE. "
      "docs/formats/checks.md has the formulas and the JSON.";
  TakeRef(command);
  TakeRef(command, "file");
  auto add = command.options.add_options();
  add("role", po::value<std::string>(), "ROLE: of the input to compare with; else train");
  add("input", po::value<std::string>(), "PATH: of the input to compare with");
  add("columns", po::value<std::vector<std::string>>(), "A,B: these columns only");
  TakeLimits(command, "any");
  TakeDelivery(command);
  command.run = [](const po::variables_map& args, Context& context) {
    const StopSignals signals;
    return Run(args, context);
  };
  return command;
}

}  // namespace reprise::cli
