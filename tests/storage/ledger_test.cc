// What a ledger promises while nothing interrupts it and its files are as it wrote them, and what
// it makes of files that are missing or short.  Damage: ledger_damage_test.cc.  Crashes:
// ledger_crash_test.cc.

#include "storage/ledger.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/frame_log.h"
#include "storage/ledger_files.h"
#include "tests/support/ledgers.h"
#include "tests/support/temp_dir.h"

namespace reprise::storage {
namespace {

using testing::AppendTestEntries;
using testing::MakeLedger;
using testing::TempDir;
using testing::TestEntry;
using testing::TestKey;
using testing::TestStoreId;

class LedgerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Ledger> Open(const LedgerOptions& options = {}) {
    auto ledger = Ledger::Open(files, folder.path(), options);
    EXPECT_TRUE(ledger.ok()) << ledger.error().message;
    return ledger.ok() ? *std::move(ledger) : nullptr;
  }
  std::string Content(const std::string& path) { return *ReadFile(files, path); }

  FileSystem& files = PosixFileSystem();
  TempDir folder;
  LedgerPaths paths{folder.path()};
};

void ExpectWhole(Ledger& ledger, const std::optional<std::string>& since = std::nullopt) {
  const auto report = ledger.Verify(since);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->problems.empty()) << report->problems.front();
  EXPECT_EQ(report->size, ledger.size());
  EXPECT_EQ(report->root, ledger.Root());
}

TEST_F(LedgerTest, ANewLedgerIsEmptyAndSigned) {
  MakeLedger(files, folder.path(), {});
  const auto ledger = Open();
  EXPECT_EQ(ledger->size(), 0U);
  EXPECT_EQ(ledger->Root(), EmptyRoot());
  const auto checkpoint = OpenCheckpoint(*ledger->Checkpoint(), *ledger->Key());
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(*checkpoint, (Checkpoint{LedgerOrigin(TestStoreId()), 0, EmptyRoot()}));
  ExpectWhole(*ledger);
}

TEST_F(LedgerTest, ThePrivateKeyIsForItsOwnerOnly) {
  MakeLedger(files, folder.path(), {});
  EXPECT_EQ(files.Stat(paths.private_key)->mode & 0777, 0600U);
}

TEST_F(LedgerTest, EveryStoreGetsAKeyOfItsOwn) {
  ASSERT_TRUE(Ledger::Create(files, folder.Path("a"), TestStoreId()).ok());
  ASSERT_TRUE(Ledger::Create(files, folder.Path("b"), TestStoreId()).ok());
  EXPECT_NE(Content(folder.Path("a/keys/checkpoint.pub")),
            Content(folder.Path("b/keys/checkpoint.pub")));
}

TEST_F(LedgerTest, CreationMayBeRepeatedUntilThereAreEntries) {
  ASSERT_TRUE(Ledger::Create(files, folder.path(), TestStoreId()).ok());
  ASSERT_TRUE(Ledger::Create(files, folder.path(), TestStoreId()).ok());
  const auto ledger = Open();
  ASSERT_TRUE(AppendTestEntries(*ledger, 1).ok());
  const auto again = Ledger::Create(files, folder.path(), TestStoreId());
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
}

TEST_F(LedgerTest, EntriesComeBackWithTheirSequencesAndLinks) {
  MakeLedger(files, folder.path(), {1, 4, 3});
  const auto ledger = Open();
  ASSERT_EQ(ledger->size(), 8U);
  for (int number = 0; number < 8; ++number) {
    LedgerEntry expected = TestEntry(number, number % 3);
    expected.sequence = static_cast<std::uint64_t>(number);
    if (number >= 3) expected.previous = static_cast<std::uint64_t>(number - 3);
    const auto entry = ledger->Read(expected.sequence);
    ASSERT_TRUE(entry.ok()) << entry.error().message;
    EXPECT_EQ(*entry, expected);
    EXPECT_EQ(*ledger->ReadBytes(expected.sequence), *EncodeLedgerEntry(expected));
  }
  EXPECT_EQ(ledger->Read(8).error().code, ErrorCode::kNotFound);
  ExpectWhole(*ledger);
}

