// In what order runs are looked at, cheapest first:
//
// Newest first: a few of the newest, which are enough where most match; then the candidates of the
// plan, if they are not too many; else all, newest first, within the window in which they must have
// started.  By a field: the candidates of the plan, if they are few; the rows of the field's index
// in their order, as long as enough of them match; more candidates; else all.  By start: in the
// order of ids, until no other can have started before those that are found, or in the window.
// Whatever is looked at is evaluated, so the order of looking decides the cost and never the
// answer.

#include "tracker/search/run_search.h"

#include <algorithm>

#include "tracker/index.h"
#include "tracker/run_filter.h"
#include "tracker/run_index.h"
#include "tracker/search/index_walk.h"
#include "tracker/search/run_plan.h"
#include "tracker/search/sort_key.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using lineage::query::Comparison;
using lineage::query::Expression;
using lineage::query::FieldKind;
using lineage::query::Value;
using storage::Space;
using Ids = std::vector<Ulid>;

constexpr std::size_t kFewCandidates = 10'000;
constexpr std::size_t kCandidatesMax = 150'000;
constexpr std::size_t kReadAtOnce = 512;

class Search {
 public:
  Search(const storage::Catalog& catalog, const RunSearch& search)
      : catalog_(catalog), search_(search) {
    if (!search.where.has_value()) return;
    if (!search.may_use_index) return;
    window_ = StartWindowOf(*search.where);
    plan_ = PlanOf(*search.where);
    // Nothing but the window: that is how all runs are looked at anyhow.
    const Plan* plan = plan_.has_value() ? &*plan_ : nullptr;
    while (plan != nullptr && plan->parts.size() == 1) plan = &plan->parts[0];
    if (plan != nullptr && !plan->ranges.empty() && plan->ranges[0].is_listed) plan_.reset();
  }

  Result<FoundRuns> Run() {
    for (const ListedRun& run : search_.live_runs) Look(run);
    matches_ = 0;
    if (search_.sort_by.has_value()) {
      REPRISE_TRY(FindSorted());
    } else {
      REPRISE_TRY(FindNewest());
    }
    return Finish();
  }

 private:
  bool Matches(const ListedRun& run) const {
    return !search_.where.has_value() ||
           lineage::query::Evaluate(*search_.where, [&](const lineage::query::Field& field) {
             return FieldOf(run, field);
           });
  }

  void Look(const ListedRun& run) {
    ++found_.runs_read;
    if (!Matches(run)) return;
    SortedRun sorted{{}, run.id};
    if (search_.sort_by.has_value()) sorted.key = SortKeyOf(FieldOf(run, *search_.sort_by));
    if (only_without_field_ && sorted.key.zone != SortKey::Zone::kAbsent) return;
    runs_.push_back(std::move(sorted));
    ++matches_;
    // What falls out now would fall out at the end.
    if (search_.limit > 0 && runs_.size() >= 4 * search_.limit + 1000) Cut();
  }

  void Cut() {
    std::ranges::sort(runs_, [&](const SortedRun& left, const SortedRun& right) {
      return ComesBefore(left, right, search_.descending);
    });
    // The index and the newest runs may both have led to one.
    const auto repeated = std::unique(
        runs_.begin(), runs_.end(),
        [](const SortedRun& left, const SortedRun& right) { return left.id == right.id; });
    runs_.erase(repeated, runs_.end());
    if (search_.limit == 0 || runs_.size() <= search_.limit) return;
    found_.is_truncated = true;
    runs_.resize(search_.limit);
  }

  FoundRuns Finish() {
    Cut();
    found_.ids.reserve(runs_.size());
    for (const SortedRun& run : runs_) found_.ids.push_back(run.id);
    found_.has_sort_field = !search_.sort_by.has_value() || runs_.empty() ||
                            runs_[0].key.zone != SortKey::Zone::kAbsent;
    return std::move(found_);
  }

  // Whether all that are wanted are found, and one more.  Those that are live may be older than
  // some in the catalog and do not count.
  bool HasEnough() const {
    const bool in_order = !search_.sort_by.has_value() || only_without_field_;
    return in_order && search_.limit > 0 && matches_ > search_.limit;
  }

  Result<void> FindNewest() {
    const std::uint64_t probed = plan_.has_value() ? search_.probed_runs : 0;
    REPRISE_ASSIGN_OR_RETURN(auto next, Scan(LastId(), probed));
    if (!next.has_value()) return LookAtMisdated();
    REPRISE_ASSIGN_OR_RETURN(auto candidates, Candidates(kCandidatesMax));
    if (!candidates.has_value()) {
      REPRISE_TRY(Scan(next, 0));
      return LookAtMisdated();
    }
    std::ranges::reverse(*candidates);
    std::erase_if(*candidates, [&](const Ulid& id) {  // These were looked at.
      return id > *next && (!window_.has_value() || id <= LastIdOf(*window_));
    });
    return LookAt(*candidates);
  }

