#include "tracker/leak_rows.h"

#include <algorithm>

#include "lineage/compare/content_difference.h"
#include "lineage/table/header.h"
#include "lineage/table/json_rows.h"
#include "storage/base/nearest.h"
#include "storage/base/text_value.h"
#include "tracker/row_files.h"

namespace reprise::tracker {
namespace {

using lineage::ContentFile;
using Columns = std::vector<std::string>;

// What tables are compared by: JSON Lines by whatever stands in a line, without columns.
struct RowKind {
  RowFormat format = RowFormat::kDelimited;
  Columns columns;

  friend auto operator<=>(const RowKind&, const RowKind&) = default;
};

// Tables are compared over so many sets of columns at most, for each of which they are read.
constexpr std::size_t kColumnSetsMax = 64;

class RowComparer {
 public:
  RowComparer(storage::ObjectReader& objects, const LeakOptions& options,
              const std::vector<LeakFile>& files, LeakingPairs& pairs, SentenceList& not_checked,
              SentenceList& not_read)
      : objects_(objects),
        options_(options),
        files_(files),
        pairs_(pairs),
        not_checked_(not_checked),
        not_read_(not_read) {}

  Result<void> Compare() {
    for (const LeakFile& file : files_) {
      digests_.emplace(file.role, file.file.digest);
      groups_.try_emplace(file.role, groups_.size());  // Files are in the order of their roles.
    }
    NoteUnread();
    REPRISE_TRY(FindKinds());
    FindColumnSets();
    for (const auto& [columns, kinds] : column_sets_) REPRISE_TRY(CompareOver(columns, kinds));
    return CheckIgnored();
  }

 private:
  // Tables of one kind have columns of the same names.  Two kinds, the smaller first.
  using Kinds = std::pair<std::size_t, std::size_t>;

  struct Table {
    std::size_t file = 0;  // In files_.
    std::size_t kind = 0;  // In kinds_.
    RowFile form;
  };

  // Of cases to learn from or to be judged by, files of rows that are not read are told; of others,
  // such as settings, nobody would want to know.
  void NoteUnread() {
    std::set<SplitRole> roles;
    for (const LeakFile& file : files_) {
      const std::string& path = file.file.path;
      if (file.role.is_split() && (RowFileOf(path).has_value() || HoldsUnreadRows(path))) {
        roles.insert(file.role);
      }
    }
    if (roles.size() < 2) return;
    for (const LeakFile& file : files_) {
      if (!file.role.is_split() || !HoldsUnreadRows(file.file.path)) continue;
      not_read_.Add("of " + Printable(file.file.path) +
                    " the bytes were compared and not the rows, which are read of CSV, TSV and "
                    "JSON Lines alone");
    }
  }

  Result<void> FindKinds() {
    std::map<RowKind, std::size_t> known;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const ContentFile& file = files_[i].file;
      const auto form = RowFileOf(file.path);
      if (!form.has_value() || !TakeFromBudget(file)) continue;
      RowKind kind{form->format, {}};
      if (form->format == RowFormat::kDelimited) {
        REPRISE_ASSIGN_OR_RETURN(const Columns* const names, NamesOf(file, *form));
        if (names == nullptr) continue;
        kind.columns = *names;
      }
      const auto [place, is_new] = known.try_emplace(kind, kinds_.size());
      if (is_new) kinds_.push_back(std::move(kind));
      tables_.push_back({i, place->second, *form});
    }
    return {};
  }

  // A name that nothing has is mistyped, unless what could not be read may have it.
  Result<void> CheckIgnored() {
    for (const std::string& name : options_.ignored_columns) {
      if (seen_columns_.contains(name) || has_unread_table_) continue;
      const auto nearest = Nearest(name, {seen_columns_.begin(), seen_columns_.end()});
      return Error{
          ErrorCode::kInvalidArgument,
          "--ignore-columns: none of the tables that were compared has a column '" +
              Printable(name) + "'" +
              (nearest.has_value() ? "; did you mean '" + Printable(*nearest) + "'?" : "")};
    }
    return {};
  }

  // A table is read once for each set of columns; its bytes count once.
  bool TakeFromBudget(const ContentFile& file) {
    if (!options_.table_bytes_max.has_value() || budgeted_.contains(file.digest)) return true;
    if (file.size_bytes > *options_.table_bytes_max - table_bytes_) {
      NotCompared(file, "here, as that takes long: `reprise lineage leak` does it");
      return false;
    }
    table_bytes_ += file.size_bytes;
    budgeted_.insert(file.digest);
    return true;
  }

