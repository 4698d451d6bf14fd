#include "lineage/diff/run_diff.h"

#include <array>
#include <map>
#include <set>

#include "lineage/diff/metric_diff.h"
#include "lineage/document.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

// Facts of the machine that are compared, the likeliest to have a consequence first.
constexpr std::string_view kMachineFacts[] = {"accelerators",
                                              "accelerator_architectures",
                                              "accelerator_driver",
                                              "cuda_version",
                                              "processor",
                                              "processor_signature",
                                              "microcode",
                                              "usable_processors",
                                              "processor_limit",
                                              "processor_affinity",
                                              "processors",
                                              "thread_variables",
                                              "memory_limit_bytes",
                                              "memory_bytes",
                                              "process",
                                              "operating_system",
                                              "kernel"};

// Variables that every terminal and folder has others of.
constexpr std::string_view kPlaceVariables[] = {"_",      "COLORTERM", "COLUMNS", "LINES",
                                                "OLDPWD", "PWD",       "SHLVL",   "TERM"};

FactDiff TextDiff(std::string name, const std::optional<std::string>& before,
                  const std::optional<std::string>& after) {
  const auto json = [](const std::optional<std::string>& text) {
    return text.has_value() ? BytesToJson(*text) : Json();
  };
  return {std::move(name), before, after, json(before), json(after)};
}

void AddText(std::string name, const std::optional<std::string>& before,
             const std::optional<std::string>& after, std::vector<FactDiff>& diffs) {
  if (before != after) diffs.push_back(TextDiff(std::move(name), before, after));
}

std::vector<FactDiff> DiffTexts(const std::map<std::string, std::string>& before,
                                const std::map<std::string, std::string>& after) {
  std::map<std::string, std::array<std::optional<std::string>, 2>> values;
  for (const auto& [name, value] : before) values[name][0] = value;
  for (const auto& [name, value] : after) values[name][1] = value;
  std::vector<FactDiff> diffs;
  for (const auto& [name, pair] : values) AddText(name, pair[0], pair[1], diffs);
  return diffs;
}

std::vector<FactDiff> DiffParams(const Recipe& before, const Recipe& after) {
  std::map<std::string, std::array<std::optional<ParamValue>, 2>> values;
  for (const auto& [name, value] : before.parameters) values[name][0] = value;
  for (const auto& [name, value] : after.parameters) values[name][1] = value;
  const auto old_seeds = before.Seeds();
  const auto new_seeds = after.Seeds();
  std::vector<FactDiff> diffs;
  std::vector<FactDiff> seeds;
  for (const auto& [name, pair] : values) {
    if (pair[0] == pair[1]) continue;
    // The type tells values of one text apart.
    const bool same_text =
        pair[0].has_value() && pair[1].has_value() && pair[0]->text() == pair[1]->text();
    const auto text = [&](const std::optional<ParamValue>& value) {
      if (!value.has_value()) return std::optional<std::string>();
      const std::string type =
          same_text ? " (" + std::string(ParamTypeName(value->type())) + ")" : "";
      return std::optional(value->text() + type);
    };
    const auto json = [](const std::optional<ParamValue>& value) {
      return value.has_value() ? value->ToDocument() : Json();
    };
    const bool is_seed = old_seeds.contains(name) || new_seeds.contains(name);
    (is_seed ? seeds : diffs)
        .push_back({name, text(pair[0]), text(pair[1]), json(pair[0]), json(pair[1])});
  }
  std::ranges::move(seeds, std::back_inserter(diffs));
  return diffs;
}

// Text of a value for people: a string as it is, anything else as JSON.
std::optional<std::string> TextOf(const Json* value) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_string()) return value->as_string();
  return Canonicalize(*value).value_or("?");
}

// What is not known of one of them, as in records of older releases, is no difference.
std::vector<FactDiff> DiffMachines(const Json& before, const Json& after) {
  std::vector<FactDiff> diffs;
  for (const std::string_view name : kMachineFacts) {
    const Json* const was = before.Find(name);
    const Json* const is = after.Find(name);
    if (was == nullptr || is == nullptr || *was == *is) continue;
    diffs.push_back({std::string(name), TextOf(was), TextOf(is), *was, *is});
  }
  return diffs;
}

std::map<std::string, std::string> ProcessVariables(const Json& host) {
  auto variables = GetTextMap(host, "variables").value_or(std::map<std::string, std::string>());
  for (const std::string_view name : kPlaceVariables) variables.erase(std::string(name));
  return variables;
}

std::optional<std::string> NumberText(const std::optional<int>& number) {
  return number.has_value() ? std::optional(std::to_string(*number)) : std::nullopt;
}

std::vector<FactDiff> DiffOutcomes(const RunRecord& before, const RunRecord& after) {
  std::vector<FactDiff> diffs;
  if (before.status != after.status) {
    AddText("status", std::string(RunStatusName(before.status)),
            std::string(RunStatusName(after.status)), diffs);
  }
  if (before.exit_code != after.exit_code) {
    diffs.push_back({"exit_code", NumberText(before.exit_code), NumberText(after.exit_code),
                     before.exit_code, after.exit_code});
  }
  if (before.signal != after.signal) {
    diffs.push_back({"signal", NumberText(before.signal), NumberText(after.signal), before.signal,
                     after.signal});
  }
  return diffs;
}

class RunDiffer {
 public:
  RunDiffer(const StoredContents& contents, const RunSide& before, const RunSide& after,
            const ArtifactDiffOptions& options)
      : contents_(contents), before_(before), after_(after), options_(options) {}

