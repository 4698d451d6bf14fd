#include "lineage/diff/profile_diff.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "lineage/compare/wording.h"
#include "lineage/diff/distribution.h"
#include "lineage/diff/table_diff.h"
#include "lineage/run_record.h"

namespace reprise::lineage {
namespace {

struct ColumnPair {
  const ColumnProfile& before;
  const ColumnProfile& after;
  std::optional<BoundedDistance> kolmogorov_smirnov{};  // Of the finite numbers of both, or times.
  std::optional<EstimatedStability> stability{};

  // Whether the same values stand in the same order; absent: the digests are withheld.
  std::optional<bool> is_same() const {
    if (!before.digest.has_value() || !after.digest.has_value()) return std::nullopt;
    return before.digest == after.digest;
  }
};

struct ProfilePair {
  std::vector<std::string> columns_added;
  std::vector<std::string> columns_removed;
  std::vector<ColumnPair> columns;  // That both have, in the order of the first.
};

// The quantiles of numbers or times; nullptr where there are none.
const QuantileSummary* QuantilesOf(const ColumnProfile& column) {
  if (column.numbers.has_value()) return &column.numbers->quantiles;
  return column.time_quantiles.has_value() ? &*column.time_quantiles : nullptr;
}

// Whether both have quantiles, of numbers or of times.
bool AreMeasured(const ColumnProfile& before, const ColumnProfile& after) {
  return QuantilesOf(before) != nullptr && QuantilesOf(after) != nullptr &&
         before.numbers.has_value() == after.numbers.has_value();
}

struct Bins {
  std::vector<std::uint64_t> before;
  std::vector<std::uint64_t> after;
  bool is_exact = true;

