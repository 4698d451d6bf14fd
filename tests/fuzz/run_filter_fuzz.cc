// Arbitrary bytes as the expression of `runs --where`: it is refused with a sentence, or says of
// every run yes or no, and its negation the other.

#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/run_filter.h"

namespace {

reprise::tracker::ListedRun SomeRun() {
  reprise::tracker::ListedRun run;
  run.name = "brave-otter";
  run.experiment = "scoring";
  run.started_at_unix_ms = 1'700'000'000'000;
  run.ended_at_unix_ms = 1'700'000'060'000;
  run.exit_code = 0;
  run.metrics = {{"auc", 0.8}, {"a b", -1e300}};
  run.params = {{"eta", "0.25"}, {"name", "x"}};
  run.tags = {{"team", "risk"}};
  return run;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  static const tracker::ListedRun run = SomeRun();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto filter = tracker::RunFilter::Parse(text);
  if (!filter.ok()) {
    REPRISE_ASSERT(filter.error().code == ErrorCode::kInvalidArgument);
    REPRISE_ASSERT(IsUtf8(filter.error().message));
    return 0;
  }
  const bool matches = filter->Matches(run);
  const auto negation = tracker::RunFilter::Parse("not (" + text + ")");
  if (negation.ok()) {
    REPRISE_ASSERT(negation->Matches(run) != matches);
  } else {
    REPRISE_ASSERT(negation.error().message.find("nested too deeply") != std::string::npos);
  }
  return 0;
}
