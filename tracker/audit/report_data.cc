#include "tracker/audit/report_data.h"

#include <algorithm>
#include <set>

#include "lineage/run_record.h"
#include "storage/base/words.h"
#include "tracker/audit/report_records.h"
#include "tracker/audit/report_sections.h"
#include "tracker/audit/requirement_facts.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kShownColumnsMax = 300;

Html Text(const std::string& text) { return {HtmlText(text)}; }

// "from 19 to 75, mean 35.5", "4 values, most often A11"
std::string RangeText(const lineage::ColumnProfile& column) {
  const auto number = [](double value) { return CellText(lineage::NumberToJson(value)); };
  if (column.is_withheld) return "single values are withheld";
  if (column.numbers.has_value()) {
    const lineage::NumberSummary& numbers = *column.numbers;
    return number(numbers.min) + " to " + number(numbers.max) + ", mean " + number(numbers.mean);
  }
  if (column.time_min.has_value() && column.time_max.has_value()) {
    return *column.time_min + " to " + *column.time_max;
  }
  if (column.frequent.empty()) return "";
  return "most often " + column.frequent.front().value;
}

void WriteProfile(const BundleTable& table, HtmlWriter& page) {
  if (!table.profile.has_value()) return;
  const lineage::Profile& profile = *table.profile;
  if (profile.problem.has_value()) {
    return page.Paragraph(table.path + " has no profile of its columns: " + *profile.problem);
  }
  Rows rows;
  for (const lineage::ColumnProfile& column : profile.columns) {
    if (rows.size() >= kShownColumnsMax) break;
    const auto tags = table.tags.find(column.name);
    rows.push_back(
        {Plain(column.name), Plain(lineage::ColumnTypeName(column.type)),
         Number(std::to_string(column.missing)),
         Number((column.distinct_is_exact ? "" : "about ") + std::to_string(column.distinct)),
         Text(RangeText(column)), Text(tags == table.tags.end() ? "" : Joined(tags->second))});
  }
  page.Table({"Column", "Type", "Missing", "Different", "Values", "Tags"}, rows,
             "The table has no columns.",
             {"Columns of " + table.path + ", " + std::to_string(profile.rows) + " rows", "",
              kShownColumnsMax});
  if (profile.columns.size() > rows.size()) {
    page.Paragraph("Shown are the first " + std::to_string(rows.size()) + " of " +
                   std::to_string(profile.columns.size()) + " columns.");
  }
}

class DataWriter {
 public:
  DataWriter(const BundleContent& content, HtmlWriter& page) : content_(content), page_(page) {}

  void Add(const StoredRun& run, const lineage::ArtifactUse& input) {
    const auto data = content_.data.find(input.digest);
    if (data == content_.data.end() || !seen_.insert(input.digest).second) return;
    const lineage::CardData* const card = CardDataOf(content_, run, input.path);
    std::vector<Html> tags;
    for (const auto& [key, value] : data->second.tags) tags.push_back(Text(key + ": " + value));
    std::string licence = data->second.licence();
    if (licence.empty() && card != nullptr) licence = card->licence;
    rows_.push_back({Plain(input.path), Text(licence.empty() ? "not recorded" : licence),
                     Text(card == nullptr ? "" : card->origin),
                     Text(card == nullptr ? "" : card->labelling),
                     Text(PersonalText(data->second, card)), Lines(tags)});
    for (const BundleTable& table : data->second.tables) tables_.push_back(&table);
  }

  bool empty() const { return rows_.empty(); }

  void Write(const std::string& caption) {
    page_.Table({"Data", "Licence", "Origin and selection", "Labelling and cleaning",
                 "Personal and protected", "Tags"},
                rows_, "", {caption, ""});
    for (const BundleTable* const table : tables_) WriteProfile(*table, page_);
  }

 private:
  // "personal: name; protected: age, sex; …"
  static std::string PersonalText(const BundleData& data, const lineage::CardData* card) {
    std::map<std::string, std::set<std::string>> columns;
    for (const BundleTable& table : data.tables) {
      for (const auto& [column, tags] : table.tags) {
        for (const std::string& tag : tags) columns[tag].insert(column);
      }
    }
    std::vector<std::string> parts;
    for (const auto& [tag, name] : {std::pair("pii", "personal"), {"protected", "protected"}}) {
      if (columns.contains(tag)) parts.push_back(std::string(name) + ": " + Joined(columns[tag]));
    }
    if (card != nullptr && !card->personal.empty()) parts.push_back(card->personal);
    return parts.empty() ? "none are tagged" : Joined(parts, "; ");
  }

  const BundleContent& content_;
  HtmlWriter& page_;
  std::set<Digest> seen_;
  Rows rows_;
  std::vector<const BundleTable*> tables_;
};

}  // namespace

const lineage::CardData* CardDataOf(const BundleContent& content, const StoredRun& run,
                                    const std::string& path) {
  for (const BundleModel& model : content.governance.models) {
    if (!model.card.has_value() || model.model.version.run != run.record.id) continue;
    const auto found = std::ranges::find(model.card->data, path, &lineage::CardData::path);
    if (found != model.card->data.end()) return &*found;
  }
  return nullptr;
}

void WriteData(const BundleContent& content, const StoredRun& run, HtmlWriter& page) {
  if (!run.recipe.has_value()) return;
  DataWriter writer(content, page);
  for (const lineage::ArtifactUse& input : run.recipe->inputs) writer.Add(run, input);
  if (!writer.empty()) writer.Write("What is known of the inputs");
}

void WriteDataUpstream(const BundleContent& content, HtmlWriter& page) {
  std::set<Digest> told;
  for (const StoredRun& run : content.runs) {
    if (!run.recipe.has_value()) continue;
    for (const lineage::ArtifactUse& input : run.recipe->inputs) told.insert(input.digest);
  }
  DataWriter writer(content, page);
  for (const StoredRun& run : content.upstream) {
    if (!run.recipe.has_value()) continue;
    for (const lineage::ArtifactUse& input : run.recipe->inputs) {
      if (!told.contains(input.digest)) writer.Add(run, input);
    }
  }
  if (!writer.empty()) writer.Write("Data of the runs upstream that came from outside");
}

}  // namespace reprise::tracker
