// The small texts of an MLflow folder on arbitrary bytes: meta.yaml, lines of metrics, parameters.

#include <cstddef>
#include <cstdint>

#include "lineage/model_version.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/import/flat_yaml.h"
#include "tracker/import/mlflow_registry.h"
#include "tracker/import/mlflow_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  using namespace reprise::tracker;
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  const auto yaml = ParseFlatYaml(text);
  REPRISE_ASSERT(yaml.ok() || yaml.error().code == ErrorCode::kCorruption);
  const auto point = ParseMlflowPoint(text);
  REPRISE_ASSERT(point.ok() || point.error().code == ErrorCode::kCorruption);
  // A value that is no text says the same as the text.
  const lineage::ParamValue value = ParamOfMlflow(text);
  if (value.type() == lineage::ParamType::kInt || value.type() == lineage::ParamType::kString) {
    REPRISE_ASSERT(value.text() == text);
  }
  // A name is one that a run can have.
  if (const auto name = RunNameOfMlflow(std::string(text)); name.has_value()) {
    REPRISE_ASSERT(!name->empty() && name->size() <= 100);
  }
  if (const auto name = ModelNameOfMlflow(std::string(text)); name.has_value()) {
    REPRISE_ASSERT(lineage::CheckModelName(*name).ok());
  }
  const auto path = PathOfModelSource(std::string(text), "0a", {{"m-1", "scorer"}});
  REPRISE_ASSERT(!path.has_value() || !path->empty());
  return 0;
}
