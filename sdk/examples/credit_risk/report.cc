#include "report.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "text.h"

namespace credit_risk {
namespace {

struct AgeRange {
  const char* name;
  const char* key;
  float lower;  // Belongs to the range.
  float upper;  // Does not.
};

constexpr float kNoLimit = std::numeric_limits<float>::infinity();
constexpr AgeRange kAgeRanges[] = {{"under 25", "under_25", -kNoLimit, 25},
                                   {"25-39", "25_to_39", 25, 40},
                                   {"40-59", "40_to_59", 40, 60},
                                   {"60 and over", "60_and_over", 60, kNoLimit}};

AgeGroup MeasureAgeGroup(const AgeRange& range, const Dataset& loans,
                         const std::vector<double>& scores) {
  const std::size_t age = loans.FeatureIndex("Age");
  std::vector<double> group_scores;
  std::vector<std::uint8_t> group_is_bad;
  AgeGroup group{.name = range.name, .key = range.key, .auc = std::nullopt};
  for (std::size_t row = 0; row < loans.row_count(); ++row) {
    if (loans.value(row, age) < range.lower || loans.value(row, age) >= range.upper) continue;
    group_scores.push_back(scores[row]);
    group_is_bad.push_back(loans.is_bad[row]);
    group.bad_count += loans.is_bad[row];
  }
  group.count = group_scores.size();
  if (group.count > 0) group.auc = Auc(group_scores, group_is_bad);
  return group;
}

// RFC 4180: a field with a comma, quote or line break is quoted, quotes doubled.
std::string Quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == field.npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string JsonString(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      quoted += ' ';
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw InputError("cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace

Evaluation Evaluate(const Dataset& loans, const std::vector<double>& scores) {
  Evaluation evaluation{.auc = Auc(scores, loans.is_bad).value(),
                        .ks = KolmogorovSmirnov(scores, loans.is_bad).value(),
                        .brier = BrierScore(scores, loans.is_bad),
                        .log_loss = LogLoss(scores, loans.is_bad),
                        .calibration = Calibrate(scores, loans.is_bad),
                        .age_groups = {}};
  for (const AgeRange& range : kAgeRanges) {
    evaluation.age_groups.push_back(MeasureAgeGroup(range, loans, scores));
  }
  return evaluation;
}

void WritePredictions(const std::string& path, const Dataset& loans,
                      const std::vector<double>& scores) {
  std::string text = "row,is_bad,probability_bad\n";
  for (std::size_t row = 0; row < loans.row_count(); ++row) {
    text += ToText(loans.row_numbers[row]) + ',' + (loans.is_bad[row] != 0 ? '1' : '0') + ',' +
            ToText(static_cast<float>(scores[row])) + '\n';  // XGBoost predicts in floats.
  }
  WriteFile(path, text);
}

void WriteCalibration(const std::string& path, const Calibration& calibration) {
  std::string text = "lower,upper,count,mean_score,bad_share\n";
  for (const CalibrationBin& bin : calibration.bins) {
    text += ToText(bin.lower) + ',' + ToText(bin.upper) + ',' + ToText(bin.count) + ',';
    // An empty bin has neither mean nor share, which is not the same as 0.
    if (bin.count > 0)
      text += ToText(bin.mean_score) + ',' + ToText(bin.bad_share) + '\n';
    else
      text += ",\n";
  }
  WriteFile(path, text);
}

void WriteAgeGroups(const std::string& path, const std::vector<AgeGroup>& groups) {
  std::string text = "age,count,bad_count,auc\n";
  for (const AgeGroup& group : groups) {
    text += Quoted(group.name) + ',' + ToText(group.count) + ',' + ToText(group.bad_count) + ',' +
            (group.auc ? ToText(*group.auc) : "") + '\n';
  }
  WriteFile(path, text);
}

void WriteImportance(const std::string& path, const std::vector<Booster::Importance>& importance) {
  std::string text = "feature,mean_gain\n";
  for (const Booster::Importance& feature : importance) {
    text += Quoted(feature.feature) + ',' + ToText(feature.mean_gain) + '\n';
  }
  WriteFile(path, text);
}

std::string ValidationJson(const Evaluation& evaluation) {
  std::string metrics;
  const auto add = [&](const std::string& name, double value) {
    metrics += (metrics.empty() ? "" : ",") + JsonString(name) + ":" + ToText(value);
  };
  add("auc", evaluation.auc);
  add("ks", evaluation.ks);
  add("brier", evaluation.brier);
  add("logloss", evaluation.log_loss);
  add("calibration_error", evaluation.calibration.expected_error);
  for (const AgeGroup& group : evaluation.age_groups) {
    if (group.auc) add("auc_age_" + group.key, *group.auc);
  }
  return R"({"type":"reprise/validation/v1","metrics":{)" + metrics + "}}\n";
}

std::string ImportanceJson(const std::vector<Booster::Importance>& importance) {
  std::string list;
  for (const Booster::Importance& of : importance) {
    list += std::string(list.empty() ? "" : ",") + R"({"feature":)" + JsonString(of.feature) +
            R"(,"value":)" + ToText(of.mean_gain) + "}";
  }
  return R"({"type":"reprise/importances/v1","method":"mean gain of splits, XGBoost",)"
         R"("importances":[)" +
         list + "]}\n";
}

}  // namespace credit_risk