  // A bin of what only some tables have.
  void AddIfAny(std::uint64_t old_count, std::uint64_t new_count) {
    if (old_count + new_count == 0) return;
    before.push_back(old_count);
    after.push_back(new_count);
  }
};

Bins BinsOfQuantiles(const QuantileSummary& before, const QuantileSummary& after) {
  constexpr int kBins = 10;
  std::vector<double> edges;
  for (int i = 1; i < kBins; ++i) {
    const double edge = before.Quantile(static_cast<double>(i) / kBins);
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  const auto count = [&](const QuantileSummary& summary) {
    std::vector<std::uint64_t> counts;
    std::uint64_t below = 0;
    for (const double edge : edges) {
      const std::uint64_t rank = summary.Rank(edge);
      counts.push_back(rank - below);
      below = rank;
    }
    counts.push_back(summary.count - below);
    return counts;
  };
  return {count(before), count(after), before.rank_error == 0 && after.rank_error == 0};
}

std::uint64_t CountOfFrequent(const ColumnProfile& column) {
  std::uint64_t count = 0;
  for (const FrequentValue& value : column.frequent) count += value.count;
  return count;
}

// Of text and booleans.  A value that only one side lists has a bin if the other lists all that it
// has; else it is among the others.
Bins BinsOfFrequent(const ColumnProfile& before, const ColumnProfile& after,
                    std::uint64_t present_before, std::uint64_t present_after) {
  const bool is_old_whole = CountOfFrequent(before) == present_before;
  const bool is_new_whole = CountOfFrequent(after) == present_after;
  std::map<std::string, std::array<std::optional<std::uint64_t>, 2>> values;
  for (const FrequentValue& value : before.frequent) values[value.value][0] = value.count;
  for (const FrequentValue& value : after.frequent) values[value.value][1] = value.count;
  Bins bins;
  bins.is_exact = is_old_whole && is_new_whole;
  std::uint64_t others_before = present_before;
  std::uint64_t others_after = present_after;
  for (const auto& [value, counts] : values) {
    if (!counts[0].has_value() && !is_old_whole) continue;
    if (!counts[1].has_value() && !is_new_whole) continue;
    bins.before.push_back(counts[0].value_or(0));
    bins.after.push_back(counts[1].value_or(0));
    others_before -= bins.before.back();
    others_after -= bins.after.back();
  }
  bins.AddIfAny(others_before, others_after);
  return bins;
}

ProfilePair Match(const Profile& before, const Profile& after) {
  ProfilePair pair;
  for (const ColumnProfile& column : before.columns) {
    const ColumnProfile* const other = after.FindColumn(column.name);
    if (other == nullptr) {
      pair.columns_removed.push_back(column.name);
      continue;
    }
    pair.columns.push_back({column, *other});
    pair.columns.back().stability = StabilityOf(column, *other, before.rows, after.rows);
    if (!AreMeasured(column, *other)) continue;
    pair.columns.back().kolmogorov_smirnov =
        KolmogorovSmirnov(*QuantilesOf(column), *QuantilesOf(*other));
  }
  for (const ColumnProfile& column : after.columns) {
    if (before.FindColumn(column.name) == nullptr) pair.columns_added.push_back(column.name);
  }
  return pair;
}

std::string DistanceText(const BoundedDistance& distance) {
  return (distance.error > 0 ? "~" : "") + BriefNumber(distance.value) +
         (distance.error > 0 ? " ± " + BriefNumber(distance.error) : "");
}

std::string ColumnLine(const ColumnPair& pair) {
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? " " : "; ") + part; };
  if (pair.before.type != pair.after.type) {
    say(std::string(ColumnTypeName(pair.before.type)) + " became " +
        std::string(ColumnTypeName(pair.after.type)));
  }
  if (pair.kolmogorov_smirnov.has_value()) {
    say("Kolmogorov–Smirnov " + DistanceText(*pair.kolmogorov_smirnov));
  }
  if (pair.stability.has_value()) {
    say("stability index " + std::string(pair.stability->is_exact ? "" : "~") +
        BriefNumber(pair.stability->value) + " (" +
        std::string(StabilityWord(pair.stability->value, pair.stability->by_chance)) + ")");
  }
  if (pair.before.numbers.has_value() && pair.after.numbers.has_value() &&
      pair.before.numbers->mean != pair.after.numbers->mean) {
    say("mean " + BriefNumber(pair.before.numbers->mean) + " became " +
        BriefNumber(pair.after.numbers->mean));
  }
  if (pair.before.missing != pair.after.missing) {
    say(std::to_string(pair.before.missing) + " missing became " +
        std::to_string(pair.after.missing));
  }
  if (pair.before.distinct != pair.after.distinct) {
    say(std::to_string(pair.before.distinct) + " different values became " +
        std::to_string(pair.after.distinct));
  }
  if (text.empty()) {
    say(pair.is_same().has_value() ? "other values, or in another order" : "values withheld");
  }
  return "column " + Quoted(pair.before.name) + ":" + text;
}

Json NamesToJson(const std::vector<std::string>& names) {
  Json json = Json::Array{};
  for (const std::string& name : names) json.Append(Shown(name));
  return json;
}

Json ColumnsToJson(const ProfilePair& pair) {
  Json columns = Json::Array{};
  for (const ColumnPair& column : pair.columns) {
    const auto& distance = column.kolmogorov_smirnov;
    const auto& stability = column.stability;
    const auto is_same = column.is_same();
    columns.Append(
        Json()
            .Set("column", Shown(column.before.name))
            .Set("same_values", is_same.has_value() ? Json(*is_same) : Json())
            .Set("kolmogorov_smirnov",
                 distance.has_value() ? NumberToJson(distance->value) : Json())
            .Set("kolmogorov_smirnov_error",
                 distance.has_value() ? NumberToJson(distance->error) : Json())
            .Set("population_stability",
                 stability.has_value() ? NumberToJson(stability->value) : Json())
            .Set("stability_by_chance",
                 stability.has_value() ? NumberToJson(stability->by_chance) : Json())
            .Set("stability_is_exact", stability.has_value() ? Json(stability->is_exact) : Json())
            .Set("before", ColumnToJson(column.before))
            .Set("after", ColumnToJson(column.after)));
  }
  return columns;
}

}  // namespace

