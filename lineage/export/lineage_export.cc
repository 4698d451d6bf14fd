#include "lineage/export/lineage_export.h"

#include <algorithm>
#include <iterator>

namespace reprise::lineage {
namespace {

// Programs whose first argument is what a person would say was run.
bool IsInterpreter(const std::string& name) {
  constexpr std::string_view kNames[] = {"bash", "dash",  "sh",   "zsh",     "perl", "ruby",
                                         "node", "julia", "java", "Rscript", "env",  "uv"};
  return name.starts_with("python") || name.starts_with("pypy") ||
         std::ranges::find(kNames, name) != std::end(kNames);
}

}  // namespace

const ExportedRun* LineageExport::FindRun(const Ulid& id) const {
  const auto found = std::ranges::find(runs, id, [](const auto& run) { return run.record.id; });
  return found == runs.end() ? nullptr : &*found;
}

const ExportedArtifact* LineageExport::FindArtifact(const Digest& digest) const {
  const auto found = std::ranges::lower_bound(artifacts, digest, {}, &ExportedArtifact::digest);
  return found == artifacts.end() || found->digest != digest ? nullptr : &*found;
}

const ExportedEnvironment* LineageExport::EnvironmentOf(const ExportedRun& run) const {
  if (!run.recipe.has_value() || !run.recipe->environment.has_value()) return nullptr;
  const auto found = environments.find(*run.recipe->environment);
  return found == environments.end() ? nullptr : &found->second;
}

std::vector<std::string> MissingParts(const LineageExport& lineage) {
  std::vector<std::string> sentences;
  for (const Ulid& run : lineage.lost_runs) {
    sentences.push_back("the record of run " + run.ToString() + " is not in the store");
  }
  for (const ExportedRun& run : lineage.runs) {
    for (const std::string& part : run.missing) {
      sentences.push_back("of run " + run.record.id.ToString() + " " + part +
                          " is not in the store");
    }
  }
  return sentences;
}

const ArtifactUse* UseThatHolds(const std::vector<ArtifactUse>& uses, const std::string& path) {
  const ArtifactUse* innermost = nullptr;
  for (const ArtifactUse& use : uses) {
    if (use.path == path) return &use;
    const bool is_around =
        use.kind == ArtifactKind::kFolder && (use.path == "." || path.starts_with(use.path + "/"));
    const bool is_inner =
        innermost == nullptr || innermost->path == "." || use.path.size() > innermost->path.size();
    if (is_around && is_inner) innermost = &use;
  }
  return innermost;
}

UseRoles RolesOfUses(const LineageExport& lineage) {
  UseRoles roles;
  for (const ExportedRun& run : lineage.runs) {
    const auto add = [&](EdgeKind kind, const std::vector<ArtifactUse>& uses) {
      for (const ArtifactUse& use : uses) {
        if (!use.role.empty()) roles[{run.record.id, kind, use.path}].insert(use.role);
      }
    };
    if (run.recipe.has_value()) add(EdgeKind::kUsed, run.recipe->inputs);
    add(EdgeKind::kProduced, run.record.outputs);
  }
  return roles;
}

std::int64_t LastTimeOf(const LineageExport& lineage) {
  std::int64_t last = 0;
  for (const ExportedRun& run : lineage.runs) {
    last = std::max(last, run.record.ended_at_unix_ms.value_or(run.record.started_at_unix_ms));
  }
  return last;
}

std::string BaseName(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path;
  const std::size_t slash = path.rfind('/', end);
  return path.substr(slash == std::string::npos ? 0 : slash + 1,
                     end - (slash == std::string::npos ? 0 : slash + 1) + 1);
}

std::string NameOf(const ExportedArtifact& artifact) {
  const std::string* shortest = nullptr;
  for (const std::string& path : artifact.paths) {
    if (shortest == nullptr || path.size() < shortest->size()) shortest = &path;
  }
  if (shortest != nullptr && !shortest->empty()) return *shortest;
  if (!artifact.dataset_names.empty()) return *artifact.dataset_names.begin();
  return artifact.digest.ToString().substr(0, 7 + 12);
}

std::string ProgramOf(const ExportedRun& run) {
  if (!run.recipe.has_value() || run.recipe->command.empty()) return "unknown";
  const std::vector<std::string>& command = run.recipe->command;
  const std::string first = BaseName(command[0]);
  const bool names_script = command.size() > 1 && !command[1].empty() && command[1][0] != '-';
  if (IsInterpreter(first) && names_script) return BaseName(command[1]);
  return first.empty() ? "unknown" : first;
}

std::string CommandTextOf(const ExportedRun& run) {
  std::string text;
  if (!run.recipe.has_value()) return text;
  for (const std::string& word : run.recipe->command) {
    text += (text.empty() ? "" : " ") + Printable(word);
  }
  return text;
}

std::string FailureOf(const RunRecord& record) {
  if (record.signal.has_value()) return "ended by signal " + std::to_string(*record.signal);
  if (record.exit_code.has_value()) return "exit status " + std::to_string(*record.exit_code);
  return "nobody knows how it ended";
}

std::map<std::string, std::string> VariablesOf(const LineageExport& lineage,
                                               const ExportedRun& run) {
  std::map<std::string, std::string> variables;
  if (run.recipe.has_value()) variables = run.recipe->variables;
  if (const ExportedEnvironment* const environment = lineage.EnvironmentOf(run)) {
    variables.insert(environment->variables.begin(), environment->variables.end());
  }
  return variables;
}

std::string CodeVersionOf(const ExportedRun& run) {
  if (run.code.has_value() && run.code->commit.has_value() && run.code->dirty == false) {
    return *run.code->commit;
  }
  if (run.recipe.has_value() && run.recipe->code.has_value()) return run.recipe->code->ToString();
  return "unknown";
}

std::string SubjectName(const LineageExport& lineage) {
  if (lineage.subject.kind == NodeId::Kind::kRun) {
    const ExportedRun* const run = lineage.FindRun(lineage.subject.run);
    if (run != nullptr) return Printable(run->record.name);
  } else if (const auto* const artifact = lineage.FindArtifact(lineage.subject.artifact)) {
    return Printable(NameOf(*artifact));
  }
  return lineage.subject.ToString();
}

}  // namespace reprise::lineage