  Result<void> FindSorted() {
    REPRISE_ASSIGN_OR_RETURN(auto candidates, Candidates(kFewCandidates));
    if (candidates.has_value()) return LookAt(*candidates);
    if (search_.may_use_index && search_.limit > 0) {
      const bool by_start = search_.sort_by->kind == FieldKind::kStarted;
      REPRISE_ASSIGN_OR_RETURN(const bool walked, by_start ? ScanByStart() : Walk());
      if (walked) return {};
    }
    REPRISE_ASSIGN_OR_RETURN(candidates, Candidates(kCandidatesMax));
    if (candidates.has_value()) return LookAt(*candidates);
    REPRISE_TRY(Scan(LastId(), 0));
    return LookAtMisdated();
  }

  Result<bool> Walk() {
    const std::vector<SortedRun> before = runs_;
    REPRISE_ASSIGN_OR_RETURN(const Walked walked,
                             WalkIndex(catalog_, *search_.sort_by, search_.descending,
                                       search_.limit, [&](const ListedRun& run) {
                                         const std::uint64_t matches = matches_;
                                         Look(run);
                                         return matches_ > matches;
                                       }));
    if (walked == Walked::kUnfit) {
      runs_ = before;
      matches_ = 0;
      found_.is_truncated = false;
      return false;
    }
    if (walked == Walked::kAll) {
      only_without_field_ = true;
      REPRISE_TRY(Scan(LastId(), 0));
      REPRISE_TRY(LookAtMisdated());
    }
    return true;
  }

  // Looks at the runs in the order of their ids, until none that follows can come before the last
  // that is wanted.  False if the ids of too many do not tell when they started.
  Result<bool> ScanByStart() {
    constexpr std::int64_t kEver = std::int64_t{1} << 60;
    const StartWindow window = window_.value_or(StartWindow{-kEver, kEver});
    REPRISE_ASSIGN_OR_RETURN(const auto misdated, MisdatedRuns(catalog_, window, kFewCandidates));
    if (!misdated.has_value()) return false;
    REPRISE_TRY(LookAt(*misdated));
    matches_ = 0;
    const bool down = search_.descending;
    const Ulid last = down ? FirstIdOf(window) : LastIdOf(window);
    std::int64_t bound_ms = down ? kEver : -kEver;  // Of the starts of those that match so far.
    std::optional<Error> failed;
    REPRISE_TRY(catalog_.Scan(
        Space::kName,
        {.prefix = std::string(kListedRunPrefix),
         .from = ListedKey(down ? LastIdOf(window) : FirstIdOf(window)),
         .reverse = down},
        [&](std::string_view key, std::string_view value) {
          const Ulid id = Ulid::FromBytes(AsBytes(key).last(Ulid::kSizeBytes));
          if (down ? id < last : last < id) return false;
          const auto id_ms = static_cast<std::int64_t>(id.unix_ms());
          if (matches_ > search_.limit &&
              (down ? id_ms + kIdTimeSkewMsMax < bound_ms : id_ms - kIdTimeSkewMsMax > bound_ms)) {
            return false;
          }
          if (std::ranges::binary_search(*misdated, id)) return true;
          const auto run = DecodeListedRun(id, value);
          if (!run.ok()) {
            failed = run.error();
            return false;
          }
          const std::uint64_t matches = matches_;
          Look(*run);
          if (matches_ > matches && matches <= search_.limit) {
            bound_ms = down ? std::min(bound_ms, run->started_at_unix_ms)
                            : std::max(bound_ms, run->started_at_unix_ms);
          }
          return true;
        }));
    if (failed.has_value()) return *failed;
    return true;
  }

  // What the index finds, ascending; nullopt without one, or when there may be more than `ids_max`.
  Result<std::optional<Ids>> Candidates(std::size_t ids_max) {
    if (!plan_.has_value()) return std::optional<Ids>();
    REPRISE_ASSIGN_OR_RETURN(auto ids, CandidatesOf(catalog_, *plan_, ids_max, &found_.rows_read));
    if (!ids.has_value()) return std::optional<Ids>();
    REPRISE_ASSIGN_OR_RETURN(const auto wide, WideRuns(catalog_, ids_max));
    if (!wide.has_value()) return std::optional<Ids>();
    Ids all;
    std::ranges::set_union(*ids, *wide, std::back_inserter(all));
    return std::optional(std::move(all));
  }

  std::optional<Ulid> LastId() const {
    if (!window_.has_value()) return std::nullopt;
    return LastIdOf(*window_);
  }

