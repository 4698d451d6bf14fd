#include <algorithm>
#include <map>
#include <set>

#include "lineage/query/parser.h"
#include "storage/base/clock.h"
#include "storage/base/nearest.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/text.h"
#include "tracker/listed_run.h"
#include "tracker/live_runs.h"
#include "tracker/recorder/live_run.h"
#include "tracker/run_filter.h"
#include "tracker/run_json.h"
#include "tracker/search/run_search.h"

namespace reprise::cli {
namespace {

constexpr std::uint64_t kDefaultLimit = 100;

// A longer list is printed as it is read.
constexpr std::size_t kHeldRunsMax = 10'000;

using LiveRuns = std::map<Ulid, tracker::ListedRun>;

Result<lineage::query::Field> SortField(const std::string& name) {
  // In quotes as in expressions; without them the whole is the name.
  if (name.find_first_of("'\"") != std::string::npos) {
    if (auto field = lineage::query::ParseFieldName(name); field.ok()) return field;
  }
  if (auto field = lineage::query::FieldNamed(name)) return *std::move(field);
  return Error{ErrorCode::kInvalidArgument,
               "--sort takes a field such as metrics.auc, params.eta, name, started or "
               "duration ('-' before it: descending), and got '" +
                   Printable(name) + "'"};
}

Result<tracker::RunSearch> ReadSearch(const po::variables_map& args) {
  tracker::RunSearch search;
  if (const auto experiment = OptionalText(args, "experiment")) {
    tracker::Require(tracker::InExperiment(*experiment), search);
  }
  if (const auto since = OptionalText(args, "since")) {
    auto unix_ms = lineage::query::ParseTimeOrAgo(*since, NowUnixMs());
    if (!unix_ms.ok()) return Annotate(std::move(unix_ms).error(), "--since takes a time");
    tracker::Require(tracker::StartedSince(*unix_ms), search);
  }
  if (const auto where = OptionalText(args, "where")) {
    REPRISE_ASSIGN_OR_RETURN(const auto filter, tracker::RunFilter::Parse(*where));
    tracker::Require(filter.expression(), search);
  }
  if (auto sort = OptionalText(args, "sort")) {
    search.descending = sort->starts_with('-');
    if (search.descending) sort->erase(0, 1);
    REPRISE_ASSIGN_OR_RETURN(search.sort_by, SortField(*sort));
  }
  const std::int64_t limit = args["limit"].as<std::int64_t>();
  if (limit < 0) {
    return Error{ErrorCode::kInvalidArgument, "--limit takes a number, 0 for no limit"};
  }
  search.limit = static_cast<std::uint64_t>(limit);
  return search;
}

// The runs that are being recorded, with what they have reported so far.
Result<LiveRuns> RunsSoFar(tracker::Store& store) {
  REPRISE_ASSIGN_OR_RETURN(const auto started, tracker::LiveRuns(store.files(), store.folder()));
  LiveRuns runs;
  for (const tracker::StoredRun& run : started) {
    const auto live = tracker::ReadLiveRun(store.files(), store.folder(), run.record.id);
    runs.emplace(run.record.id, tracker::ListedRunOf(live.ok() ? live->run : run));
  }
  return runs;
}

std::string DescribeMetrics(const tracker::ListedRun& run) {
  constexpr std::size_t kShown = 4;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [key, last] : run.metrics) {
    if (shown++ == kShown) return text + " …";
    text += (text.empty() ? "" : " ") + Printable(key) + "=" + FormatBrief(last);
  }
  return text;
}

std::vector<std::string> TableRow(const tracker::ListedRun& run) {
  return {run.id.ToString(),
          run.name,
          Printable(run.experiment),
          DescribeStatus(run.status, run.exit_code, run.signal),
          FormatLocalTime(run.started_at_unix_ms),
          DescribeDuration(run.status, run.started_at_unix_ms, run.ended_at_unix_ms),
          DescribeMetrics(run)};
}

// The runs that were found, in their order, each from where it is.
Result<void> ForEachFound(tracker::Store& store, const std::vector<Ulid>& ids, const LiveRuns& live,
                          const std::function<void(const tracker::ListedRun&)>& visit) {
  return tracker::ForEachRunOf(
      store.catalog(), ids,
      [&](const Ulid& id, std::optional<tracker::ListedRun>&& run) -> Result<bool> {
        if (run.has_value()) {
          visit(*run);
        } else if (const auto found = live.find(id); found != live.end()) {
          visit(found->second);
        }
        return true;
      });
}

Result<void> PrintTable(tracker::Store& store, const std::vector<Ulid>& ids, const LiveRuns& live,
                        Context& context) {
  Table table({"ID", "NAME", "EXPERIMENT", "STATUS", "STARTED", ">TIME", "METRICS"});
  const bool is_held = ids.size() <= kHeldRunsMax;
  REPRISE_TRY(ForEachFound(store, ids, live, [&](const tracker::ListedRun& run) {
    is_held ? table.Add(TableRow(run)) : table.Measure(TableRow(run));
  }));
  table.Print(context.out, context.columns);
  if (is_held) return {};
  return ForEachFound(store, ids, live, [&](const tracker::ListedRun& run) {
    table.PrintRow(TableRow(run), context.out, context.columns);
  });
}

// A record of any length, of which little is held at a time.  What cannot be read is an error
// before anything is printed, if the record is not very long.
class RecordPrinter {
 public:
  explicit RecordPrinter(Context& context) : context_(context) {}

