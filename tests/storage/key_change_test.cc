// One key of a log after the other: the note, the chain, and a ledger that changes its key with
// crashes at every step.

#include "storage/key_change.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/ledger.h"
#include "storage/ledger_files.h"
#include "tests/support/golden.h"
#include "tests/support/ledgers.h"
#include "tests/support/temp_dir.h"

namespace reprise::storage {
namespace {

using testing::ExpectGolden;
using testing::MakeLedger;
using testing::TempDir;
using testing::TestKey;
using testing::TestStoreId;

constexpr std::int64_t kTimeMs = 1'700'000'000'000;

NoteKey KeyOf(unsigned char byte) {
  return {LedgerOrigin(TestStoreId()), TestKey(byte).PublicKey()};
}

KeyChange ChangeOf(unsigned char from, unsigned char to) {
  return *KeyChange::Make(KeyOf(from), TestKey(from), TestKey(to), kTimeMs, "the yearly change");
}

TEST(KeyChangeTest, ItsFormsAreTheGoldenOnes) {
  const KeyChange change = ChangeOf(1, 2);
  ExpectGolden("ledger/key_change_v1.txt", change.note);
  ExpectGolden("ledger/key_change_v1.json", *change.Document());
  KeyChain chain(KeyOf(1));
  ASSERT_TRUE(chain.Add(3, change).ok());
  ExpectGolden("ledger/key_changes_v1.jsonl", *chain.Encode());
}

TEST(KeyChangeTest, EveryFlippedByteIsRefused) {
  const std::string note = ChangeOf(1, 2).note;
  ASSERT_TRUE(KeyChange::Parse(note).ok());
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string flipped = note;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(KeyChange::Parse(flipped).ok()) << i;
  }
}

TEST(KeyChangeTest, BothKeysMustSign) {
  const std::string note = ChangeOf(1, 2).note;
  const auto parsed = SignedNote::Parse(note);
  for (std::size_t i = 0; i < 2; ++i) {
    SignedNote one{parsed->text, {parsed->signatures[i]}};
    EXPECT_FALSE(KeyChange::Parse(one.Encode()).ok());
    SignedNote twice{parsed->text, {parsed->signatures[i], parsed->signatures[i]}};
    EXPECT_FALSE(KeyChange::Parse(twice.Encode()).ok());
  }
}

TEST(KeyChangeTest, AReasonIsOneLine) {
  for (const std::string& reason :
       {std::string(), std::string("two\nlines"), std::string("bell\x07"), std::string("\xFF"),
        std::string(kKeyChangeReasonSizeBytesMax + 1, 'x')}) {
    EXPECT_FALSE(KeyChange::Make(KeyOf(1), TestKey(1), TestKey(2), kTimeMs, reason).ok());
  }
  EXPECT_FALSE(KeyChange::Make(KeyOf(1), TestKey(1), TestKey(1), kTimeMs, "the same").ok());
}

TEST(KeyChainTest, EachSizeHasItsKey) {
  KeyChain chain(KeyOf(1));
  ASSERT_TRUE(chain.Add(3, ChangeOf(1, 2)).ok());
  ASSERT_TRUE(chain.Add(5, ChangeOf(2, 3)).ok());
  EXPECT_EQ(chain.KeyFor(0), KeyOf(1));
  EXPECT_EQ(chain.KeyFor(3), KeyOf(1));
  EXPECT_EQ(chain.KeyFor(4), KeyOf(2));
  EXPECT_EQ(chain.KeyFor(5), KeyOf(2));
  EXPECT_EQ(chain.KeyFor(6), KeyOf(3));
  EXPECT_EQ(chain.newest(), KeyOf(3));
  EXPECT_TRUE(chain.Has(KeyOf(1)) && chain.Has(KeyOf(2)) && chain.Has(KeyOf(3)));
  EXPECT_FALSE(chain.Has(KeyOf(4)));
  const auto again = KeyChain::Parse(*chain.Encode(), KeyOf(9));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again->Encode(), *chain.Encode());
  EXPECT_EQ(again->KeyFor(0), KeyOf(1));
}

