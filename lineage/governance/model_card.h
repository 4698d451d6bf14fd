// A model card: what an inventory of models says of a version, a TOML text that is evidence of the
// kind "model_card".  docs/model_card.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::size_t kModelCardBytesMax = 1 << 20;

// Something that a validation found.
struct Finding {
  std::string id;
  std::string text;
  std::string severity;  // low, medium or high.
  std::string state;     // open, accepted or closed.

  friend bool operator==(const Finding&, const Finding&) = default;
};

// A choice that somebody made, and why.
struct CardDecision {
  std::string about;  // A parameter by its name, or anything else.
  std::string choice;
  std::string reason;
  std::vector<std::string> alternatives;  // That were considered.
  std::string decided_by;                 // "" where the card says nothing, as the next.
  std::string decided_on;                 // A day.

  friend bool operator==(const CardDecision&, const CardDecision&) = default;
};

// What is said of the model's data.
struct CardData {
  std::string path;       // As the run names it.
  std::string licence;    // "" where the card says nothing, as all below.
  std::string origin;     // Where it comes from, and how it was chosen.
  std::string labelling;  // How it was labelled and cleaned.
  std::string personal;   // Which personal data is in it, and why it may be used.

  friend bool operator==(const CardData&, const CardData&) = default;
};

// A requirement that does not concern the model, by the judgement of a person.
struct NotApplicable {
  std::string requirement;  // "TEMPLATE ID", as "eu-ai-act-annex-iv 2(f)".
  std::string reason;
  std::string decided_by;

  friend bool operator==(const NotApplicable&, const NotApplicable&) = default;
};

struct ModelCard {
  std::string purpose;
  std::string intended_use;
  std::string owner;
  // "" where the card says nothing:
  std::string tier;
  std::string materiality;
  std::string last_validation;  // A day, "2026-05-31".
  std::string next_validation;
  std::string provider;      // Who answers for it to the outside.
  std::string explanations;  // How a decision is explained to whom it concerns.
  std::string retention;     // How long records are kept, and why.
  std::vector<std::string> assumptions;
  std::vector<std::string> limits;
  std::vector<std::string> restrictions;
  std::vector<std::string> risks;
  std::vector<std::string> oversight;   // What people do about its decisions.
  std::vector<std::string> monitoring;  // What is watched while it is in use, and how.
  std::vector<Finding> findings;
  std::vector<CardDecision> decisions;
  std::vector<CardData> data;
  std::vector<NotApplicable> not_applicable;

  std::size_t open_findings() const;

  friend bool operator==(const ModelCard&, const ModelCard&) = default;
};

// The schema is strict: what is not known is an error.  `file_name` stands in messages.
// Errors: kInvalidArgument  "card.toml:3: …" with what is wrong and what to write instead.
Result<ModelCard> ParseModelCard(std::string_view text, std::string_view file_name);

// The members under their names; absent texts are null.
Json ModelCardToJson(const ModelCard& card);

}  // namespace reprise::lineage
