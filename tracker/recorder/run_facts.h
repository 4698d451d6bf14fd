// What a run's journal says, gathered: all but the points and lines that were logged, of which
// there may be more than fit into memory (metric_store.h, log_text.h).

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/param_value.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "tracker/journal.h"
#include "tracker/proto/journal.pb.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/segment_scan.h"
#include "tracker/session.h"

namespace reprise::tracker {

struct RunFacts {
  v1::SessionStarted started;
  std::optional<v1::CodeCaptured> code;
  v1::CodeCaptured code_parts;                        // Of which the last has not come.
  std::map<std::string, lineage::ParamValue> params;  // In force: -p and --set outrank the SDK's.
  std::set<std::string> asked_params;                 // Keys that the program asked the SDK for.
  std::vector<v1::Artifact> inputs;   // -i, then the SDK's; by path the first use counts.
  std::vector<v1::Artifact> outputs;  // By path the last content counts.
  std::map<std::string, std::string> tags;
  std::vector<std::string> notes;
  std::vector<lineage::Derivation> derivations;  // In the order in which they were told.
  std::vector<v1::Observed::Evidence> evidence;  // In the order in which it was told.
  std::vector<std::string> mapped_files;
  std::map<std::string, std::uint64_t> series_blocks;  // How many blocks of points, by key.
  bool has_log = false;                                // Whether any line was logged.
  std::map<std::string, SegmentCursor> cursors;        // Of segments, by file name.
  std::uint64_t dropped_points = 0;
  std::optional<int> finish_status;
  std::vector<std::string> warnings;
};

// Errors: those of reading the journal.
Result<RunFacts> GatherRunFacts(FileSystem& files, const std::string& session_folder);
Result<RunFacts> GatherRunFacts(JournalReader journal);

// The artifact as records and recipes name it.  Errors: kCorruption  it has no digest.
Result<lineage::ArtifactUse> UseOf(const v1::Artifact& artifact, const std::string& project_folder);

// Sets when and how the command ended, of which a whole report tells.
void ApplyExitReport(const ExitReport& report, lineage::RunRecord& record);

// Adds what one frame of the journal says to `facts`.
Result<void> AddFrame(const v1::Frame& frame, RunFacts& facts);

}  // namespace reprise::tracker
