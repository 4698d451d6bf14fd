// What in a store refers to content: the runs, datasets, models and evidence that name it, and
// which objects are documents that the record itself is made of.
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
  // Of the contents that were asked about, those that something else names: by what, as words.
  std::map<Digest, std::string> named_by;
};

// Reads all runs, datasets, models and evidence, and each folder that they name once.  Of
// `contents`, what is named outside of the folders `within` is told.  Files that a run used without
// naming them as its data count for nothing here.  Documents that are lost or damaged are passed
// over.
// Errors: of reading the store.
Result<ContentReferences> FindReferences(Store& store, const std::set<Digest>& contents,
                                         const std::set<Digest>& within);

}  // namespace reprise::tracker
