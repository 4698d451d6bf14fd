// What the commands that check data and scores share.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lineage/check/interval.h"
#include "lineage/check/scored_rows.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/cli/command.h"
#include "tracker/cli/text.h"
#include "tracker/models.h"
#include "tracker/registry/checked_content.h"

namespace reprise::cli {

// A version of a model, with the run that it was registered from if that is known, or a run.
struct CheckSubject {
  std::string name;  // "scorecard@3", or the run's name.
  std::optional<tracker::RegisteredModel> model;
  std::optional<tracker::StoredRun> run;
};

// Errors: as ModelOf() and RunOf().
Result<CheckSubject> CheckSubjectOf(tracker::Store& store, const Context& context,
                                    const std::string& ref);

// The run of `subject`.  Errors: kNotFound  it has none, so that nobody knows its data.
Result<tracker::StoredRun> RunOfSubject(const CheckSubject& subject);

// Where the result of a check goes besides standard output.
struct CheckDelivery {
  std::string kind;                 // Of evidence.
  bool is_evidence = false;         // --evidence
  std::string reason;               // --reason
  std::optional<std::string> path;  // -o, absolute.
};

// Adds those options, and reads them.  Errors: kInvalidArgument, kAlreadyExists.
void TakeDelivery(Command& command);
Result<CheckDelivery> ReadDelivery(const po::variables_map& args, const std::string& kind,
                                   const Context& context);
// Errors: kInvalidArgument  what is checked is no version of a model and can have no evidence.
Result<void> RequireDeliverable(const CheckDelivery& delivery, const CheckSubject& subject);
// Writes the file, records the evidence and prints the JSON, as far as they are asked for.  The
// store must be closed.
Result<void> Deliver(const Json& document, const CheckDelivery& delivery,
                     const CheckSubject& subject, const Context& context);

// --score, --target, --positive and --higher-is-better.
void TakeScoreColumns(Command& command);
Result<lineage::ScoreColumns> ReadScoreColumns(const po::variables_map& args);

// A number that an option gives.  Errors: kInvalidArgument  it is no finite number.
Result<std::optional<double>> OptionalNumber(const po::variables_map& args,
                                             const std::string& name);

// --psi-max and --ks-max: how far newer data may be from what it is compared with.
struct DistanceLimits {
  std::optional<double> psi_max;
  std::optional<double> ks_max;

  bool AreGiven() const { return psi_max.has_value() || ks_max.has_value(); }
  // "PSI is 0.31, more than 0.25", for each that is not kept.  What is absent keeps any.
  std::vector<std::string> Exceeded(const std::optional<double>& psi,
                                    const std::optional<double>& ks) const;
};
// Adds those options, and reads them; `whose`: "the most that `whose` PSI may be".
void TakeLimits(Command& command, const std::string& whose);
Result<DistanceLimits> ReadLimits(const po::variables_map& args);

// A sort that signals stop.
lineage::RowSorterOptions StoppableSorting();

std::string Rounded(double number);                           // "0.679"
std::string Rounded(const std::optional<double>& number);     // "-" where it is absent.
std::string WithInterval(const lineage::Estimate& estimate);  // "0.679 (0.588 to 0.770)"

}  // namespace reprise::cli
