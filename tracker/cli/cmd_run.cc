#include <algorithm>

#include "lineage/capture/redact.h"
#include "storage/base/nearest.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/table_records.h"
#include "tracker/cli/text.h"
#include "tracker/experiment_name.h"
#include "tracker/project_path.h"
#include "tracker/recorder/command_line.h"
#include "tracker/recorder/record_run.h"
#include "tracker/run_json.h"

namespace reprise::cli {
namespace {

constexpr int kOwnFailure = 125;  // As env(1): reprise itself failed around the command.

Result<void> ReadParams(const std::vector<std::string>& texts, tracker::RunRequest& request) {
  for (const std::string& text : texts) {
    REPRISE_ASSIGN_OR_RETURN(auto assignment, SplitAssignment(text, "-p"));
    auto& [key, value] = assignment;
    lineage::ParamValue typed = lineage::ParamValue::Guess(value);
    if (key.size() > 1 && key.back() == ':') {
      key.pop_back();
      auto json = lineage::ParamValue::FromJsonText(value);
      if (!json.ok()) return Annotate(std::move(json).error(), "-p " + Printable(text));
      typed = *std::move(json);
    }
    tracker::KeepTypedText(key, typed, value, request.variables);
    if (!request.params.emplace(key, std::move(typed)).second) {
      return Error{ErrorCode::kInvalidArgument,
                   "-p " + Printable(key) + " is given more than once"};
    }
  }
  if (const auto both = tracker::ParamsOfOneVariable(request.params)) {
    return Error{ErrorCode::kInvalidArgument,
                 "-p " + Printable(both->first) + " and -p " + Printable(both->second) +
                     " would both be the command's variable " +
                     tracker::ParamVariable(both->first) + "; call one of them otherwise"};
  }
  return {};
}

// Whether two names are so near that one may be the other, mistyped.
bool AreNear(const std::string& a, const std::string& b) {
  constexpr std::size_t kSizeMax = 64;  // The cost is a product of lengths.
  if (a.size() > kSizeMax || b.size() > kSizeMax || std::min(a.size(), b.size()) < 2) return false;
  return EditDistance(a, b) <= (std::min(a.size(), b.size()) < 6 ? 1U : 2U);
}

// "{etaa}" beside a parameter eta hardly means itself.  "${etaa}" is the shell's, and other braces
// are somebody else's.
void WarnOfTemplates(const tracker::RunRequest& request, const Context& context) {
  for (const std::string& word : request.command) {
    for (std::size_t at = word.find('{'); at != std::string::npos; at = word.find('{', at + 1)) {
      const std::size_t end = word.find_first_of("{}", at + 1);
      if (end == std::string::npos || word[end] != '}' || (at > 0 && word[at - 1] == '$')) continue;
      const std::string name = word.substr(at + 1, end - at - 1);
      if (request.params.contains(name)) continue;
      for (const auto& [key, value] : request.params) {
        if (!AreNear(name, key)) continue;
        context.Warn("warning: {" + Printable(name) +
                     "} reaches the command as it stands; did you mean {" + Printable(key) + "}?");
        break;
      }
    }
  }
}

Result<void> CheckLevel(const std::string& level) {
  if (level == "declared" || level == "observed" || level == "sealed") return {};
  return Error{ErrorCode::kInvalidArgument,
               "--capture takes declared, observed or sealed, and got '" + Printable(level) + "'"};
}

// --input-role ROLE=PATH: an input, like one of -i, that says what it is to the run.
Result<void> ReadInputRoles(const std::vector<std::string>& texts, const Context& context,
                            tracker::RunRequest& request) {
  for (const std::string& text : texts) {
    REPRISE_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment(text, "--input-role"));
    REPRISE_ASSIGN_OR_RETURN(const auto paths, AbsolutePaths({assignment.second}, context));
    const auto [known, is_new] = request.input_roles.emplace(paths[0], assignment.first);
    if (!is_new && known->second != assignment.first) {
      return Error{ErrorCode::kInvalidArgument,
                   "--input-role gives '" + Printable(assignment.second) + "' two roles"};
    }
    if (std::ranges::find(request.inputs, paths[0]) == request.inputs.end()) {
      request.inputs.push_back(paths[0]);
    }
  }
  return {};
}

Result<tracker::RunRequest> MakeRequest(const po::variables_map& args, Context& context) {
  tracker::RunRequest request;
  REPRISE_TRY(CheckLevel(Text(args, "capture")));
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  REPRISE_ASSIGN_OR_RETURN(request.project_folder, context.ProjectFolder());
  request.working_directory = context.working_directory;
  tracker::CommandWords words = tracker::SplitVariables(context.tail);
  request.command = std::move(words.command);
  request.variables = std::move(words.variables);
  for (const std::string& name : Texts(args, "env")) {
    REPRISE_TRY(RequireText(name, "--env"));
    if (!IsUtf8(name)) {
      return Error{ErrorCode::kInvalidArgument,
                   "--env " + Printable(name) + ": a recorded variable's name must be UTF-8"};
    }
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) {
      return Error{ErrorCode::kInvalidArgument,
                   "--env " + Printable(name) + ": there is no such variable"};
    }
    request.variables.try_emplace(name, value);
  }
  request.experiment = Text(args, "experiment");
  REPRISE_TRY(tracker::CheckExperimentName(request.experiment));
  request.name = OptionalText(args, "name");
  REPRISE_TRY(ReadParams(Texts(args, "param"), request));
  WarnOfTemplates(request, context);
  REPRISE_ASSIGN_OR_RETURN(request.inputs, AbsolutePaths(Texts(args, "input"), context));
  REPRISE_TRY(ReadInputRoles(Texts(args, "input-role"), context, request));
  REPRISE_ASSIGN_OR_RETURN(request.outputs, AbsolutePaths(Texts(args, "output"), context));
  REPRISE_ASSIGN_OR_RETURN(request.tags, ParseTags(Texts(args, "tag"), "--tag"));
  request.notes = Texts(args, "note");
  if (std::ranges::find(request.notes, "") != request.notes.end()) {
    return Error{ErrorCode::kInvalidArgument, "--note is empty"};
  }
  request.stdout_to_stderr = context.global.json;
  request.capture_level = Text(args, "capture");
  return request;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(tracker::RunRequest request, MakeRequest(args, context));
  context.RecoverRuns();  // Before the command writes over what they left.
  const StopSignals signals;
  request.stop = [] { return StopSignals::Received() != 0; };
  Progress progress(context, "recording code and inputs");
  request.progress = [&](std::uint64_t files, std::uint64_t bytes) {
    progress.Update(files, bytes);
  };
  request.progress_done = [&] { progress.Finish(); };
  REPRISE_ASSIGN_OR_RETURN(const tracker::RunOutcome outcome,
                           tracker::RecordRun(context.files, request, context.StoreOptions()));
  if (!outcome.started) return FailToStart(outcome, context);
  if (!outcome.record_failure.empty()) {
    return context.Fail(
        {ErrorCode::kIoError,
         "the command ended with exit status " + std::to_string(outcome.exit_status) +
             ", but could not be recorded to its end: " + outcome.record_failure +
             "; what was recorded stays in the inbox of the store, and the next "
             "command that finds this mended completes it"},
        kOwnFailure);
  }
  RecordTables(outcome.tables, context);
  PrintOutcome(outcome, context);
  if (outcome.run.has_value()) WarnOfLeaks(*outcome.run, context);
  return outcome.exit_status;
}

}  // namespace