  // The names of its columns in their order as bytes, without those to ignore; nullptr: it is no
  // table, as is told then.
  Result<const Columns*> NamesOf(const ContentFile& file, const RowFile& form) {
    const auto known = names_.find(file.digest);
    if (known == names_.end()) {
      REPRISE_ASSIGN_OR_RETURN(auto read, ReadNames(file.digest, form));
      names_.emplace(file.digest, std::move(read));
      return NamesOf(file, form);
    }
    if (known->second.has_value()) return &*known->second;
    has_unread_table_ = true;
    NotCompared(file, "with others: it is no table, not stored, or damaged");
    return static_cast<const Columns*>(nullptr);
  }

  Result<std::optional<Columns>> ReadNames(const Digest& digest, const RowFile& form) {
    std::optional<lineage::ColumnNames> columns;
    std::string start;
    const auto done = ReadRowFile(objects_, digest, form, [&](std::string_view part) {
      start += part;
      columns = lineage::ReadColumnNames(start, part.empty());
      const bool is_enough = columns.has_value() || start.size() > lineage::kRecordBytesMax;
      return is_enough ? Result<void>(Error{ErrorCode::kInterrupted, "that is enough"})
                       : Result<void>();
    });
    if (!done.ok() && done.error().code != ErrorCode::kInterrupted) {
      if (!IsDamage(done.error())) return done.error();
      columns.reset();
    }
    if (!columns.has_value()) return std::optional<Columns>();
    seen_columns_.insert(columns->names.begin(), columns->names.end());
    std::erase_if(columns->names, [&](const std::string& name) {
      return std::ranges::find(options_.ignored_columns, name) != options_.ignored_columns.end();
    });
    std::ranges::sort(columns->names);
    return std::optional(std::move(columns->names));
  }

  // Which kinds of tables are in different roles, and over which columns they are compared.
  void FindColumnSets() {
    std::map<std::pair<SplitRole, std::size_t>, std::size_t> examples;  // In files_.
    for (const Table& table : tables_) {
      examples.emplace(std::pair(files_[table.file].role, table.kind), table.file);
    }
    std::set<Kinds> seen;
    for (auto a = examples.begin(); a != examples.end(); ++a) {
      for (auto b = std::next(a); b != examples.end(); ++b) {
        const Kinds kinds = std::minmax(a->first.second, b->first.second);
        if (a->first.first == b->first.first || !seen.insert(kinds).second) continue;
        AddColumnSet(kinds, files_[a->second].file, files_[b->second].file);
      }
    }
  }

  void AddColumnSet(const Kinds& kinds, const ContentFile& a, const ContentFile& b) {
    const Columns& first = kinds_[kinds.first].columns;
    const Columns& second = kinds_[kinds.second].columns;
    RowKind common{kinds_[kinds.first].format, {}};
    std::ranges::set_intersection(first, second, std::back_inserter(common.columns));
    const bool is_json = common.format == RowFormat::kJsonLines;
    const std::size_t shared = common.columns.size();
    std::string_view why_not;
    if (kinds_[kinds.second].format != common.format) {
      why_not = "only one of them is JSON Lines";
    } else if (!is_json && (shared == 0 || shared * 2 < std::max(first.size(), second.size()))) {
      why_not = "most of their columns have different names";
    } else if (column_sets_.size() == kColumnSetsMax && !column_sets_.contains(common)) {
      why_not = "there are too many kinds of tables";
    } else {
      column_sets_[common].insert(kinds);
      return;
    }
    not_checked_.Add(
        "the rows of " + Printable(a.path) + " and " + Printable(b.path) +
        ", and of others with their columns, were not compared: " + std::string(why_not));
  }

  Result<void> CompareOver(const RowKind& kind, const std::set<Kinds>& kinds) {
    const auto are_compared = [&](const Table& a, const Table& b) {
      const LeakFile& first = files_[a.file];
      const LeakFile& second = files_[b.file];
      return first.role != second.role && kinds.contains(std::minmax(a.kind, b.kind)) &&
             !digests_.contains({first.role, second.file.digest});
    };
    std::vector<Table> tables;
    std::vector<std::size_t> groups;
    for (const Table& table : tables_) {
      const bool is_wanted = std::ranges::any_of(tables_, [&](const Table& other) {
        return other.file < table.file ? are_compared(other, table) : are_compared(table, other);
      });
      if (!is_wanted) continue;
      tables.push_back(table);
      groups.push_back(groups_.at(files_[table.file].role));
    }
    lineage::SharedRowFinder finder(
        std::move(groups),
        [&](std::size_t a, std::size_t b) {
          return !failed_.contains(files_[tables[a].file].file.digest) &&
                 !failed_.contains(files_[tables[b].file].file.digest) &&
                 are_compared(tables[a], tables[b]);
        },
        options_.sorting);
    std::vector<lineage::RowAgreement> agreements(tables.size());
    for (std::size_t i = 0; i < tables.size(); ++i) {
      REPRISE_ASSIGN_OR_RETURN(agreements[i], ReadRows(tables[i], kind, i, finder));
    }
    REPRISE_ASSIGN_OR_RETURN(auto found, finder.Finish());
    for (auto& [places, shared] : found) {
      const std::size_t a = tables[places.first].file;
      const std::size_t b = tables[places.second].file;
      LeakingPair& pair = pairs_[{a, b}];
      pair.a = files_[a];
      pair.b = files_[b];
      pair.expected_rows = lineage::ExpectedByChance(
          lineage::BoundedByRows(agreements[places.first], shared.a_equal_pairs),
          lineage::BoundedByRows(agreements[places.second], shared.b_equal_pairs));
      pair.rows = std::move(shared);
      pair.columns = kind.columns;
    }
    return {};
  }