// The distribution functions are steps, which change at the points alone.
BoundedDistance KolmogorovSmirnov(const QuantileSummary& before, const QuantileSummary& after) {
  const auto old_count = static_cast<double>(before.count);
  const auto new_count = static_cast<double>(after.count);
  BoundedDistance distance;
  for (const QuantileSummary* const summary : {&before, &after}) {
    for (const auto& [value, weight] : summary->points) {
      const double apart = static_cast<double>(before.Rank(value)) / old_count -
                           static_cast<double>(after.Rank(value)) / new_count;
      distance.value = std::max(distance.value, std::abs(apart));
    }
  }
  distance.error = static_cast<double>(before.rank_error) / old_count +
                   static_cast<double>(after.rank_error) / new_count;
  return distance;
}

std::optional<EstimatedStability> StabilityOf(const ColumnProfile& before,
                                              const ColumnProfile& after, std::uint64_t rows_before,
                                              std::uint64_t rows_after) {
  if (before.is_withheld || after.is_withheld) return std::nullopt;
  if (before.missing > rows_before || after.missing > rows_after) return std::nullopt;
  const std::uint64_t present_before = rows_before - before.missing;
  const std::uint64_t present_after = rows_after - after.missing;
  if (present_before == 0 || present_after == 0) return std::nullopt;
  Bins bins;
  if (AreMeasured(before, after)) {
    bins = BinsOfQuantiles(*QuantilesOf(before), *QuantilesOf(after));
    bins.AddIfAny(before.infinite, after.infinite);
  } else {
    // Of earlier releases' times, too.  Numbers have no frequent values.
    const bool have_frequent = !before.numbers.has_value() && !after.numbers.has_value() &&
                               !before.frequent.empty() && !after.frequent.empty();
    if (!have_frequent || CountOfFrequent(before) > present_before ||
        CountOfFrequent(after) > present_after) {
      return std::nullopt;
    }
    bins = BinsOfFrequent(before, after, present_before, present_after);
  }
  bins.AddIfAny(before.missing, after.missing);
  return EstimatedStability{PopulationStability(bins.before, bins.after),
                            StabilityByChance(bins.before, bins.after), bins.is_exact};
}

ContentDifference DescribeProfiles(const Profile& before, const Profile& after, std::string why) {
  const ProfilePair pair = Match(before, after);
  std::string sentence;
  const auto say = [&](const std::string& part) {
    sentence += (sentence.empty() ? "" : "; ") + part;
  };
  if (!pair.columns_removed.empty()) say("columns removed: " + ListQuoted(pair.columns_removed));
  if (!pair.columns_added.empty()) say("columns added: " + ListQuoted(pair.columns_added));
  if (before.rows != after.rows) {
    say(Counted(before.rows, "row") + " became " + std::to_string(after.rows));
  }
  const auto changed = static_cast<std::uint64_t>(std::ranges::count_if(
      pair.columns, [](const ColumnPair& column) { return column.is_same() == false; }));
  if (changed > 0) say(CountOf(changed, pair.columns.size(), "column"));
  say("by profiles alone, as the content cannot be read: " + why);
  return {.kind = "profiles",
          .sentence = std::move(sentence),
          .details = Json()
                         .Set("reason", std::move(why))
                         .Set("rows_before", CountToJson(before.rows))
                         .Set("rows_after", CountToJson(after.rows))
                         .Set("columns_added", NamesToJson(pair.columns_added))
                         .Set("columns_removed", NamesToJson(pair.columns_removed))
                         .Set("columns", ColumnsToJson(pair))};
}

std::vector<std::string> ProfileLines(const Profile& before, const Profile& after) {
  std::vector<std::string> lines;
  for (const ColumnPair& column : Match(before, after).columns) {
    if (column.is_same() != true) lines.push_back(ColumnLine(column));
  }
  return lines;
}

}  // namespace reprise::lineage
