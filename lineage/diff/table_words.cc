// What is said of two tables.

#include <algorithm>

#include "lineage/compare/wording.h"
#include "lineage/diff/table_diff.h"
#include "lineage/run_record.h"

namespace reprise::lineage {
namespace {

constexpr double kModerate = 0.1;

Json NamesToJson(const std::vector<std::string>& names) {
  Json json = Json::Array{};
  for (const std::string& name : names) json.Append(Shown(name));
  return json;
}

Json OptionalNumber(const std::optional<double>& number) {
  return number.has_value() ? NumberToJson(*number) : Json();
}

Json SideToJson(const ColumnSide& side, bool is_time) {
  const auto value = [&](const std::optional<double>& number) {
    return is_time && number.has_value() ? Json(BriefTime(*number)) : OptionalNumber(number);
  };
  return Json()
      .Set("rows", CountToJson(side.rows))
      .Set("missing", CountToJson(side.missing))
      .Set("min", value(side.min))
      .Set("max", value(side.max))
      .Set("mean", value(side.mean));
}

std::string_view KindOf(const ColumnDiff& column) {
  if (column.is_time) return "time";
  return column.is_number ? "number" : "text";
}

Json ColumnToJson(const ColumnDiff& column) {
  return Json()
      .Set("column", Shown(column.name))
      .Set("kind", KindOf(column))
      .Set("kolmogorov_smirnov", OptionalNumber(column.kolmogorov_smirnov))
      .Set("population_stability", OptionalNumber(column.population_stability))
      .Set("stability_by_chance",
           column.population_stability.has_value() ? Json(column.stability_by_chance) : Json())
      .Set("withheld", column.is_withheld)
      .Set("before", SideToJson(column.before, column.is_time))
      .Set("after", SideToJson(column.after, column.is_time))
      .Set("values_added", CountToJson(column.values_added))
      .Set("values_removed", CountToJson(column.values_removed))
      .Set("first_added", NamesToJson(column.added))
      .Set("first_removed", NamesToJson(column.removed));
}

Json ExamplesToJson(const std::vector<RowExample>& examples) {
  Json json = Json::Array{};
  for (const RowExample& example : examples) {
    json.Append(Json().Set("row", CountToJson(example.row)).Set("text", example.text));
  }
  return json;
}

Json OptionalCount(const std::optional<std::uint64_t>& count) {
  return count.has_value() ? CountToJson(*count) : Json();
}

std::string SentenceOf(const TableDiff& diff) {
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (!diff.columns_removed.empty()) say("columns removed: " + ListQuoted(diff.columns_removed));
  if (!diff.columns_added.empty()) say("columns added: " + ListQuoted(diff.columns_added));
  if (diff.columns_reordered) say("columns in another order");
  if (diff.has_repeated_names) say("names that are there again are numbered");
  if (!diff.same_delimiter) say("another delimiter");
  if (diff.rows_before != diff.rows_after) {
    say(Counted(diff.rows_before, "row") + " became " + std::to_string(diff.rows_after));
  }
  if (diff.rows_reordered) say("the same rows in another order");
  if (diff.rows_removed.value_or(0) + diff.rows_added.value_or(0) > 0) {
    say(Counted(*diff.rows_removed, "row") + " removed, " + std::to_string(*diff.rows_added) +
        " added");
  }
  const auto has_shifted = [](const ColumnDiff& column) {
    return column.population_stability.value_or(0) >=
           std::max(kModerate, column.stability_by_chance);
  };
  const auto worst = std::ranges::find_if(diff.columns, has_shifted);
  if (worst != diff.columns.end()) {
    say(std::string(StabilityWord(*worst)) + " in column " + Quoted(worst->name));
  }
  if (text.empty()) say("the same cells; only quotes or the ends of lines differ");
  if (!diff.columns_withheld.empty()) {
    say("without the values of " + ListQuoted(diff.columns_withheld) + ", tagged pii");
  }
  return text;
}

std::string ColumnLine(const ColumnDiff& column) {
  std::string text = "column " + Quoted(column.name) + ":";
  if (column.kolmogorov_smirnov.has_value()) {
    text += " Kolmogorov–Smirnov " + BriefNumber(*column.kolmogorov_smirnov) + ",";
  }
  if (column.population_stability.has_value()) {
    text += " stability index " + BriefNumber(*column.population_stability) + " (" +
            std::string(StabilityWord(column)) + ")";
  } else {
    text += " no stability index";
  }
  if (column.before.mean != column.after.mean && column.before.mean.has_value() &&
      column.after.mean.has_value()) {
    const auto value = column.is_time ? BriefTime : BriefNumber;
    text += "; mean " + value(*column.before.mean) + " became " + value(*column.after.mean);
  }
  if (column.before.missing != column.after.missing) {
    text += "; " + std::to_string(column.before.missing) + " missing became " +
            std::to_string(column.after.missing);
  }
  if (column.is_withheld && column.values_removed + column.values_added > 0) {
    text += "; " + Counted(column.values_removed, "value") + " gone, " +
            std::to_string(column.values_added) + " new";
  }
  if (!column.removed.empty()) text += "; values gone: " + ListQuoted(column.removed);
  if (!column.added.empty()) text += "; new values: " + ListQuoted(column.added);
  return text;
}

}  // namespace

std::string_view StabilityWord(double population_stability, double by_chance) {
  if (population_stability < kModerate) return "stable";
  if (population_stability <= by_chance) return "within chance";
  constexpr double kLarge = 0.25;
  return population_stability < kLarge ? "a moderate shift" : "a large shift";
}

std::string_view StabilityWord(const ColumnDiff& column) {
  return StabilityWord(column.population_stability.value_or(0), column.stability_by_chance);
}

ContentDifference DescribeTables(const TableDiff& diff) {
  Json columns = Json::Array{};
  for (const ColumnDiff& column : diff.columns) columns.Append(ColumnToJson(column));
  Json details = Json()
                     .Set("has_header", diff.has_header)
                     .Set("same_delimiter", diff.same_delimiter)
                     .Set("columns_added", NamesToJson(diff.columns_added))
                     .Set("columns_removed", NamesToJson(diff.columns_removed))
                     .Set("columns_reordered", diff.columns_reordered)
                     .Set("columns_withheld", NamesToJson(diff.columns_withheld))
                     .Set("repeated_names", diff.has_repeated_names)
                     .Set("rows_before", CountToJson(diff.rows_before))
                     .Set("rows_after", CountToJson(diff.rows_after))
                     .Set("rows_added", OptionalCount(diff.rows_added))
                     .Set("rows_removed", OptionalCount(diff.rows_removed))
                     .Set("rows_reordered", diff.rows_reordered)
                     .Set("first_added", ExamplesToJson(diff.added))
                     .Set("first_removed", ExamplesToJson(diff.removed))
                     .Set("columns", std::move(columns))
                     .Set("sampled_share", diff.sampled_share)
                     .Set("sampling_error", diff.sampling_error);
  return {.kind = "table", .sentence = SentenceOf(diff), .details = std::move(details)};
}

std::vector<std::string> TableLines(const TableDiff& diff) {
  std::vector<std::string> lines;
  for (const ColumnDiff& column : diff.columns) {
    const bool has_shifted = column.population_stability.value_or(0) > 0 ||
                             column.kolmogorov_smirnov.value_or(0) > 0 ||
                             column.before.missing != column.after.missing;
    if (has_shifted) lines.push_back(ColumnLine(column));
  }
  if (diff.sampled_share < 1) {
    lines.push_back("distributions are those of a sample of 1/" +
                    std::to_string(static_cast<std::uint64_t>(1 / diff.sampled_share)) +
                    " of the rows; Kolmogorov–Smirnov within " + BriefNumber(diff.sampling_error));
  }
  for (const RowExample& row : diff.removed) {
    lines.push_back("- row " + std::to_string(row.row) + ": " + row.text);
  }
  for (const RowExample& row : diff.added) {
    lines.push_back("+ row " + std::to_string(row.row) + ": " + row.text);
  }
  return lines;
}

}  // namespace reprise::lineage
