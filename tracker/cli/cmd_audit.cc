#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/audit/bundle.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/output_files.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const std::string output, RequiredText(args, "output"));
  if (Text(args, "format") != "bundle") {
    return Error{ErrorCode::kUnsupported,
                 "--format " + Printable(Text(args, "format")) +
                     " is not in this release; the bundle holds the report as HTML"};
  }
  if (output.ends_with(".zip")) {
    return Error{ErrorCode::kUnsupported,
                 "a .zip is not written in this release; name a folder with -o"};
  }
  const std::string folder = tracker::AbsolutePath(output, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, folder));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
  const StopSignals signals;
  Progress progress(context, "exporting " + run.record.name);
  OutputFiles files(context.files, {[&](std::uint64_t count, std::uint64_t bytes) {
                                      progress.Update(count, bytes);
                                    },
                                    [] { return StopSignals::Received() != 0; }});
  REPRISE_TRY(tracker::ExportBundle(*store, run.record.id, folder, files));
  progress.Finish();
  if (context.global.json) {
    context.PrintJson(
        Json().Set("run", run.record.id.ToString()).Set("bundle", BytesToJson(folder)));
  } else {
    context.out << "wrote the audit bundle of " << run.record.name << " to " << Printable(folder)
                << "; check it with `python3 " << Printable(JoinPath(output, "verify.py")) << "`\n";
  }
  return 0;
}

}  // namespace

Command AuditExportCommand() {
  Command command{"audit export", "Write what an auditor needs to check a run without us.",
                  "REF -o DIR"};
  command.examples = {{"reprise audit export credit@max:auc -o bundle && python3 bundle/verify.py",
                       "export and verify"}};
  TakeRef(command);
  auto add = command.options.add_options();
  add("output,o", po::value<std::string>(), "DIR: a new folder");
  add("format", po::value<std::string>()->default_value("bundle"), "FORMAT: bundle");
  command.choices["format"] = {"bundle"};
  command.required.emplace_back("output");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
