#include "tracker/leak.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <set>

#include "lineage/profile/profile_builder.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using lineage::ContentFile;

constexpr std::array<std::string_view, 4> kRoleNames = {"train", "validation", "test", "holdout"};

// The role of one word in lower case.
std::optional<SplitRole> RoleOfWord(std::string_view word) {
  if (word == "train" || word == "training") return SplitRole::kTrain;
  if (word == "validation" || word == "valid" || word == "val" || word == "dev") {
    return SplitRole::kValidation;
  }
  if (word == "test" || word == "testing") return SplitRole::kTest;
  if (word == "holdout") return SplitRole::kHoldout;
  return std::nullopt;
}

// Finds and compares what the files of a run share.
class LeakFinder {
 public:
  LeakFinder(Store& store, const LeakOptions& options) : store_(store), options_(options) {}

  Result<LeakReport> Find(const std::vector<lineage::ArtifactUse>& inputs) {
    REPRISE_TRY(GatherFiles(inputs));
    if (!report_.has_two_roles()) return std::move(report_);
    std::map<SplitRole, std::vector<std::size_t>> by_role;
    for (std::size_t i = 0; i < report_.files.size(); ++i) {
      by_role[report_.files[i].role].push_back(i);
    }
    for (auto a = by_role.begin(); a != by_role.end(); ++a) {
      for (auto b = std::next(a); b != by_role.end(); ++b) {
        REPRISE_TRY(CompareContent(a->second, b->second));
        REPRISE_TRY(CompareTables(a->second, b->second));
      }
    }
    for (auto& [places, pair] : pairs_) report_.pairs.push_back(std::move(pair));
    return std::move(report_);
  }

 private:
  using Places = std::pair<std::size_t, std::size_t>;  // In report_.files.

  Result<void> GatherFiles(const std::vector<lineage::ArtifactUse>& inputs) {
    for (const lineage::ArtifactUse& use : inputs) {
      const auto files =
          lineage::FilesOf(store_.objects(), use, options_.files_max.value_or(SIZE_MAX));
      if (!files.ok()) {
        if (!IsDamage(files.error())) return files.error();
        NotChecked("the folder " + Printable(use.path) + " is not stored, or damaged");
        continue;
      }
      for (const ContentFile& file : *files) {
        if (file.size_bytes == 0) continue;
        auto role = SplitRoleOf(file.role);
        const bool is_given = role.has_value();
        // A file that has another role has been given that one on purpose.
        if (!is_given && file.role.empty()) role = SplitRoleOfPath(file.path);
        if (!role.has_value()) continue;
        if (options_.files_max.has_value() && report_.files.size() >= *options_.files_max) {
          NotChecked("only the first " + std::to_string(*options_.files_max) +
                     " files were compared");
          return {};
        }
        report_.files.push_back({*role, is_given, file});
      }
    }
    return {};
  }

  LeakingPair& PairOf(std::size_t a, std::size_t b) {
    LeakingPair& pair = pairs_[{a, b}];
    pair.a = report_.files[a];
    pair.b = report_.files[b];
    return pair;
  }

  void NotChecked(std::string sentence) {
    if (std::ranges::find(report_.not_checked, sentence) == report_.not_checked.end()) {
      report_.not_checked.push_back(std::move(sentence));
    }
  }

  std::vector<ContentFile> Files(const std::vector<std::size_t>& places) const {
    std::vector<ContentFile> files;
    for (const std::size_t place : places) files.push_back(report_.files[place].file);
    return files;
  }

  Result<void> CompareContent(const std::vector<std::size_t>& a,
                              const std::vector<std::size_t>& b) {
    REPRISE_ASSIGN_OR_RETURN(const lineage::ContentOverlap overlap,
                             lineage::FindContentOverlap(store_.objects(), Files(a), Files(b)));
    for (const std::string& path : overlap.unread) {
      NotChecked("the chunks of " + Printable(path) +
                 " are not known: it is not stored, or "
                 "damaged");
    }
    for (const lineage::SharingFiles& files : overlap.files) {
      PairOf(a[files.a], b[files.b]).shared_bytes = files.shared_bytes;
    }
    std::map<Digest, std::size_t> known;
    for (const std::size_t place : a) known.emplace(report_.files[place].file.digest, place);
    for (const std::size_t place : b) {
      const auto same = known.find(report_.files[place].file.digest);
      if (same == known.end()) continue;
      LeakingPair& pair = PairOf(same->second, place);
      pair.is_same_file = true;
      pair.shared_bytes = report_.files[place].file.size_bytes;
    }
    return {};
  }

