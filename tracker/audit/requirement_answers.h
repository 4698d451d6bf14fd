// What a bundle has recorded on the requirements of the templates that were asked for.
// docs/requirements.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/governance/requirements.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

// The templates that come with Reprise (tracker/audit/requirements/*.toml), by name.
std::vector<std::string> RequirementTemplateNames();
// Errors: kNotFound  with the names, and the one that was perhaps meant.
Result<lineage::RequirementTemplate> NamedRequirements(const std::string& name);

// Where a fact is recorded.
struct FactAnswer {
  std::string fact;
  std::uint64_t count = 0;      // Of the things that say it; at least 1.
  std::vector<Digest> digests;  // Of the first of them, at most kFactDigestsMax.
};
inline constexpr std::size_t kFactDigestsMax = 8;

enum class RequirementState {
  kRecorded,       // Each fact, and the report says with which digest.
  kPartly,         // Some.
  kMissing,        // None.
  kNotApplicable,  // So somebody judged, in the model card.
};
std::string_view RequirementStateName(RequirementState state);  // "not applicable"

struct RequirementAnswer {
  lineage::Requirement requirement;
  RequirementState state = RequirementState::kMissing;
  std::vector<FactAnswer> recorded;
  std::vector<std::string> missing;  // Facts.
  std::optional<lineage::NotApplicable> judgement;
};

struct AnsweredTemplate {
  std::string name;
  std::string title;
  std::string dated;
  std::string basis;
  std::vector<std::string> notes;
  std::string model;  // "scorecard@3"; "" where the run is of no registered model.
  std::vector<RequirementAnswer> rows;
};

// For each template, in the order of the bundle, and each model in it.
std::vector<AnsweredTemplate> AnswerRequirements(const BundleContent& content);

// The member "requirements" of report.json.
Json RequirementsToJson(const BundleContent& content);
// data/requirements.csv, which holds the same cells.
std::string RequirementsTable(const Json& requirements);

}  // namespace reprise::tracker
