#include "lineage/profile/profile_builder.h"

#include "lineage/table/header.h"

namespace reprise::lineage {

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
  ColumnNames columns = ReadColumnNames(fields);
  profile_.has_header = columns.has_header;
  profile_.has_repeated_names = columns.has_repeated;
  columns_.reserve(fields.size());
  for (std::string& name : columns.names) columns_.emplace_back(std::move(name));
  return {};
}

Result<void> ProfileBuilder::AddRecord(std::span<const std::string_view> fields) {
  const bool is_blank = IsBlankRecord(fields);
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
