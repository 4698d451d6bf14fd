// Commands with parameters in them.
//
// "--eta={eta}" in a recorded command is a template: "{key}" of a parameter that was given with -p
// or --set is replaced by its text when the command is started, so that a retraining can change it.
// Braces around anything else are left alone.
//
// A number may be typed in more than one way ("1.10", "007", "1e-3").  A recipe has one form for
// each value, but the command gets what was typed; where that is another form, the recipe keeps it
// among the variables of the run, as the REPRISE_PARAM_KEY that the command finds.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lineage/param_value.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// The text of each parameter as it was typed, as far as `variables` keep it, else its one form.
std::map<std::string, std::string> ParamTexts(
    const std::map<std::string, lineage::ParamValue>& params,
    const std::map<std::string, std::string>& variables);

// Makes `variables` keep that `value` was typed as `text`, where that has to be kept.
void KeepTypedText(const std::string& key, const lineage::ParamValue& value,
                   const std::string& text, std::map<std::string, std::string>& variables);

// The command as it is started; `texts` are those of the parameters.
std::vector<std::string> FillTemplates(const std::vector<std::string>& command,
                                       const std::map<std::string, std::string>& texts);

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
