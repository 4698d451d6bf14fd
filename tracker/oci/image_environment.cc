#include "tracker/oci/image_environment.h"

#include <set>
#include <string_view>

#include "lineage/capture/redact.h"
#include "lineage/capture/variables.h"
#include "storage/base/json.h"
#include "storage/base/text_value.h"
#include "tracker/project_path.h"
#include "tracker/recorder/command_line.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kUsualFolders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                              "/usr/bin",        "/sbin",          "/bin"};

// The names of the Go language for those of uname(2); the others are the same.
std::string GoArchitecture(const std::string& machine) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"x86_64", "amd64"},
                                                                      {"aarch64", "arm64"},
                                                                      {"armv7l", "arm"},
                                                                      {"i686", "386"},
                                                                      {"loongarch64", "loong64"}};
  for (const auto& [name, go_name] : kNames) {
    if (machine == name) return std::string(go_name);
  }
  return machine;
}

Result<std::string> ValueOf(const Json& variable, const std::string& project_folder) {
  REPRISE_ASSIGN_OR_RETURN(const std::string type, variable.GetString("type"));
  REPRISE_ASSIGN_OR_RETURN(std::string value, variable.GetString("value"));
  if (type == "path_list") return capture::WithProject(value, project_folder);
  if (type == "bytes") return FromBase64(value);
  return value;
}

// PATH with the folders of the programs that the run used before the usual ones; those of scripts
// count only where one is looked for by its name.
Result<std::string> PathOf(const Json& document, const std::vector<std::string>& command,
                           const std::string& project_folder) {
  const bool is_searched = !command.empty() && command[0].find('/') == std::string::npos;
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const files, document.GetArray("files"));
  std::set<std::string> folders;
  for (const Json& file : *files) {
    REPRISE_ASSIGN_OR_RETURN(const std::string role, file.GetString("role"));
    const Json* const path = file.Find("path");
    const bool is_program = role == "executable" || (role == "script" && is_searched);
    if (path == nullptr || !is_program) continue;
    REPRISE_ASSIGN_OR_RETURN(const std::string bytes, BytesFromJson(*path));
    const std::string folder = ParentPath(AbsolutePath(bytes, project_folder));
    if (folder.find(':') == std::string::npos) folders.insert(folder);
  }
  for (const std::string_view usual : kUsualFolders) folders.erase(std::string(usual));
  std::string list;
  for (const std::string& folder : folders) list += folder + ":";
  for (const std::string_view usual : kUsualFolders) {
    list.append(usual).append(usual == std::end(kUsualFolders)[-1] ? "" : ":");
  }
  return list;
}

Result<void> ReadDocument(Store& store, const lineage::Recipe& recipe,
                          const std::string& project_folder, ImageEnvironment& environment) {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, store.objects().Get(*recipe.environment));
  REPRISE_ASSIGN_OR_RETURN(const Json document, ParseJson(text));
  REPRISE_ASSIGN_OR_RETURN(const std::string machine, document.GetString("architecture"));
  environment.architecture = GoArchitecture(machine);
  REPRISE_ASSIGN_OR_RETURN(environment.variables["PATH"],
                           PathOf(document, recipe.command, project_folder));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const variables, document.GetArray("variables"));
  for (const Json& variable : *variables) {
    REPRISE_ASSIGN_OR_RETURN(const std::string name, variable.GetString("name"));
    REPRISE_ASSIGN_OR_RETURN(environment.variables[name], ValueOf(variable, project_folder));
  }
  return {};
}

}  // namespace

Result<ImageEnvironment> EnvironmentOfImage(Store& store, const StoredRun& run,
                                            const std::string& project_folder) {
  ImageEnvironment environment;
  const lineage::Recipe& recipe = *run.recipe;
  if (recipe.environment.has_value()) {
    REPRISE_TRY(ReadDocument(store, recipe, project_folder, environment));
  }
  for (const auto& [key, text] : ParamTexts(recipe.parameters, recipe.variables)) {
    environment.variables[ParamVariable(key)] = text;
  }
  for (const auto& [name, value] : recipe.variables) environment.variables[name] = value;
  for (auto variable = environment.variables.begin(); variable != environment.variables.end();) {
    if (variable->second.find(capture::kRedacted) == std::string::npos) {
      ++variable;
      continue;
    }
    environment.withheld.push_back(variable->first);
    variable = environment.variables.erase(variable);
  }
  return environment;
}

}  // namespace reprise::tracker
