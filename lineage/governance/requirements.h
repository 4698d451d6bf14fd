// A template of requirements: what a regulation or standard asks to be documented, and which
// recorded facts say something on it.  A TOML text with a date, since regulations change and a
// report must say which state of them it was made by.  docs/requirements.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::size_t kRequirementsBytesMax = 1 << 20;

// Something that a store may have recorded, and how people call it.
struct RequirementFact {
  std::string_view name;   // "model.purpose"
  std::string_view label;  // "purpose"
};
// All that templates may name, in the order of docs/requirements.md.
std::span<const RequirementFact> RequirementFacts();
// The label of a fact; the name itself where there is no such fact.
std::string_view LabelOfFact(std::string_view name);

struct Requirement {
  std::string id;                  // "2(b)"; once in a template.
  std::string text;                // What is asked for, in short.
  std::vector<std::string> facts;  // All are needed; at least one.

  friend bool operator==(const Requirement&, const Requirement&) = default;
};

struct RequirementTemplate {
  std::string name;   // "eu-ai-act-annex-iv"
  std::string title;  // "EU AI Act, Annex IV: technical documentation"
  std::string dated;  // The day of its text, "2026-11-28".
  std::string basis;  // Which state of which source it paraphrases.
  std::vector<std::string> notes;
  std::vector<Requirement> requirements;

  friend bool operator==(const RequirementTemplate&, const RequirementTemplate&) = default;
};

// The schema is strict: what is not known is an error.  `file_name` stands in messages.
// Errors: kInvalidArgument  "mine.toml:3: …" with what is wrong and what to write instead.
Result<RequirementTemplate> ParseRequirements(std::string_view text, std::string_view file_name);

}  // namespace reprise::lineage
