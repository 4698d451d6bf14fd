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

namespace reprise::tracker {

struct CheckedBundle {
  CheckedBundle(const BundleFileSet& set, const BroughtAlong& auditor)
      : files(set), brought(auditor) {}

  const BundleFileSet& files;
  const BroughtAlong& brought;

  // From the signature and the log.
  std::optional<storage::NoteKey> key;    // That signs now.
  std::optional<storage::KeyChain> keys;  // All that the log had.
  std::string run_id;                     // By the signature.
  std::map<std::uint64_t, BundleEvent> entries;
  std::optional<std::vector<Digest>> leaves;  // Of all entries; absent with proofs only.

  // From the documents, which are views of files.
  std::map<Digest, std::string_view> documents;
  std::map<Digest, std::string> types;    // Of those that are JSON.
  std::map<Digest, storage::Tree> trees;  // That something names.
  std::set<Digest> reached;               // That something names.
  std::map<std::string, StoredRun> runs;  // By id.
  Json report;
  std::set<std::string> subjects;  // Runs and artifacts of the lineage.

  // The bundle as whoever exports it would gather it, as far as it was checked.
  BundleContent content;

  std::vector<std::string> notes;
  std::vector<std::string> anchors;
  std::string uncovered;

  // The content of a file.  Errors: kCorruption  it is missing.
  Result<std::string_view> File(std::string_view path) const;
  // Paths of files that begin with `prefix`, sorted by their bytes.
  std::vector<std::string> FilesBelow(std::string_view prefix) const;

  // The checkpoint of `note`, called `what`, by the key that the log had at its size.
  // Errors: kCorruption.
  Result<storage::Checkpoint> OpenCheckpoint(std::string_view note, const std::string& what) const;
  // The root of the first `size` entries, which are listed.
  Digest RootAt(std::uint64_t size) const;

  // The document `digest`, which must be of `kind`; marks it as accounted for.
  // Errors: kCorruption  `why` (what names it) and its digest begin the message.
  Result<std::string_view> Document(const Digest& digest, std::string_view kind,
                                    const std::string& why);
};

// That a check failed: a sentence without the final full stop.
Error Failed(std::string message);
// Python's "%r" of a text, for messages that verify.py gives too.
std::string Quoted(std::string_view text);
std::string Joined(const std::vector<std::string>& texts, std::string_view separator);

// Lines between line ends, of which one must end the text.
// Errors: kCorruption  the last line is not complete.
Result<std::vector<std::string_view>> LinesOf(std::string_view text, const std::string& what);

// A member of report.json, or of a part of it.  Errors: kCorruption.
Result<const Json*> MemberOf(const Json& json, std::string_view key, const std::string& what);

// Whether two JSON values are equal, whatever the order of their members.
bool IsSameJson(const Json& a, const Json& b);

// Each returns what it found in order.  Errors: kCorruption  why the check failed.
Result<std::string> CheckListedFiles(CheckedBundle& bundle);     // files
Result<std::string> CheckBundleNote(CheckedBundle& bundle);      // signature
Result<std::string> CheckLogState(CheckedBundle& bundle);        // checkpoint
Result<std::string> CheckLogEntries(CheckedBundle& bundle);      // ledger
Result<std::string> CheckInclusion(CheckedBundle& bundle);       // proofs
Result<std::string> CheckConfirmations(CheckedBundle& bundle);   // seals
Result<std::string> CheckDocumentNames(CheckedBundle& bundle);   // documents
Result<std::string> CheckRunRecords(CheckedBundle& bundle);      // runs
Result<std::string> CheckEvents(CheckedBundle& bundle);          // events
Result<std::string> CheckLineageEdges(CheckedBundle& bundle);    // lineage
Result<std::string> CheckReportJson(CheckedBundle& bundle);      // report
Result<std::string> CheckReportTables(CheckedBundle& bundle);    // tables
Result<std::string> CheckSeriesPoints(CheckedBundle& bundle);    // series
Result<std::string> CheckAnchors(CheckedBundle& bundle);         // anchor

}  // namespace reprise::tracker
