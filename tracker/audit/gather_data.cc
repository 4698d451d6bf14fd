#include <set>

#include "tracker/audit/bundle_content.h"
#include "tracker/audit/bundle_data.h"
#include "tracker/personal_columns.h"
#include "tracker/profiles.h"

namespace reprise::tracker {
namespace {

class DataGatherer {
 public:
  DataGatherer(Store& store, const lineage::IsPersonal& is_personal, BundleContent& content)
      : store_(store), is_personal_(is_personal), content_(content) {}

  Result<void> Gather() {
    for (const StoredRun& run : content_.upstream) {
      for (const lineage::ArtifactUse& output : run.record.outputs) written_.insert(output.digest);
    }
    for (const StoredRun& run : content_.runs) REPRISE_TRY(AddRun(run, false));
    for (const StoredRun& run : content_.upstream) REPRISE_TRY(AddRun(run, true));
    return {};
  }

 private:
  Result<void> AddRun(const StoredRun& run, bool only_from_outside) {
    if (!run.recipe.has_value()) return {};
    std::optional<RunColumnSettings> settings;
    bool looked = false;
    for (const lineage::ArtifactUse& input : run.recipe->inputs) {
      if (only_from_outside && written_.contains(input.digest)) continue;
      if (content_.data.contains(input.digest)) continue;
      if (!looked) {
        REPRISE_ASSIGN_OR_RETURN(settings, ColumnSettingsOf(store_, run));
      }
      looked = true;
      REPRISE_TRY(AddInput(input, settings));
    }
    return {};
  }

  Result<void> AddInput(const lineage::ArtifactUse& input,
                        const std::optional<RunColumnSettings>& settings) {
    BundleData& data = content_.data[input.digest];
    REPRISE_ASSIGN_OR_RETURN(data.tags, store_.TagsOf(input.digest.ToString()));
    if (tables_ >= kBundleTablesMax) return {};
    REPRISE_ASSIGN_OR_RETURN(const std::vector<TableFile> tables, TablesOf(store_, {input}));
    for (const TableFile& file : tables) {
      if (tables_++ >= kBundleTablesMax) break;
      BundleTable table{file.path, file.content, std::nullopt, {}};
      auto profile = StoredProfile(store_, file.content);
      if (!profile.ok() && profile.error().code == ErrorCode::kIoError) {
        return std::move(profile).error();
      }
      if (profile.ok()) table.profile = *std::move(profile);
      if (table.profile.has_value()) WithholdPersonal(*table.profile);
      if (settings.has_value() && table.profile.has_value()) TagColumns(*settings, data, table);
      data.tables.push_back(std::move(table));
    }
    return {};
  }

  void WithholdPersonal(lineage::Profile& profile) const {
    if (is_personal_ == nullptr) return;
    for (lineage::ColumnProfile& column : profile.columns) {
      if (is_personal_(column.name)) lineage::Withhold(column);
    }
  }

  static void TagColumns(const RunColumnSettings& settings, BundleData& data, BundleTable& table) {
    for (lineage::ColumnProfile& column : table.profile->columns) {
      std::vector<std::string> tags = settings.columns.TagsOf(column.name, {table.path});
      if (tags.empty()) continue;
      // It may have been tagged since its profile was made.
      const bool is_personal = std::ranges::find(tags, kPersonalTag) != tags.end();
      if (is_personal) lineage::Withhold(column);
      data.settings = settings.digest;
      table.tags[column.name] = std::move(tags);
    }
  }

  Store& store_;
  const lineage::IsPersonal& is_personal_;
  BundleContent& content_;
  std::set<Digest> written_;  // By runs of the bundle.
  std::size_t tables_ = 0;
};

}  // namespace

std::string BundleData::licence() const {
  for (const char* const key : {"licence", "license"}) {
    if (const auto tag = tags.find(key); tag != tags.end()) return tag->second;
  }
  return "";
}

Result<void> GatherData(Store& store, const lineage::IsPersonal& is_personal,
                        BundleContent& content) {
  return DataGatherer(store, is_personal, content).Gather();
}

}  // namespace reprise::tracker
