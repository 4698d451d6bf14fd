// What an audit bundle says, gathered from a store, and its form as files.
//
// Gathering needs a store; making files of it is a pure function, so that equal content gives equal
// bytes and tests can make bundles of their own.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lineage/export/lineage_export.h"
#include "lineage/governance/requirements.h"
#include "lineage/graph.h"
#include "lineage/metric_series.h"
#include "lineage/render/render_graph.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/checkpoint_seals.h"
#include "storage/ledger.h"
#include "tracker/audit/bundle_data.h"
#include "tracker/audit/bundle_governance.h"
#include "tracker/audit/bundle_subject.h"
#include "tracker/column_settings.h"
#include "tracker/store.h"

namespace reprise::tracker {

// A larger log is not listed entry by entry: the bundle then has proofs only.
inline constexpr std::uint64_t kBundleHeadersMax = 500'000;
// Points of metrics beyond this are left out, metric by metric.
inline constexpr std::uint64_t kBundlePointsMax = 2'000'000;
// Evidence is in the bundle itself up to this size, each file and all together.
inline constexpr std::uint64_t kBundleEvidenceBytesMax = 16 << 20;
inline constexpr std::uint64_t kBundleAllEvidenceBytesMax = 256 << 20;

// A ledger entry about the subject, its lineage, its reruns, or what models of it rest on.
struct BundleEvent {
  storage::LedgerEntry entry;
  std::string leaf;  // The entry's bytes in the log.
};

// A checkpoint that others cosigned or stamped.
struct BundleSeal {
  storage::Seal seal;
  std::string consistency;  // That the log of the bundle continues it: EncodeConsistencyProof().
};

// Bytes that something in the bundle names, and that are not in it.  The same bytes may be there as
// something else: a patch is left out that is a document, too.
struct BundleHole {
  Digest digest;
  std::string what;  // "evidence", "patch", "note", "tags", …

  friend auto operator<=>(const BundleHole&, const BundleHole&) = default;
};

// A checkpoint that the auditor kept, and what shows that the log only grew since.
struct BundleSince {
  std::string checkpoint_note;
  storage::Checkpoint state;
  std::string consistency;  // EncodeConsistencyProof().
};

struct BundleContent {
  Ulid store;
  BundleSubject subject;
  std::vector<StoredRun> runs;      // That it is about, by id.
  std::vector<StoredRun> upstream;  // Runs that these came from, by id.
  std::vector<StoredRun> reruns;    // Runs that were to reproduce one of them, by id.

  std::map<Digest, std::string> documents;  // Byte for byte.
  std::map<Digest, std::string> patches;    // Of uncommitted code; not documents.
  std::map<Digest, std::string> envelopes;  // Of signed statements, likewise.
  std::map<BundleHole, std::string> holes;  // Why: "redacted", "too_long", "lost", "erased".
  std::vector<std::string> missing;         // Sentences: what could not be read from the store.

  lineage::Subgraph lineage;
  lineage::RenderGraph drawing;     // The same with labels.
  lineage::LineageExport exported;  // The same for other tools.

  std::vector<BundleEvent> events;  // In the log's order.
  bool lists_whole_log = true;
  std::vector<std::string> headers;                // All leaves of the log, if it lists them.
  std::map<std::uint64_t, Json> proofs;            // By sequence; Ledger::ProofDocument().
  std::string checkpoint;                          // A signed note.
  storage::Checkpoint signed_state;                // What it says.
  std::string key;                                 // As verifiers keep it: NoteKey::ToText().
  std::string key_fingerprint;                     // "sha256:…" of the raw key.
  std::vector<storage::KeyChain::Step> key_steps;  // Keys that signed before, oldest first.
  std::vector<BundleSeal> seals;                   // By size.
  std::string witnesses;                           // Their verifier keys, one a line.
  std::string authorities;                         // Of time stamps: certificates, PEM.
  std::optional<BundleSince> since;

  // Of the runs that the bundle is about: the points of each metric.
  std::map<Ulid, std::map<std::string, std::vector<lineage::MetricPoint>>> series;
  std::vector<std::pair<Ulid, std::string>> series_left_out;  // Metrics, by run.

  BundleGovernance governance;
  std::map<Digest, BundleData> data;                       // Inputs of runs.
  std::vector<lineage::RequirementTemplate> requirements;  // That were asked for, in that order.
  std::optional<std::string> pdf;  // The report as PDF, if it was asked for.
};

struct BundleRequest {
  BundleSubject subject;
  std::optional<std::string> since;  // A checkpoint that was kept, as a signed note.
  // Leaves out what people wrote and what data holds: evidence, patches, notes, tags, datasets'
  // names, profiles, verdicts that tell values and metric points.  Headers and digests stay.
  bool redact = false;
  // What the project says today of its columns.  Profiles and verdicts that tell values of personal
  // ones are left out in any case.
  ColumnSettings columns{};
  std::vector<lineage::RequirementTemplate> requirements{};
  // Makes a PDF of the report's page, which the bundle then has beside it.
  std::function<Result<std::string>(const std::string& html)> make_pdf{};
};

// Errors: kNotFound    no such run.
//         kInvalidArgument  `since` is no checkpoint of this log, or one of the empty log.
//         kCorruption  a record or document that the bundle needs is lost, or the log does not
//                      continue `since`.  Metric points and evidence that cannot be read are
//                      reported in `missing` instead.
Result<BundleContent> GatherBundle(Store& store, const BundleRequest& request);

struct BundleFile {
  std::string path;  // In the bundle.
  std::string bytes;
};

// Signs a text (which ends with a newline) with the log's key: Ledger::Sign().
using Signer = std::function<Result<std::string>(std::string_view text)>;

// All files of the bundle, by path.
Result<std::vector<BundleFile>> BundleFiles(const BundleContent& content, const Signer& sign);

}  // namespace reprise::tracker
