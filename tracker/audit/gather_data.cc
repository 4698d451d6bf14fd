#include <set>

#include "lineage/capture/project_settings.h"
#include "storage/tree.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/bundle_data.h"
#include "tracker/column_settings.h"
#include "tracker/profiles.h"

namespace reprise::tracker {
namespace {

// The settings of a project, and where they stand.
struct FoundSettings {
  Digest digest;
  ColumnSettings columns;
};

// The reprise.toml among the code of a run.  What cannot be read tags no column.
std::optional<FoundSettings> SettingsOf(Store& store, const BundleContent& content,
                                        const StoredRun& run) {
  if (!run.code.has_value()) return std::nullopt;
  const auto tree = content.documents.find(run.code->tree);
  if (tree == content.documents.end()) return std::nullopt;
  storage::TreeDecoder decoder;
  decoder.Feed(tree->second);
  for (;;) {
    const auto entry = decoder.Next();
    if (!entry.ok() || !entry->has_value()) return std::nullopt;
    if ((*entry)->name != capture::kProjectSettingsName) continue;
    if ((*entry)->size_bytes > capture::kProjectSettingsBytesMax) return std::nullopt;
    const auto text = store.objects().Get((*entry)->digest);
    if (!text.ok()) return std::nullopt;
    auto settings = capture::ParseProjectSettings(*text);
    if (!settings.ok()) return std::nullopt;
    FoundSettings found;
    found.digest = (*entry)->digest;
    found.columns.columns = std::move(settings->columns);
    return found;
  }
}

class DataGatherer {
 public:
  DataGatherer(Store& store, BundleContent& content) : store_(store), content_(content) {}

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
    std::optional<FoundSettings> settings;
    bool looked = false;
    for (const lineage::ArtifactUse& input : run.recipe->inputs) {
      if (only_from_outside && written_.contains(input.digest)) continue;
      if (content_.data.contains(input.digest)) continue;
      if (!looked) settings = SettingsOf(store_, content_, run);
      looked = true;
      REPRISE_TRY(AddInput(input, settings));
    }
    return {};
  }

  Result<void> AddInput(const lineage::ArtifactUse& input,
                        const std::optional<FoundSettings>& settings) {
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
      if (settings.has_value() && table.profile.has_value()) TagColumns(*settings, data, table);
      data.tables.push_back(std::move(table));
    }
    return {};
  }

  static void TagColumns(const FoundSettings& settings, BundleData& data, BundleTable& table) {
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

Result<void> GatherData(Store& store, BundleContent& content) {
  return DataGatherer(store, content).Gather();
}

}  // namespace reprise::tracker
