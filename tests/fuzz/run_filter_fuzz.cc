// Arbitrary bytes as the expression of `runs --where`: it is refused with a sentence, or read as a
// tree that, written as text and read again, is the same tree; it says of every run yes or no, and
// its negation the other; and a run for which it is true is among those that its plan finds.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "lineage/query/parser.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/catalog.h"
#include "tracker/run_filter.h"
#include "tracker/run_index.h"
#include "tracker/search/run_plan.h"

namespace {

using namespace reprise;  // NOLINT: a fuzz target is its own program.

tracker::ListedRun SomeRun() {
  tracker::ListedRun run;
  run.id = Ulid::FromParts(1'700'000'000'000, std::array<std::byte, 10>{});
  run.name = "brave-otter";
  run.experiment = "scoring";
  run.status = lineage::RunStatus::kFailed;
  run.started_at_unix_ms = 1'700'000'000'000;
  run.ended_at_unix_ms = 1'700'000'060'000;
  run.exit_code = 0;
  run.commit = "c0ffee";
  run.branch = "main";
  run.dirty = true;
  run.metrics = {{"a b", -1e300}, {"auc", 0.8}, {"loss", NAN}};
  run.metric_bounds = {{-1e300, 0, 3}, {0.1, 0.9, 7}, {NAN, NAN, 1}};
  run.params = {{"eta", "0.25"}, {"name", "x"}};
  run.tags = {{"team", "risk"}};
  return run;
}

std::unique_ptr<storage::Catalog> CatalogOf(const tracker::ListedRun& run) {
  auto catalog = storage::NewMemoryCatalog();
  storage::CatalogBatch batch;
  batch.Put(storage::Space::kName, tracker::ListedKey(run.id), tracker::EncodeListedRun(run));
  tracker::PutIndexRows(nullptr, run, batch);
  REPRISE_ASSERT(catalog->Apply(batch).ok());
  return catalog;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tracker::ListedRun run = SomeRun();
  static const std::unique_ptr<storage::Catalog> catalog = CatalogOf(run);
  constexpr std::int64_t kNow = 1'700'000'100'000;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto expression = lineage::query::Parse(text, kNow);
  if (!expression.ok()) {
    REPRISE_ASSERT(expression.error().code == ErrorCode::kInvalidArgument);
    REPRISE_ASSERT(IsUtf8(expression.error().message));
    return 0;
  }
  const std::string canonical = lineage::query::ToText(*expression);
  const auto again = lineage::query::Parse(canonical, /*now_unix_ms=*/0);
  REPRISE_ASSERT(again.ok() && *again == *expression);
  REPRISE_ASSERT(lineage::query::ToText(*again) == canonical);

  const bool matches = tracker::RunFilter(*expression).Matches(run);
  const auto negation = lineage::query::Parse("not (" + text + ")", kNow);
  if (negation.ok()) {
    REPRISE_ASSERT(tracker::RunFilter(*negation).Matches(run) != matches);
  } else {
    REPRISE_ASSERT(negation.error().message.find("nested too deeply") != std::string::npos);
  }
  if (const auto plan = tracker::PlanOf(*expression); plan.has_value() && matches) {
    const auto ids = tracker::CandidatesOf(*catalog, *plan, 100);
    REPRISE_ASSERT(ids.ok() && ids->has_value() && std::ranges::count(**ids, run.id) == 1);
  }
  return 0;
}
