#include "tracker/recorder/variable_facts.h"

#include "lineage/capture/program.h"
#include "lineage/capture/redact.h"
#include "lineage/capture/variables.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {

VariableFacts FactsOfVariables(const std::vector<std::string>& environment,
                               const std::optional<StoreKey>& key) {
  VariableFacts facts;
  for (const auto& [name, value] : capture::ParseVariables(environment)) {
    if (name.starts_with("REPRISE_") || !IsUtf8(name)) continue;
    const bool is_recorded = capture::IsRecordedVariable(name);
    capture::RedactedText text;
    if (is_recorded) text = capture::RedactText(value);
    if (is_recorded) facts.variables.Set(name, BytesToJson(text.text));
    facts.redacted = facts.redacted || text.redacted;
    if (key.has_value() && (!is_recorded || text.redacted)) {
      facts.keyed_variables.Set(name, key->DigestOf(value));
    }
  }
  return facts;
}

}  // namespace reprise::tracker
