// What the model is measured by on the loans held out, and the files that say so.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "booster.h"
#include "dataset.h"
#include "metrics.h"

namespace credit_risk {

// How well the model discriminates among applicants of an age: a scorecard that is good on average
// can be poor for the young.  An applicant of 25 belongs to "25-39".
struct AgeGroup {
  std::string name;  // For people: "under 25".
  std::string key;   // For metrics: "under_25".
  std::size_t count = 0;
  std::size_t bad_count = 0;
  std::optional<double> auc;  // Nothing where the group is all good or all bad.
};

struct Evaluation {
  double auc = 0;
  double ks = 0;
  double brier = 0;
  double log_loss = 0;
  Calibration calibration;
  std::vector<AgeGroup> age_groups;  // Under 25, 25-39, 40-59, 60 and over; each loan in one.
};

// Measures `scores`, one for each row of `loans`, which holds both classes and a column `Age`.
Evaluation Evaluate(const Dataset& loans, const std::vector<double>& scores);

// Each writes a CSV file with a header, replacing what is there.  Throws InputError.
void WritePredictions(const std::string& path, const Dataset& loans,
                      const std::vector<double>& scores);
void WriteCalibration(const std::string& path, const Calibration& calibration);
void WriteAgeGroups(const std::string& path, const std::vector<AgeGroup>& groups);
void WriteImportance(const std::string& path, const std::vector<Booster::Importance>& importance);

// The same numbers as the JSON documents that Reprise takes for evidence: "reprise/validation/v1"
// and "reprise/importances/v1".
std::string ValidationJson(const Evaluation& evaluation);
std::string ImportanceJson(const std::vector<Booster::Importance>& importance);

}  // namespace credit_risk
