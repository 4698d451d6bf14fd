#include <algorithm>

#include "storage/base/clock.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/text.h"
#include "tracker/listed_run.h"
#include "tracker/live_runs.h"
#include "tracker/recorder/live_run.h"
#include "tracker/run_filter.h"
#include "tracker/run_json.h"

namespace reprise::cli {
namespace {

constexpr std::uint64_t kDefaultLimit = 100;

struct Options {
  std::optional<std::string> experiment;
  std::optional<tracker::RunFilter> filter;
  std::optional<std::string> sort_field;
  bool descending = false;
  std::uint64_t limit = kDefaultLimit;  // 0: all.
};

Result<Options> ReadOptions(const po::variables_map& args) {
  Options options;
  options.experiment = OptionalText(args, "experiment");
  if (const auto where = OptionalText(args, "where")) {
    REPRISE_ASSIGN_OR_RETURN(options.filter, tracker::RunFilter::Parse(*where));
  }
  if (auto sort = OptionalText(args, "sort")) {
    if (sort->starts_with('-')) {
      options.descending = true;
      sort->erase(0, 1);
    }
    if (!tracker::IsRunField(*sort)) {
      return Error{ErrorCode::kInvalidArgument,
                   "--sort takes a field such as metrics.auc, params.eta, name, started or "
                   "duration ('-' before it: descending), and got '" +
                       Printable(*sort) + "'"};
    }
    options.sort_field = sort;
  }
  const std::int64_t limit = args["limit"].as<std::int64_t>();
  if (limit < 0) {
    return Error{ErrorCode::kInvalidArgument, "--limit takes a number, 0 for no limit"};
  }
  options.limit = static_cast<std::uint64_t>(limit);
  return options;
}

bool Wanted(const Options& options, const tracker::ListedRun& run) {
  return (!options.experiment.has_value() || run.experiment == *options.experiment) &&
         (!options.filter.has_value() || options.filter->Matches(run));
}

struct Listing {
  std::vector<tracker::ListedRun> runs;
  bool truncated = false;
  bool has_sort_field = true;  // One of them at least.
};

// Runs without the field come last.
void Sort(const Options& options, std::vector<tracker::ListedRun>& runs) {
  struct Keyed {
    std::optional<tracker::FieldValue> value;
    std::size_t position;
  };
  std::vector<Keyed> order;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    order.push_back({tracker::FieldOf(runs[i], *options.sort_field), i});
  }
  std::ranges::stable_sort(order, [&](const Keyed& a, const Keyed& b) {
    const auto& x = a.value;
    const auto& y = b.value;
    if (!x.has_value() || !y.has_value()) return x.has_value() && !y.has_value();
    if (x->number.has_value() && y->number.has_value()) {
      return options.descending ? *x->number > *y->number : *x->number < *y->number;
    }
    return options.descending ? x->text > y->text : x->text < y->text;
  });
  std::vector<tracker::ListedRun> sorted;
  for (const Keyed& keyed : order) sorted.push_back(std::move(runs[keyed.position]));
  runs = std::move(sorted);
}

// A run that is being recorded, with what it has reported so far.
tracker::ListedRun SoFar(tracker::Store& store, tracker::ListedRun known) {
  if (known.status != lineage::RunStatus::kRunning) return known;
  const auto live = tracker::ReadLiveRun(store.files(), store.folder(), known.id);
  return live.ok() ? tracker::ListedRunOf(live->run) : known;
}

// Newest first, unless a field to sort by is given.
Result<Listing> Collect(tracker::Store& store, const Options& options) {
  Listing listing;
  const bool needs_all = options.sort_field.has_value() || options.limit == 0;
  REPRISE_TRY(tracker::ForEachKnownRun(store, [&](tracker::ListedRun&& known) {
    tracker::ListedRun run = SoFar(store, std::move(known));
    if (!Wanted(options, run)) return true;
    if (!needs_all && listing.runs.size() >= options.limit) {
      listing.truncated = true;
      return false;
    }
    listing.runs.push_back(std::move(run));
    if (options.limit > 0 && listing.runs.size() >= 4 * options.limit + 1000) {
      Sort(options, listing.runs);  // What falls out now would fall out at the end.
      listing.runs.resize(options.limit);
      listing.truncated = true;
    }
    return true;
  }));
  if (options.sort_field.has_value()) {
    Sort(options, listing.runs);
    listing.has_sort_field =
        listing.runs.empty() || tracker::FieldOf(listing.runs[0], *options.sort_field).has_value();
  }
  if (options.limit > 0 && listing.runs.size() > options.limit) {
    listing.runs.resize(options.limit);
    listing.truncated = true;
  }
  return listing;
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

void PrintTable(const Listing& listing, Context& context) {
  Table table({"ID", "NAME", "EXPERIMENT", "STATUS", "STARTED", ">TIME", "METRICS"});
  for (const tracker::ListedRun& run : listing.runs) {
    table.Add({run.id.ToString(), run.name, Printable(run.experiment),
               DescribeStatus(run.status, run.exit_code, run.signal),
               FormatLocalTime(run.started_at_unix_ms),
               DescribeDuration(run.status, run.started_at_unix_ms, run.ended_at_unix_ms),
               DescribeMetrics(run)});
  }
  table.Print(context.out, context.columns);
}

// The whole runs; only these are read in full.
Result<Json> ListingToJson(tracker::Store& store, const Listing& listing) {
  Json runs = Json::Array{};
  for (const tracker::ListedRun& listed : listing.runs) {
    // A live run is in its journal only, unless it has been adopted meanwhile.
    auto live = tracker::ReadLiveRun(store.files(), store.folder(), listed.id);
    if (live.ok()) {
      runs.Append(tracker::RunToJson(live->run));
      continue;
    }
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(listed.id));
    runs.Append(tracker::RunToJson(run));
  }
  return Json().Set("runs", std::move(runs)).Set("truncated", listing.truncated);
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const Options options, ReadOptions(args));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const Listing listing, Collect(*store, options));
  if (context.global.json) {
    REPRISE_ASSIGN_OR_RETURN(const Json json, ListingToJson(*store, listing));
    context.PrintJson(json);
  } else if (listing.runs.empty()) {
    const bool all = !options.experiment.has_value() && !options.filter.has_value();
    context.Warn(store->may_lack_entries() ? "no run that can be read"
                 : !all                    ? "no run matches"
                                           : "no runs yet; `reprise run -- COMMAND` records one");
  } else {
    PrintTable(listing, context);
  }
  if (!listing.has_sort_field) {
    context.Warn("none of these runs has '" + Printable(*options.sort_field) +
                 "', by which they are to be sorted");
  }
  if (listing.truncated && args["limit"].defaulted() && !context.global.quiet) {
    context.Warn("the newest " + std::to_string(options.limit) + " are shown; --limit 0 shows all");
  }
  return ToldStatus(*store);
}

}  // namespace

Command RunsCommand() {
  Command command{"runs", "List runs, newest first.",
                  "[-e EXPERIMENT] [--where EXPR] [--sort FIELD] [--limit N]"};
  command.examples = {
      {"reprise runs", "the newest runs"},
      {"reprise runs -e credit --sort -metrics.auc", "an experiment's runs, best first"},
      {"reprise runs --where 'metrics.auc > 0.75 and params.eta <= 0.1'", "those that match"}};
  command.details =
      "EXPR compares fields, as `reprise help where` says. Runs without the field to sort by come "
      "last; the order is otherwise by start, newest first.";
  auto add = command.options.add_options();
  add("experiment,e", po::value<std::string>(), "NAME: only this experiment");
  add("where", po::value<std::string>(),
      "EXPR: only runs for which it is true (`reprise help where`)");
  add("sort", po::value<std::string>(), "FIELD: by this field; '-' before it: descending");
  add("limit", po::value<std::int64_t>()->default_value(kDefaultLimit),
      "N: at most so many; 0: all");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
