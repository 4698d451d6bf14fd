// Profiles a table from its bytes, which arrive in parts, in bounded memory.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/profile/column_builder.h"
#include "lineage/profile/profile.h"
#include "lineage/table/record_reader.h"

namespace reprise::lineage {

inline constexpr std::size_t kProfileColumnsMax = 2000;

class ProfileBuilder {
 public:
  ProfileBuilder();
  ProfileBuilder(const ProfileBuilder&) = delete;
  ProfileBuilder& operator=(const ProfileBuilder&) = delete;

  // False: the bytes are no table; nothing more needs to come.
  bool Feed(std::string_view part);
  // The profile, with `problem` in place of columns where the bytes are no table; `content` is left
  // to the caller.
  Profile Finish();

 private:
  Result<void> AddRecord(std::span<const std::string_view> fields);
  Result<void> Begin(std::span<const std::string_view> fields);

  RecordReader reader_;
  bool has_begun_ = false;
  Profile profile_;
  std::vector<ColumnBuilder> columns_;
};

}  // namespace reprise::lineage
