// A document of W3C PROV (PROV-DM), and its two forms as text.
//
// PROV-JSON: W3C Member Submission of 24 April 2013, with the schema that it links to.  PROV-N: W3C
// Recommendation of 30 April 2013.  Both forms say the same, so that a reader of either has an
// equal graph.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/json.h"

namespace reprise::lineage {

struct ProvValue {
  enum class Kind { kText, kLong, kDouble, kBoolean, kTime, kUri, kName };
  Kind kind = Kind::kText;
  std::string text;  // In the lexical form of its type; of kName "prefix:local".
};

using ProvAttributes = std::vector<std::pair<std::string, ProvValue>>;  // By qualified name.

struct ProvRecord {
  enum class Kind {
    kEntity,
    kActivity,
    kAgent,
    kWasGeneratedBy,
    kUsed,
    kWasDerivedFrom,
    kWasAssociatedWith,
    kActedOnBehalfOf,
    kWasInfluencedBy,
    kHadMember,
  };
  Kind kind = Kind::kEntity;
  // Of elements, their id and, of activities, start and end; of relations, what they join, in the
  // order of PROV-N; "" is absent.  Qualified names and times.
  std::vector<std::string> arguments;
  ProvAttributes attributes;
};

struct ProvDocument {
  std::vector<std::pair<std::string, std::string>> prefixes;  // Prefix, namespace.
  std::vector<ProvRecord> records;
};

// Local parts of all names must be of ASCII letters, digits, '_', and '%' before two hexadecimal
// digits, which no form needs to escape.
Json ProvToJson(const ProvDocument& document);
std::string ProvToText(const ProvDocument& document);  // PROV-N.

}  // namespace reprise::lineage
