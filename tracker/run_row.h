// A run's row in the catalog, and the facts that were added to it or to an artifact's.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"
#include "tracker/proto/catalog.pb.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Errors: kCorruption.
Result<StoredRun> DecodeRunRow(std::string_view value);

using CatalogFactList = google::protobuf::RepeatedPtrField<v1::CatalogFact>;

// The notes among `facts`, in their order.
std::vector<Note> NotesOf(const CatalogFactList& facts);

// Lays the tags among `facts` over `tags`: later ones win.
void OverlayTags(const CatalogFactList& facts, std::map<std::string, std::string>& tags);

}  // namespace reprise::tracker
