// The pack format: golden bytes, round trips, and every kind of damage to a small pack.

#include "storage/pack.h"

#include <gtest/gtest.h>

#include "storage/base/crc32c.h"
#include "storage/crypto/sha256.h"
#include "storage/pack_reader.h"
#include "storage/pack_writer.h"
#include "tests/support/golden.h"
#include "tests/support/memory_file.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::ObjectFixture;
using testing::RandomBytes;
using testing::TextBytes;

Ulid FixedId(std::uint64_t unix_ms) {
  return Ulid::FromParts(unix_ms, AsBytes(std::string_view("0123456789")));
}

std::vector<BlockChunk> Chunks(const std::vector<std::string>& contents) {
  std::vector<BlockChunk> chunks;
  for (const std::string& content : contents) {
    chunks.push_back(
        {crypto::Sha256(content), static_cast<std::uint32_t>(content.size()), chunks.empty()});
  }
  return chunks;
}

std::string Joined(const std::vector<std::string>& contents) {
  std::string joined;
  for (const std::string& content : contents) joined += content;
  return joined;
}

// A pack of three records, put together by hand so that its ids are fixed.
std::string SmallPack(int level) {
  const std::vector<std::string> first{"weights", "bias"};
  const std::vector<std::string> second{TextBytes(700, 1)};
  std::string pack = EncodePackHeader({FixedId(1), FixedId(2)});
  std::vector<PackEntry> entries;
  const auto append = [&](EncodedRecord record) {
    for (PackEntry& entry : record.entries) {
      entry.offset = static_cast<std::uint32_t>(pack.size());
      entries.push_back(entry);
    }
    pack += record.bytes;
  };
  append(EncodeBlock(Chunks(first), AsBytes(Joined(first)), level));
  append(EncodeBlock(Chunks(second), AsBytes(second[0]), level));
  append(EncodeManifest({.object = crypto::Sha256("weightsbias"),
                         .size_bytes = 11,
                         .digests = {crypto::Sha256("weights"), crypto::Sha256("bias")}}));
  const std::uint64_t footer_offset = pack.size();
  const std::string footer = EncodeFooter(entries);
  pack += footer;
  pack += EncodeTrailer(
      {footer_offset, static_cast<std::uint32_t>(entries.size()), crypto::Sha256(footer)});
  return pack;
}

class PackFile {
 public:
  explicit PackFile(std::string_view bytes) : bytes_(bytes) {}
  Result<std::unique_ptr<PackReader>> Open() const {
    return PackReader::FromFile(std::make_unique<testing::MemoryFile>(bytes_));
  }

 private:
  std::string bytes_;
};

// Whether damage is found by whoever verifies the pack.
bool IsFoundDamaged(const PackFile& file) {
  const auto reader = file.Open();
  if (!reader.ok()) return reader.error().code == ErrorCode::kCorruption;
  const auto damage = (*reader)->Verify();
  EXPECT_TRUE(damage.ok());
  return damage.ok() && damage->any();
}

TEST(Pack, HasTheBytesOfVersion1) {
  const std::string pack = SmallPack(/*level=*/0);
  EXPECT_TRUE(pack == testing::Golden(REPRISE_GOLDEN_DIR "/pack/raw_v1.pack", pack));
}

TEST(Pack, ACompressedPackOfVersion1IsRead) {
  const std::string path = REPRISE_GOLDEN_DIR "/pack/zstd_v1.pack";
  const PackFile file(testing::Golden(path, SmallPack(/*level=*/1)));
  const auto reader = file.Open();
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ((*reader)->header().store_id, FixedId(1));
  EXPECT_EQ((*reader)->header().pack_id, FixedId(2));
  EXPECT_FALSE((*reader)->Verify()->any());
  const auto entries = (*reader)->ReadIndex();
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 4U);
  bool found = false;
  for (const PackEntry& entry : *entries) {
    if (entry.digest != crypto::Sha256(TextBytes(700, 1))) continue;
    const auto record = (*reader)->ReadRecord(entry.offset, entry.record_bytes);
    ASSERT_TRUE(record.ok());
    const auto block = DecodeBlock(AsBytes(*record));
    ASSERT_TRUE(block.ok());
    EXPECT_EQ(block->raw, TextBytes(700, 1));
    EXPECT_LT(block->stored_bytes, 700U);
    found = true;
  }
  EXPECT_TRUE(found);
}

