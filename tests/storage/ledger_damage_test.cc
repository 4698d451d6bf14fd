// Nothing that happens to a ledger's files afterwards goes unnoticed: every flipped byte, every
// cut, and entries that someone with a text editor and a checksum tool changed, moved, dropped or
// slipped in.

#include <gtest/gtest.h>

#include "storage/frame_log.h"
#include "storage/ledger.h"
#include "storage/ledger_files.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/ledgers.h"

namespace reprise::storage {
namespace {

using testing::AppendTestEntries;
using testing::FaultFileSystem;
using testing::MakeLedger;
using testing::TestEntry;
using testing::TestKey;

class LedgerDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files.CreateDirectory("/store").ok());
    MakeLedger(files, "/store", {2, 3});
  }

  std::string Content(const std::string& path) { return *ReadFile(files, path); }
  void Write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(files, path, content).ok());
  }

  // The problems of the ledger as it is now; empty if it is whole.  Refusing to open is a problem.
  std::vector<std::string> Problems(const std::optional<std::string>& since = std::nullopt) {
    const auto ledger = Ledger::Open(files, "/store", {.read_only = true});
    if (!ledger.ok()) return {ledger.error().message};
    const auto report = (*ledger)->Verify(since);
    if (!report.ok()) return {report.error().message};
    return report->problems;
  }
  bool Mentions(const std::vector<std::string>& problems, const std::string& words) {
    return std::any_of(problems.begin(), problems.end(), [&](const std::string& problem) {
      return problem.find(words) != std::string::npos;
    });
  }

  std::vector<std::string> Documents() {
    std::vector<std::string> documents;
    const std::string entries = Content(paths.entries);
    EXPECT_TRUE(ScanFrames(AsBytes(entries), kLedgerHeaderSizeBytes,
                           [&](std::string_view document, std::uint64_t) -> Result<void> {
                             if (!document.empty()) documents.emplace_back(document);
                             return {};
                           })
                    .ok());
    return documents;
  }
  // Writes a file of entries with correct checksums, as one batch, and removes what is derived.
  void Forge(const std::vector<std::string>& documents) {
    std::string entries = Content(paths.entries).substr(0, kLedgerHeaderSizeBytes);
    for (const std::string& document : documents) AppendFrame(entries, document);
    AppendFrame(entries, "");
    Write(paths.entries, entries);
    for (const std::string& path : {paths.hashes, paths.index}) {
      if (!Exists(files, path)) continue;
      ASSERT_TRUE(files.RemoveFile(path).ok());
    }
  }
  // Signs the forged entries as the holder of the key would.
  void Sign() {
    std::vector<std::string> documents = Documents();
    MerkleFrontier frontier;
    for (const std::string& document : documents) (void)frontier.Append(LeafHash(document));
    const std::string origin = LedgerOrigin(testing::TestStoreId());
    Write(paths.checkpoint, *SignNote(FormatCheckpoint({origin, frontier.size(), frontier.Root()}),
                                      origin, TestKey()));
  }

  FaultFileSystem files;
  LedgerPaths paths{"/store"};
};

TEST_F(LedgerDamageTest, EveryFlippedByteOfEveryFileIsFound) {
  ASSERT_TRUE(Problems().empty()) << Problems().front();
  for (const std::string& path : {paths.entries, paths.checkpoint, paths.hashes, paths.index,
                                  paths.public_key, paths.private_key}) {
    const std::string whole = Content(path);
    for (std::size_t position = 0; position < whole.size(); ++position) {
      std::string flipped = whole;
      flipped[position] = static_cast<char>(flipped[position] ^ (1 << position % 8));
      // PEM leaves choices that mean the same key: another label, another line break.
      if (path == paths.private_key) {
        const auto key = crypto::Ed25519PrivateKey::FromPem(flipped);
        if (key.ok() && key->ToPem() == whole) continue;
      }
      Write(path, flipped);
      EXPECT_FALSE(Problems().empty()) << path << " byte " << position << " went unnoticed";
    }
    Write(path, whole);
  }
  ASSERT_TRUE(Problems().empty());
}

TEST_F(LedgerDamageTest, EveryCutIsFound) {
  for (const std::string& path : {paths.entries, paths.checkpoint, paths.hashes, paths.index,
                                  paths.public_key, paths.private_key}) {
    const std::string whole = Content(path);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      if (path == paths.private_key && size + 1 == whole.size()) continue;  // Only its newline.
      Write(path, whole.substr(0, size));
      EXPECT_FALSE(Problems().empty()) << path << " cut to " << size << " went unnoticed";
    }
    ASSERT_TRUE(files.RemoveFile(path).ok());
    EXPECT_FALSE(Problems().empty()) << path << " was removed unnoticed";
    Write(path, whole);
  }
}

