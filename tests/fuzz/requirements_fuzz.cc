// A template of requirements (docs/requirements.md) of arbitrary bytes: an error with its line, or
// rows that name facts that there are.

#include <cstddef>
#include <cstdint>

#include "lineage/governance/requirements.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  const auto read = lineage::ParseRequirements(text, "rules");
  if (!read.ok()) {
    REPRISE_ASSERT(read.error().code == ErrorCode::kInvalidArgument);
    REPRISE_ASSERT(read.error().message.starts_with("rules") && IsUtf8(read.error().message));
    return 0;
  }
  REPRISE_ASSERT(!read->name.empty() && !read->requirements.empty());
  for (const lineage::Requirement& requirement : read->requirements) {
    REPRISE_ASSERT(!requirement.facts.empty());
    for (const std::string& fact : requirement.facts) {
      REPRISE_ASSERT(lineage::LabelOfFact(fact) != fact || fact == "lineage" || fact == "policy" ||
                     fact == "promotions" || fact == "approvals");
    }
  }
  return 0;
}
