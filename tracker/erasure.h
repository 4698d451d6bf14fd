// Removing bytes for good, under an entry of the ledger that says what, who and why.
// docs/formats/erasure.md; docs/decisions/0032-erasure.md.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/graph.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/erased_content.h"
#include "tracker/erasure_document.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ErasureRequest {
  std::string store_folder;
  std::string working_directory;  // Absolute; for references that are paths.
  std::vector<std::string> refs;
  std::string reason;    // Raw bytes.
  bool logs = false;     // Of the runs that are named: their output, and what they logged.
  bool metrics = false;  // Of these: every point.  Last, least and greatest values stay.
  bool notes = false;    // What was said of the runs or contents that are named.
  bool shared = false;   // Also what other content has in common with it.
  bool dry_run = false;  // Only say what would be done.
};

struct ErasureReport {
  std::vector<ErasureDocument> erased;   // One for each reference of which something is erased.
  std::vector<std::string> already;      // Sentences: what was erased before.
  std::vector<std::string> kept;         // Sentences: what stays, because something else has it.
  std::uint64_t freed_bytes = 0;         // Of content, as it was before compression.
  std::uint64_t kept_bytes = 0;          // Of content that was asked for and stays.
  std::vector<lineage::NodeId> derived;  // Runs, contents and models that came of it.
};

// Erases what `request` names.  When it returns, the ledger has it, and no file of the store holds
// the bytes; interrupted, the next who opens the store finishes it, or nothing has happened.
// Errors: kInvalidArgument  no reason; a run without what of it; a document that the record needs.
//         kNotFound         nothing of that name, or its bytes are not stored.
//         kTimeout          runs or imports are under way.
//         kCorruption       packs are damaged or in quarantine, so that bytes may hide there.
//         Those of Store::Open and of writing.
Result<ErasureReport> Erase(FileSystem& files, const ErasureRequest& request,
                            const StoreOptions& store_options);

// The erasures in the ledger about `subject` (a run's id, or "sha256:…"), oldest first.
struct FiledErasure {
  ErasureDocument document;
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::uint64_t sequence = 0;
};
Result<std::vector<FiledErasure>> ErasuresAbout(Store& store, const std::string& subject);

// How `digest` was erased; absent: it was not, or is stored again.
Result<std::optional<storage::ErasedRow>> ErasedNow(const storage::Catalog& catalog,
                                                    const Digest& digest);

}  // namespace reprise::tracker
