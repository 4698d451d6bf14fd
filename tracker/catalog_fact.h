// Rows that hold what one ledger entry says.

#pragma once

#include <string>
#include <utility>

#include "storage/ledger.h"
#include "tracker/proto/catalog.pb.h"

namespace reprise::tracker {

inline v1::CatalogFact CatalogFactOf(const storage::LedgerEntry& entry, std::string document) {
  v1::CatalogFact fact;
  fact.set_time_unix_ms(entry.time_unix_ms);
  fact.set_actor(entry.actor);
  fact.set_document(std::move(document));
  fact.set_ledger_sequence(entry.sequence);
  return fact;
}

}  // namespace reprise::tracker
