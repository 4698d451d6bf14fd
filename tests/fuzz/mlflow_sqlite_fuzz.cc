// A damaged MLflow database: whatever its bytes are, reading it ends, in rows or an error.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/import/mlflow_store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  using namespace reprise::tracker;
  const auto store = OpenMlflowSqliteBytes(std::as_bytes(std::span(data, size)));
  if (!store.ok()) return 0;
  const auto experiments = (*store)->Experiments();
  if (!experiments.ok()) return 0;
  for (const MlflowExperiment& experiment : experiments->readable) {
    const auto ids = (*store)->RunIds(experiment);
    if (!ids.ok()) continue;
    for (const std::string& id : *ids) {
      const auto run = (*store)->ReadRun(experiment, id);
      if (!run.ok()) continue;
      REPRISE_ASSERT(IsMlflowId(run->id));
      (void)(*store)->ForEachPoint(
          *run, [](std::string_view, const lineage::MetricPoint&) { return Result<void>(); });
    }
  }
  (void)(*store)->ModelVersions();
  (void)(*store)->TraceCount();
  return 0;
}
