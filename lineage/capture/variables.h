// Which environment variables can change a result, and how they are recorded.
//
// Only listed variables are recorded, so that what a shell happens to export stays private and two
// machines agree.  The list is the table in variables.cc; docs/formats/environment.md repeats it.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/capture/program.h"
#include "storage/base/json.h"

namespace reprise::capture {

struct VariableRule {
  std::string_view name;  // Exactly, or the beginning if it ends in '*'.
  bool is_path_list;      // Parts between colons are paths; those in the project become relative.
};

// The allow-list, sorted by name.
const std::vector<VariableRule>& VariableRules();

// The rule for `name`, or nullptr: not recorded unless asked for.
const VariableRule* FindVariableRule(std::string_view name);

// The process context: what tells a program where it is, who runs it and how to talk to it, so that
// a rerun needs it, though it is no part of the environment document.  Sorted; a name or, ending in
// '*', the beginning of names.  docs/formats/run.md repeats it.
const std::vector<std::string_view>& ContextVariables();

// Whether the value of variable `name` may stand in a run's record: VariableRules() or
// ContextVariables() has it, and it is not IsSecretVariable().
bool IsRecordedVariable(std::string_view name);

// A path list as SelectVariables() writes it, with `project_folder` in place of "<project>".
std::string WithProject(std::string_view list, std::string_view project_folder);

struct KeptVariables {
  // [{"name", "type": "string" | "path_list" | "bytes", "value"}] by name.
  Json list = Json::Array{};
  bool redacted = false;              // A value held credentials, or was asked for but is secret.
  std::vector<std::string> warnings;  // Of names asked for that are not kept.
};

// The variables that the allow-list or `keep` names, without those that IsSecretVariable().
// `project_folder` is a real path; paths in it are written "<project>/…".
KeptVariables SelectVariables(const Variables& variables, const std::vector<std::string>& keep,
                              std::string_view project_folder);

// {"collate", "ctype", "messages", "monetary", "numeric", "time"}: the locale of each category as
// setlocale(3) with "" takes it from LC_ALL, LC_* and LANG; "C" otherwise.
Json EffectiveLocale(const Variables& variables);

}  // namespace reprise::capture
