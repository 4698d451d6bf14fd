// docs/formats/checks.md: any bytes as evidence, and as the table that a check reads.

#include <cstdint>
#include <cstdlib>

#include "lineage/check/check_json.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/evidence_content.h"

namespace reprise::lineage {
namespace {

void Require(bool is_so) {
  if (!is_so) std::abort();
}

// Whatever is taken for evidence of metrics gives them.
void CheckEvidence(std::string_view bytes) {
  bool is_validation = false;
  for (const std::string_view kind : kEvidenceKinds) {
    const auto checked = CheckEvidenceContent(kind, bytes, "file");
    if (!checked.ok()) Require(!checked.error().message.empty());
    is_validation |= checked.ok() && kind == "validation";
  }
  if (ReadValidation(bytes).has_value()) Require(is_validation);
}

// What a check says is itself evidence.
void CheckTables(std::string_view bytes) {
  const MemoryContent content(bytes);
  const CheckedTable table{.name = "table", .digest = Digest(), .content = &content};
  const auto require = [](std::string_view kind, const Json& document) {
    Require(CheckEvidenceContent(kind, FormatJson(document), "file").ok());
  };
  SubpopulationOptions options;
  options.columns = {.score = "score", .target = "bad", .positive = {}};
  options.groups = {"sex"};
  options.threshold = 0.5;
  if (const auto check = CheckSubpopulations(table, options); check.ok()) {
    require("subpopulations", SubpopulationsToJson(*check, "m@1"));
  }
  if (const auto check = CheckCalibration(table, options.columns, 3, {}); check.ok()) {
    require("calibration", CalibrationToJson(*check, "m@1"));
  }
  if (const auto check = CheckStability(table, table, "score", {}); check.ok()) {
    Require(check->kolmogorov_smirnov == 0);
    require("stability", StabilityToJson(*check, "m@1"));
  }
  if (const auto check = CheckDrift({table}, Digest(), table, {}); check.ok()) {
    require("drift", DriftToJson(*check, "m@1"));
  }
  const auto compared = CompareAreas(table, options.columns, table, options.columns, {});
  if (compared.ok() && !compared->not_comparable.has_value()) {
    Require(compared->difference.value == 0);
  }
}

}  // namespace
}  // namespace reprise::lineage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  reprise::lineage::CheckEvidence(bytes);
  reprise::lineage::CheckTables(bytes);
  return 0;
}