TEST(Pack, EveryFlippedBitIsFound) {
  for (const int level : {0, 1}) {
    const std::string pack = SmallPack(level);
    ASSERT_FALSE(IsFoundDamaged(PackFile(pack)));
    for (std::size_t i = 0; i < pack.size(); ++i) {
      for (const int bit : {0, 7}) {
        std::string damaged = pack;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
        EXPECT_TRUE(IsFoundDamaged(PackFile(damaged))) << "byte " << i << " bit " << bit;
      }
    }
  }
}

TEST(Pack, EveryTruncationIsFoundAndLeavesWholeRecordsReadable) {
  const std::string pack = SmallPack(/*level=*/1);
  const auto index = (*PackFile(pack).Open())->ReadIndex();
  ASSERT_TRUE(index.ok());
  for (std::size_t size = 0; size < pack.size(); ++size) {
    const PackFile file(std::string_view(pack).substr(0, size));
    EXPECT_TRUE(IsFoundDamaged(file)) << size;
    const auto reader = file.Open();
    if (!reader.ok()) {
      EXPECT_LT(size, kPackHeaderBytes);
      continue;
    }
    EXPECT_EQ((*reader)->ReadIndex().error().code, ErrorCode::kCorruption);
    PackScan scan;
    const auto rebuilt = (*reader)->RebuildIndex(scan);
    ASSERT_TRUE(rebuilt.ok());
    for (const PackEntry& entry : *index) {
      const bool is_whole = entry.offset + entry.record_bytes <= size;
      EXPECT_EQ(std::find(rebuilt->begin(), rebuilt->end(), entry) != rebuilt->end(), is_whole);
    }
  }
}

TEST(Pack, OneDamagedRecordHidesNoOther) {
  const std::string pack = SmallPack(/*level=*/1);
  std::string damaged = pack;
  damaged[kPackHeaderBytes + 40] ^= 1;  // In the first block's table.
  const PackFile file(damaged);
  const auto reader = file.Open();
  ASSERT_TRUE(reader.ok());
  PackScan scan;
  ASSERT_TRUE((*reader)->RebuildIndex(scan).ok());
  EXPECT_EQ(scan.records, 2U);
  const auto damage = (*reader)->Verify();
  ASSERT_TRUE(damage.ok());
  EXPECT_FALSE(damage->index);
  EXPECT_EQ(damage->entries.size(), 2U);
}

