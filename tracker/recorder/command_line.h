// Commands with parameters in them.
//
// "--eta={eta}" in a recorded command is a template: "{key}" of a parameter that was given with -p
// or
// --set is replaced by its value when the command is started, so that a retraining can change it.
// Braces around anything else are left alone.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lineage/param_value.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// The command as it is started.
std::vector<std::string> FillTemplates(const std::vector<std::string>& command,
                                       const std::map<std::string, lineage::ParamValue>& params);

// Whether "{key}" occurs in `command`.
bool HasTemplate(const std::vector<std::string>& command, const std::string& key);

// The variable by which a command reads the parameter: REPRISE_PARAM_ETA.  Characters other than
// letters and digits become '_'.
std::string ParamVariable(const std::string& key);

// Two of `params` that have one variable, if any do: the command would see only one of them.
std::optional<std::pair<std::string, std::string>> ParamsOfOneVariable(
    const std::map<std::string, lineage::ParamValue>& params);

// Takes leading NAME=value words off `words`, as a shell and env(1) do.
struct CommandWords {
  std::map<std::string, std::string> variables;
  std::vector<std::string> command;
};
CommandWords SplitVariables(const std::vector<std::string>& words);

}  // namespace reprise::tracker