  // Looks at all runs from `from` on, newest first, until there are enough or `runs_max` (unless 0)
  // were looked at; then returns where to go on.
  Result<std::optional<Ulid>> Scan(std::optional<Ulid> from, std::uint64_t runs_max) {
    const std::string from_key = from.has_value() ? ListedKey(*from) : "";
    std::optional<Ulid> next;
    std::optional<Error> failed;
    std::uint64_t looked = 0;
    const auto first = window_.has_value() ? std::optional(FirstIdOf(*window_)) : std::nullopt;
    REPRISE_TRY(catalog_.Scan(
        Space::kName,
        {.prefix = std::string(kListedRunPrefix),
         .from = from.has_value() ? std::optional(from_key) : std::nullopt,
         .reverse = true},
        [&](std::string_view key, std::string_view value) {
          const auto id = UlidFromMessage(std::string(key.substr(kListedRunPrefix.size())));
          const auto run = id.ok() ? DecodeListedRun(*id, value) : Result<ListedRun>(id.error());
          if (!run.ok()) {
            failed = run.error();
            return false;
          }
          if (first.has_value() && *id < *first) return false;
          if (runs_max > 0 && looked++ == runs_max) {
            next = *id;
            return false;
          }
          Look(*run);
          return !HasEnough();
        }));
    if (failed.has_value()) return *failed;
    return next;
  }

  // A scan within the window passes over those whose ids do not tell when they started.
  Result<void> LookAtMisdated() {
    if (!window_.has_value()) return {};
    REPRISE_ASSIGN_OR_RETURN(const auto ids, MisdatedRuns(catalog_, *window_, kCandidatesMax));
    if (ids.has_value()) return LookAt(*ids);
    window_.reset();
    REPRISE_TRY(Scan(std::nullopt, 0));
    return {};
  }

  // If they are newest first, until there are enough.
  Result<void> LookAt(const Ids& ids) {
    const bool is_newest_first = std::ranges::is_sorted(ids, std::ranges::greater());
    return ForEachRunOf(catalog_, ids,
                        [&](const Ulid&, std::optional<ListedRun>&& run) -> Result<bool> {
                          if (run.has_value()) Look(*run);
                          return !is_newest_first || !HasEnough();
                        });
  }

  const storage::Catalog& catalog_;
  const RunSearch& search_;
  std::optional<Plan> plan_;
  std::optional<StartWindow> window_;
  std::vector<SortedRun> runs_;
  std::uint64_t matches_ = 0;        // In the catalog, each look counted.
  bool only_without_field_ = false;  // All others have been looked at.
  FoundRuns found_;
};

}  // namespace

void Require(Expression condition, RunSearch& search) {
  if (!search.where.has_value()) {
    search.where = std::move(condition);
    return;
  }
  Expression both;
  both.kind = Expression::Kind::kAnd;
  both.parts.push_back(*std::move(search.where));
  both.parts.push_back(std::move(condition));
  search.where = std::move(both);
}

Expression InExperiment(const std::string& experiment) {
  Expression condition;
  condition.field = {FieldKind::kExperiment, ""};
  condition.values = {Value::Quoted(experiment)};
  return condition;
}

Expression StartedSince(std::int64_t unix_ms) {
  Expression condition;
  condition.field = {FieldKind::kStarted, ""};
  condition.comparison = Comparison::kGreaterEqual;
  condition.values = {Value::OfTime(unix_ms)};
  return condition;
}

Result<FoundRuns> SearchRuns(const storage::Catalog& catalog, const RunSearch& search) {
  return Search(catalog, search).Run();
}

Result<void> ForEachRunOf(
    const storage::Catalog& catalog, const Ids& ids,
    const std::function<Result<bool>(const Ulid&, std::optional<ListedRun>&&)>& visit) {
  for (std::size_t begin = 0; begin < ids.size(); begin += kReadAtOnce) {
    const std::span<const Ulid> part(ids.data() + begin, std::min(kReadAtOnce, ids.size() - begin));
    // Sorted keys are read much faster.
    std::vector<Ulid> sorted(part.begin(), part.end());
    std::ranges::sort(sorted);
    std::vector<std::string> keys;
    keys.reserve(sorted.size());
    for (const Ulid& id : sorted) keys.push_back(ListedKey(id));
    REPRISE_ASSIGN_OR_RETURN(const auto rows, catalog.MultiGet(Space::kName, keys));
    for (const Ulid& id : part) {
      const auto place = std::ranges::lower_bound(sorted, id) - sorted.begin();
      const auto& row = rows[static_cast<std::size_t>(place)];
      std::optional<ListedRun> run;
      if (row.has_value()) {
        REPRISE_ASSIGN_OR_RETURN(run, DecodeListedRun(id, *row));
      }
      REPRISE_ASSIGN_OR_RETURN(const bool goes_on, visit(id, std::move(run)));
      if (!goes_on) return {};
    }
  }
  return {};
}

}  // namespace reprise::tracker
