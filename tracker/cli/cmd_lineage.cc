#include "lineage/render/render.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/lineage_columns.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/cli/lineage_output.h"
#include "tracker/cli/lineage_starts.h"
#include "tracker/cli/refs_support.h"
#include "tracker/column_lineage.h"
#include "tracker/lineage_view.h"
#include "tracker/partial_folders.h"

namespace reprise::cli {
namespace {

Result<int> WalkColumn(const tracker::ColumnNode& column, lineage::Direction direction,
                       const LineageFilters& filters, const std::string& format,
                       tracker::Store& store, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const tracker::ColumnGraph graph,
                           TraceFiltered(store, context, column, filters, direction));
  if (format == "json") {
    context.PrintJson(tracker::ColumnGraphToJson(graph));
  } else {
    context.out << RenderFor(context, tracker::RenderedColumns(graph), format, direction);
  }
  return ToldStatus(store);
}

Result<int> Walk(const po::variables_map& args, Context& context, lineage::Direction direction) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const LineageFilters filters, ReadLineageFilters(args));
  REPRISE_ASSIGN_OR_RETURN(const std::string format, ReadFormat(args, context));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto column, ColumnOf(*store, context, ref));
  if (column.has_value()) {
    return WalkColumn(*column, direction, filters, format, *store, context);
  }
  REPRISE_ASSIGN_OR_RETURN(const LineageStarts starts, FindStarts(*store, context, ref));
  tracker::LabelOptions labels{.direction = direction};
  REPRISE_ASSIGN_OR_RETURN(labels.names, tracker::NamesOf(*store, starts.nodes, ref));
  REPRISE_ASSIGN_OR_RETURN(lineage::GraphAnswer answer,
                           AskFrom(*store, starts, filters, direction));
  REPRISE_TRY(tracker::AddPartialFoldersAround(*store, starts.nodes, answer.partial));
  WarnOfCycle(context, answer.cycle);
  WarnOfCut(context, filters, answer.is_cut, answer.nodes.size());
  WarnOfPartial(context, answer.partial);
  REPRISE_ASSIGN_OR_RETURN(const lineage::RenderGraph labelled,
                           tracker::LabelAnswer(*store, answer, labels));
  if (format == "json") {
    context.PrintJson(lineage::RenderJson(labelled)
                          .Set("partial", IdsToJson(answer.partial))
                          .Set("truncated", answer.is_cut));
  } else {
    context.out << RenderFor(context, labelled, format, direction);
  }
  return ToldStatus(*store, context, starts);
}

Command WalkCommand(const std::string& name, const std::string& summary,
                    lineage::Direction direction) {
  Command command{name, summary,
                  "REF [--kind KIND]… [--where EXPR] [--since TIME] [--depth N] [--limit N] "
                  "[--format text|json|dot|svg|mermaid]"};
  TakeRef(command);
  AddLineageFilters(command);
  AddLineageLimit(command);
  AddFormatOption(command);
  command.details = LineageFiltersHelp() + "\n\n" + FormatHelp();
  command.run = [direction](const po::variables_map& args, Context& context) {
    return Walk(args, context, direction);
  };
  return command;
}

}  // namespace

Command LineageUpCommand() {
  Command command =
      WalkCommand("lineage up", "What a run or artifact came from.", lineage::Direction::kUp);
  command.examples = {{"reprise lineage up out/model.json", "everything upstream of a model"},
                      {"reprise lineage up 'scores.csv#score'", "the columns that it came from"},
                      {"reprise lineage up @last --kind library", "the libraries that it ran with"},
                      {"reprise lineage up @last --format svg > lineage.svg", "as a picture"}};
  return command;
}

Command LineageDownCommand() {
  Command command =
      WalkCommand("lineage down", "What came from a run or artifact.", lineage::Direction::kDown);
  command.examples = {
      {"reprise lineage down data.csv", "everything that this data reached"},
      {"reprise lineage down 'data.csv#age'", "what became of one column"},
      {"reprise lineage down /usr/lib/x86_64-linux-gnu/libcrypto.so.3 --kind run --limit 20",
       "runs that used a library"},
      {"reprise lineage down 4f1c2ab --where 'status = finished'", "what came of a commit"}};
  return command;
}

}  // namespace reprise::cli
