#include "tracker/leak_rows.h"

#include <algorithm>

#include "lineage/table/header.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using lineage::ContentFile;
using Columns = std::vector<std::string>;

// Tables are compared over so many sets of columns at most, for each of which they are read.
constexpr std::size_t kColumnSetsMax = 64;

class RowComparer {
 public:
  RowComparer(storage::ObjectReader& objects, const LeakOptions& options,
              const std::vector<LeakFile>& files, LeakingPairs& pairs, SentenceList& not_checked)
      : objects_(objects),
        options_(options),
        files_(files),
        pairs_(pairs),
        not_checked_(not_checked) {}

  Result<void> Compare() {
    for (const LeakFile& file : files_) digests_.emplace(file.role, file.file.digest);
    REPRISE_TRY(FindKinds());
    FindColumnSets();
    for (const auto& [columns, kinds] : column_sets_) REPRISE_TRY(CompareOver(columns, kinds));
    return {};
  }

 private:
  // Tables of one kind have columns of the same names.  Two kinds, the smaller first.
  using Kinds = std::pair<std::size_t, std::size_t>;

  Result<void> FindKinds() {
    std::map<Columns, std::size_t> known;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const ContentFile& file = files_[i].file;
      if (!lineage::IsTableName(file.path) || !TakeFromBudget(file)) continue;
      REPRISE_ASSIGN_OR_RETURN(const Columns* const names, NamesOf(file));
      if (names == nullptr) continue;
      const auto [kind, is_new] = known.try_emplace(*names, kind_names_.size());
      if (is_new) kind_names_.push_back(*names);
      tables_.push_back({i, kind->second});
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
  Result<const Columns*> NamesOf(const ContentFile& file) {
    const auto known = names_.find(file.digest);
    if (known == names_.end()) {
      REPRISE_ASSIGN_OR_RETURN(auto read, ReadNames(file.digest));
      names_.emplace(file.digest, std::move(read));
      return NamesOf(file);
    }
    if (known->second.has_value()) return &*known->second;
    NotCompared(file, "with others: it is no table, not stored, or damaged");
    return static_cast<const Columns*>(nullptr);
  }

  Result<std::optional<Columns>> ReadNames(const Digest& digest) {
    std::optional<lineage::ColumnNames> columns;
    const auto read = [&]() -> Result<void> {
      REPRISE_ASSIGN_OR_RETURN(const auto stream, objects_.Open(digest));
      std::string start;
      for (bool more = true;
           more && !columns.has_value() && start.size() <= lineage::kRecordBytesMax;) {
        REPRISE_ASSIGN_OR_RETURN(more, stream->Next(start));
        columns = lineage::ReadColumnNames(start, !more);
      }
      return {};
    };
    if (auto done = read(); !done.ok()) {
      if (!IsDamage(done.error())) return std::move(done).error();
      columns.reset();
    }
    if (!columns.has_value()) return std::optional<Columns>();
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
    const Columns& first = kind_names_[kinds.first];
    const Columns& second = kind_names_[kinds.second];
    Columns common;
    std::ranges::set_intersection(first, second, std::back_inserter(common));
    std::string_view why_not;
    if (common.empty() || common.size() * 2 < std::max(first.size(), second.size())) {
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

  Result<void> CompareOver(const Columns& columns, const std::set<Kinds>& kinds) {
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
      groups.push_back(static_cast<std::size_t>(files_[table.file].role));
    }
    lineage::SharedRowFinder finder(
        std::move(groups),
        [&](std::size_t a, std::size_t b) {
          return !failed_.contains(files_[tables[a].file].file.digest) &&
                 !failed_.contains(files_[tables[b].file].file.digest) &&
                 are_compared(tables[a], tables[b]);
        },
        options_.sorting);
    for (std::size_t i = 0; i < tables.size(); ++i) {
      REPRISE_TRY(ReadRows(files_[tables[i].file].file, columns, i, finder));
    }
    REPRISE_ASSIGN_OR_RETURN(auto found, finder.Finish());
    for (auto& [places, shared] : found) {
      const std::size_t a = tables[places.first].file;
      const std::size_t b = tables[places.second].file;
      LeakingPair& pair = pairs_[{a, b}];
      pair.a = files_[a];
      pair.b = files_[b];
      pair.rows = std::move(shared);
      pair.columns = columns;
    }
    return {};
  }

  // What is no table to its end is told once, and its rows do not count.
  Result<void> ReadRows(const ContentFile& file, const Columns& columns, std::size_t number,
                        lineage::SharedRowFinder& finder) {
    if (failed_.contains(file.digest)) return {};
    lineage::RowHasher hasher(columns, [&](const lineage::FieldHash& hash, std::uint64_t row) {
      return finder.Add(number, hash, row);
    });
    const auto read = [&]() -> Result<void> {
      REPRISE_ASSIGN_OR_RETURN(const auto stream, objects_.Open(file.digest));
      std::string part;
      for (bool more = true; more;) {
        part.clear();
        REPRISE_ASSIGN_OR_RETURN(more, stream->Next(part));
        REPRISE_TRY(hasher.Feed(part));
        if (options_.sorting.is_cancelled != nullptr && options_.sorting.is_cancelled()) {
          return Error{ErrorCode::kInterrupted, "stopped on request"};
        }
      }
      return hasher.Finish();
    };
    if (auto done = read(); !done.ok()) {
      const bool is_no_table = done.error().code == ErrorCode::kInvalidArgument;
      if (!is_no_table && !IsDamage(done.error())) return done;
      NotCompared(file, "with others: " + done.error().message);
      failed_.insert(file.digest);
      return {};
    }
    finder.SetRows(number, hasher.rows());
    return {};
  }

  void NotCompared(const ContentFile& file, const std::string& why) {
    not_checked_.Add("the rows of " + Printable(file.path) + " were not compared " + why);
  }

  struct Table {
    std::size_t file = 0;  // In files_.
    std::size_t kind = 0;
  };

  storage::ObjectReader& objects_;
  const LeakOptions& options_;
  const std::vector<LeakFile>& files_;
  LeakingPairs& pairs_;
  SentenceList& not_checked_;
  std::set<std::pair<SplitRole, Digest>> digests_;  // Of all files.
  std::map<Digest, std::optional<Columns>> names_;  // Absent: it is no table.
  std::vector<Columns> kind_names_;
  std::vector<Table> tables_;
  std::map<Columns, std::set<Kinds>> column_sets_;
  std::set<Digest> failed_;  // Of what is no table to its end.
  std::uint64_t table_bytes_ = 0;
  std::set<Digest> budgeted_;
};

}  // namespace

Result<void> CompareRows(storage::ObjectReader& objects, const LeakOptions& options,
                         const std::vector<LeakFile>& files, LeakingPairs& pairs,
                         SentenceList& not_checked) {
  return RowComparer(objects, options, files, pairs, not_checked).Compare();
}

}  // namespace reprise::tracker
