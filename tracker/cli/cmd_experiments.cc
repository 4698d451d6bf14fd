#include <map>

#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/listed_run.h"
#include "tracker/live_runs.h"
#include "tracker/store_stats.h"

namespace reprise::cli {
namespace {

struct ExperimentFacts {
  std::uint64_t runs = 0;
  std::uint64_t live_runs = 0;  // Of these.
  std::int64_t last_started_unix_ms = 0;
};

Result<int> Experiments(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  std::map<std::string, ExperimentFacts> experiments;
  REPRISE_TRY(tracker::ForEachKnownRun(*store, [&](const tracker::ListedRun& run) {
    ExperimentFacts& facts = experiments[run.experiment];
    ++facts.runs;
    if (run.status == lineage::RunStatus::kRunning) ++facts.live_runs;
    facts.last_started_unix_ms = std::max(facts.last_started_unix_ms, run.started_at_unix_ms);
    return true;
  }));
  Json list = Json::Array{};
  Table table({"EXPERIMENT", ">RUNS", ">RUNNING", "LAST STARTED"});
  for (const auto& [name, facts] : experiments) {
    list.Append(Json()
                    .Set("name", name)
                    .Set("runs", facts.runs)
                    .Set("live_runs", facts.live_runs)
                    .Set("last_started_at", FormatTime(facts.last_started_unix_ms)));
    table.Add({Printable(name), std::to_string(facts.runs), std::to_string(facts.live_runs),
               FormatLocalTime(facts.last_started_unix_ms)});
  }
  context.PrintFound(Json().Set("experiments", std::move(list)), table,
                     store->may_lack_entries()
                         ? "no experiment that can be read"
                         : "no experiments yet; `reprise run -e NAME -- COMMAND` begins one");
  return ToldStatus(*store);
}

Result<void> PrintLive(tracker::Store& store, std::ostream& out) {
  REPRISE_ASSIGN_OR_RETURN(const auto live, tracker::LiveRuns(store.files(), store.folder()));
  for (const tracker::StoredRun& run : live) {
    out << "running  " << run.record.id.ToString() << "  " << run.record.name << "  "
        << Printable(run.record.experiment) << "  "
        << FormatDuration(NowUnixMs() - run.record.started_at_unix_ms) << "\n";
  }
  return {};
}

Result<int> Status(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoreStats stats, tracker::GatherStats(*store));
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("format", stats.format)
                          .Set("store", BytesToJson(store->folder()))
                          .Set("id", store->id().ToString())
                          .Set("runs", stats.runs)
                          .Set("live_runs", stats.live_runs)
                          .Set("objects", stats.objects)
                          .Set("packs", stats.packs)
                          .Set("ledger_entries", stats.ledger_entries)
                          .Set("logical_bytes", stats.logical_bytes)
                          .Set("stored_bytes", stats.stored_bytes));
    return ToldStatus(*store);
  }
  context.out << "store    " << Printable(store->folder()) << " (format " << stats.format << ")\n"
              << "runs     " << stats.runs << ", " << stats.live_runs << " running\n"
              << "objects  " << stats.objects << " in " << Counted(stats.packs, "pack") << "\n"
              << "ledger   " << stats.ledger_entries
              << (stats.ledger_entries == 1 ? " entry\n" : " entries\n") << "content  "
              << FormatSize(stats.logical_bytes) << " stored in " << FormatSize(stats.stored_bytes);
  if (stats.stored_bytes > 0) {
    const double ratio =
        static_cast<double>(stats.logical_bytes) / static_cast<double>(stats.stored_bytes);
    char text[32];
    std::snprintf(text, sizeof text, " (%.2f : 1)", ratio);
    context.out << text;
  }
  context.out << "\n";
  REPRISE_TRY(PrintLive(*store, context.out));
  return ToldStatus(*store);
}

}  // namespace

Command ExperimentsCommand() {
  Command command{"experiments", "List experiments.", ""};
  command.examples = {{"reprise experiments", "each with its number of runs"}};
  command.run = Experiments;
  return command;
}

Command StatusCommand() {
  Command command{"status", "The store: size, deduplication, live runs.", ""};
  command.examples = {{"reprise status", ""}};
  command.run = Status;
  return command;
}

}  // namespace reprise::cli