TEST(KeyChainTest, WhatDoesNotFollowIsRefused) {
  KeyChain chain(KeyOf(1));
  ASSERT_TRUE(chain.Add(3, ChangeOf(1, 2)).ok());
  EXPECT_FALSE(chain.Add(5, ChangeOf(1, 3)).ok());
  EXPECT_FALSE(chain.Add(3, ChangeOf(2, 3)).ok());
  const std::string line = *chain.Encode();
  EXPECT_FALSE(KeyChain::Parse(line + line, KeyOf(1)).ok());
  EXPECT_FALSE(KeyChain::Parse(line.substr(0, line.size() - 1), KeyOf(1)).ok());
  EXPECT_FALSE(KeyChain::Parse(" " + line, KeyOf(1)).ok());
  EXPECT_FALSE(KeyChain::Parse(line, NoteKey{"another", TestKey(1).PublicKey()}).ok());
}

class RekeyTest : public ::testing::Test {
 protected:
  std::unique_ptr<Ledger> Open() {
    auto ledger = Ledger::Open(files, folder.path());
    EXPECT_TRUE(ledger.ok()) << ledger.error().message;
    return ledger.ok() ? *std::move(ledger) : nullptr;
  }
  // The entry that says what `document` does.
  static LedgerEntry EntryOf(const Ledger& ledger, const std::string& document) {
    LedgerEntry entry;
    entry.time_unix_ms = kTimeMs;
    entry.kind = kKeyChangeEntry;
    entry.subject = ledger.keys().newest().name;
    entry.actor = "test";
    entry.payload = crypto::Sha256(document);
    return entry;
  }
  static void Change(Ledger& ledger) {
    const auto document = ledger.PrepareKeyChange("the yearly change", kTimeMs);
    ASSERT_TRUE(document.ok()) << document.error().message;
    LedgerEntry entry = EntryOf(ledger, *document);
    for (std::uint64_t i = ledger.size(); i-- > 0 && !entry.previous.has_value();) {
      if (ledger.Read(i)->subject == entry.subject) entry.previous = i;
    }
    const auto done = ledger.Append({&entry, 1});
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  // An entry about something that there was nothing about.
  static bool AppendOther(Ledger& ledger) {
    LedgerEntry entry = testing::TestEntry(static_cast<int>(ledger.size()), 0);
    entry.subject = "another-" + std::to_string(ledger.size());
    return ledger.Append({&entry, 1}).ok();
  }
  static void ExpectWhole(Ledger& ledger, const std::optional<std::string>& since = std::nullopt) {
    const auto report = ledger.Verify(since);
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(report->problems.empty()) << report->problems.front();
  }

  FileSystem& files = PosixFileSystem();
  TempDir folder;
  LedgerPaths paths{folder.path()};
};

TEST_F(RekeyTest, TheNewKeySignsAndOldCheckpointsStayVerifiable) {
  MakeLedger(files, folder.path(), {2});
  auto ledger = Open();
  const NoteKey first = *ledger->Key();
  const std::string before = *ledger->Checkpoint();
  Change(*ledger);
  const NoteKey second = *ledger->Key();
  EXPECT_NE(first, second);
  EXPECT_TRUE(OpenCheckpoint(*ledger->Checkpoint(), second).ok());
  EXPECT_FALSE(OpenCheckpoint(*ledger->Checkpoint(), first).ok());
  ASSERT_TRUE(AppendOther(*ledger));
  Change(*ledger);
  ExpectWhole(*ledger, before);
  ledger = Open();
  EXPECT_TRUE(ledger->notices().empty());
  EXPECT_EQ(ledger->keys().steps().size(), 2U);
  ASSERT_TRUE(AppendOther(*ledger));
  ExpectWhole(*ledger, before);
  EXPECT_FALSE(files.Stat(paths.next_key).ok());
  EXPECT_EQ(files.Stat(paths.private_key)->mode & 0777, 0600U);
}

TEST_F(RekeyTest, ACheckpointByAReplacedKeyIsNoticed) {
  MakeLedger(files, folder.path(), {2});
  auto ledger = Open();
  const auto old_key =
      crypto::Ed25519PrivateKey::FromPem(*ReadFile(files, paths.private_key, 9999));
  Change(*ledger);
  const Checkpoint later{LedgerOrigin(TestStoreId()), ledger->size(), ledger->Root()};
  const std::string forged = *SignNote(FormatCheckpoint(later), later.origin, *old_key);
  const auto report = ledger->Verify(forged);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->problems.size(), 1U);
  // Nor is a ledger opened by one.
  ASSERT_TRUE(WriteFileDurably(files, paths.checkpoint, forged).ok());
  EXPECT_TRUE(Open()->damage().has_value());
}

