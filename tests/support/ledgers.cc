#include "tests/support/ledgers.h"

#include <array>

#include "storage/crypto/sha256.h"

namespace reprise::testing {

constexpr int kSubjects = 3;

crypto::Ed25519PrivateKey TestKey(unsigned char byte) {
  std::array<std::byte, crypto::kEd25519KeyBytes> seed;
  seed.fill(std::byte{byte});
  return *crypto::Ed25519PrivateKey::FromSeed(seed);
}

Ulid TestStoreId() {
  const std::string random(10, '\x07');
  return Ulid::FromParts(1'700'000'000'000, AsBytes(random));
}

storage::LedgerEntry TestEntry(int number, int subject) {
  storage::LedgerEntry entry;
  entry.time_unix_ms = 1'700'000'000'000 + number * 1000;
  entry.kind = number % 2 == 0 ? "run" : "note";
  entry.subject = "subject-" + std::to_string(subject);
  entry.actor = "ada@example.org";
  entry.payload = crypto::Sha256(std::to_string(number));
  return entry;
}

Result<void> AppendTestEntries(storage::Ledger& ledger, int count) {
  std::vector<storage::LedgerEntry> batch;
  const auto size = static_cast<int>(ledger.size());
  for (int number = size; number < size + count; ++number) {
    storage::LedgerEntry entry = TestEntry(number, number % kSubjects);
    const int previous = number - kSubjects;
    // Within the batch the ledger sets the link.
    if (previous >= 0 && previous < size) entry.previous = static_cast<std::uint64_t>(previous);
    batch.push_back(std::move(entry));
  }
  return ledger.Append(batch);
}

void MakeLedger(FileSystem& files, const std::string& store_folder,
                const std::vector<int>& batches) {
  const auto made = storage::Ledger::Create(files, store_folder, TestStoreId(), TestKey());
  REPRISE_ASSERT(made.ok());
  auto ledger = storage::Ledger::Open(files, store_folder);
  REPRISE_ASSERT(ledger.ok());
  for (const int count : batches) REPRISE_ASSERT(AppendTestEntries(**ledger, count).ok());
}

}  // namespace reprise::testing
