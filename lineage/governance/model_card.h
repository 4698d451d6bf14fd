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

struct ModelCard {
  std::string purpose;
  std::string intended_use;
  std::string owner;
  // "" where the card says nothing:
  std::string tier;
  std::string materiality;
  std::string last_validation;  // A day, "2026-05-31".
  std::string next_validation;
  std::vector<std::string> assumptions;
  std::vector<std::string> limits;
  std::vector<std::string> restrictions;
  std::vector<Finding> findings;

  std::size_t open_findings() const;

  friend bool operator==(const ModelCard&, const ModelCard&) = default;
};

// The schema is strict: what is not known is an error.  `file_name` stands in messages.
// Errors: kInvalidArgument  "card.toml:3: …" with what is wrong and what to write instead.
Result<ModelCard> ParseModelCard(std::string_view text, std::string_view file_name);

// The members under their names; absent texts are null.
Json ModelCardToJson(const ModelCard& card);

}  // namespace reprise::lineage
