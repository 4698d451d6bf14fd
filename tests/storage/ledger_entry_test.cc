// The document of an entry and the file that it stands in: their golden bytes.

#include "storage/ledger_entry.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/frame_log.h"
#include "storage/ledger_files.h"
#include "tests/support/golden.h"
#include "tests/support/ledgers.h"

namespace reprise::storage {
namespace {

using testing::ExpectGolden;

LedgerEntry SomeEntry() {
  LedgerEntry entry;
  entry.sequence = 7;
  entry.time_unix_ms = 1'700'000'000'042;
  entry.kind = "note";
  entry.subject = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  entry.actor = "zo\xC3\xAB";
  entry.payload = crypto::Sha256("a note");
  entry.previous = 3;
  return entry;
}

TEST(LedgerEntryDocument, HasItsGoldenBytes) {
  const auto document = EncodeLedgerEntry(SomeEntry());
  ASSERT_TRUE(document.ok()) << document.error().message;
  ExpectGolden("ledger/entry_v1.json", *document);
  LedgerEntry first = SomeEntry();
  first.sequence = 0;
  first.previous = std::nullopt;
  ExpectGolden("ledger/first_entry_v1.json", *EncodeLedgerEntry(first));
  EXPECT_EQ(*DecodeLedgerEntry(*document), SomeEntry());
}

TEST(LedgerEntryDocument, AMemberThatNobodyKnowsIsRefused) {
  std::string document = *EncodeLedgerEntry(SomeEntry());
  document.insert(1, R"("a":1,)");
  const auto entry = DecodeLedgerEntry(document);
  ASSERT_FALSE(entry.ok());
  EXPECT_EQ(entry.error().code, ErrorCode::kCorruption);
}

// A batch of one entry: the file that docs/formats/ledger.md works through.
TEST(LedgerEntriesFile, HasItsGoldenBytes) {
  LedgerEntry entry = SomeEntry();
  entry.sequence = 0;
  entry.previous = std::nullopt;
  std::string file = EncodeLedgerHeader(testing::TestStoreId());
  AppendFrame(file, *EncodeLedgerEntry(entry));
  AppendFrame(file, "");
  ExpectGolden("ledger/entries_v1.bin", file);
}

}  // namespace
}  // namespace reprise::storage
