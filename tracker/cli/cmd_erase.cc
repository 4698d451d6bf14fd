#include "lineage/document.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/erasure.h"

namespace reprise::cli {
namespace {

constexpr std::size_t kLinesMax = 20;  // Of a list on a terminal; --json has all.

Json ItemsToJson(const tracker::ErasureDocument& erasure) {
  Json items = Json::Array{};
  for (const tracker::ErasedItem& item : erasure.items) {
    items.Append(Json()
                     .Set("digest", item.digest.ToString())
                     .Set("kind", item.kind)
                     .Set("size_bytes", item.size_bytes)
                     .Set("paths", lineage::TextsToJson(item.paths)));
  }
  return items;
}

Json ReportToJson(const tracker::ErasureReport& report, bool dry_run) {
  Json erased = Json::Array{};
  for (const tracker::ErasureDocument& erasure : report.erased) {
    erased.Append(Json()
                      .Set("subject", erasure.subject)
                      .Set("reason", BytesToJson(erasure.reason))
                      .Set("items", ItemsToJson(erasure))
                      .Set("kept_bytes", erasure.kept_bytes));
  }
  Json derived = Json::Array{};
  for (const lineage::NodeId& node : report.derived) derived.Append(node.ToString());
  return Json()
      .Set("dry_run", dry_run)
      .Set("erased", std::move(erased))
      .Set("already", lineage::TextsToJson(report.already))
      .Set("kept", lineage::TextsToJson(report.kept))
      .Set("freed_bytes", report.freed_bytes)
      .Set("kept_bytes", report.kept_bytes)
      .Set("derived", std::move(derived));
}

template <typename List, typename Print>
void PrintSome(const List& list, std::ostream& out, const Print& print) {
  for (std::size_t i = 0; i < list.size() && i < kLinesMax; ++i) print(list[i]);
  if (list.size() > kLinesMax) out << "  and " << list.size() - kLinesMax << " more\n";
}

void PrintReport(const tracker::ErasureReport& report, bool dry_run, std::ostream& out) {
  for (const tracker::ErasureDocument& erasure : report.erased) {
    out << (dry_run ? "would erase" : "erased") << " of " << erasure.subject << "\n";
    PrintSome(erasure.items, out, [&](const tracker::ErasedItem& item) {
      out << "  " << ShortDigest(item.digest.ToString()) << "  " << item.kind << "  "
          << FormatSize(item.size_bytes)
          << (item.paths.empty() ? "" : "  " + Printable(item.paths.front())) << "\n";
    });
  }
  if (report.erased.empty()) {
    out << (dry_run ? "nothing would be erased\n" : "nothing is erased\n");
  } else {
    out << FormatSize(report.freed_bytes) << (dry_run ? " would go" : " are gone") << "\n";
  }
  if (!report.derived.empty()) {
    out << "what came of it " << (dry_run ? "would stay" : "stays") << "\n";
    PrintSome(report.derived, out,
              [&](const lineage::NodeId& node) { out << "  " << node.ToString() << "\n"; });
  }
}

Result<int> Run(const po::variables_map& args, Context& context) {
  tracker::ErasureRequest request;
  request.refs = Texts(args, "refs");
  REPRISE_ASSIGN_OR_RETURN(request.reason, RequiredText(args, "reason"));
  request.logs = Flag(args, "logs");
  request.metrics = Flag(args, "metrics");
  request.notes = Flag(args, "notes");
  request.shared = Flag(args, "shared");
  request.dry_run = Flag(args, "dry-run");
  request.working_directory = context.working_directory;
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  context.RecoverRuns();
  REPRISE_ASSIGN_OR_RETURN(const tracker::ErasureReport report,
                           tracker::Erase(context.files, request, context.StoreOptions()));
  for (const std::string& sentence : report.already) context.Warn(sentence);
  PrintSome(report.kept, context.err, [&](const std::string& sentence) { context.Warn(sentence); });
  if (context.global.json) {
    context.PrintJson(Json().Set("erasure", ReportToJson(report, request.dry_run)));
  } else {
    PrintReport(report, request.dry_run, context.out);
  }
  const bool stays_all = report.erased.empty() && report.already.empty();
  return stays_all ? 1 : 0;
}

}  // namespace

Command EraseCommand() {
  Command command{"erase", "Remove bytes for good, and record who did so and why.",
                  "REF… --reason TEXT [--logs] [--metrics] [--notes] [--shared] [--dry-run]"};
  command.examples = {
      {"reprise erase customers.csv --reason 'request 17' --dry-run", "what would go, and stay"},
      {"reprise erase credit@last:scores.csv --reason 'request 17'", "what a run read or wrote"},
      {"reprise erase brave-otter-7 --logs --reason 'names in the output'", "what a run printed"}};
  command.details =
      "The bytes leave every file of the store, with the profiles of their columns; digests, "
      "lineage and proofs stay, and every command says of what is gone when, by whom and why it "
      "was erased. It cannot be undone. A file goes for all that name it as data; one that is "
      "also the log, the patch or a metric of a run, or a file of its machine, stays. Of a "
      "folder those files go, and of a run those logs and metrics, that nothing else has. "
      "--shared erases these, too, and whatever has pieces in common with what is named, as "
      "other versions of a table, with its profiles. Exit status 1: all of it stays. Not while "
      "something is being recorded. A run's own record, and what was restored, exported or "
      "copied before, are not touched. The same content is stored again by `reprise add "
      "--again`, and by a run that reads or writes it, which says so. What cannot be finished "
      "at once (a full disk) is not found any more, and is finished by the next command that "
      "can.";
  auto add = command.options.add_options();
  add("reason", po::value<std::string>(), "TEXT: why, for the record");
  add("logs", po::bool_switch(), "of runs: what they printed and logged");
  add("metrics", po::bool_switch(), "of runs: all points of their metrics");
  add("notes", po::bool_switch(), "the notes about runs or content");
  add("shared", po::bool_switch(), "also what other content has in common with it");
  add("dry-run", po::bool_switch(), "say what would go, and change nothing");
  command.hidden.add_options()("refs", po::value<std::vector<std::string>>());
  command.positionals.add("refs", -1);
  command.required = {"refs", "reason"};
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