Command RunCommand() {
  Command command{"run", "Run a command and record it.",
                  "[-e EXPERIMENT] [-n NAME] [-p KEY=VALUE]… [-i PATH]… [-o PATH]… -- COMMAND…"};
  command.examples = {
      {"reprise run -- ./train", "record ./train: code, environment, what the SDK reports"},
      {"reprise run -e credit -p eta=0.1 -i data.csv -o model.json -- ./train --eta {eta}",
       "with a parameter, an input and an output; {eta} becomes 0.1"},
      {"reprise run --input-role train=a.csv --input-role test=b.csv -- ./train",
       "two inputs, of which it is checked that the one holds nothing of the other"},
      {"reprise run -- OMP_NUM_THREADS=4 python3 train.py", "with a variable that is recorded"}};
  command.details =
      "A parameter is an integer, else a real, else true or false, else text. It takes the place "
      "of {KEY} in COMMAND, and is its variable REPRISE_PARAM_KEY, in capitals and with _ for all "
      "but letters and digits, both as it was typed (1.10, 007); two parameters that would be one "
      "variable (a.b and a_b) are refused. Prints one line at the end on stderr. The exit status "
      "is that of COMMAND (128 + signal for a signal); 127 when it was not found, 126 when it "
      "could not be started, 125 when reprise failed while it ran, and 2 to 5 when reprise could "
      "not begin, as for every command. Standard input is COMMAND's and is not recorded; where it "
      "may have given something, the run says so.";
  auto add = command.options.add_options();
  add("experiment,e", po::value<std::string>()->default_value("default"), "NAME: the experiment");
  add("name,n", po::value<std::string>(), "NAME: a name for the run, unique in the store");
  using Many = std::vector<std::string>;
  add("param,p", po::value<Many>(), "KEY=VALUE: a parameter; KEY:=JSON for a JSON value");
  add("input,i", po::value<Many>(), "PATH: a file or folder that the command reads");
  add("input-role", po::value<Many>(),
      "ROLE=PATH: an input and what it is: train, validation, test, holdout, or another word");
  add("output,o", po::value<Many>(), "PATH: a file or folder that the command writes");
  add("tag", po::value<Many>(), "KEY=VALUE: a tag");
  add("note", po::value<Many>(), "TEXT: a note");
  add("env", po::value<Many>(), "NAME: a variable that is part of the recipe");
  add("capture", po::value<std::string>()->default_value("sealed"),
      "LEVEL: sealed (all that the run used is stored, so that it can be run again anywhere), "
      "observed (traced and hashed; system files are not stored) or declared (only -i, -o and the "
      "SDK)");
  command.choices["capture"] = {"sealed", "observed", "declared"};
  command.takes_tail = true;
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
