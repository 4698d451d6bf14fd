// What in a store refers to content: the runs, datasets, models and evidence that name it, what
// else of runs has its bytes, and which objects are documents that the record itself is made of.
//
// Thread-safety: as the store.

#pragma once

#include <map>
#include <set>
#include <string>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ContentReferences {
  // Of runs, ledger entries, folders and the like: without them the record cannot be read.
  std::set<Digest> documents;
  // Documents that can be erased all the same, by the kinds of their entries: "note", "profile".
  std::map<Digest, std::string> erasable_documents;
  // Of the contents that were asked about, those that something else names as data, evidence or
  // code: by what, as words.
  std::map<Digest, std::string> named_by;
  // Likewise those that are something else: a run's log, the points of a metric, a patch, a file of
  // the machine that was kept.
  std::map<Digest, std::string> used_by;
};

struct ReferenceQuestion {
  std::set<Digest> contents;
  std::set<Digest> within;  // Folders: what they name counts only if something else names it, too.
  std::set<Ulid> runs;      // Whose own logs and metrics do not count.
};

// Reads all runs, datasets, models and evidence, and each folder and closure that they name once.
// Files that a run used count where it did not name them as data, nor has them as code.  Documents
// that are lost or damaged are passed over.
// Errors: of reading the store.
Result<ContentReferences> FindReferences(Store& store, const ReferenceQuestion& question);

}  // namespace reprise::tracker