TEST_F(LedgerDamageTest, AFlippedByteNamesItsEntryAndNoOther) {
  const std::string whole = Content(paths.entries);
  std::uint64_t start = kLedgerHeaderSizeBytes;
  std::uint64_t sequence = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;  // Of the entries' frames.
  ASSERT_TRUE(ScanFrames(AsBytes(whole), start,
                         [&](std::string_view document, std::uint64_t end) -> Result<void> {
                           if (!document.empty()) places.emplace_back(start, end);
                           start = end;
                           return {};
                         })
                  .ok());
  for (const auto& [begin, end] : places) {
    for (std::uint64_t position = begin; position < end; position += 7) {
      std::string flipped = whole;
      flipped[position] = static_cast<char>(flipped[position] ^ 4);
      Write(paths.entries, flipped);
      const auto problems = Problems();
      ASSERT_EQ(problems.size(), 1U) << problems[1];
      EXPECT_TRUE(Mentions(problems, "entry " + std::to_string(sequence) + " is damaged"));
      const auto ledger = Ledger::Open(files, "/store", {.read_only = true});
      ASSERT_TRUE(ledger.ok());
      const auto read = (*ledger)->ReadBytes(sequence);
      ASSERT_FALSE(read.ok() && *read != "") << "damaged bytes were returned";
    }
    ++sequence;
  }
}

TEST_F(LedgerDamageTest, ADamagedLedgerOpensButCannotBeAppendedTo) {
  const std::string before = Content(paths.entries);
  std::vector<std::string> documents = Documents();
  std::swap(documents[1], documents[2]);
  Forge(documents);
  const std::string forged = Content(paths.entries);
  const auto ledger = Ledger::Open(files, "/store");
  ASSERT_TRUE(ledger.ok());
  ASSERT_EQ((*ledger)->notices().size(), 1U);
  EXPECT_EQ(AppendTestEntries(**ledger, 1).error().code, ErrorCode::kCorruption);
  EXPECT_EQ((*ledger)->Checkpoint().error().code, ErrorCode::kCorruption);
  EXPECT_EQ((*ledger)->ProofDocument(0).error().code, ErrorCode::kCorruption);
  EXPECT_EQ((*ledger)->RebuildDerived().error().code, ErrorCode::kCorruption);
  EXPECT_EQ(Content(paths.entries), forged);
}

TEST_F(LedgerDamageTest, AcknowledgedEntriesAreNeverCutOff) {
  // One damaged byte in the last acknowledged entry looks like a torn tail.
  std::string flipped = Content(paths.entries);
  flipped[flipped.size() - 20] = static_cast<char>(flipped[flipped.size() - 20] ^ 1);
  Write(paths.entries, flipped);
  const auto ledger = Ledger::Open(files, "/store");
  ASSERT_TRUE(ledger.ok());
  EXPECT_EQ(AppendTestEntries(**ledger, 1).error().code, ErrorCode::kCorruption);
  EXPECT_EQ(Content(paths.entries), flipped);
}

TEST_F(LedgerDamageTest, ChangedMovedDroppedAndInsertedEntriesDoNotMatchTheCheckpoint) {
  const std::vector<std::string> original = Documents();
  ASSERT_EQ(original.size(), 5U);
  const std::string words = "changed, removed, reordered or inserted";

  auto changed = original;
  LedgerEntry entry = *DecodeLedgerEntry(changed[1]);
  entry.actor = "mallory";
  changed[1] = *EncodeLedgerEntry(entry);
  Forge(changed);
  EXPECT_TRUE(Mentions(Problems(), words));

  auto moved = original;
  std::swap(moved[0], moved[3]);
  Forge(moved);
  EXPECT_TRUE(Mentions(Problems(), "says that it is entry 3"));
  EXPECT_TRUE(Mentions(Problems(), words));

  auto dropped = original;
  dropped.erase(dropped.begin() + 2);
  Forge(dropped);
  EXPECT_TRUE(Mentions(Problems(), "covers 5 entries, but there are only 4"));

  auto inserted = original;
  inserted.insert(inserted.begin() + 2, original[4]);
  Forge(inserted);
  EXPECT_TRUE(Mentions(Problems(), words));

  Forge(original);
  // Only the marks of the batches and the derived files differ.
  for (const std::string& problem : Problems()) {
    EXPECT_NE(problem.find("wrong or missing"), std::string::npos) << problem;
  }
}

