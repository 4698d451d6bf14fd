// Ledgers for tests: deterministic keys, entries and stores.

#pragma once

#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/ulid.h"
#include "storage/crypto/ed25519.h"
#include "storage/ledger.h"

namespace reprise::testing {

// The key whose 32 secret bytes are all `byte`.
crypto::Ed25519PrivateKey TestKey(unsigned char byte = 0x42);

// Always the same.
Ulid TestStoreId();

// An entry about "subject-<subject>" at a time that grows with `number`; its payload is a digest of
// `number`.
storage::LedgerEntry TestEntry(int number, int subject);

// Makes a ledger in `store_folder` and appends `batches`, each so many entries, with previous links
// as a store sets them.  Subjects repeat every three entries.
void MakeLedger(FileSystem& files, const std::string& store_folder,
                const std::vector<int>& batches);

// Appends a batch of `count` entries to an open ledger, as MakeLedger does.
Result<void> AppendTestEntries(storage::Ledger& ledger, int count);

}  // namespace reprise::testing