  void Add(const Json& run) {
    text_ += is_first_ ? "{\n  \"runs\": [" : ",";
    is_first_ = false;
    std::string json = "\n" + FormatJson(run);
    json.pop_back();
    for (const char c : json) {
      text_ += c;
      if (c == '\n') text_ += "    ";
    }
    constexpr std::size_t kHeldBytesMax = 64 << 20;
    if (text_.size() < kHeldBytesMax) return;
    context_.out << text_;
    text_.clear();
  }

  void Finish(bool is_truncated) {
    text_ += is_first_ ? "{\n  \"runs\": []" : "\n  ]";
    context_.out << text_ << ",\n  \"truncated\": " << (is_truncated ? "true" : "false") << "\n}\n";
  }

 private:
  Context& context_;
  std::string text_;
  bool is_first_ = true;
};

// The whole runs; only these are read in full.
Result<void> PrintRecord(tracker::Store& store, const tracker::FoundRuns& found,
                         const LiveRuns& live, Context& context) {
  RecordPrinter printer(context);
  for (const Ulid& id : found.ids) {
    if (live.contains(id)) {
      // In its journal only, unless it has been adopted meanwhile.
      const auto so_far = tracker::ReadLiveRun(store.files(), store.folder(), id);
      if (so_far.ok()) {
        printer.Add(tracker::RunToJson(so_far->run));
        continue;
      }
    }
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(id));
    printer.Add(tracker::RunToJson(run));
  }
  printer.Finish(found.is_truncated);
  return {};
}

// ", and there is no experiment 'typo'…", if that is why nothing was found.
Result<std::string> HintOfExperiment(tracker::Store& store, const LiveRuns& live,
                                     const std::optional<std::string>& experiment) {
  if (!experiment.has_value()) return std::string();
  std::set<std::string> names;
  for (const auto& [id, run] : live) names.insert(run.experiment);
  REPRISE_TRY(store.ForEachListedRun([&](const tracker::ListedRun& run) {
    names.insert(run.experiment);
    return true;
  }));
  if (names.contains(*experiment)) return std::string();
  const auto meant = Nearest(*experiment, {names.begin(), names.end()});
  return ": there is no experiment '" + Printable(*experiment) + "'" +
         (meant.has_value() ? "; did you mean '" + Printable(*meant) + "'?"
                            : "; `reprise experiments` lists them");
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(tracker::RunSearch search, ReadSearch(args));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const LiveRuns live, RunsSoFar(*store));
  for (const auto& [id, run] : live) search.live_runs.push_back(run);
  REPRISE_ASSIGN_OR_RETURN(const tracker::FoundRuns found,
                           tracker::SearchRuns(store->catalog(), search));
  if (context.global.json) {
    REPRISE_TRY(PrintRecord(*store, found, live, context));
  } else if (found.ids.empty()) {
    REPRISE_ASSIGN_OR_RETURN(const std::string hint,
                             HintOfExperiment(*store, live, OptionalText(args, "experiment")));
    context.Warn(store->may_lack_entries()  ? "no run that can be read"
                 : search.where.has_value() ? "no run matches" + hint
                                            : "no runs yet; `reprise run -- COMMAND` records one");
  } else {
    REPRISE_TRY(PrintTable(*store, found.ids, live, context));
  }
  if (!found.has_sort_field) {
    context.Warn("none of these runs has '" + Printable(NameOf(*search.sort_by)) +
                 "', by which they are to be sorted");
  }
  if (found.is_truncated && args["limit"].defaulted() && !context.global.quiet) {
    context.Warn("the " + std::string(search.sort_by.has_value() ? "first " : "newest ") +
                 std::to_string(search.limit) + " are shown; --limit 0 shows all");
  }
  return ToldStatus(*store);
}

}  // namespace

Command RunsCommand() {
  Command command{"runs", "List runs, newest first.",
                  "[-e EXPERIMENT] [--where EXPR] [--since TIME] [--sort FIELD] [--limit N]"};
  command.examples = {
      {"reprise runs", "the newest runs"},
      {"reprise runs -e credit --sort -metrics.auc", "an experiment's runs, best first"},
      {"reprise runs --where 'metrics.auc > 0.75 and params.eta <= 0.1'", "those that match"},
      {"reprise runs --since 7d --where 'status != finished'", "what went wrong this week"}};
  command.details =
      "EXPR compares fields, as `reprise help where` says. Runs without the field to sort by come "
      "last, after those that have NaN, and numbers come before texts; the order is otherwise by "
      "start, newest first.";
  auto add = command.options.add_options();
  add("experiment,e", po::value<std::string>(), "NAME: only this experiment");
  add("where", po::value<std::string>(),
      "EXPR: only runs for which it is true (`reprise help where`)");
  add("since", po::value<std::string>(),
      "TIME: only runs that started then or later: 2026-11-23, '2026-11-23 18:00', 7d, 36h");
  add("sort", po::value<std::string>(), "FIELD: by this field; '-' before it: descending");
  add("limit", po::value<std::int64_t>()->default_value(kDefaultLimit),
      "N: at most so many; 0: all");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
