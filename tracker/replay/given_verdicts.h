// The verdicts that reruns have been given: what the ledger keeps of them.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/run_row.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct GivenVerdict {
  std::string original;             // Run ids.
  std::vector<std::string> reruns;  // One, or as many as were asked for at once.
  std::string result;  // VerdictName of it, or "unreadable": its document is lost or damaged.
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::uint64_t ledger_sequence = 0;
  bool on_host = true;  // Else in a sandbox made of what was captured alone.
  // Whether the original is proven by it: every bit came again from what was captured, and nothing
  // stands beside that.
  bool is_proof = false;
};

// What the document of a verdict (docs/formats/verdict.md) says of it: those members that decide
// what it is worth. The document's others are there to be shown, and are not read. Errors:
// kCorruption.
Result<GivenVerdict> DecodeGivenVerdict(std::string_view document);

// Those about `run` as the original, and those that compared it as a rerun, oldest first.
//
// A rerun without one was cut off before it was compared, or could not be compared.  What a damaged
// ledger or a lost document said is left out, or "unreadable": a run can be shown without.
// Errors: kIoError.
Result<std::vector<GivenVerdict>> VerdictsAbout(Store& store, const lineage::RunRecord& run);

// The reruns among `verdicts` by which `run` is proven, by id.
std::vector<std::string> ProvenBy(const lineage::RunRecord& run,
                                  const std::vector<GivenVerdict>& verdicts);

// [{"original", "reruns", "result", "time", "actor", "ledger_sequence"}]
Json GivenVerdictsToJson(const std::vector<GivenVerdict>& verdicts);

}  // namespace reprise::tracker
