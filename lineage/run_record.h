// What is known of a run once it is over ("reprise/run/v1").
//
// docs/formats/run.md.  A record never changes; what is said of a run later (notes, tags) are
// ledger entries of their own.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::lineage {

enum class RunStatus {
  kRunning,   // Never in a stored record.
  kFinished,  // Exit status 0.
  kFailed,    // Another exit status.
  kKilled,    // Ended by a signal.
  kLost,      // The recorder died and nobody knows how the command ended.
};
std::string_view RunStatusName(RunStatus status);
Result<RunStatus> ParseRunStatus(std::string_view name);

struct MetricSummary {
  std::uint64_t count = 0;
  double last = 0;  // Of the last point logged; may be NaN or infinite.
  double min = 0;   // NaN points are left out; NaN when there are no others.
  double max = 0;
  std::int64_t last_step = 0;
  Digest series;  // The object that holds every point (docs/formats/metric_series.md).
  Digest values;  // Of steps and values alone, without times: equal series have equal values.
};

struct StreamRecord {
  Digest digest;
  std::uint64_t size_bytes = 0;
};

struct CaptureFacts {
  std::string level = "declared";  // declared | observed | sealed
  std::optional<std::string> tracer;
  std::vector<std::string> blind_spots;  // Sentences.
  std::optional<Digest> closure;         // The closure document of a traced run.
};

struct ResourceUse {  // Of the command and all children that it waited for.
  std::int64_t user_ms = 0;
  std::int64_t system_ms = 0;
  std::int64_t rss_bytes_max = 0;
};

// A column that the run says it computed.  A column is its name, or PATH#NAME to tell it from those
// of the same name in other files; raw bytes, as in a table's first record.
struct Derivation {
  std::string column;                // Of an output.
  std::vector<std::string> sources;  // Of inputs.

  friend bool operator==(const Derivation&, const Derivation&) = default;
  friend auto operator<=>(const Derivation&, const Derivation&) = default;
};

// Something that the run attached as evidence about the model that it makes.
struct RunEvidence {
  std::string kind;      // As lineage/governance/evidence.h has them.
  ArtifactUse artifact;  // Its path is "KIND.json" where the run gave the text itself.

  friend bool operator==(const RunEvidence&, const RunEvidence&) = default;
};

struct RunRecord {
  Ulid id;
  std::string experiment = "default";
  std::string name;
  RunStatus status = RunStatus::kRunning;
  std::optional<int> exit_code;  // None: killed, lost or unknown (started by the SDK).
  std::optional<int> signal;
  std::int64_t started_at_unix_ms = 0;
  std::optional<std::int64_t> ended_at_unix_ms;
  std::optional<Digest> recipe;
  std::optional<Digest> code;  // The code document.
  std::vector<ArtifactUse> outputs;
  std::vector<std::string> missing_outputs;  // Named by -o or the SDK, but not there.
  std::optional<StreamRecord> stdout_log;
  std::optional<StreamRecord> stderr_log;
  std::optional<StreamRecord> sdk_log;  // Lines logged through the SDK: "<time> <text>\n" each.
  std::map<std::string, MetricSummary> metrics;
  std::vector<std::string> asked_params;    // Keys that the program asked the SDK for; sorted.
  std::vector<Derivation> derivations;      // Sorted by column; one for each.
  std::vector<RunEvidence> evidence;        // In the order in which it was attached.
  std::map<std::string, std::string> tags;  // Given while it ran.
  std::vector<std::string> notes;           // Likewise.
  CaptureFacts capture;
  Json host = Json::Object{};  // Facts of the machine; not part of any identity.
  std::optional<ResourceUse> resources;
  std::optional<std::string> reproduces;    // Run id of the original.
  std::optional<std::string> derived_from;  // Likewise, for a retraining.
  std::string actor;                        // Who ran it: the user's name.
  bool redacted = false;                    // A secret was replaced in what is recorded.
  std::vector<std::string> warnings;        // Sentences.
};

Result<std::string> EncodeRunRecord(const RunRecord& record);
// Errors: kCorruption.
Result<RunRecord> DecodeRunRecord(std::string_view document);

// A number as a JSON number, or as "NaN", "Infinity", "-Infinity" where JSON has no form for it.
Json NumberToJson(double number);
// An integer as a JSON number, or as a string of its digits beyond 2^53, where numbers have gaps.
Json IntegerToJson(std::int64_t value);
// The member `key`, as IntegerToJson() wrote it.  Errors: kCorruption.
Result<std::int64_t> GetInteger(const Json& json, std::string_view key);
Result<double> NumberFromJson(const Json& json);

}  // namespace reprise::lineage
