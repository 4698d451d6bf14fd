#include <charconv>

#include "tracker/cli/commands.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/text.h"
#include "tracker/fsck.h"

namespace reprise::cli {
namespace {

Result<unsigned> ReadPercent(const po::variables_map& args) {
  if (args.count("read-data") == 0) return 0U;
  std::string text = Text(args, "read-data");
  if (text.ends_with('%')) text.pop_back();
  unsigned percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size() || percent > 100) {
    return Error{ErrorCode::kInvalidArgument,
                 "--read-data takes a percentage from 0 to 100, and got '" + Printable(text) + "'"};
  }
  return percent;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  tracker::FsckOptions options;
  REPRISE_ASSIGN_OR_RETURN(options.read_data_percent, ReadPercent(args));
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, context.StoreFolder());
  options.repair = Flag(args, "repair");
  if (options.repair) options.read_data_percent = 100;
  tracker::StoreOptions store_options = context.StoreOptions();
  context.RecoverRuns();
  if (Flag(args, "rebuild-index") && !options.repair) {  // A repair rebuilds it, too.
    tracker::StoreOptions rebuilding = store_options;
    rebuilding.rebuild_catalog = true;
    REPRISE_TRY(tracker::Store::Open(context.files, folder, rebuilding));
    store_options.notify = nullptr;  // What opening it tells has been told.
  }
  Progress progress(context, "checking", "object");
  options.progress = [&](std::uint64_t objects, std::uint64_t bytes) {
    progress.Update(objects, bytes);
  };
  REPRISE_ASSIGN_OR_RETURN(const tracker::FsckReport report,
                           tracker::CheckStore(context.files, folder, store_options, options));
  progress.Finish();
  if (context.global.json) {
    Json problems = Json::Array{};
    for (const tracker::FsckProblem& problem : report.problems) {
      problems.Append(
          Json()
              .Set("kind", problem.kind)
              .Set("digest", problem.digest.has_value() ? Json(problem.digest->ToString()) : Json())
              .Set("message", problem.message));
    }
    Json repaired = Json::Array{};
    for (const std::string& sentence : report.repaired) repaired.Append(sentence);
    context.PrintJson(Json()
                          .Set("ok", report.problems.empty())
                          .Set("problems", std::move(problems))
                          .Set("repaired", std::move(repaired))
                          .Set("packs", report.packs)
                          .Set("objects", report.objects)
                          .Set("bytes_read", report.bytes_read)
                          .Set("erased", report.erased));
  } else {
    for (const std::string& sentence : report.repaired)
      context.out << "repaired: " << sentence << "\n";
    for (const tracker::FsckProblem& problem : report.problems) {
      context.out << problem.kind << ": " << problem.message
                  << (problem.digest.has_value() ? " (" + problem.digest->ToString() + ")" : "")
                  << "\n";
    }
    if (report.problems.empty()) {
      context.out << "the store is whole: " << report.objects << " objects in " << report.packs
                  << " packs";
      if (report.erased > 0) context.out << ", " << report.erased << " erased on purpose";
      if (options.read_data_percent > 0) {
        context.out << ", " << FormatSize(report.bytes_read) << " read and verified";
      }
      context.out << "\n";
    }
  }
  return report.problems.empty() ? 0 : 1;
}

}  // namespace

Command FsckCommand() {
  Command command{"fsck", "Check the store.",
                  "[--read-data[=PERCENT]] [--rebuild-index] [--repair]"};
  command.examples = {
      {"reprise fsck", "ledger, packs, and that nothing is missing"},
      {"reprise fsck --read-data", "read every byte and compare it with its digest"},
      {"reprise fsck --rebuild-index", "build the catalog anew from the truth"},
      {"reprise fsck --repair", "save what is whole of damaged packs"}};
  command.details =
      "Damaged objects are named and marked; adding the same content again heals them. --repair "
      "deletes nothing: a damaged pack is put into .reprise/quarantine/, and what is whole of it "
      "into a new pack.";
  auto add = command.options.add_options();
  add("read-data", po::value<std::string>()->implicit_value("100"),
      "PERCENT: read all objects, or so many percent of them");
  add("repair", po::bool_switch(), "replace damaged packs by what is whole of them");
  add("rebuild-index", po::bool_switch(), "throw the catalog away and rebuild it first");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