TEST_F(LedgerTest, ForEachVisitsInOrderFromWhereItIsTold) {
  MakeLedger(files, folder.path(), {5});
  std::vector<std::uint64_t> seen;
  const auto visit = [&](const LedgerEntry& entry) -> Result<void> {
    seen.push_back(entry.sequence);
    if (entry.sequence == 3) return Error{ErrorCode::kInterrupted, "enough"};
    return {};
  };
  const auto ledger = Open();
  EXPECT_EQ(ledger->ForEach(1, visit).error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_TRUE(ledger->ForEach(5, visit).ok());
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(LedgerTest, APreviousEntryAboutSomethingElseIsRefused) {
  MakeLedger(files, folder.path(), {2});
  const auto ledger = Open();
  LedgerEntry entry = TestEntry(2, 0);
  entry.previous = 1;  // Which is about subject 1.
  EXPECT_EQ(ledger->Append({&entry, 1}).error().code, ErrorCode::kInvalidArgument);
  entry.previous = 2;
  EXPECT_EQ(ledger->Append({&entry, 1}).error().code, ErrorCode::kInvalidArgument);
  entry.previous = 0;  // A refused batch leaves the ledger as it was, and usable.
  EXPECT_TRUE(ledger->Append({&entry, 1}).ok());
  ExpectWhole(*ledger);
}

TEST_F(LedgerTest, AnEntryWithoutADocumentIsRefusedWithItsWholeBatch) {
  MakeLedger(files, folder.path(), {1});
  const std::string before = Content(paths.entries);
  const auto ledger = Open();
  for (const auto& spoil : std::vector<std::function<void(LedgerEntry&)>>{
           [](LedgerEntry& entry) { entry.kind = ""; },
           [](LedgerEntry& entry) { entry.subject = ""; },
           [](LedgerEntry& entry) { entry.actor = "\xFF"; },
           [](LedgerEntry& entry) { entry.subject = std::string(1025, 's'); },
           [](LedgerEntry& entry) { entry.time_unix_ms = std::int64_t{1} << 60; },
       }) {
    std::vector<LedgerEntry> batch{TestEntry(1, 1), TestEntry(2, 2)};
    spoil(batch[1]);
    EXPECT_EQ(ledger->Append(batch).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Content(paths.entries), before);
  EXPECT_TRUE(ledger->Append({}).ok());
  EXPECT_EQ(Content(paths.entries), before);
}

TEST_F(LedgerTest, TheLongestEntryFits) {
  MakeLedger(files, folder.path(), {});
  const auto ledger = Open();
  LedgerEntry entry = TestEntry(0, 0);
  // Control characters take six bytes each in JSON: the limits hold before escaping.
  entry.kind = std::string(kLedgerKindSizeBytesMax, '\x01');
  entry.subject = std::string(kLedgerSubjectSizeBytesMax, '\x01');
  entry.actor = std::string(kLedgerActorSizeBytesMax, '\x01');
  ASSERT_TRUE(ledger->Append({&entry, 1}).ok());
  EXPECT_EQ(Open()->Read(0)->actor, entry.actor);
  ExpectWhole(*ledger);
}

// From the document alone, as whoever is given it does.
TEST_F(LedgerTest, EveryProofIsVerifiedByWhoeverHasTheKey) {
  MakeLedger(files, folder.path(), {1, 2, 7, 3});
  const auto ledger = Open();
  for (std::uint64_t sequence = 0; sequence < ledger->size(); ++sequence) {
    const auto document = ledger->ProofDocument(sequence);
    ASSERT_TRUE(document.ok()) << document.error().message;
    const auto proof = ParseJson(FormatJson(*document));
    EXPECT_EQ(*proof->GetString("type"), "reprise/inclusion-proof/v1");
    const auto checkpoint = OpenCheckpoint(*proof->GetString("checkpoint"), *ledger->Key());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
    EXPECT_EQ(*proof->GetInteger("size"), static_cast<std::int64_t>(checkpoint->size));
    EXPECT_EQ(*proof->GetInteger("index"), static_cast<std::int64_t>(sequence));
    std::vector<Digest> path;
    for (const Json& hash : **proof->GetArray("path")) {
      path.push_back(Digest::FromSha256(AsBytes(*FromBase64(hash.as_string()))));
    }
    const std::string entry = *FromBase64(*proof->GetString("entry"));
    EXPECT_TRUE(
        VerifyInclusion(sequence, checkpoint->size, LeafHash(entry), path, checkpoint->root).ok());
    EXPECT_EQ(*DecodeLedgerEntry(entry), *ledger->Read(sequence));
  }
}

TEST_F(LedgerTest, ProofsLeadFromEveryEarlierCheckpointToTheLatest) {
  MakeLedger(files, folder.path(), {});
  const auto ledger = Open();
  std::vector<std::string> notes;
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(AppendTestEntries(*ledger, 1 + i % 3).ok());
    notes.push_back(*ledger->Checkpoint());
  }
  for (const std::string& note : notes) {
    const auto earlier = OpenCheckpoint(note, *ledger->Key());
    ASSERT_TRUE(earlier.ok());
    const auto proof = ledger->ProveConsistency(earlier->size, ledger->size());
    ASSERT_TRUE(proof.ok());
    EXPECT_TRUE(
        VerifyConsistency(earlier->size, ledger->size(), earlier->root, ledger->Root(), *proof)
            .ok());
    ExpectWhole(*ledger, note);
  }
  EXPECT_EQ(ledger->ProveConsistency(0, ledger->size()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ledger->ProveConsistency(1, ledger->size() + 1).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ledger->ProveInclusion(ledger->size(), ledger->size()).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(LedgerTest, DerivedFilesThatAreMissingOrShortAreMadeAgain) {
  MakeLedger(files, folder.path(), {3, 5});
  const std::string hashes = Content(paths.hashes);
  const std::string index = Content(paths.index);
  ASSERT_EQ(hashes.size(), StoredHashCount(8) * Digest::kSizeBytes);
  ASSERT_EQ(index.size(), 8U * 8);
  const Digest root = Open()->Root();
  const auto expect_healed = [&] {
    const auto ledger = Open();
    EXPECT_EQ(ledger->size(), 8U);
    EXPECT_EQ(ledger->Root(), root);
    EXPECT_EQ(Content(paths.hashes), hashes);
    EXPECT_EQ(Content(paths.index), index);
    ExpectWhole(*ledger);
  };
  for (const std::string& path : {paths.hashes, paths.index}) {
    ASSERT_TRUE(files.RemoveFile(path).ok());
    expect_healed();
    const std::string whole = Content(path);
    for (std::size_t size = 0; size < whole.size(); size += 5) {
      ASSERT_TRUE((*files.Open(path, OpenMode::kReadWrite))->Truncate(size).ok());
      expect_healed();
    }
  }
}

TEST_F(LedgerTest, AWrongDerivedFileIsNeverBelieved) {
  MakeLedger(files, folder.path(), {3, 5, 1});
  const Digest root = Open()->Root();
  std::vector<std::string> bytes;
  for (std::uint64_t i = 0; i < 9; ++i) bytes.push_back(*Open()->ReadBytes(i));
  for (const std::string& path : {paths.hashes, paths.index}) {
    const std::string whole = Content(path);
    for (std::size_t position = 0; position < whole.size(); position += 3) {
      std::string flipped = whole;
      flipped[position] = static_cast<char>(flipped[position] ^ 0x10);
      ASSERT_TRUE(WriteFileAtomically(files, path, flipped).ok());
      const auto ledger = Open();
      EXPECT_EQ(ledger->Root(), root);
      for (std::uint64_t i = 0; i < 9; ++i) {
        const auto entry = ledger->ReadBytes(i);
        ASSERT_TRUE(entry.ok()) << entry.error().message;
        EXPECT_EQ(*entry, bytes[i]);
        const auto proof = ledger->ProveInclusion(i, 9);
        ASSERT_TRUE(proof.ok()) << proof.error().message;
        EXPECT_TRUE(VerifyInclusion(i, 9, LeafHash(bytes[i]), *proof, root).ok());
      }
      EXPECT_EQ(Content(path), whole) << "position " << position;
    }
  }
}

TEST_F(LedgerTest, DerivedFilesCanBeMadeAgainOnDemand) {
  MakeLedger(files, folder.path(), {6});
  const std::string whole = Content(paths.hashes);
  const auto ledger = Open();
  std::string wrong = whole;
  wrong[32] = static_cast<char>(wrong[32] ^ 1);
  ASSERT_TRUE((*files.Open(paths.hashes, OpenMode::kReadWrite))->WriteAt(0, AsBytes(wrong)).ok());
  EXPECT_EQ(Open({.read_only = true})->Verify()->problems.size(), 1U);
  ASSERT_TRUE(ledger->RebuildDerived().ok());
  EXPECT_EQ(Content(paths.hashes), whole);
  ExpectWhole(*ledger);
}

TEST_F(LedgerTest, VerifyingRepairsWhatIsDerivedAndSaysSo) {
  MakeLedger(files, folder.path(), {6});
  const std::string whole = Content(paths.hashes);
  const auto ledger = Open();
  std::string wrong = whole;
  wrong[32] = static_cast<char>(wrong[32] ^ 1);
  ASSERT_TRUE((*files.Open(paths.hashes, OpenMode::kReadWrite))->WriteAt(0, AsBytes(wrong)).ok());
  const auto report = ledger->Verify();
  EXPECT_TRUE(report->problems.empty());
  EXPECT_EQ(report->repaired.size(), 1U);
  EXPECT_EQ(Content(paths.hashes), whole);
  EXPECT_TRUE(ledger->Verify()->repaired.empty());
  ExpectWhole(*ledger);
}

TEST_F(LedgerTest, ForReadingOnlyItWritesNothingAndAppendsNothing) {
  MakeLedger(files, folder.path(), {4});
  ASSERT_TRUE(files.RemoveFile(paths.hashes).ok());
  ASSERT_TRUE(files.RemoveFile(paths.index).ok());
  const auto ledger = Open({.read_only = true});
  EXPECT_EQ(ledger->size(), 4U);
  EXPECT_EQ(ledger->Read(3)->sequence, 3U);
  EXPECT_TRUE(ledger->ProofDocument(2).ok());
  EXPECT_EQ(AppendTestEntries(*ledger, 1).error().code, ErrorCode::kReadOnly);
  EXPECT_EQ(ledger->RebuildDerived().error().code, ErrorCode::kReadOnly);
  EXPECT_FALSE(Exists(files, paths.hashes));
  EXPECT_FALSE(Exists(files, paths.index));
}

TEST_F(LedgerTest, ATornTailIsDroppedAtEveryByte) {
  MakeLedger(files, folder.path(), {2});
  const std::string before = Content(paths.entries);
  const std::string checkpoint = Content(paths.checkpoint);
  ASSERT_TRUE(AppendTestEntries(*Open(), 2).ok());
  const std::string after = Content(paths.entries);
  for (std::size_t size = before.size() + 1; size < after.size(); ++size) {
    ASSERT_TRUE(WriteFileAtomically(files, paths.entries, after.substr(0, size)).ok());
    ASSERT_TRUE(WriteFileAtomically(files, paths.checkpoint, checkpoint).ok());
    const auto ledger = Open();
    EXPECT_EQ(ledger->size(), 2U) << "half a batch was taken in, at byte " << size;
    ASSERT_EQ(ledger->notices().size(), 1U);
    EXPECT_NE(ledger->notices()[0].find(std::to_string(size - before.size()) + " bytes"),
              std::string::npos);
    EXPECT_EQ(Content(paths.entries), before);
    ExpectWhole(*ledger, checkpoint);
  }
}

TEST_F(LedgerTest, AWholeBatchBeyondTheCheckpointIsTakenInAndSigned) {
  MakeLedger(files, folder.path(), {2});
  const std::string checkpoint = Content(paths.checkpoint);
  ASSERT_TRUE(AppendTestEntries(*Open(), 3).ok());
  const std::string latest = Content(paths.checkpoint);
  ASSERT_TRUE(WriteFileAtomically(files, paths.checkpoint, checkpoint).ok());
  EXPECT_EQ(Open({.read_only = true})->size(), 2U);
  EXPECT_EQ(Open()->size(), 5U);
  EXPECT_EQ(Content(paths.checkpoint), latest);
}

TEST_F(LedgerTest, ANewerVersionIsRefusedUntouched) {
  MakeLedger(files, folder.path(), {1});
  std::string entries = Content(paths.entries);
  entries[8] = 2;
  ASSERT_TRUE(WriteFileAtomically(files, paths.entries, entries).ok());
  const auto ledger = Ledger::Open(files, folder.path());
  ASSERT_FALSE(ledger.ok());
  EXPECT_EQ(ledger.error().code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(Content(paths.entries), entries);
}

TEST_F(LedgerTest, WithoutItsPrivateKeyItCanBeReadButNotAppendedTo) {
  MakeLedger(files, folder.path(), {2});
  ASSERT_TRUE(files.RemoveFile(paths.private_key).ok());
  const auto ledger = Open();
  EXPECT_EQ(ledger->Read(1)->sequence, 1U);
  const std::string before = Content(paths.entries);
  EXPECT_FALSE(AppendTestEntries(*ledger, 1).ok());
  EXPECT_EQ(Content(paths.entries), before);
}

TEST_F(LedgerTest, AnotherStoresKeySignsNothing) {
  MakeLedger(files, folder.path(), {2});
  ASSERT_TRUE(WriteFileAtomically(files, paths.private_key, TestKey(0x11).ToPem()).ok());
  const auto ledger = Open();
  EXPECT_EQ(AppendTestEntries(*ledger, 1).error().code, ErrorCode::kCorruption);
  ASSERT_EQ(ledger->Verify()->problems.size(), 1U);
}

TEST_F(LedgerTest, TimesThatGoBackAreCountedButNoProblem) {
  MakeLedger(files, folder.path(), {2});
  const auto ledger = Open();
  LedgerEntry entry = TestEntry(0, 2);
  ASSERT_TRUE(ledger->Append({&entry, 1}).ok());
  EXPECT_EQ(ledger->Verify()->times_out_of_order, 1U);
  ExpectWhole(*ledger);
}

TEST_F(LedgerTest, AMissingLedgerIsNotFound) {
  const auto ledger = Ledger::Open(files, folder.path());
  ASSERT_FALSE(ledger.ok());
  EXPECT_EQ(ledger.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::storage