  Result<void> CompareTables(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    for (const std::size_t first : a) {
      if (!lineage::IsTableName(report_.files[first].file.path)) continue;
      for (const std::size_t second : b) {
        if (!lineage::IsTableName(report_.files[second].file.path)) continue;
        const auto known = pairs_.find({first, second});
        if (known != pairs_.end() && known->second.is_same_file) continue;
        REPRISE_TRY(CompareRows(first, second));
      }
    }
    return {};
  }

  Result<void> CompareRows(std::size_t a, std::size_t b) {
    const ContentFile& first = report_.files[a].file;
    const ContentFile& second = report_.files[b].file;
    if (!TakeFromBudget(first) || !TakeFromBudget(second)) return {};
    REPRISE_ASSIGN_OR_RETURN(const auto a_names, NamesOf(first));
    REPRISE_ASSIGN_OR_RETURN(const auto b_names, NamesOf(second));
    if (!a_names.has_value() || !b_names.has_value()) return {};  // It has been told.
    std::vector<std::string> common;
    for (const std::string& name : *a_names) {
      if (std::ranges::find(*b_names, name) != b_names->end()) common.push_back(name);
    }
    if (common.empty() || common.size() * 2 < std::max(a_names->size(), b_names->size())) {
      NotChecked("the rows of " + Printable(first.path) + " and " + Printable(second.path) +
                 " were not compared: most of their columns have different names");
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(const auto a_rows, RowsOf(first, common));
    REPRISE_ASSIGN_OR_RETURN(const auto b_rows, RowsOf(second, common));
    if (a_rows == nullptr || b_rows == nullptr) return {};
    lineage::SharedRows shared = lineage::FindSharedRows(*a_rows, *b_rows);
    if (shared.b_shared == 0) return {};
    LeakingPair& pair = PairOf(a, b);
    pair.rows = std::move(shared);
    pair.columns = std::move(common);
    return {};
  }

  // Each table is read once for each set of columns; its bytes count once.
  bool TakeFromBudget(const ContentFile& file) {
    if (!options_.table_bytes_max.has_value() || budgeted_.contains(file.digest)) return true;
    if (file.size_bytes > *options_.table_bytes_max - table_bytes_) {
      NotChecked("the rows of " + Printable(file.path) +
                 " were not compared here, as that takes long: `reprise lineage leak` does it");
      return false;
    }
    table_bytes_ += file.size_bytes;
    budgeted_.insert(file.digest);
    return true;
  }

  // The names of its columns without those to ignore.
  Result<std::optional<std::vector<std::string>>> NamesOf(const ContentFile& file) {
    std::optional<std::vector<std::string>> names;
    const auto read = [&]() -> Result<void> {
      REPRISE_ASSIGN_OR_RETURN(const auto stream, store_.objects().Open(file.digest));
      std::string start;
      for (bool more = true; more && !names.has_value();) {
        REPRISE_ASSIGN_OR_RETURN(more, stream->Next(start));
        names = lineage::ColumnNames(start, !more);
        if (start.size() > lineage::kRecordBytesMax) break;
      }
      return {};
    };
    if (auto done = read(); !done.ok()) {
      if (!IsDamage(done.error())) return std::move(done).error();
      names.reset();
    }
    if (!names.has_value()) {
      NotChecked("the rows of " + Printable(file.path) +
                 " were not compared: it is no table, not stored, or damaged");
      return names;
    }
    std::erase_if(*names, [&](const std::string& name) {
      return std::ranges::find(options_.ignored_columns, name) != options_.ignored_columns.end();
    });
    return names;
  }

  // nullptr: it is no table, as is told then.
  Result<std::shared_ptr<const lineage::TableRows>> RowsOf(
      const ContentFile& file, const std::vector<std::string>& columns) {
    auto& kept = rows_[{file.digest, columns}];
    if (kept != nullptr) return kept;
    lineage::RowHasher hasher(columns);
    std::string problem;
    REPRISE_ASSIGN_OR_RETURN(const auto stream, store_.objects().Open(file.digest));
    std::string part;
    for (bool more = true; more && problem.empty();) {
      part.clear();
      auto next = stream->Next(part);
      if (!next.ok()) {
        if (!IsDamage(next.error())) return std::move(next).error();
        problem = "it is damaged";
        break;
      }
      more = *next;
      if (const auto fed = hasher.Feed(part); !fed.ok()) problem = fed.error().message;
    }
    if (problem.empty()) {
      auto finished = hasher.Finish();
      if (finished.ok()) {
        kept = std::make_shared<const lineage::TableRows>(*std::move(finished));
        return kept;
      }
      problem = finished.error().message;
    }
    NotChecked("the rows of " + Printable(file.path) + " were not compared: " + problem);
    return std::shared_ptr<const lineage::TableRows>();
  }

  Store& store_;
  const LeakOptions& options_;
  LeakReport report_;
  std::map<Places, LeakingPair> pairs_;
  std::map<std::pair<Digest, std::vector<std::string>>, std::shared_ptr<const lineage::TableRows>>
      rows_;
  std::uint64_t table_bytes_ = 0;
  std::set<Digest> budgeted_;
};

std::string NameOf(const LeakFile& file) {
  return std::string(SplitRoleName(file.role)) + " " + Printable(file.file.path);
}

std::string Percent(std::uint64_t part, std::uint64_t whole) {
  const std::uint64_t tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string RowSentence(const LeakingPair& pair) {
  const lineage::SharedRows& rows = *pair.rows;
  std::string text =
      std::to_string(rows.b_shared) + " of the " + std::to_string(rows.b_rows) + " rows of " +
      std::string(SplitRoleName(pair.b.role)) + " (" + Percent(rows.b_shared, rows.b_rows) +
      ") are among the " + std::to_string(rows.a_rows) + " of " +
      std::string(SplitRoleName(pair.a.role)) + ", by " + std::to_string(pair.columns.size()) +
      (pair.columns.size() == 1 ? " column" : " columns");
  for (std::size_t i = 0; i < rows.first.size(); ++i) {
    text += (i == 0 ? ": row " : ", row ") + std::to_string(rows.first[i].first) + " is row " +
            std::to_string(rows.first[i].second);
  }
  if (rows.b_shared > rows.first.size()) text += ", …";
  if (rows.a_repeated * 2 > rows.a_rows) {
    text += " (" + Percent(rows.a_repeated, rows.a_rows) + " of the rows of " +
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

std::string_view SplitRoleName(SplitRole role) {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<SplitRole> SplitRoleOf(std::string_view role) {
  std::string word;
  std::string before;
  for (std::size_t i = 0; i <= role.size(); ++i) {
    const auto c = i < role.size() ? static_cast<unsigned char>(role[i]) : 0;
    if (std::isalpha(c) != 0) {
      word += static_cast<char>(std::tolower(c));
      continue;
    }
    if (word.empty()) continue;
    if (const auto found = RoleOfWord(word)) return found;
    if (before == "hold" && word == "out") return SplitRole::kHoldout;
    before = std::exchange(word, {});
  }
  return std::nullopt;
}

std::optional<SplitRole> SplitRoleOfPath(std::string_view path) {
  // Where a file lies outside of the project says nothing of what it is to the run.
  const bool name_only = path.starts_with('/');
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
    if (const auto role = SplitRoleOf(name)) return role;
    if (name_only) break;
    path = slash == path.npos ? std::string_view() : path.substr(0, slash);
  }
  return std::nullopt;
}

bool LeakReport::has_two_roles() const {
  return std::ranges::any_of(files,
                             [&](const LeakFile& file) { return file.role != files.front().role; });
}

Result<LeakReport> FindLeaks(Store& store, const std::vector<lineage::ArtifactUse>& inputs,
                             const LeakOptions& options) {
  return LeakFinder(store, options).Find(inputs);
}

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
                Percent(pair.shared_bytes, pair.b.file.size_bytes) + " of " +
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
  Json not_checked = Json::Array{};
  for (const std::string& sentence : report.not_checked) not_checked.Append(sentence);
  return Json()
      .Set("found", !report.pairs.empty())
      .Set("pairs", std::move(pairs))
      .Set("files", std::move(files))
      .Set("not_checked", std::move(not_checked));
}

}  // namespace reprise::tracker
