#include "tracker/cli/check_support.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/project_path.h"
#include "tracker/registry/evidence_file.h"

namespace reprise::cli {

Result<CheckSubject> CheckSubjectOf(tracker::Store& store, const Context& context,
                                    const std::string& ref) {
  CheckSubject subject;
  REPRISE_ASSIGN_OR_RETURN(subject.model, tracker::FindModel(store.catalog(), ref));
  if (!subject.model.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(subject.run, RunOf(store, context, ref));
    subject.name = subject.run->record.name;
    return subject;
  }
  subject.name = subject.model->Name();
  if (!subject.model->version.run.has_value()) return subject;
  auto run = store.GetRun(*subject.model->version.run);
  if (run.ok()) subject.run = *std::move(run);
  return subject;
}

Result<tracker::StoredRun> RunOfSubject(const CheckSubject& subject) {
  if (subject.run.has_value()) return *subject.run;
  return Error{ErrorCode::kNotFound,
               subject.name +
                   " was not registered from a run that the store knows, so that nobody "
                   "knows its data"};
}

void TakeDelivery(Command& command) {
  auto add = command.options.add_options();
  add("evidence", po::bool_switch(), "record the result as evidence for the version");
  add("reason", po::value<std::string>(), "TEXT: why, for whoever asks later; with --evidence");
  add("output,o", po::value<std::string>(), "FILE: write the JSON there; it must be new");
}

Result<CheckDelivery> ReadDelivery(const po::variables_map& args, const std::string& kind,
                                   const Context& context) {
  CheckDelivery delivery{
      .kind = kind, .is_evidence = Flag(args, "evidence"), .reason = {}, .path = {}};
  delivery.reason = OptionalText(args, "reason").value_or("");
  if (!delivery.reason.empty() && !delivery.is_evidence) {
    return Error{ErrorCode::kInvalidArgument, "--reason goes with --evidence only"};
  }
  const auto output = OptionalText(args, "output");
  if (!output.has_value()) return delivery;
  REPRISE_TRY(RequireText(*output, "--output"));
  std::string path = tracker::AbsolutePath(*output, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, path));
  if (Exists(context.files, path)) {
    return Error{ErrorCode::kAlreadyExists,
                 "'" + Printable(*output) + "' is there already; name a new file with -o"};
  }
  delivery.path = std::move(path);
  return delivery;
}

Result<void> RequireDeliverable(const CheckDelivery& delivery, const CheckSubject& subject) {
  if (!delivery.is_evidence || subject.model.has_value()) return {};
  return Error{ErrorCode::kInvalidArgument,
               "--evidence is for versions of models, as NAME@VERSION, and " +
                   Printable(subject.name) + " is a run"};
}

Result<void> Deliver(const Json& document, const CheckDelivery& delivery,
                     const CheckSubject& subject, const Context& context) {
  const std::string text = FormatJson(document);
  std::string named = delivery.kind + ".json";
  if (delivery.path.has_value()) {
    REPRISE_TRY(WriteFileAtomically(context.files, *delivery.path, text));
    named = *delivery.path;
  }
  if (delivery.is_evidence) {
    REPRISE_ASSIGN_OR_RETURN(const std::string project, context.ProjectFolder());
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(*store, subject.name));
    if (delivery.path.has_value()) named = tracker::PathInProject(named, project);
    REPRISE_ASSIGN_OR_RETURN(
        const auto outcome,
        tracker::AddEvidenceText(*store, model, delivery.kind, text, named, delivery.reason));
    if (!context.global.quiet) {
      context.Warn("recorded as " + delivery.kind + " evidence of " + subject.name +
                   "; what was signed before it counts no longer");
    }
  }
  if (context.global.json) context.PrintJson(document);
  return {};
}

