// What is said of a leak.

#include <cmath>

#include "lineage/document.h"
#include "storage/base/text_value.h"
#include "tracker/leak.h"

namespace reprise::tracker {
namespace {

std::string NameOf(const LeakFile& file) {
  return Printable(file.role.name()) + " " + Printable(file.file.path);
}

// "3 of the 203 rows of test (1.5 %) are among the 800 of train, by 4 columns".
std::string ShareOf(const LeakingPair& pair) {
  const lineage::SharedRows& rows = *pair.rows;
  const std::string columns =
      std::to_string(pair.columns.size()) + (pair.columns.size() == 1 ? " column" : " columns");
  return std::to_string(rows.b_shared) + " of the " + std::to_string(rows.b_rows) + " rows of " +
         Printable(pair.b.role.name()) + " (" + lineage::PercentOf(rows.b_shared, rows.b_rows) +
         ") are among the " + std::to_string(rows.a_rows) + " of " + Printable(pair.a.role.name()) +
         ", by " + (pair.columns.empty() ? "whole lines" : columns);
}

std::string RowSentence(const LeakingPair& pair) {
  const lineage::SharedRows& rows = *pair.rows;
  std::string text = ShareOf(pair);
  for (std::size_t i = 0; i < rows.first.size(); ++i) {
    text += (i == 0 ? ": row " : ", row ") + std::to_string(rows.first[i].first) + " is row " +
            std::to_string(rows.first[i].second);
  }
  if (rows.b_shared > rows.first.size()) text += ", …";
  if (rows.a_repeated * 2 > rows.a_rows) {
    text += " (" + lineage::PercentOf(rows.a_repeated, rows.a_rows) + " of the rows of " +
            Printable(pair.a.role.name()) + " repeat others there: it may be chance)";
  }
  return text;
}

Json FileToJson(const LeakFile& file) {
  return Json()
      .Set("role", BytesToJson(file.role.name()))
      .Set("role_is_given", file.role_is_given)
      .Set("path", BytesToJson(file.file.path))
      .Set("digest", file.file.digest.ToString())
      .Set("size_bytes", file.file.size_bytes);
}

Json RowsToJson(const LeakingPair& pair) {
  if (!pair.rows.has_value()) return {};
  Json columns = Json::Array{};
  for (const std::string& column : pair.columns) columns.Append(BytesToJson(column));
  Json first = Json::Array{};
  for (const auto& [b, a] : pair.rows->first) first.Append(Json().Set("a", a).Set("b", b));
  return Json()
      .Set("a_rows", pair.rows->a_rows)
      .Set("b_rows", pair.rows->b_rows)
      .Set("a_shared", pair.rows->a_shared)
      .Set("b_shared", pair.rows->b_shared)
      .Set("a_repeated", pair.rows->a_repeated)
      .Set("b_expected_by_chance", pair.expected_rows)
      .Set("columns", std::move(columns))
      .Set("first", std::move(first));
}

Json PairsToJson(const std::vector<LeakingPair>& pairs) {
  Json json = Json::Array{};
  for (const LeakingPair& pair : pairs) {
    json.Append(Json()
                    .Set("a", FileToJson(pair.a))
                    .Set("b", FileToJson(pair.b))
                    .Set("is_same_file", pair.is_same_file)
                    .Set("shared_bytes", pair.shared_bytes)
                    .Set("rows", RowsToJson(pair)));
  }
  return json;
}

}  // namespace

std::vector<std::string> LeakSentences(const LeakReport& report) {
  std::vector<std::string> sentences;
  for (const LeakingPair& pair : report.pairs) {
    std::string text = NameOf(pair.a) + " and " + NameOf(pair.b);
    if (pair.is_same_file) {
      text += " are the same file, of " + std::to_string(pair.b.file.size_bytes) + " bytes";
    } else {
      text += " share ";
      if (pair.shared_bytes > 0) {
        text += std::to_string(pair.shared_bytes) + " bytes (" +
                lineage::PercentOf(pair.shared_bytes, pair.b.file.size_bytes) + " of " +
                Printable(pair.b.role.name()) + ")";
      }
      if (pair.rows.has_value()) {
        text += (pair.shared_bytes > 0 ? ", and rows: " : "rows: ") + RowSentence(pair);
      }
    }
    sentences.push_back(std::move(text));
  }
  return sentences;
}

std::vector<std::string> ChanceSentences(const LeakReport& report) {
  std::vector<std::string> sentences;
  for (const LeakingPair& pair : report.by_chance) {
    const auto expected = static_cast<std::uint64_t>(std::ceil(pair.expected_rows));
    sentences.push_back(NameOf(pair.a) + " and " + NameOf(pair.b) +
                        " hold rows that tell little: " + ShareOf(pair) + ", and up to " +
                        std::to_string(expected) + " would be by chance");
  }
  return sentences;
}

Json LeakToJson(const LeakReport& report) {
  Json files = Json::Array{};
  for (const LeakFile& file : report.files) files.Append(FileToJson(file));
  std::vector<std::string> not_checked = report.not_checked;
  not_checked.insert(not_checked.end(), report.not_read.begin(), report.not_read.end());
  return Json()
      .Set("found", !report.pairs.empty())
      .Set("pairs", PairsToJson(report.pairs))
      .Set("by_chance", PairsToJson(report.by_chance))
      .Set("files", std::move(files))
      .Set("complete", report.is_complete())
      .Set("not_checked", lineage::TextsToJson(not_checked));
}

}  // namespace reprise::tracker
