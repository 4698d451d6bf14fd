// What is said of a leak.

#include "lineage/document.h"
#include "storage/base/text_value.h"
#include "tracker/leak.h"

namespace reprise::tracker {
namespace {

std::string NameOf(const LeakFile& file) {
  return std::string(SplitRoleName(file.role)) + " " + Printable(file.file.path);
}

std::string RowSentence(const LeakingPair& pair) {
  const lineage::SharedRows& rows = *pair.rows;
  std::string text =
      std::to_string(rows.b_shared) + " of the " + std::to_string(rows.b_rows) + " rows of " +
      std::string(SplitRoleName(pair.b.role)) + " (" +
      lineage::PercentOf(rows.b_shared, rows.b_rows) + ") are among the " +
      std::to_string(rows.a_rows) + " of " + std::string(SplitRoleName(pair.a.role)) + ", by " +
      std::to_string(pair.columns.size()) + (pair.columns.size() == 1 ? " column" : " columns");
  for (std::size_t i = 0; i < rows.first.size(); ++i) {
    text += (i == 0 ? ": row " : ", row ") + std::to_string(rows.first[i].first) + " is row " +
            std::to_string(rows.first[i].second);
  }
  if (rows.b_shared > rows.first.size()) text += ", …";
  if (rows.a_repeated * 2 > rows.a_rows) {
    text += " (" + lineage::PercentOf(rows.a_repeated, rows.a_rows) + " of the rows of " +
            std::string(SplitRoleName(pair.a.role)) + " repeat others there: it may be chance)";
  }
  return text;
}

Json FileToJson(const LeakFile& file) {
  return Json()
      .Set("role", SplitRoleName(file.role))
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
      .Set("columns", std::move(columns))
      .Set("first", std::move(first));
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
                std::string(SplitRoleName(pair.b.role)) + ")";
      }
      if (pair.rows.has_value()) {
        text += (pair.shared_bytes > 0 ? ", and rows: " : "rows: ") + RowSentence(pair);
      }
    }
    sentences.push_back(std::move(text));
  }
  return sentences;
}

Json LeakToJson(const LeakReport& report) {
  Json files = Json::Array{};
  for (const LeakFile& file : report.files) files.Append(FileToJson(file));
  Json pairs = Json::Array{};
  for (const LeakingPair& pair : report.pairs) {
    pairs.Append(Json()
                     .Set("a", FileToJson(pair.a))
                     .Set("b", FileToJson(pair.b))
                     .Set("is_same_file", pair.is_same_file)
                     .Set("shared_bytes", pair.shared_bytes)
                     .Set("rows", RowsToJson(pair)));
  }
  return Json()
      .Set("found", !report.pairs.empty())
      .Set("pairs", std::move(pairs))
      .Set("files", std::move(files))
      .Set("complete", report.is_complete())
      .Set("not_checked", lineage::TextsToJson(report.not_checked));
}

}  // namespace reprise::tracker
