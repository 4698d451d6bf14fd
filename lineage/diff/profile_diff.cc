#include "lineage/diff/profile_diff.h"

#include <algorithm>
#include <cmath>

#include "lineage/compare/wording.h"
#include "lineage/run_record.h"

namespace reprise::lineage {
namespace {

struct ColumnPair {
  const ColumnProfile& before;
  const ColumnProfile& after;
  std::optional<BoundedDistance> kolmogorov_smirnov;  // Of the finite numbers of both.

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

ProfilePair Match(const Profile& before, const Profile& after) {
  ProfilePair pair;
  for (const ColumnProfile& column : before.columns) {
    const ColumnProfile* const other = after.FindColumn(column.name);
    if (other == nullptr) {
      pair.columns_removed.push_back(column.name);
      continue;
    }
    pair.columns.push_back({column, *other, std::nullopt});
    if (!column.numbers.has_value() || !other->numbers.has_value()) continue;
    pair.columns.back().kolmogorov_smirnov =
        KolmogorovSmirnov(column.numbers->quantiles, other->numbers->quantiles);
  }
  for (const ColumnProfile& column : after.columns) {
    if (before.FindColumn(column.name) == nullptr) pair.columns_added.push_back(column.name);
  }
  return pair;
}

std::string DistanceText(const BoundedDistance& distance) {
  return BriefNumber(distance.value) +
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
    const double old_mean = pair.before.numbers->mean;
    const double new_mean = pair.after.numbers->mean;
    if (old_mean != new_mean) {
      say("mean " + BriefNumber(old_mean) + " became " + BriefNumber(new_mean));
    }
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
    const auto is_same = column.is_same();
    columns.Append(Json()
                       .Set("column", Shown(column.before.name))
                       .Set("same_values", is_same.has_value() ? Json(*is_same) : Json())
                       .Set("kolmogorov_smirnov",
                            distance.has_value() ? NumberToJson(distance->value) : Json())
                       .Set("kolmogorov_smirnov_error",
                            distance.has_value() ? NumberToJson(distance->error) : Json())
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