// Every 32 bytes claim to be the longest of records.  Checking them all would take checksums over
// thousands of times the pack.
TEST(Pack, APackFullOfFalseRecordsIsGivenUp) {
  std::string false_head = EncodeBlock(Chunks({"x"}), AsBytes("x"), 0).bytes;
  false_head.resize(kRecordHeaderBytes);
  const auto set = [&](std::size_t position, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      false_head[position + i] = static_cast<char>(value >> (8 * i));
    }
  };
  set(8, kBlockChunksMax);
  set(12, kBlockBytesMax);
  set(16, kBlockBytesMax);
  const std::string whole = EncodeBlock(Chunks({"whole"}), AsBytes("whole"), 0).bytes;
  const auto scan_of = [&](std::size_t false_records, std::size_t padding) {
    std::string pack = EncodePackHeader({FixedId(1), FixedId(2)});
    for (std::size_t i = 0; i < false_records; ++i) pack += false_head;
    pack += std::string(padding, '.') + whole + std::string(padding, '.');
    PackScan scan;
    const auto reader = PackFile(pack).Open();
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE((*reader)->RebuildIndex(scan).ok());
    EXPECT_EQ(scan.damaged_bytes, pack.size() - kPackHeaderBytes - scan.records * whole.size());
    return scan;
  };
  // A few hide nothing.
  EXPECT_EQ(scan_of(3, kRecordBytesMax).records, 1U);
  EXPECT_EQ(scan_of(30'000, kRecordBytesMax).records, 0U);
}

TEST(Pack, TheIndexIsRebuiltFromTheRecords) {
  ObjectFixture fixture;
  const auto writer = fixture.NewWriter();
  ASSERT_TRUE(writer->Put(AsBytes(RandomBytes(5'000'000, 1))).ok());
  ASSERT_TRUE(writer->Put(AsBytes(TextBytes(100, 2))).ok());
  const auto packs = fixture.Adopt(*writer);
  ASSERT_TRUE(packs.ok());
  ASSERT_EQ(packs->size(), 1U);
  const auto reader = PackReader::Open(fixture.files, fixture.PackPath((*packs)[0]));
  ASSERT_TRUE(reader.ok());
  PackScan scan;
  const auto rebuilt = (*reader)->RebuildIndex(scan);
  ASSERT_TRUE(rebuilt.ok());
  EXPECT_EQ(*rebuilt, *(*reader)->ReadIndex());
  EXPECT_EQ(scan.damaged_bytes, 0U);
}

TEST(Pack, ANewerVersionIsRefusedAsSuch) {
  std::string header = EncodePackHeader({FixedId(1), FixedId(2)});
  header[8] = 2;
  EXPECT_EQ(DecodePackHeader(AsBytes(header)).error().code, ErrorCode::kCorruption);
  // With the checksum that a newer release would write.
  header.resize(kPackHeaderBytes - 4);
  AppendLe(header, Crc32c(AsBytes(header)));
  EXPECT_EQ(DecodePackHeader(AsBytes(header)).error().code, ErrorCode::kUnsupportedVersion);
}

TEST(Pack, WhatDoesNotShrinkIsStoredAsItIs) {
  const std::string random = RandomBytes(100'000, 3);
  const auto record = EncodeBlock(Chunks({random}), AsBytes(random), 1);
  EXPECT_EQ(DecodeRecordHeader(AsBytes(record.bytes))->codec, Codec::kRaw);
  const std::string text = TextBytes(100'000, 4);
  const auto smaller = EncodeBlock(Chunks({text}), AsBytes(text), 1);
  EXPECT_EQ(DecodeRecordHeader(AsBytes(smaller.bytes))->codec, Codec::kZstd);
  EXPECT_LT(smaller.bytes.size(), 50'000U);
}

TEST(Pack, ABlockThatDecompressesToMoreThanItDeclaresIsRefused) {
  const std::string text(100'000, 'x');
  auto record = EncodeBlock(Chunks({text}), AsBytes(text), 1);
  // Declare half, in the header and in the table, with checksums that hold.
  std::string& bytes = record.bytes;
  const std::uint32_t half = 50'000;
  std::memcpy(bytes.data() + 12, &half, 4);
  std::memcpy(bytes.data() + kRecordHeaderBytes + 32, &half, 4);
  const ByteSpan all = AsBytes(bytes);
  const std::uint32_t crc = Crc32c(all.subspan(kRecordHeaderBytes, kBlockEntryBytes),
                                   Crc32c(all.first(kRecordHeaderBytes - 4)));
  std::memcpy(bytes.data() + 28, &crc, 4);
  EXPECT_EQ(DecodeBlock(all).error().code, ErrorCode::kCorruption);
}

// Through the whole stack: a damaged byte is never content.
TEST(Pack, AFlippedByteIsNeverReturnedAsContent) {
  ObjectFixture fixture;
  const auto writer = fixture.NewWriter();
  const std::string contents[] = {TextBytes(300, 1), RandomBytes(200, 2), RandomBytes(40'000, 3)};
  std::vector<Digest> digests;
  for (const std::string& content : contents) {
    digests.push_back(writer->Put(AsBytes(content))->digest);
  }
  const auto packs = fixture.Adopt(*writer);
  ASSERT_TRUE(packs.ok());
  const std::string path = fixture.PackPath((*packs)[0]);
  const std::string pack = *ReadFile(fixture.files, path);
  int failures = 0;
  for (std::size_t i = 0; i < pack.size(); i += i < 1000 ? 1 : 97) {
    std::string damaged = pack;
    damaged[i] ^= 0x10;
    ASSERT_TRUE(WriteFileAtomically(fixture.files, path, damaged).ok());
    const auto reader = fixture.NewReader();
    for (std::size_t k = 0; k < digests.size(); ++k) {
      const auto got = reader->Get(digests[k]);
      if (got.ok()) {
        EXPECT_TRUE(*got == contents[k]);
      } else {
        EXPECT_EQ(got.error().code, ErrorCode::kCorruption) << got.error().message;
        EXPECT_NE(got.error().message.find((*packs)[0].ToString()), std::string::npos);
        ++failures;
      }
    }
  }
  EXPECT_GT(failures, 100);
}

// Checksums that hold prove only that the bytes are those that were written.
TEST(Pack, ContentThatItsDigestDoesNotNameIsCorruptionThoughItsChecksumHolds) {
  ObjectFixture fixture;
  ASSERT_TRUE(fixture.files.CreateDirectory(fixture.session = fixture.folder.Path("forged")).ok());
  const auto pack = PackWriter::Create(fixture.files, fixture.session, fixture.store_id);
  ASSERT_TRUE(pack.ok());
  std::vector<BlockChunk> chunks = Chunks({"weights", "bias"});
  chunks[0].digest = crypto::Sha256("other weights");
  ASSERT_TRUE((*pack)->Append(EncodeBlock(chunks, AsBytes("weightsbias"), 0)).ok());
  // Every chunk of this one is intact, but they are not the object.
  const Digest forged = crypto::Sha256("forged");
  ASSERT_TRUE((*pack)
                  ->Append(EncodeManifest(
                      {.object = forged, .size_bytes = 4, .digests = {crypto::Sha256("bias")}}))
                  .ok());
  ASSERT_TRUE((*pack)->Finish().ok());
  const Ulid id = (*pack)->id();
  ASSERT_TRUE(
      AdoptPacks(fixture.files, fixture.store, fixture.session, {&id, 1}, *fixture.catalog).ok());
  const auto reader = fixture.NewReader();
  EXPECT_EQ(reader->Get(chunks[0].digest).error().code, ErrorCode::kCorruption);
  EXPECT_EQ(reader->Get(forged).error().code, ErrorCode::kCorruption);
  const auto damage = (*PackReader::Open(fixture.files, fixture.PackPath(id)))->Verify();
  ASSERT_TRUE(damage.ok());
  ASSERT_EQ(damage->entries.size(), 1U);
  EXPECT_EQ(damage->entries[0].digest, chunks[0].digest);
}

TEST(Pack, ASessionWithATornPackIsLeftAsItWas) {
  ObjectFixture fixture;
  const auto writer = fixture.NewWriter();
  const auto put = writer->Put(AsBytes(RandomBytes(5'000, 1)));
  ASSERT_TRUE(put.ok());
  std::vector<Ulid> packs = *writer->Finish();
  const auto pack_path = [&](const Ulid& id) {
    return JoinPath(fixture.session, id.ToString() + ".pack");
  };
  const std::string path = pack_path(packs[0]);
  const std::string pack = *ReadFile(fixture.files, path);
  ASSERT_TRUE(WriteFileAtomically(fixture.files, path, pack.substr(0, pack.size() - 1)).ok());
  // Before it, a whole one.
  const auto whole = PackWriter::Create(fixture.files, fixture.session, fixture.store_id);
  ASSERT_TRUE(whole.ok());
  ASSERT_TRUE((*whole)->Append(EncodeBlock(Chunks({"whole"}), AsBytes("whole"), 0)).ok());
  ASSERT_TRUE((*whole)->Finish().ok());
  packs.insert(packs.begin(), (*whole)->id());
  const auto adopted =
      AdoptPacks(fixture.files, fixture.store, fixture.session, packs, *fixture.catalog);
  EXPECT_EQ(adopted.error().code, ErrorCode::kCorruption);
  for (const Ulid& id : packs) EXPECT_TRUE(Exists(fixture.files, pack_path(id)));
  const std::vector<Digest> chunks = {crypto::Sha256("whole"), put->digest};
  EXPECT_EQ(*fixture.presence->HasChunks(chunks), std::vector<bool>({false, false}));
}

}  // namespace
}  // namespace reprise::storage
