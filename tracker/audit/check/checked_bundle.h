// What the checks of a bundle, in their order, learn from it, and the checks.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/key_change.h"
#include "storage/merkle.h"
#include "storage/tree.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/check/verify_bundle.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/key_ring.h"

namespace reprise::tracker {

// A statement that a person signed about a version of a model.
struct CheckedStatement {
  std::string what;  // "the statement of ledger entry 7"
  std::string name;  // Of the version.
  RecordedAt recorded;
  Digest digest;  // Of the envelope.
  storage::DsseEnvelope envelope;
  lineage::Approval approval;
};

// What a person signed about a version for other tools.
struct CheckedAttestation {
  std::string what;  // "the attestation of ledger entry 7"
  std::string name;  // Of the version.
  FiledDocument document;
  lineage::Attestation attestation;
};

struct CheckedBundle {
  CheckedBundle(const BundleFileSet& set, const BroughtAlong& auditor)
      : files(set), brought(auditor) {}

  const BundleFileSet& files;
  const BroughtAlong& brought;

  // From the signature and the log.
  std::optional<storage::NoteKey> key;    // That signs now.
  std::optional<storage::KeyChain> keys;  // All that the log had.
  std::string signed_name;                // Of what it is about, by the signature.
  std::map<std::uint64_t, BundleEvent> entries;
  std::optional<std::vector<Digest>> leaves;  // Of all entries; absent with proofs only.

  // From the documents, which are views of files.
  std::map<Digest, std::string_view> documents;
  std::map<Digest, std::string_view> envelopes;  // Of signed statements.
  std::map<Digest, std::string_view> attestations;
  std::map<Digest, std::string_view> policies;
  std::map<Digest, std::string> types;     // Of the documents that are JSON.
  std::map<Digest, storage::Tree> trees;   // That something names.
  std::set<Digest> reached;                // That something names.
  std::set<BundleHole> used_holes;         // Likewise, of what report.json lists as left out.
  std::map<Digest, std::uint64_t> erased;  // The last ledger entry that erased it.
  std::map<std::string, StoredRun> runs;   // By id.
  Json report;
  std::set<std::string> run_ids;   // That the bundle is about.
  std::set<std::string> roots;     // These, and the content that it is about.
  std::set<std::string> subjects;  // Runs and artifacts of the lineage.

  // From what people signed and decided.
  KeyRing people;
  std::vector<CheckedStatement> statements;  // In the order of the ledger.
  std::vector<CheckedAttestation> attested;  // Likewise.
  // Signatures that moves rest on, with the version that moved.
  std::vector<std::pair<std::string, const CheckedStatement*>> counted;

  // The bundle as whoever exports it would gather it, as far as it was checked.
  BundleContent content;

  std::vector<std::string> notes;
  std::vector<std::string> anchors;
  std::string uncovered;
  std::string signatures;  // Whose the signatures are that moves rest on, or "".

  // The content of a file.  Errors: kCorruption  it is missing.
  Result<std::string_view> File(std::string_view path) const;
  // Paths of files that begin with `prefix`, sorted by their bytes.
  std::vector<std::string> FilesBelow(std::string_view prefix) const;

  // The checkpoint of `note`, called `what`, by the key that the log had at its size.
  // Errors: kCorruption.
  Result<storage::Checkpoint> OpenCheckpoint(std::string_view note, const std::string& what) const;
  // The roots of the first so many entries, which are listed, in one pass.
  std::map<std::uint64_t, Digest> RootsAt(const std::set<std::uint64_t>& sizes) const;

  // The document `digest`, which must be of `kind`; marks it as accounted for.
  // `kind` is what the ledger calls it, or how the document itself does.
  // Errors: kCorruption  `why` (what names it) and its digest begin the message.
  Result<std::string_view> Document(const Digest& digest, std::string_view kind,
                                    const std::string& why);
  // Marks that `digest`, which `why` names, is listed as left out; what was erased was so after the
  // entry `sequence`, which named it.
  // Errors: kCorruption  it is not, or as another thing than `what`.
  Result<void> TakeHole(const Digest& digest, std::string_view what, const std::string& why,
                        std::optional<std::uint64_t> sequence = std::nullopt);
};

// That a check failed: a sentence without the final full stop.
Error Failed(std::string message);
// Python's "%r" of a text, for messages that verify.py gives too.
std::string Quoted(std::string_view text);
std::string Joined(const std::vector<std::string>& texts, std::string_view separator);

// Lines between line ends, of which one must end the text.
// Errors: kCorruption  the last line is not complete.
Result<std::vector<std::string_view>> LinesOf(std::string_view text, const std::string& what);

// The files below `folder` are exactly `names`; `what` is what any other would be.
// Errors: kCorruption.
Result<void> RequireFiles(const CheckedBundle& bundle, std::string_view folder,
                          const std::set<std::string>& names, const std::string& what);

// Marks the folder `root`, and those in it, as accounted for.  Errors: kCorruption.
Result<void> ReachTree(CheckedBundle& bundle, const Digest& root, const std::string& why);

// That the log of the bundle continues the checkpoint `kept` of it, which lies in `folder` with the
// proof of that; `root` is that of as many entries, if they are listed.  Errors: kCorruption.
Result<void> CheckConsistency(const CheckedBundle& bundle, const storage::Checkpoint& kept,
                              const std::optional<Digest>& root, const std::string& folder);

// A member of report.json, or of a part of it.  Errors: kCorruption.
Result<const Json*> MemberOf(const Json& json, std::string_view key, const std::string& what);

// Whether two JSON values are equal, whatever the order of their members.
bool IsSameJson(const Json& a, const Json& b);

// Each returns what it found in order.  Errors: kCorruption  why the check failed.
Result<std::string> CheckListedFiles(CheckedBundle& bundle);    // files
Result<std::string> CheckBundleNote(CheckedBundle& bundle);     // signature
Result<std::string> CheckLogState(CheckedBundle& bundle);       // checkpoint
Result<std::string> CheckLogEntries(CheckedBundle& bundle);     // ledger
Result<std::string> CheckInclusion(CheckedBundle& bundle);      // proofs
Result<std::string> CheckConfirmations(CheckedBundle& bundle);  // seals
Result<std::string> CheckStart(CheckedBundle& bundle);          // since
Result<std::string> CheckDocumentNames(CheckedBundle& bundle);  // documents
Result<std::string> CheckRunRecords(CheckedBundle& bundle);     // runs
Result<std::string> CheckEvents(CheckedBundle& bundle);         // events
Result<std::string> CheckPeople(CheckedBundle& bundle);         // people
Result<std::string> CheckModels(CheckedBundle& bundle);         // models
Result<std::string> CheckAccounted(CheckedBundle& bundle);      // accounted
Result<std::string> CheckLineageEdges(CheckedBundle& bundle);   // lineage
Result<std::string> CheckReportJson(CheckedBundle& bundle);     // report
Result<std::string> CheckReportTables(CheckedBundle& bundle);   // tables
Result<std::string> CheckSeriesPoints(CheckedBundle& bundle);   // series
Result<std::string> CheckAnchors(CheckedBundle& bundle);        // anchor

}  // namespace reprise::tracker