  // What is no table to its end is told once, and its rows do not count.
  Result<lineage::RowAgreement> ReadRows(const Table& table, const RowKind& kind,
                                         std::size_t number, lineage::SharedRowFinder& finder) {
    const ContentFile& file = files_[table.file].file;
    if (failed_.contains(file.digest)) return lineage::RowAgreement();
    const auto add = [&](const lineage::FieldHash& hash, std::uint64_t row) {
      return finder.Add(number, hash, row);
    };
    const auto read = [&](auto& hasher) -> Result<lineage::RowAgreement> {
      std::uint64_t bytes = 0;
      auto done = ReadRowFile(objects_, file.digest, table.form, [&](std::string_view part) {
        bytes += part.size();
        return Feed(hasher, part, table.form.is_gzip ? bytes : 0);
      });
      if (done.ok()) done = hasher.Finish();
      if (!done.ok()) {
        REPRISE_TRY(NoteFailed(file, done.error()));
        return lineage::RowAgreement();
      }
      finder.SetRows(number, hasher.rows());
      return hasher.Agreement();
    };
    if (kind.format == RowFormat::kJsonLines) {
      lineage::JsonRowHasher hasher(options_.ignored_columns, add);
      auto agreement = read(hasher);
      seen_columns_.insert(hasher.found_ignored().begin(), hasher.found_ignored().end());
      return agreement;
    }
    lineage::RowHasher hasher(kind.columns, add);
    return read(hasher);
  }

  // `expanded_bytes`: of content that is larger than the bytes that were taken from the budget.
  template <typename Hasher>
  Result<void> Feed(Hasher& hasher, std::string_view part, std::uint64_t expanded_bytes) const {
    if (options_.sorting.is_cancelled != nullptr && options_.sorting.is_cancelled()) {
      return Error{ErrorCode::kInterrupted, "stopped on request"};
    }
    if (expanded_bytes > options_.table_bytes_max.value_or(lineage::kExpandedBytesMax)) {
      return Error{ErrorCode::kInvalidArgument, "it is too long when it is expanded"};
    }
    return hasher.Feed(part);
  }

  // Errors: `error`, if it is no reason to go on without the table.
  Result<void> NoteFailed(const ContentFile& file, const Error& error) {
    const bool is_no_table = error.code == ErrorCode::kInvalidArgument;
    if (!is_no_table && !IsDamage(error)) return error;
    NotCompared(file, "with others: " + error.message);
    failed_.insert(file.digest);
    has_unread_table_ = true;
    return {};
  }

  void NotCompared(const ContentFile& file, const std::string& why) {
    not_checked_.Add("the rows of " + Printable(file.path) + " were not compared " + why);
  }

  storage::ObjectReader& objects_;
  const LeakOptions& options_;
  const std::vector<LeakFile>& files_;
  LeakingPairs& pairs_;
  SentenceList& not_checked_;
  SentenceList& not_read_;
  std::map<SplitRole, std::size_t> groups_;         // In their order.
  std::set<std::pair<SplitRole, Digest>> digests_;  // Of all files.
  std::map<Digest, std::optional<Columns>> names_;  // Absent: it is no table.
  std::set<std::string> seen_columns_;              // Those to ignore too.
  std::vector<RowKind> kinds_;
  std::vector<Table> tables_;
  std::map<RowKind, std::set<Kinds>> column_sets_;
  bool has_unread_table_ = false;
  std::set<Digest> failed_;  // Of what is no table to its end.
  std::uint64_t table_bytes_ = 0;
  std::set<Digest> budgeted_;
};

}  // namespace

Result<void> CompareRows(storage::ObjectReader& objects, const LeakOptions& options,
                         const std::vector<LeakFile>& files, LeakingPairs& pairs,
                         SentenceList& not_checked, SentenceList& not_read) {
  return RowComparer(objects, options, files, pairs, not_checked, not_read).Compare();
}

}  // namespace reprise::tracker
