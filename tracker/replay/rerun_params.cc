#include "tracker/replay/rerun_params.h"

#include <algorithm>
#include <cstdlib>

#include "lineage/capture/redact.h"
#include "tracker/recorder/command_line.h"
#include "tracker/replay/content_search.h"

namespace reprise::tracker {
namespace {

class ParamChooser {
 public:
  ParamChooser(Store& store, const StoredRun& original, const RerunRequest& request)
      : store_(store), original_(original), recipe_(*original.recipe), request_(request) {}

  Result<std::map<std::string, lineage::ParamValue>> Choose() {
    std::map<std::string, lineage::ParamValue> params = recipe_.parameters;
    for (const auto& [key, text] : request_.set) {
      REPRISE_ASSIGN_OR_RETURN(const bool reaches, Reaches(key));
      if (!reaches) {
        return Error{ErrorCode::kInvalidArgument,
                     "--set " + Printable(key) + " would change nothing: the command has no {" +
                         Printable(key) +
                         "}, the program did not ask the SDK for it, and nothing mentions $" +
                         ParamVariable(key)};
      }
      lineage::ParamValue value = lineage::ParamValue::Guess(text);
      if (const auto known = recipe_.parameters.find(key); known != recipe_.parameters.end()) {
        auto typed = lineage::ParamValue::Parse(known->second.type(), text);
        if (!typed.ok()) return Annotate(std::move(typed).error(), "--set " + Printable(key));
        value = *std::move(typed);
      }
      params[key] = std::move(value);
    }
    return params;
  }

  // By its variable alone a parameter can only be set when no other has the same.
  Result<void> CheckVariableIsItsOwn(const std::string& key) const {
    for (const auto& [other, value] : recipe_.parameters) {
      if (other == key || ParamVariable(other) != ParamVariable(key)) continue;
      return Error{ErrorCode::kInvalidArgument,
                   "--set " + Printable(key) + ": the command can only read it as $" +
                       ParamVariable(key) + ", which is the variable of the run's parameter '" +
                       Printable(other) + "', too"};
    }
    return {};
  }

  Result<bool> Reaches(const std::string& key) {
    const std::string variable = ParamVariable(key);
    if (HasTemplate(recipe_.command, key)) return true;
    for (const std::string& asked : original_.record.asked_params) {
      if (asked == key) return true;
    }
    REPRISE_TRY(CheckVariableIsItsOwn(key));
    for (const std::string& word : recipe_.command) {
      if (word.find(variable) != std::string::npos) return true;
    }
    // How a program reads a parameter from its variable.
    REPRISE_ASSIGN_OR_RETURN(const auto reader,
                             FindInCode(store_, recipe_, [&](const std::string& content) {
                               return content.find(variable) != std::string::npos;
                             }));
    return reader.has_value();
  }

  Store& store_;
  const StoredRun& original_;
  const lineage::Recipe& recipe_;
  const RerunRequest& request_;
};

Result<void> CheckReplacement(FileSystem& files, const lineage::ArtifactUse& input,
                              const std::string& replacement) {
  const auto stat = files.StatFollowing(replacement);
  const std::string name = "'" + Printable(replacement) + "'";
  if (!stat.ok()) return Annotate(stat.error(), "--input");
  if (stat->kind != FileKind::kFile && stat->kind != FileKind::kDirectory) {
    return Error{ErrorCode::kInvalidArgument,
                 "--input: " + name +
                     " is a socket, device or FIFO, which has no content to keep; put what it "
                     "gives into a file"};
  }
  const bool wants_folder = input.kind == lineage::ArtifactKind::kFolder;
  if (wants_folder != (stat->kind == FileKind::kDirectory)) {
    return Error{ErrorCode::kInvalidArgument,
                 "--input: '" + Printable(input.path) + "' is a " +
                     (wants_folder ? "folder, and " + name + " is not"
                                   : "file, and " + name + " is a folder")};
  }
  return {};
}

}  // namespace

Result<std::map<std::string, lineage::ParamValue>> RerunParams(Store& store,
                                                               const StoredRun& original,
                                                               const RerunRequest& request) {
  return ParamChooser(store, original, request).Choose();
}

Result<void> CheckReplacedInputs(FileSystem& files, const StoredRun& original,
                                 const RerunRequest& request) {
  const lineage::Recipe& recipe = *original.recipe;
  for (const auto& [path, replacement] : request.inputs) {
    const auto input = std::ranges::find(recipe.inputs, path, &lineage::ArtifactUse::path);
    if (input == recipe.inputs.end()) {
      return Error{ErrorCode::kInvalidArgument,
                   "--input: the run has no input '" + Printable(path) + "'"};
    }
    if (path.starts_with('/') && request.on_host) {
      return Error{ErrorCode::kUnsupported,
                   "--input: '" + Printable(path) +
                       "' lies outside of the project, where --on-host cannot put other data"};
    }
    if (path == ".") {
      return Error{ErrorCode::kUnsupported,
                   "--input: '.' is the project itself, which cannot be replaced"};
    }
    REPRISE_TRY(CheckReplacement(files, *input, replacement));
  }
  return {};
}

void FillRerunVariables(const StoredRun& original, const RerunRequest& request, RunRequest& run,
                        std::vector<std::string>& missing) {
  const lineage::Recipe& recipe = *original.recipe;
  for (const auto& [name, value] : recipe.variables) {
    if (value.find(capture::kRedacted) == std::string::npos) {
      run.variables[name] = value;
      continue;
    }
    const char* const today = std::getenv(name.c_str());
    if (today == nullptr) {
      missing.push_back("the variable " + Printable(name) +
                        " held a secret that is not stored; set it and try again");
      continue;
    }
    run.variables[name] = today;
  }
  for (const auto& [key, text] : request.set) {
    run.variables.erase(ParamVariable(key));
    KeepTypedText(key, run.params.at(key), text, run.variables);
  }
  for (const std::string& word : recipe.command) {
    if (word.find(capture::kRedacted) == std::string::npos) continue;
    missing.emplace_back(
        "the command held a secret that is not stored; a program that reads it from a variable "
        "(recorded with --env NAME) can be run again");
    break;
  }
}

}  // namespace reprise::tracker
