#include "tracker/recorder/start_message.h"

#include <set>

#include "lineage/capture/redact.h"
#include "storage/base/clock.h"
#include "tracker/actor.h"
#include "tracker/recorder/command_line.h"
#include "tracker/recorder/start_capture.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

extern char** environ;

namespace reprise::tracker {

std::map<std::string, std::string> OwnVariables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

std::vector<std::string> CommandEnvironment(const RunRequest& request, const Ulid& run) {
  std::map<std::string, std::string> variables;
  if (request.environment.has_value()) {
    for (const std::string& text : *request.environment) {
      const std::size_t equals = text.find('=');
      if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
    }
  } else {
    variables = OwnVariables();
  }
  for (const auto& [name, value] : request.variables) variables[name] = value;
  for (const auto& [key, text] : StartedTexts(request)) variables[ParamVariable(key)] = text;
  if (request.started_as.has_value()) {
    for (const auto& [name, value] : request.started_as->variables) variables[name] = value;
  }
  variables["REPRISE_RUN_DIR"] = StorePaths(request.store_folder).session(run);
  variables["REPRISE_RUN_ID"] = run.ToString();
  variables["REPRISE_STORE"] = request.store_folder;
  std::vector<std::string> environment;
  environment.reserve(variables.size());
  for (const auto& [name, value] : variables) {
    environment.push_back(std::string(name).append("=").append(value));
  }
  return environment;
}

std::vector<std::string> StartedArguments(const RunRequest& request) {
  return request.started_as.has_value() ? request.started_as->arguments
                                        : FillTemplates(request.command, StartedTexts(request));
}

const std::map<std::string, lineage::ParamValue>& StartedParams(const RunRequest& request) {
  return request.started_as.has_value() ? request.started_as->params : request.params;
}

std::map<std::string, std::string> StartedTexts(const RunRequest& request) {
  return ParamTexts(StartedParams(request), request.variables);
}

v1::SessionStarted StartMessage(const RunRequest& request,
                                const std::vector<std::string>& environment) {
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_RUN);
  started.set_started_at_unix_ms(NowUnixMs());
  started.set_project_folder(request.project_folder);
  started.set_working_directory(request.working_directory);
  const capture::RedactedArguments command = capture::RedactArguments(request.command);
  for (const std::string& argument : command.arguments) started.add_arguments(argument);
  bool redacted = command.redacted;
  if (request.started_as.has_value()) {
    for (const std::string& argument :
         capture::RedactArguments(request.started_as->arguments).arguments) {
      started.add_started_arguments(argument);
    }
  }
  for (const std::string& warning : request.warnings) started.add_warnings(warning);
  started.set_experiment(request.experiment);
  for (const auto& [key, value] : request.params) {
    v1::Param* const param = started.add_params();
    param->set_key(key);
    param->set_type(std::string(lineage::ParamTypeName(value.type())));
    param->set_value(value.text());
  }
  for (const std::string& output : request.outputs) started.add_declared_outputs(output);
  for (const auto& [key, value] : request.tags) {
    v1::Tag* const tag = started.add_tags();
    tag->set_key(key);
    tag->set_value(value);
  }
  for (const std::string& note : request.notes) started.add_notes(note);
  // Parameters are told whatever their name: "max_tokens" is no token.
  std::set<std::string> typed_texts;
  for (const auto& [key, text] : ParamTexts(request.params, request.variables)) {
    if (text != request.params.at(key).text()) typed_texts.insert(ParamVariable(key));
  }
  for (const auto& [name, value] : request.variables) {
    const capture::RedactedText kept =
        capture::IsSecretVariable(name) && !typed_texts.contains(name)
            ? capture::RedactedText{std::string(capture::kRedacted), true}
            : capture::RedactText(value);
    redacted = redacted || kept.redacted;
    started.add_kept_variables(name + "=" + kept.text);
  }
  for (const std::string& variable : RecordableVariables(environment)) {
    started.add_variables(variable);
  }
  started.set_actor(CurrentActor());
  started.set_capture_level(request.capture_level);
  started.set_in_sandbox(request.sandbox.has_value());
  if (request.reproduces.has_value()) started.set_reproduces(UlidBytes(*request.reproduces));
  if (request.derived_from.has_value()) {
    started.set_derived_from(UlidBytes(*request.derived_from));
  }
  started.set_redacted(redacted);
  return started;
}

}  // namespace reprise::tracker
