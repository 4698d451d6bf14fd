// What a run was made of, and its identity as an experiment.
//
// A recipe ("reprise/recipe/v1") holds everything that is known to influence the result.  Two runs
// with one recipe digest did the same thing with the same things; when their outputs differ, that
// is a finding.  What is left out of it on purpose, and why: docs/formats/recipe.md.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/param_value.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct Recipe {
  std::vector<std::string> command;  // argv, raw bytes, secrets redacted; empty for an SDK-only run
                                     // whose command line could not be read.
  std::string working_directory;     // Relative to the project ("." is the project), else absolute.
  std::optional<Digest> code;        // The code tree, without inputs and outputs.
  std::optional<Digest> environment;
  std::vector<ArtifactUse> inputs;
  std::map<std::string, ParamValue> parameters;
  std::map<std::string, std::string> variables;  // Set for this run by the caller (--env, -p).

  // The parameters that seed random generators: named seed, random_state, or ending in _seed.
  std::map<std::string, ParamValue> Seeds() const;
};

// The canonical document.  Inputs are sorted; equal recipes give equal bytes.
Result<std::string> EncodeRecipe(const Recipe& recipe);
// Errors: kCorruption.
Result<Recipe> DecodeRecipe(std::string_view document);

// The state of the code ("reprise/code/v1"): where the tree of a recipe came from.
struct Code {
  std::optional<std::string> commit;  // Hexadecimal object id; none: no git, or no commit yet.
  std::optional<std::string> branch;  // None: detached, or no git.
  std::vector<std::pair<std::string, std::string>> remotes;     // Name, URL without credentials.
  std::vector<std::pair<std::string, std::string>> submodules;  // Path, commit.
  std::optional<bool> dirty;                                    // None: no git.
  Digest tree;
  std::optional<Digest> patch;  // Of the work against the commit; none when clean.
};
Result<std::string> EncodeCode(const Code& code);
Result<Code> DecodeCode(std::string_view document);

}  // namespace reprise::lineage
