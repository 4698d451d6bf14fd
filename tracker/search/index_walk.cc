// Within a value the rows have the newest run first in either order, so a walk downwards goes from
// one value to the next below it, and through the rows of each upwards.  Runs that have too many
// fields for rows of their values are looked at first, if they are few.

#include "tracker/search/index_walk.h"

#include <algorithm>

#include "tracker/run_filter.h"
#include "tracker/run_index.h"
#include "tracker/search/run_plan.h"

namespace reprise::tracker {
namespace {

using lineage::query::Field;
using lineage::query::FieldKind;
using storage::Catalog;
using storage::Space;

constexpr std::uint64_t kRunsMax = 50'000;  // To be looked at before another way is tried.
constexpr std::size_t kWideRunsMax = 4096;  // Without rows of their values, likewise.
constexpr std::size_t kReadAtOnceFirst = 64;
constexpr std::size_t kReadAtOnceMax = 512;

class Walker {
 public:
  // `wide`: the runs without rows of their values, ascending.
  Walker(const Catalog& catalog, const Field& field, const std::vector<Ulid>& wide,
         std::uint64_t wanted, const std::function<bool(const ListedRun&)>& look)
      : catalog_(catalog),
        field_(field),
        wide_(wide),
        rows_(FieldRowsPrefix(field)),
        wanted_(wanted),
        runs_max_(kRunsMax + 2 * wanted),
        look_(look) {}

  Result<Walked> Walk(bool descending) {
    REPRISE_TRY(LookAtWide());
    for (const char zone : {kNumberRow, kTextRow}) {
      if (descending) {
        REPRISE_TRY(WalkDown(rows_ + zone));
      } else {
        REPRISE_TRY(WalkUp(rows_ + zone));
      }
    }
    REPRISE_TRY(WalkUp(rows_ + kNanRow));
    if (HasEnough()) return Walked::kEnough;
    return gives_up_ ? Walked::kUnfit : Walked::kAll;
  }

 private:
  // All that have the field, wherever in the order they come: those that are not wanted fall out
  // when the others have come.  They are not counted, so as many others are looked at as if there
  // were none.
  Result<void> LookAtWide() {
    for (std::size_t begin = 0; begin < wide_.size(); begin += kReadAtOnceFirst) {
      const std::size_t end = std::min(wide_.size(), begin + kReadAtOnceFirst);
      std::vector<std::string> keys;
      for (std::size_t i = begin; i < end; ++i) keys.push_back(ListedKey(wide_[i]));
      REPRISE_ASSIGN_OR_RETURN(const auto rows, catalog_.MultiGet(Space::kName, keys));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].has_value()) continue;
        REPRISE_ASSIGN_OR_RETURN(const ListedRun run, DecodeListedRun(wide_[begin + i], *rows[i]));
        if (FieldOf(run, field_).has_value()) look_(run);
      }
    }
    return {};
  }

  bool HasEnough() const { return found_ > wanted_; }
  bool IsOver() const { return HasEnough() || gives_up_; }

  Result<void> WalkUp(const std::string& prefix) {
    if (IsOver()) return {};
    std::optional<Error> failed;
    REPRISE_TRY(catalog_.Scan(Space::kName, {.prefix = prefix},
                              [&](std::string_view key, std::string_view) {
                                if (const auto taken = Take(key); !taken.ok()) {
                                  failed = taken.error();
                                }
                                return !failed.has_value() && !IsOver();
                              }));
    if (failed.has_value()) return *failed;
    return LookAtTaken();
  }

  Result<void> WalkDown(const std::string& prefix) {
    std::optional<std::string> from;
    while (!IsOver()) {
      std::optional<std::string> value;  // The rows of the next value begin with it.
      REPRISE_TRY(catalog_.Scan(Space::kName, {.prefix = prefix, .from = from, .reverse = true},
                                [&](std::string_view key, std::string_view) {
                                  if (key.size() < prefix.size() + Ulid::kSizeBytes) return true;
                                  value = key.substr(0, key.size() - Ulid::kSizeBytes);
                                  return false;
                                }));
      if (!value.has_value()) return {};
      REPRISE_TRY(WalkUp(*value));
      from = *std::move(value);
    }
    return {};
  }

  // Keeps the key, to look at many runs at once.
  Result<void> Take(std::string_view key) {
    if (key.size() < rows_.size() + 1 + Ulid::kSizeBytes) return {};
    const bool is_text = key[rows_.size()] == kTextRow;
    if (is_text && key.size() > rows_.size() + 1 + Ulid::kSizeBytes + kIndexedTextBytesMax) {
      gives_up_ = true;
      return {};
    }
    taken_.emplace_back(key);
    if (taken_.size() < read_at_once_) return {};
    read_at_once_ = std::min(2 * read_at_once_, kReadAtOnceMax);
    return LookAtTaken();
  }

  Result<void> LookAtTaken() {
    std::vector<std::string> keys;
    keys.reserve(taken_.size());
    for (const std::string& key : taken_) keys.push_back(ListedKey(RunIdOf(key)));
    REPRISE_ASSIGN_OR_RETURN(const auto rows, catalog_.MultiGet(Space::kName, keys));
    for (std::size_t i = 0; i < rows.size() && !IsOver(); ++i) {
      if (!rows[i].has_value()) continue;
      REPRISE_ASSIGN_OR_RETURN(const ListedRun run, DecodeListedRun(RunIdOf(taken_[i]), *rows[i]));
      if (HasRow(run, taken_[i]) && look_(run)) ++found_;
      if (++looked_ == runs_max_) gives_up_ = true;
    }
    taken_.clear();
    return {};
  }

  // A row may say what is no longer so.
  bool HasRow(const ListedRun& run, const std::string& key) const {
    if (std::ranges::binary_search(wide_, run.id)) return false;
    const auto value = FieldOf(run, field_);
    if (!value.has_value()) return false;
    std::string now = rows_;
    AppendValueOf(*value, now);
    AppendRunId(run.id, now);
    return now == key;
  }

  const Catalog& catalog_;
  const Field& field_;
  const std::vector<Ulid>& wide_;
  const std::string rows_;
  const std::uint64_t wanted_;
  const std::uint64_t runs_max_;
  const std::function<bool(const ListedRun&)>& look_;
  std::vector<std::string> taken_;
  std::size_t read_at_once_ = kReadAtOnceFirst;
  std::uint64_t found_ = 0;
  std::uint64_t looked_ = 0;
  bool gives_up_ = false;
};

}  // namespace

Result<Walked> WalkIndex(const Catalog& catalog, const Field& field, bool descending,
                         std::uint64_t wanted, const std::function<bool(const ListedRun&)>& look) {
  // Not all runs have rows for these.
  if (!IsIndexed(field) || field.kind == FieldKind::kStatus || field.kind == FieldKind::kStarted) {
    return Walked::kUnfit;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto wide, WideRuns(catalog, kWideRunsMax));
  if (!wide.has_value()) return Walked::kUnfit;
  return Walker(catalog, field, *wide, wanted, look).Walk(descending);
}

}  // namespace reprise::tracker
