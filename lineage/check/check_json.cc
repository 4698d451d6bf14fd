#include "lineage/check/check_json.h"

#include "lineage/compare/wording.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

double PartOf(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json Begin(std::string_view type, const std::string& subject) {
  return Json().Set("type", type).Set("subject", subject);
}

void SetColumns(const ScoreColumns& columns, const std::string& positive, Json& json) {
  json.Set("score", BytesToJson(columns.score))
      .Set("target", BytesToJson(columns.target))
      .Set("positive", BytesToJson(positive))
      .Set("higher_is_better", columns.higher_is_better);
}

Json GroupToJson(const GroupResult& group) {
  return Json()
      .Set("column", BytesToJson(group.column))
      .Set("group", BytesToJson(group.group))
      .Set("rows", CountToJson(group.rows))
      .Set("auc", EstimateToJson(group.ranking.area))
      .Set("ks", EstimateToJson(group.ranking.separation))
      .Set("positive_rate", EstimateToJson(group.positive_rate))
      .Set("approval_rate", EstimateToJson(group.approval_rate));
}

}  // namespace

Json EstimateToJson(const Estimate& estimate) {
  return Json().Set("value", estimate.value).Set("low", estimate.low).Set("high", estimate.high);
}

Json CheckedDataToJson(const CheckedData& data) {
  return Json().Set("digest", data.digest.ToString()).Set("rows", CountToJson(data.rows));
}

Json DriftToJson(const DriftCheck& check, const std::string& subject) {
  Json columns = Json::Array{};
  for (const DriftColumn& column : check.columns) {
    columns.Append(Json()
                       .Set("column", BytesToJson(column.name))
                       .Set("type", column.type)
                       .Set("ks", column.kolmogorov_smirnov)
                       .Set("psi", column.population_stability)
                       .Set("state", column.state));
  }
  return Begin("reprise/drift/v1", subject)
      .Set("reference", CheckedDataToJson(check.reference))
      .Set("current", CheckedDataToJson(check.current))
      .Set("columns", std::move(columns))
      .Set("sampled_share", check.sampled_share)
      .Set("sampling_error", check.sampling_error);
}

Json StabilityToJson(const StabilityCheck& check, const std::string& subject) {
  const std::uint64_t expected = check.reference.rows - check.reference_missing;
  const std::uint64_t actual = check.current.rows - check.current_missing;
  Json bins = Json::Array{};
  for (const StabilityBin& bin : check.bins) {
    bins.Append(Json()
                    .Set("from", bin.from)
                    .Set("to", bin.to)
                    .Set("expected", PartOf(bin.expected, expected))
                    .Set("actual", PartOf(bin.actual, actual))
                    .Set("expected_rows", CountToJson(bin.expected))
                    .Set("actual_rows", CountToJson(bin.actual)));
  }
  return Begin("reprise/stability/v1", subject)
      .Set("score", BytesToJson(check.score))
      .Set("reference",
           CheckedDataToJson(check.reference).Set("missing", CountToJson(check.reference_missing)))
      .Set("current",
           CheckedDataToJson(check.current).Set("missing", CountToJson(check.current_missing)))
      .Set("psi", check.population_stability)
      .Set("psi_by_chance", check.stability_by_chance)
      .Set("ks", check.kolmogorov_smirnov)
      .Set("bins", std::move(bins));
}

Json SubpopulationsToJson(const SubpopulationCheck& check, const std::string& subject) {
  Json groups = Json::Array{};
  for (const GroupResult& group : check.groups) groups.Append(GroupToJson(group));
  Json json = Begin("reprise/subpopulations/v1", subject)
                  .Set("dataset",
                       CheckedDataToJson(check.data).Set("left_out", CountToJson(check.left_out)));
  SetColumns(check.columns, check.positive, json);
  return json.Set("threshold", check.threshold)
      .Set("overall", GroupToJson(check.overall))
      .Set("groups", std::move(groups));
}

Json CalibrationToJson(const CalibrationCheck& check, const std::string& subject) {
  Json bins = Json::Array{};
  for (const CalibrationBin& bin : check.bins) {
    bins.Append(Json()
                    .Set("predicted", bin.predicted)
                    .Set("observed", bin.observed.value)
                    .Set("low", bin.observed.low)
                    .Set("high", bin.observed.high)
                    .Set("rows", CountToJson(bin.rows)));
  }
  Json json = Begin("reprise/calibration/v1", subject)
                  .Set("dataset",
                       CheckedDataToJson(check.data).Set("left_out", CountToJson(check.left_out)));
  SetColumns(check.columns, check.positive, json);
  return json.Set("brier", check.brier).Set("bins", std::move(bins));
}

}  // namespace reprise::lineage
