// The YAML that MLflow writes about runs and experiments: a mapping of scalars, with at most
// mappings of scalars in it.
//
// Read with libyaml's event parser, so that nothing is built in memory but what is asked for:
// aliases are not expanded, and whatever lies deeper is passed over.
//
// Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/result.h"

namespace reprise::tracker {

// What is read of one file; MLflow's own are some hundred bytes, but for the schema of a dataset.
inline constexpr std::size_t kYamlBytesMax = 4U << 20;

struct FlatYaml {
  // Scalars of the mapping.  Those that are null in YAML are absent.
  std::map<std::string, std::string> values;
  // Scalars of the mappings in it, by the key of the mapping.
  std::map<std::string, std::map<std::string, std::string>> mappings;

  // The value of `key`; "" when there is none.
  std::string Text(const std::string& key) const;
  std::optional<std::string> Find(const std::string& key) const;
};

// The first document in `text`; of a key that stands there twice the last counts.
// Errors: kCorruption  not YAML, not a mapping, or more than kYamlBytesMax.
Result<FlatYaml> ParseFlatYaml(std::string_view text);

}  // namespace reprise::tracker