TEST_F(RekeyTest, WhatWasPreparedIsContinuedAndNothingElseChangesTheKey) {
  MakeLedger(files, folder.path(), {1});
  const auto begun = Open()->PrepareKeyChange("one", kTimeMs);
  ASSERT_TRUE(begun.ok());
  auto ledger = Open();
  EXPECT_EQ(*ledger->PrepareKeyChange("two", kTimeMs), *begun);
  LedgerEntry entry = EntryOf(*ledger, "another document");
  EXPECT_EQ(ledger->Append({&entry, 1}).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(AppendOther(*ledger));
  entry = EntryOf(*ledger, *begun);
  ASSERT_TRUE(ledger->Append({&entry, 1}).ok());
  ExpectWhole(*ledger);
}

TEST_F(RekeyTest, ACrashBeforeTheNewCheckpointIsTakenIn) {
  MakeLedger(files, folder.path(), {2});
  auto ledger = Open();
  const std::string checkpoint = *ReadFile(files, paths.checkpoint, 9999);
  const std::string old_key = *ReadFile(files, paths.private_key, 9999);
  const std::string old_public = *ReadFile(files, paths.public_key, 9999);
  ASSERT_TRUE(ledger->PrepareKeyChange("the yearly change", kTimeMs).ok());
  const std::string next_key = *ReadFile(files, paths.next_key, 9999);
  const std::string next_change = *ReadFile(files, paths.next_change, 9999);
  Change(*ledger);
  const NoteKey expected = *ledger->Key();
  const std::string new_checkpoint = *ReadFile(files, paths.checkpoint, 9999);
  ledger.reset();
  // As if the power had gone before the checkpoint; before the keys were put in order; and before
  // the changes were written as well.
  for (const int lost : {0, 1, 2}) {
    ASSERT_TRUE(WriteFileDurably(files, paths.private_key, old_key, 0600).ok());
    ASSERT_TRUE(WriteFileDurably(files, paths.public_key, old_public).ok());
    ASSERT_TRUE(WriteFileDurably(files, paths.next_key, next_key, 0600).ok());
    ASSERT_TRUE(WriteFileDurably(files, paths.next_change, next_change).ok());
    ASSERT_TRUE(
        WriteFileDurably(files, paths.checkpoint, lost == 1 ? new_checkpoint : checkpoint).ok());
    if (lost == 2) {
      ASSERT_TRUE(files.RemoveFile(paths.key_changes).ok());
    }
    ledger = Open();
    EXPECT_FALSE(ledger->damage().has_value());
    EXPECT_EQ(*ledger->Key(), expected) << lost;
    ExpectWhole(*ledger);
    EXPECT_FALSE(files.Stat(paths.next_key).ok());
    ledger.reset();
  }
}

TEST_F(RekeyTest, DamageOfTheChangesIsNoticed) {
  MakeLedger(files, folder.path(), {2});
  auto ledger = Open();
  Change(*ledger);
  ledger.reset();
  const std::string lines = *ReadFile(files, paths.key_changes, 99999);
  ASSERT_TRUE(files.RemoveFile(paths.key_changes).ok());
  EXPECT_FALSE(Open()->Verify()->problems.empty());
  for (std::size_t i = 0; i < lines.size(); i += 7) {
    std::string flipped = lines;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    ASSERT_TRUE(WriteFileDurably(files, paths.key_changes, flipped).ok());
    const auto report = Open()->Verify();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->problems.empty()) << i;
  }
}

}  // namespace
}  // namespace reprise::storage
