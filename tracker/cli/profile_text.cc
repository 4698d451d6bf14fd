#include "tracker/cli/profile_text.h"

#include <algorithm>

#include "lineage/compare/wording.h"
#include "lineage/document.h"
#include "lineage/table/header.h"
#include "tracker/cli/text.h"
#include "tracker/profiles.h"

namespace reprise::cli {
namespace {

using lineage::ColumnProfile;
using lineage::ColumnType;

// Appends `part`, after `separator` if it is not the first.
void AddPart(std::string_view part, std::string_view separator, std::string& text) {
  if (part.empty()) return;
  if (!text.empty()) text.append(separator);
  text.append(part);
}

// The median, with "~" where it may be another value near to it.
std::string MiddleOf(const ColumnProfile& column) {
  const auto mark = [](const lineage::QuantileSummary& quantiles) {
    return std::string(quantiles.rank_error > 0 ? "~" : "");
  };
  if (column.time_quantiles.has_value()) {
    return mark(*column.time_quantiles) + lineage::BriefTime(column.time_quantiles->Quantile(0.5));
  }
  if (!column.numbers.has_value()) return "";
  return mark(column.numbers->quantiles) + FormatBrief(column.numbers->quantiles.Quantile(0.5));
}

// "car 41 %, radio/tv 28 %"
std::string FrequentOf(const ColumnProfile& column, std::uint64_t rows) {
  constexpr std::size_t kShownMax = 3;
  constexpr std::size_t kShownBytesMax = 24;
  std::string text;
  for (std::size_t i = 0; i < std::min(column.frequent.size(), kShownMax); ++i) {
    std::string value = column.frequent[i].value;
    if (value.size() > kShownBytesMax) {
      value.resize(kShownBytesMax);
      value += "…";
    }
    const std::uint64_t percent = rows == 0 ? 0 : column.frequent[i].count * 100 / rows;
    AddPart(Printable(value) + " " + std::to_string(percent) + " %", ", ", text);
  }
  if (column.frequent.size() > kShownMax) text += ", …";
  return text;
}

std::vector<std::string> RowOf(const ColumnProfile& column, std::uint64_t rows,
                               const std::vector<std::string>& tags) {
  std::string min;
  std::string max;
  std::string mean;
  std::string deviation;
  if (column.integer_min.has_value()) {
    min = std::to_string(*column.integer_min);
    max = std::to_string(*column.integer_max);
  } else if (column.time_min.has_value()) {
    min = Printable(*column.time_min);
    max = Printable(*column.time_max);
  } else if (column.numbers.has_value()) {
    min = FormatBrief(column.numbers->min);
    max = FormatBrief(column.numbers->max);
  }
  if (column.numbers.has_value()) {
    mean = FormatBrief(column.numbers->mean);
    if (column.numbers->standard_deviation.has_value()) {
      deviation = FormatBrief(*column.numbers->standard_deviation);
    }
  }
  std::string remark;
  for (const std::string& tag : tags) AddPart(tag, ", ", remark);
  if (column.is_withheld) AddPart("values withheld", "; ", remark);
  AddPart(FrequentOf(column, rows), "; ", remark);
  return {"  " + Printable(column.name),
          std::string(lineage::ColumnTypeName(column.type)),
          std::to_string(column.missing),
          std::string(column.distinct_is_exact ? "" : "~") + std::to_string(column.distinct),
          min,
          MiddleOf(column),
          max,
          mean,
          deviation,
          remark};
}

}  // namespace

Result<ShownProfile> ProfileToShow(tracker::Store& store, const Context& context,
                                   const Digest& digest, std::optional<std::uint64_t> size_bytes,
                                   const std::vector<std::string>& paths) {
  ShownProfile shown;
  REPRISE_ASSIGN_OR_RETURN(const std::string project, context.ProjectFolder());
  REPRISE_ASSIGN_OR_RETURN(const tracker::ColumnSettings settings,
                           tracker::LoadColumnSettings(context.files, project));
  REPRISE_ASSIGN_OR_RETURN(shown.profile, tracker::StoredProfile(store, digest));
  if (!shown.profile.has_value()) {
    if (!std::ranges::any_of(paths, lineage::IsTableName) || !size_bytes.has_value()) return shown;
    if (*size_bytes > settings.profile_bytes_max) {
      shown.why_not = "not made: it is larger than " + FormatSize(settings.profile_bytes_max) +
                      " ([profile] max_mib in reprise.toml)";
      return shown;
    }
    auto made = tracker::ComputeProfile(store.objects(), digest);
    if (!made.ok()) {
      shown.why_not = "not made: " + made.error().message;
      return shown;
    }
    shown.profile = *std::move(made);
  }
  if (shown.profile->problem.has_value()) {
    shown.why_not = "none, as it is no table: " + *shown.profile->problem;
    shown.profile.reset();
    return shown;
  }
  for (ColumnProfile& column : shown.profile->columns) {
    shown.tags.push_back(settings.TagsOf(column.name, paths));
    const auto& tags = shown.tags.back();
    if (std::ranges::find(tags, tracker::kPersonalTag) != tags.end()) lineage::Withhold(column);
  }
  return shown;
}

void PrintProfile(const ShownProfile& shown, const Context& context) {
  if (!shown.why_not.empty()) context.out << "profile     " << Printable(shown.why_not) << "\n";
  if (!shown.profile.has_value()) return;
  const lineage::Profile& profile = *shown.profile;
  context.out << "profile     " << Counted(profile.rows, "row") << ", "
              << Counted(profile.columns.size(), "column")
              << (profile.has_repeated_names ? "; names that are there again are numbered" : "")
              << "\n";
  Table table({"  column", "type", ">missing", ">distinct", ">min", ">median", ">max", ">mean",
               ">deviation", ""});
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    table.Add(RowOf(profile.columns[i], profile.rows, shown.tags[i]));
  }
  table.Print(context.out, context.columns);
}

Json ProfileToJson(const ShownProfile& shown) {
  if (!shown.profile.has_value()) {
    return shown.why_not.empty() ? Json() : Json().Set("problem", shown.why_not);
  }
  const lineage::Profile& profile = *shown.profile;
  Json columns = Json::Array{};
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    columns.Append(
        lineage::ColumnToJson(profile.columns[i]).Set("tags", lineage::TextsToJson(shown.tags[i])));
  }
  return Json()
      .Set("rows", profile.rows)
      .Set("delimiter", std::string(1, profile.delimiter))
      .Set("has_header", profile.has_header)
      .Set("repeated_names", profile.has_repeated_names)
      .Set("columns", std::move(columns));
}

}  // namespace reprise::cli
