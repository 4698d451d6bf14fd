// Content leaves packs for good, and nothing else does.

#include "storage/pack_erasure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/chunk_reader.h"
#include "storage/crypto/sha256.h"
#include "storage/object_rows.h"
#include "storage/pack_reader.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::ObjectFixture;
using testing::RandomBytes;

class PackErasure : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fixture_.files.CreateDirectory(scratch_).ok()); }

  // Stores `contents` in one pack, whether they are stored already or not.
  Ulid StoreTogether(const std::vector<std::string>& contents) {
    fixture_.presence.reset();
    const auto writer = fixture_.NewWriter(1);
    for (const std::string& content : contents) EXPECT_TRUE(writer->Put(AsBytes(content)).ok());
    const auto packs = fixture_.Adopt(*writer);
    EXPECT_TRUE(packs.ok() && packs->size() == 1);
    return packs->front();
  }

  // All that `content` is made of.
  DoomedContent Doom(const std::string& content) {
    const Digest object = crypto::Sha256(content);
    const auto chunks =
        NewChunkReader(fixture_.files, fixture_.store, *fixture_.catalog)->ListChunks(object);
    EXPECT_TRUE(chunks.ok());
    return {{chunks->begin(), chunks->end()}, {object}};
  }

  // Removes `doomed` from `packs`; returns those that were replaced.
  std::vector<Ulid> Erase(const DoomedContent& doomed, const std::vector<Ulid>& packs,
                          const std::vector<Ulid>& newer = {}) {
    const std::set<Ulid> named(packs.begin(), packs.end());
    EXPECT_TRUE(
        ForgetPlaces(fixture_.files, fixture_.store, doomed, named, newer, *fixture_.catalog).ok());
    std::vector<Ulid> replaced;
    const auto done = Replace(doomed, packs, replaced);
    EXPECT_TRUE(done.ok()) << done.error().message;
    EXPECT_TRUE(RemovePacks(fixture_.files, fixture_.store, replaced).ok());
    return replaced;
  }

  Result<void> Replace(const DoomedContent& doomed, const std::vector<Ulid>& packs,
                       std::vector<Ulid>& replaced) {
    return ReplacePacksWithout(fixture_.files, fixture_.store, scratch_, fixture_.store_id, doomed,
                               packs, *fixture_.catalog, replaced);
  }

  bool Has(const std::string& content) const {
    const auto read = fixture_.NewReader()->Get(crypto::Sha256(content));
    EXPECT_TRUE(read.ok() || read.error().code == ErrorCode::kNotFound) << read.error().message;
    return read.ok() && *read == content;
  }

  // Whether any pack has bytes from the middle of `content`, which must not compress.
  bool LiesInAPack(const std::string& content) {
    const std::string sought = content.substr(content.size() / 2, 32);
    const std::string top = JoinPath(fixture_.store, "packs");
    const auto folders = fixture_.files.List(top);
    for (const DirectoryEntry& folder : *folders) {
      const auto packs = fixture_.files.List(JoinPath(top, folder.name));
      for (const DirectoryEntry& pack : *packs) {
        const auto bytes =
            ReadFile(fixture_.files, JoinPath(JoinPath(top, folder.name), pack.name));
        if (bytes->find(sought) != std::string::npos) return true;
      }
    }
    return false;
  }

  std::optional<PlaceRow> RowOf(Space space, const std::string& content) const {
    const auto value = fixture_.catalog->Get(space, crypto::Sha256(content).ToStored());
    if (!value->has_value()) return std::nullopt;
    return *DecodePlaceRow(**value);
  }

  void PutRow(Space space, const std::string& content, const PlaceRow& row) {
    CatalogBatch batch;
    batch.Put(space, crypto::Sha256(content).ToStored(), EncodePlaceRow(row));
    ASSERT_TRUE(fixture_.catalog->Apply(batch).ok());
  }

  ObjectFixture fixture_;
  const std::string scratch_ = fixture_.folder.Path("scratch");
  const std::string doomed_ = RandomBytes(900'000, 1);  // Several chunks.
  const std::string small_ = RandomBytes(9'000, 2);     // One.
  const std::string other_ = RandomBytes(700'000, 3);
};

TEST_F(PackErasure, WhatIsDoomedIsGoneAndTheRestIsThere) {
  const Ulid pack = StoreTogether({doomed_, small_, other_});
  ASSERT_TRUE(LiesInAPack(doomed_));
  EXPECT_EQ(Erase(Doom(doomed_), {pack}), std::vector{pack});
  EXPECT_FALSE(LiesInAPack(doomed_));
  EXPECT_FALSE(Has(doomed_));
  EXPECT_TRUE(Has(small_));
  EXPECT_TRUE(Has(other_));
  EXPECT_FALSE(Exists(fixture_.files, fixture_.PackPath(pack)));
}

TEST_F(PackErasure, APackThatHoldsNothingElseIsReplacedByNone) {
  const Ulid pack = StoreTogether({small_});
  EXPECT_EQ(Erase(Doom(small_), {pack}).size(), 1U);
  EXPECT_FALSE(LiesInAPack(small_));
  EXPECT_FALSE(Has(small_));
}

TEST_F(PackErasure, PacksThatHoldNoneOfItStayAsTheyAre) {
  const Ulid pack = StoreTogether({doomed_});
  const Ulid untouched = StoreTogether({other_});
  const auto before = ReadFile(fixture_.files, fixture_.PackPath(untouched));
  EXPECT_EQ(Erase(Doom(doomed_), {pack, untouched}), std::vector{pack});
  EXPECT_EQ(*ReadFile(fixture_.files, fixture_.PackPath(untouched)), *before);
}

TEST_F(PackErasure, MayBeRepeated) {
  const Ulid pack = StoreTogether({doomed_, other_});
  const DoomedContent doomed = Doom(doomed_);
  EXPECT_EQ(Erase(doomed, {pack}).size(), 1U);
  EXPECT_TRUE(Erase(doomed, {pack}).empty());
  EXPECT_TRUE(Has(other_));
}

// A chunk that is also a whole object: one row each in two spaces, and one entry in the pack.
TEST_F(PackErasure, AChunkThatOtherContentHasStaysAndIsNoObjectAnyMore) {
  const Ulid pack = StoreTogether({small_, other_});
  Erase({{}, {crypto::Sha256(small_)}}, {pack});
  EXPECT_FALSE(Has(small_));
  EXPECT_TRUE(LiesInAPack(small_));
  const auto row = RowOf(Space::kChunk, small_);
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->kind, EntryKind::kChunk);
  const auto chunk = NewChunkReader(fixture_.files, fixture_.store, *fixture_.catalog)
                         ->ReadChunk(crypto::Sha256(small_));
  ASSERT_TRUE(chunk.ok()) << chunk.error().message;
  EXPECT_EQ(*chunk, small_);
  // Stored again, also by whoever is told that the chunk is present, it is an object again.
  fixture_.presence = NewCatalogPresence(*fixture_.catalog);
  fixture_.Store(small_);
  EXPECT_TRUE(Has(small_));
}

TEST_F(PackErasure, AnObjectIsKeptWhereItsRowPointsThoughItsChunkIsFoundElsewhere) {
  const Ulid pack = StoreTogether({doomed_, small_});
  const PlaceRow object = *RowOf(Space::kObject, small_);
  StoreTogether({small_});
  PutRow(Space::kObject, small_, object);
  ASSERT_NE(RowOf(Space::kChunk, small_)->pack, pack);
  Erase(Doom(doomed_), {pack});
  EXPECT_TRUE(Has(small_));
  EXPECT_TRUE(Exists(fixture_.files, fixture_.PackPath(RowOf(Space::kObject, small_)->pack)));
}

TEST_F(PackErasure, AChunkIsKeptWhereItsRowPointsThoughTheObjectIsFoundElsewhere) {
  const Ulid pack = StoreTogether({doomed_, small_});
  const PlaceRow chunk = *RowOf(Space::kChunk, small_);
  StoreTogether({small_});
  PutRow(Space::kChunk, small_, chunk);
  Erase(Doom(doomed_), {pack});
  EXPECT_TRUE(Has(small_));
  EXPECT_TRUE(Exists(fixture_.files, fixture_.PackPath(RowOf(Space::kChunk, small_)->pack)));
}

TEST_F(PackErasure, WhatANewerPackHasStays) {
  for (const std::string& content : {doomed_, small_}) {
    const Ulid pack = StoreTogether({content, other_});
    const DoomedContent doomed = Doom(content);
    const PlaceRow before = *RowOf(Space::kObject, content);
    const Ulid newer = StoreTogether({content});
    EXPECT_EQ(Erase(doomed, {pack}, {newer}), std::vector{pack});
    EXPECT_TRUE(Has(content));
    EXPECT_TRUE(Has(other_));
    // Also if the catalog, made anew in another order, finds it in the older one.
    const Ulid third = StoreTogether({content});
    PutRow(Space::kObject, content, before);
    Erase(doomed, {pack, newer}, {third});
    EXPECT_TRUE(Has(content));
    EXPECT_EQ(RowOf(Space::kObject, content)->pack, third);
  }
}

TEST_F(PackErasure, AfterADamagedPackThoseBeforeItAreStillReplaced) {
  const Ulid whole = StoreTogether({doomed_, small_});
  const Ulid damaged = StoreTogether({doomed_, other_});
  const DoomedContent doomed = Doom(doomed_);
  std::string bytes = *ReadFile(fixture_.files, fixture_.PackPath(damaged));
  bytes[100'000] = static_cast<char>(bytes[100'000] ^ 1);
  ASSERT_TRUE(WriteFileAtomically(fixture_.files, fixture_.PackPath(damaged), bytes).ok());
  ASSERT_TRUE(
      ForgetPlaces(fixture_.files, fixture_.store, doomed, {whole, damaged}, {}, *fixture_.catalog)
          .ok());
  std::vector<Ulid> replaced;
  const auto done = Replace(doomed, {whole, damaged}, replaced);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kCorruption);
  EXPECT_NE(done.error().message.find("fsck --repair"), std::string::npos);
  EXPECT_EQ(replaced, std::vector{whole});
  EXPECT_TRUE(Has(small_));
}

}  // namespace
}  // namespace reprise::storage
