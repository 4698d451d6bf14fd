// The environment variables that a recorded command had, for whoever runs it again elsewhere than
// among today's.
//
// Values that the record holds come first.  Of others it holds a keyed digest (docs/formats/run.md,
// "Variables"): today's value is taken where it is the same, and nothing is made up where it is
// not.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "tracker/store_key.h"

namespace reprise::tracker {

struct ReplayEnvironment {
  std::vector<std::string> variables;   // NAME=value, the whole, by name.
  std::vector<std::string> absent;      // Names that had a value then, which is not known now.
  std::vector<std::string> from_today;  // Names whose value of today is the same and was taken.
  std::vector<std::string> warnings;    // What is not as it was, as sentences.
};

// The environment of the run's command without the variables that Reprise itself sets for a run
// (REPRISE_RUN_ID and the like), but with those of its parameters (REPRISE_PARAM_…).
//
// The recipe's variables (--env, those set on the command line) override what the record says.  One
// of which the recipe holds <redacted> is taken from today, whatever its value: a credential may
// have been renewed.  `today` is as environ(7).  `key` is that of the store; without it, or with
// another than the record names, nothing can be compared and keyed variables are absent.
//
// A run of an earlier release has neither.  Then the variables of its environment document are used
// (`environment_document`, absent: none are known), PATH is that of today, and the rest is what a
// program can hardly do without: HOME=/, SHELL=/bin/sh, and the actor as USER and LOGNAME.  A
// warning says so.
//
// Errors: kCorruption  the record or the document holds what no release wrote.
Result<ReplayEnvironment> EnvironmentOf(
    const lineage::RunRecord& record, const lineage::Recipe& recipe,
    std::span<const std::string> today, const std::optional<StoreKey>& key,
    std::optional<std::string_view> environment_document = std::nullopt);

}  // namespace reprise::tracker
