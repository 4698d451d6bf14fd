#include <map>

#include "storage/base/clock.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/text.h"
#include "tracker/listed_run.h"
#include "tracker/live_runs.h"
#include "tracker/store_stats.h"

namespace reprise::cli {
namespace {

struct ExperimentFacts {
  std::uint64_t runs = 0;
  std::int64_t last_started_unix_ms = 0;
};

Result<int> Experiments(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  std::map<std::string, ExperimentFacts> experiments;
  REPRISE_TRY(store->ForEachListedRun([&](const tracker::ListedRun& run) {
    ExperimentFacts& facts = experiments[run.experiment];
    ++facts.runs;
    facts.last_started_unix_ms = std::max(facts.last_started_unix_ms, run.started_at_unix_ms);
    return true;
  }));
  if (context.global.json) {
    Json list = Json::Array{};
    for (const auto& [name, facts] : experiments) {
      list.Append(Json()
                      .Set("name", name)
                      .Set("runs", facts.runs)
                      .Set("last_started_at", FormatTime(facts.last_started_unix_ms)));
    }
    context.PrintJson(Json().Set("experiments", std::move(list)));
    return 0;
  }
  Table table({"EXPERIMENT", "RUNS", "LAST STARTED"});
  for (const auto& [name, facts] : experiments) {
    table.Add({name, std::to_string(facts.runs), FormatLocalTime(facts.last_started_unix_ms)});
  }
  table.Print(context.out);
  return 0;
}

Result<int> Status(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoreStats stats, tracker::GatherStats(*store));
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("format", stats.format)
                          .Set("store", Printable(store->folder()))
                          .Set("id", store->id().ToString())
                          .Set("runs", stats.runs)
                          .Set("live_runs", stats.live_runs)
                          .Set("objects", stats.objects)
                          .Set("packs", stats.packs)
                          .Set("ledger_entries", stats.ledger_entries)
                          .Set("logical_bytes", stats.logical_bytes)
                          .Set("stored_bytes", stats.stored_bytes));
    return 0;
  }
  context.out << "store    " << Printable(store->folder()) << " (format " << stats.format << ")\n"
              << "runs     " << stats.runs << ", " << stats.live_runs << " running\n"
              << "objects  " << stats.objects << " in " << stats.packs << " packs\n"
              << "ledger   " << stats.ledger_entries << " entries\n"
              << "content  " << FormatSize(stats.logical_bytes) << " stored in "
              << FormatSize(stats.stored_bytes);
  if (stats.stored_bytes > 0) {
    const double ratio =
        static_cast<double>(stats.logical_bytes) / static_cast<double>(stats.stored_bytes);
    char text[32];
    std::snprintf(text, sizeof text, " (%.2f : 1)", ratio);
    context.out << text;
  }
  context.out << "\n";
  return 0;
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