  Result<RunDiff> Diff() {
    if (before_.recipe.has_value() && after_.recipe.has_value()) {
      REPRISE_TRY(DiffRecipes(*before_.recipe, *after_.recipe));
    } else {
      Note("command, parameters, code, inputs and environment",
           NamesOf(before_.recipe.has_value(), after_.recipe.has_value(), "recipe"));
    }
    DiffCommits();
    diff_.machine = DiffMachines(before_.record.host, after_.record.host);
    diff_.process_variables =
        DiffTexts(ProcessVariables(before_.record.host), ProcessVariables(after_.record.host));
    diff_.outcome = DiffOutcomes(before_.record, after_.record);
    diff_.outputs = PairUses(before_.record.outputs, after_.record.outputs);
    REPRISE_TRY(DescribeUses(contents_, options_, diff_.outputs));
    REPRISE_ASSIGN_OR_RETURN(diff_.metrics, DiffMetrics(contents_.objects, before_.record.metrics,
                                                        after_.record.metrics, diff_.not_compared));
    NoteUnread("input", diff_.inputs);
    NoteUnread("output", diff_.outputs);
    return std::move(diff_);
  }

 private:
  void Note(std::string subject, std::string reason) {
    diff_.not_compared.push_back({std::move(subject), std::move(reason)});
  }

  // Why something cannot be compared that not both have.
  static std::string NamesOf(bool has_before, bool has_after, std::string_view what) {
    const std::string_view who = has_before  ? "the second run has"
                                 : has_after ? "the first run has"
                                             : "both runs have";
    return std::string(who) + " no recorded " + std::string(what);
  }

  // What could not be read of artifacts whose digests differ.
  void NoteUnread(const std::string& noun, const std::vector<UsePair>& pairs) {
    for (const UsePair& pair : pairs) {
      if (!pair.diff.has_value() || pair.diff->difference.kind != "unread") continue;
      Note("the content of " + noun + " " + pair.before->path, pair.diff->difference.sentence);
    }
  }

  Result<void> DiffRecipes(const Recipe& before, const Recipe& after) {
    diff_.params = DiffParams(before, after);
    diff_.inputs = PairUses(before.inputs, after.inputs);
    REPRISE_TRY(DescribeUses(contents_, options_, diff_.inputs));
    if (before.command != after.command) {
      const auto text = [](const std::vector<std::string>& command) {
        std::string words;
        for (const std::string& word : command) words += (words.empty() ? "" : " ") + word;
        return words;
      };
      diff_.command.push_back({"command", text(before.command), text(after.command),
                               TextsToJson(before.command), TextsToJson(after.command)});
    }
    AddText("working_directory", before.working_directory, after.working_directory, diff_.command);
    diff_.variables = DiffTexts(before.variables, after.variables);
    REPRISE_TRY(DiffCodeTrees(before.code, after.code));
    return DiffEnvironments(before.environment, after.environment);
  }

  Result<void> DiffCodeTrees(const std::optional<Digest>& before,
                             const std::optional<Digest>& after) {
    if (before == after) return {};
    if (!before.has_value() || !after.has_value()) {
      Note("code", NamesOf(before.has_value(), after.has_value(), "code"));
      return {};
    }
    auto files = DiffCode(contents_, *before, *after);
    if (!files.ok() && !IsDamage(files.error())) return std::move(files).error();
    if (!files.ok()) {
      Note("code", files.error().message);
      return {};
    }
    diff_.code = *std::move(files);
    for (const CodeFile& file : diff_.code) {
      if (!file.omitted.empty()) Note("code file " + file.change.path, file.omitted);
    }
    return {};
  }

  void DiffCommits() {
    if (!before_.code.has_value() || !after_.code.has_value()) return;
    AddText("commit", before_.code->commit, after_.code->commit, diff_.commit);
    AddText("branch", before_.code->branch, after_.code->branch, diff_.commit);
    if (before_.code->dirty == after_.code->dirty) return;
    const auto text = [](const std::optional<bool>& dirty) {
      return dirty.has_value() ? std::optional<std::string>(*dirty ? "true" : "false")
                               : std::nullopt;
    };
    diff_.commit.push_back({"dirty", text(before_.code->dirty), text(after_.code->dirty),
                            before_.code->dirty, after_.code->dirty});
  }

  Result<void> DiffEnvironments(const std::optional<Digest>& before,
                                const std::optional<Digest>& after) {
    if (before == after) return {};
    if (!before.has_value() || !after.has_value()) {
      Note("environment", NamesOf(before.has_value(), after.has_value(), "environment"));
      return {};
    }
    const auto compare = [&]() -> Result<std::vector<EnvironmentChange>> {
      REPRISE_ASSIGN_OR_RETURN(const std::string was, contents_.objects.Get(*before));
      REPRISE_ASSIGN_OR_RETURN(const std::string is, contents_.objects.Get(*after));
      return DiffEnvironmentDocuments(was, is);
    };
    auto changes = compare();
    if (!changes.ok() && !IsDamage(changes.error())) return std::move(changes).error();
    if (changes.ok()) {
      diff_.environment = *std::move(changes);
    } else {
      Note("environment", changes.error().message);
    }
    return {};
  }

  const StoredContents& contents_;
  const RunSide& before_;
  const RunSide& after_;
  const ArtifactDiffOptions& options_;
  RunDiff diff_;
};

}  // namespace

bool RunDiff::differs() const {
  return !params.empty() || !inputs.empty() || !commit.empty() || !code.empty() ||
         !command.empty() || !variables.empty() || !environment.empty() || !machine.empty() ||
         !outcome.empty() || !outputs.empty() || !metrics.empty();
}

Result<RunDiff> DiffRuns(const StoredContents& contents, const RunSide& before,
                         const RunSide& after, const ArtifactDiffOptions& options) {
  return RunDiffer(contents, before, after, options).Diff();
}

}  // namespace reprise::lineage