TEST_F(LedgerDamageTest, RewritingWithTheKeyIsFoundByWhoeverKeptACheckpoint) {
  const std::string kept = Content(paths.checkpoint);
  const std::vector<std::string> original = Documents();
  const auto forge = [&](std::vector<std::string> documents) {
    Forge(documents);
    Sign();
    ASSERT_TRUE(Ledger::Open(files, "/store").ok());  // Makes what is derived.
  };

  auto changed = original;
  LedgerEntry entry = *DecodeLedgerEntry(changed[4]);
  entry.time_unix_ms -= 1;  // Backdated.
  changed[4] = *EncodeLedgerEntry(entry);
  forge(changed);
  EXPECT_TRUE(Problems().empty()) << "the operator's own log is consistent: " << Problems()[0];
  EXPECT_TRUE(Mentions(Problems(kept), "the earlier checkpoint"));

  auto dropped = original;
  dropped.pop_back();
  forge(dropped);
  EXPECT_TRUE(Problems().empty());
  EXPECT_TRUE(Mentions(Problems(kept), "the earlier checkpoint covers 5 entries"));

  forge(original);
  EXPECT_TRUE(Problems(kept).empty());
}

TEST_F(LedgerDamageTest, AnEarlierCheckpointOfAnotherKeyOrLogIsAProblem) {
  const std::string origin = LedgerOrigin(testing::TestStoreId());
  const std::string text = FormatCheckpoint({origin, 0, EmptyRoot()});
  EXPECT_TRUE(Mentions(Problems(*SignNote(text, origin, TestKey(0x11))), "not signed by"));
  const std::string other = FormatCheckpoint({"other.example", 0, EmptyRoot()});
  EXPECT_TRUE(Mentions(Problems(*SignNote(other, origin, TestKey())), "not signed by"));
  const auto ledger = Ledger::Open(files, "/store");
  EXPECT_EQ((*ledger)->Verify("no checkpoint").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(LedgerDamageTest, AWrongLinkIsFoundEvenWhenItIsSigned) {
  std::vector<std::string> documents = Documents();
  LedgerEntry entry = *DecodeLedgerEntry(documents[4]);
  ASSERT_EQ(entry.previous, 1U);
  entry.previous = std::nullopt;  // Hides that something was said about the subject before.
  documents[4] = *EncodeLedgerEntry(entry);
  Forge(documents);
  Sign();
  EXPECT_TRUE(Mentions(Problems(), "entry 4 names as the previous entry about"));
}

TEST_F(LedgerDamageTest, EntriesThatNobodySignedAreFoundAndNotReadAsPartOfTheLog) {
  std::vector<std::string> documents = Documents();
  LedgerEntry entry = TestEntry(5, 9);
  entry.sequence = 5;
  documents.push_back(*EncodeLedgerEntry(entry));
  Forge(documents);
  EXPECT_TRUE(Mentions(Problems(), "not covered by the checkpoint"));
  EXPECT_EQ((*Ledger::Open(files, "/store", {.read_only = true}))->size(), 5U);
}

TEST_F(LedgerDamageTest, ATailWithAWrongSequenceIsNotSigned) {
  std::vector<std::string> documents = Documents();
  documents.push_back(documents.back());
  const std::string checkpoint = Content(paths.checkpoint);
  Forge(documents);
  const auto ledger = Ledger::Open(files, "/store");
  ASSERT_TRUE(ledger.ok());
  EXPECT_EQ((*ledger)->size(), 5U);
  EXPECT_EQ(AppendTestEntries(**ledger, 1).error().code, ErrorCode::kCorruption);
  EXPECT_EQ(Content(paths.checkpoint), checkpoint);
}

TEST_F(LedgerDamageTest, ALostPublicKeyIsFoundAgainFromThePrivateOne) {
  ASSERT_TRUE(files.RemoveFile(paths.public_key).ok());
  const auto ledger = Ledger::Open(files, "/store");
  ASSERT_TRUE(ledger.ok()) << ledger.error().message;
  EXPECT_TRUE(AppendTestEntries(**ledger, 1).ok());
  EXPECT_EQ((*ledger)->Verify()->problems.size(), 1U);
}

}  // namespace
}  // namespace reprise::storage
