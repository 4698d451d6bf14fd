// What a bundle says of the data that its runs read: who may use it, what its columns hold, and
// which of them are personal or protected.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/compare/withheld_values.h"
#include "lineage/profile/profile.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::tracker {

class Store;
struct BundleContent;

// A table among the inputs; of one in a folder, with the folder's path.
struct BundleTable {
  std::string path;
  Digest content;
  std::optional<lineage::Profile> profile;               // The stored one.
  std::map<std::string, std::vector<std::string>> tags;  // Of columns: docs/reprise_toml.md.
};

struct BundleData {
  std::map<std::string, std::string> tags;  // Of the artifact.
  std::vector<BundleTable> tables;
  std::optional<Digest> settings;  // The reprise.toml that tags columns: of the run's code.

  // The value of a tag by which people name a licence: licence, license; "" where there is none.
  std::string licence() const;
};

// Fills BundleContent::data, whose runs and documents must be there already, for the inputs of its
// runs and, of the runs upstream, those that no run of the bundle wrote; at most so many tables.
// Columns that are personal by `is_personal`, if it is given, or by the run's own settings, are
// withheld, whenever their profile was made.
// Errors: those of reading the store; what is lost or damaged is passed over.
inline constexpr std::size_t kBundleTablesMax = 200;
Result<void> GatherData(Store& store, const lineage::IsPersonal& is_personal,
                        BundleContent& content);

}  // namespace reprise::tracker