void TakeScoreColumns(Command& command) {
  auto add = command.options.add_options();
  add("score", po::value<std::string>(), "COLUMN: what the model says of each row");
  add("target", po::value<std::string>(), "COLUMN: what came of it, one of two values");
  add("positive", po::value<std::string>(),
      "VALUE: the outcome that the score is about; else 1, true or yes");
  add("higher-is-better", po::bool_switch(),
      "the score is one of points: the higher, the less probable is that outcome");
}

Result<lineage::ScoreColumns> ReadScoreColumns(const po::variables_map& args) {
  lineage::ScoreColumns columns;
  REPRISE_ASSIGN_OR_RETURN(columns.score, RequiredOption(args, "score"));
  REPRISE_ASSIGN_OR_RETURN(columns.target, RequiredOption(args, "target"));
  columns.positive = OptionalText(args, "positive");
  if (columns.positive.has_value()) REPRISE_TRY(RequireText(*columns.positive, "--positive"));
  columns.higher_is_better = args.count("higher-is-better") > 0 && Flag(args, "higher-is-better");
  return columns;
}

Result<std::optional<double>> OptionalNumber(const po::variables_map& args,
                                             const std::string& name) {
  const auto text = OptionalText(args, name);
  if (!text.has_value()) return std::optional<double>();
  double number = 0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number);
  if (error == std::errc() && end == last && std::isfinite(number)) return std::optional(number);
  return Error{ErrorCode::kInvalidArgument,
               "--" + name + " is '" + Printable(*text) + "', which is no number"};
}

std::vector<std::string> DistanceLimits::Exceeded(const std::optional<double>& psi,
                                                  const std::optional<double>& ks) const {
  std::vector<std::string> exceeded;
  const auto compare = [&](const std::optional<double>& value, const std::optional<double>& max,
                           const std::string& name) {
    if (!value.has_value() || !max.has_value() || *value <= *max) return;
    exceeded.push_back(name + " is " + FormatBrief(*value) + ", more than " + FormatBrief(*max));
  };
  compare(psi, psi_max, "PSI");
  compare(ks, ks_max, "KS");
  return exceeded;
}

void TakeLimits(Command& command, const std::string& whose) {
  auto add = command.options.add_options();
  add("psi-max", po::value<std::string>(), ("X: the most that " + whose + " PSI may be").c_str());
  add("ks-max", po::value<std::string>(), ("X: the most that " + whose + " KS may be").c_str());
}

Result<DistanceLimits> ReadLimits(const po::variables_map& args) {
  const auto read = [&](const std::string& name) -> Result<std::optional<double>> {
    REPRISE_ASSIGN_OR_RETURN(const auto limit, OptionalNumber(args, name));
    if (!limit.has_value() || *limit >= 0) return limit;
    return Error{ErrorCode::kInvalidArgument, "--" + name + " is negative, which nothing can be"};
  };
  DistanceLimits limits;
  REPRISE_ASSIGN_OR_RETURN(limits.psi_max, read("psi-max"));
  REPRISE_ASSIGN_OR_RETURN(limits.ks_max, read("ks-max"));
  return limits;
}

lineage::RowSorterOptions StoppableSorting() {
  lineage::RowSorterOptions sorting;
  sorting.is_cancelled = [] { return StopSignals::Received() != 0; };
  return sorting;
}

std::string Rounded(double number) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.3f", number);
  if (size < 0 || static_cast<std::size_t>(size) >= text.size()) return FormatBrief(number);
  return text.data();
}

std::string Rounded(const std::optional<double>& number) {
  return number.has_value() ? Rounded(*number) : "-";
}

std::string WithInterval(const lineage::Estimate& estimate) {
  if (!estimate.value.has_value()) return "-";
  if (!estimate.low.has_value() || !estimate.high.has_value()) return Rounded(*estimate.value);
  return Rounded(*estimate.value) + " (" + Rounded(*estimate.low) + " to " +
         Rounded(*estimate.high) + ")";
}

}  // namespace reprise::cli
