// `reprise recorder`: what the SDK and the keeper start; not for people.

#include <unistd.h>

#include <csignal>

#include "sdk/wire/messages.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/table_records.h"
#include "tracker/experiment_name.h"
#include "tracker/recorder/record_client.h"
#include "tracker/recorder/recovery.h"

namespace reprise::cli {
namespace {

// False if nobody reads it: the program has gone, or has not waited.
bool Tell(int fd, const std::string& line) {
  const bool told = write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  close(fd);
  return told;
}

Result<int> Finish(Context& context, const std::string& run_text) {
  REPRISE_ASSIGN_OR_RETURN(const Ulid run, Ulid::Parse(run_text));
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, context.StoreFolder());
  if (auto recovered = tracker::RecoverRun(context.files, folder, run); !recovered.ok()) {
    const ErrorCode code = recovered.error().code;
    // Another process was faster, and has adopted the run or is about to.
    const bool done = code == ErrorCode::kNotFound || code == ErrorCode::kTimeout;
    return done ? Result<int>(0) : std::move(recovered).error();
  }
  REPRISE_TRY(tracker::Store::Open(context.files, folder, context.StoreOptions()));  // Adopts it.
  return 0;
}

Result<int> Record(const po::variables_map& args, Context& context, int ready_fd, bool& told) {
  tracker::ClientRequest request;
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  REPRISE_ASSIGN_OR_RETURN(request.project_folder, context.ProjectFolder());
  request.working_directory = context.working_directory;
  request.experiment = Text(args, "experiment");
  REPRISE_TRY(tracker::CheckExperimentName(request.experiment));
  request.name = OptionalText(args, "name");
  request.pid = args["pid"].as<std::int64_t>();
  if (args.count("pid-start") > 0) request.start_ticks = args["pid-start"].as<std::uint64_t>();
  std::string session_folder;
  request.ready = [&](const std::string& folder) {
    told = true;
    session_folder = folder;
    return Tell(ready_fd, wire::kReadyOk + folder + "\n");
  };
  REPRISE_TRY(tracker::RecordClient(context.files, request, context.StoreOptions()));
  // The session's folder has the run's id.
  RecordTablesOfRun(session_folder.substr(session_folder.rfind('/') + 1), context);
  return 0;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  if (const auto run = OptionalText(args, "finish")) return Finish(context, *run);
  if (args.count("pid") == 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "recorder is started by the SDK and needs --pid; use `reprise run` instead"};
  }
  const int ready_fd = args["ready-fd"].as<int>();
  bool told = false;
  std::signal(SIGPIPE, SIG_IGN);  // Of the ready line: Tell() says so.
  auto recorded = Record(args, context, ready_fd, told);
  if (!recorded.ok() && !told) {
    Tell(ready_fd, wire::kReadyError + recorded.error().message + "\n");
  }
  return recorded;
}

}  // namespace

Command RecorderCommand() {
  Command command{"recorder", "Record a program that uses the SDK.", "--pid PID --ready-fd FD"};
  command.internal = true;
  auto add = command.options.add_options();
  add("pid", po::value<std::int64_t>(), "PID: the program");
  add("pid-start", po::value<std::uint64_t>(), "TICKS: when it was started, since boot");
  add("ready-fd", po::value<int>()->default_value(1), "FD: told the session's folder, or an error");
  add("experiment", po::value<std::string>()->default_value("default"), "NAME: the experiment");
  add("name", po::value<std::string>(), "NAME: the run's name");
  add("finish", po::value<std::string>(), "RUN: a run whose recorder died");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
