// The environment variables of a command as facts of its run, so that a rerun can be given what the
// command had without any secret being kept.  docs/formats/run.md, "Variables".

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/base/json.h"
#include "tracker/store_key.h"

namespace reprise::tracker {

struct VariableFacts {
  // NAME → value, as BytesToJson(), of those whose value may be recorded; credentials in one are
  // <redacted>.
  Json variables = Json::Object{};
  // NAME → keyed digest, of all others, and of those with something redacted.
  Json keyed_variables = Json::Object{};
  bool redacted = false;
};

// `environment` as "NAME=value".  Reprise's own variables are left out, and so are names that are
// no UTF-8.  Without a key nothing is said of variables whose value is not recorded.
VariableFacts FactsOfVariables(const std::vector<std::string>& environment,
                               const std::optional<StoreKey>& key);

}  // namespace reprise::tracker
