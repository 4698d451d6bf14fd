#include "lineage/profile/profile_builder.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "lineage/profile/field_value.h"

namespace reprise::lineage {

bool IsTableName(std::string_view path) {
  if (path.size() < 4) return false;
  std::string suffix(path.substr(path.size() - 4));
  for (char& c : suffix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return suffix == ".csv" || suffix == ".tsv";
}

bool IsHeader(std::span<const std::string_view> fields) {
  const std::set<std::string_view> names(fields.begin(), fields.end());
  return names.size() == fields.size() && std::ranges::none_of(fields, [](std::string_view field) {
           while (field.starts_with(' ')) field.remove_prefix(1);
           while (field.ends_with(' ')) field.remove_suffix(1);
           return field.empty() || (ReadFieldValue(field).types & kIsReal) != 0;
         });
}

ProfileBuilder::ProfileBuilder()
    : reader_([this](std::span<const std::string_view> fields) { return AddRecord(fields); }) {}

bool ProfileBuilder::Feed(std::string_view part) {
  if (profile_.problem.has_value()) return false;
  profile_.size_bytes += part.size();
  if (auto fed = reader_.Feed(part); !fed.ok()) profile_.problem = fed.error().message;
  return !profile_.problem.has_value();
}

Profile ProfileBuilder::Finish() {
  if (!profile_.problem.has_value()) {
    if (auto finished = reader_.Finish(); !finished.ok()) {
      profile_.problem = finished.error().message;
    } else if (!has_begun_) {
      profile_.problem = "it is empty";
    }
  }
  if (profile_.problem.has_value()) {
    Profile none;
    none.size_bytes = profile_.size_bytes;
    none.problem = std::move(profile_.problem);
    return none;
  }
  profile_.delimiter = reader_.delimiter().value_or(',');
  for (ColumnBuilder& column : columns_) profile_.columns.push_back(column.Finish());
  return std::move(profile_);
}

Result<void> ProfileBuilder::Begin(std::span<const std::string_view> fields) {
  has_begun_ = true;
  if (fields.size() > kProfileColumnsMax) {
    return Error{ErrorCode::kInvalidArgument,
                 "it has " + std::to_string(fields.size()) + " columns, and " +
                     std::to_string(kProfileColumnsMax) + " are profiled at most"};
  }
  profile_.has_header = IsHeader(fields);
  columns_.reserve(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    columns_.emplace_back(profile_.has_header ? std::string(fields[i]) : std::to_string(i + 1));
  }
  return {};
}

Result<void> ProfileBuilder::AddRecord(std::span<const std::string_view> fields) {
  const bool is_blank = fields.size() == 1 && fields[0].empty();
  if (!has_begun_) {
    if (is_blank) return {};
    REPRISE_TRY(Begin(fields));
    if (profile_.has_header) return {};
  }
  if (is_blank && columns_.size() > 1) return {};
  ++profile_.rows;
  if (fields.size() != columns_.size()) {
    return Error{ErrorCode::kInvalidArgument,
                 "row " + std::to_string(profile_.rows) + " has " + std::to_string(fields.size()) +
                     " fields, and the first record has " + std::to_string(columns_.size())};
  }
  for (std::size_t i = 0; i < fields.size(); ++i) columns_[i].Add(fields[i]);
  return {};
}

}  // namespace reprise::lineage
