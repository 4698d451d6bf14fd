#include "tracker/replay/run_root.h"

#include <utility>

#include "tracker/recorder/start_message.h"
#include "tracker/replay/root_contents.h"
#include "tracker/replay/sandbox_plan.h"

namespace reprise::tracker {
namespace {

Error CannotBeHad(const StoredRun& run, const std::vector<std::string>& missing) {
  std::string message = "run " + run.record.name + " cannot be laid out: " + missing.front();
  if (missing.size() > 1) {
    message += " (and " + std::to_string(missing.size() - 1) + " more; `reprise doctor " +
               run.record.name + "` lists them)";
  }
  return {ErrorCode::kNotFound, std::move(message)};
}

// Those by which the SDK finds its recorder are not for a command that nobody records.
std::vector<std::string> UnrecordedEnvironment(const RunRequest& request, const Ulid& run) {
  std::vector<std::string> environment = CommandEnvironment(request, run);
  std::erase_if(environment, [](const std::string& variable) {
    return variable.starts_with("REPRISE_RUN_DIR=") || variable.starts_with("REPRISE_RUN_ID=") ||
           variable.starts_with("REPRISE_STORE=");
  });
  return environment;
}

}  // namespace

Result<RunRoot> LayOutRun(Store& store, const Ulid& run, const std::string& folder,
                          FileSystem& layout) {
  RunRoot root;
  REPRISE_ASSIGN_OR_RETURN(root.run, store.GetRun(run));
  if (!root.run.recipe.has_value() || root.run.recipe->command.empty()) {
    return Error{ErrorCode::kNotFound,
                 "run " + run.ToString() + " has no recorded command to run again"};
  }
  REPRISE_ASSIGN_OR_RETURN(root.closure, ReadClosure(store, root.run));
  RerunRequest request;
  request.store_folder = store.folder();
  request.run = run;
  REPRISE_ASSIGN_OR_RETURN(RerunPlan plan,
                           PlanSandboxRerun(store, root.run, request, folder, layout));
  if (!plan.missing.empty()) return CannotBeHad(root.run, plan.missing);
  root.command = StartedArguments(plan.run);
  root.environment = UnrecordedEnvironment(plan.run, run);
  root.working_directory = std::move(plan.run.working_directory);
  root.project_folder = std::move(plan.run.project_folder);
  root.sandbox = *std::move(plan.run.sandbox);
  root.warnings = std::move(plan.warnings);
  root.absent_variables = std::move(plan.absent_variables);
  return root;
}

}  // namespace reprise::tracker
