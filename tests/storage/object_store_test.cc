// Objects put, adopted and read back through the real file system and a catalog in memory.

#include "storage/object_store.h"

#include <gtest/gtest.h>

#include <thread>

#include "storage/base/file.h"
#include "storage/crypto/sha256.h"
#include "storage/object_rows.h"
#include "storage/pack.h"
#include "storage/tree.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::ObjectFixture;
using testing::RandomBytes;
using testing::TextBytes;

std::string Read(ObjectReader& reader, const Digest& digest) {
  std::string content;
  const auto read = reader.Read(digest, [&](ByteSpan part) -> Result<void> {
    content += AsText(part);
    return {};
  });
  EXPECT_TRUE(read.ok()) << read.error().message;
  return content;
}

TEST(ObjectStore, NamesContentByItsSha256) {
  ObjectFixture fixture;
  // FIPS 180-4 example.
  EXPECT_EQ(fixture.Store("abc").ToHex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ObjectStore, ContentOfEveryKindOfLengthComesBack) {
  ObjectFixture fixture;
  const std::size_t sizes[] = {
      0, 1, 16384, 16385, 262144, 262145, 1 << 20, (1 << 20) + 1, 1310720, 1310721, 9'999'999};
  const auto writer = fixture.NewWriter();
  std::vector<std::pair<Digest, std::string>> put;
  for (const std::size_t size : sizes) {
    for (const bool random : {false, true}) {
      std::string content = random ? RandomBytes(size, size + 1) : TextBytes(size, size + 2);
      const auto result = writer->Put(AsBytes(content));
      ASSERT_TRUE(result.ok());
      EXPECT_EQ(result->digest, crypto::Sha256(content));
      EXPECT_EQ(result->size_bytes, size);
      put.emplace_back(result->digest, std::move(content));
    }
  }
  ASSERT_TRUE(fixture.Adopt(*writer).ok());
  const auto reader = fixture.NewReader();
  for (const auto& [digest, content] : put) {
    EXPECT_TRUE(Read(*reader, digest) == content) << content.size();
    const auto got = reader->Get(digest);
    ASSERT_TRUE(got.ok());
    EXPECT_TRUE(*got == content);
    const auto info = reader->Describe(digest);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->size_bytes, content.size());
    EXPECT_LE(info->stored_bytes, content.size());
  }
}

TEST(ObjectStore, AFileIsStoredAsItsBytes) {
  ObjectFixture fixture;
  const std::string content = TextBytes(3'000'000, 1);
  const std::string path = fixture.folder.Path("file");
  ASSERT_TRUE(WriteFileAtomically(fixture.files, path, content).ok());
  const auto file = fixture.files.Open(path, OpenMode::kRead);
  ASSERT_TRUE(file.ok());
  const auto writer = fixture.NewWriter();
  const auto put = writer->PutFile(**file);
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put->digest, crypto::Sha256(content));
  ASSERT_TRUE(fixture.Adopt(*writer).ok());
  EXPECT_TRUE(Read(*fixture.NewReader(), put->digest) == content);
}

TEST(ObjectStore, WhatTheSessionHasIsNotWrittenAgain) {
  ObjectFixture fixture;
  const auto writer = fixture.NewWriter();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer->Put(AsBytes(RandomBytes(500, 1))).ok());
    ASSERT_TRUE(writer->Put(AsBytes(RandomBytes(3'000'000, 2))).ok());
  }
  ASSERT_TRUE(fixture.Adopt(*writer).ok());
  EXPECT_EQ(writer->stats().logical_bytes, 3U * 3'000'500);
  EXPECT_EQ(writer->stats().new_bytes, 3'000'500U);
  EXPECT_EQ(writer->stats().objects, 2U);
}

TEST(ObjectStore, WhatTheStoreHasIsNotWrittenAgain) {
  ObjectFixture fixture;
  fixture.Store(RandomBytes(500, 1));
  fixture.Store(RandomBytes(3'000'000, 2));
  const auto writer = fixture.NewWriter();
  ASSERT_TRUE(writer->Put(AsBytes(RandomBytes(500, 1))).ok());
  ASSERT_TRUE(writer->Put(AsBytes(RandomBytes(3'000'000, 2))).ok());
  const auto packs = fixture.Adopt(*writer);
  ASSERT_TRUE(packs.ok());
  EXPECT_TRUE(packs->empty());
  EXPECT_EQ(writer->stats().stored_bytes, 0U);
}

TEST(ObjectStore, AnInsertionCostsTheChunksAroundIt) {
  ObjectFixture fixture;
  std::string content = RandomBytes(20'000'000, 3);
  fixture.Store(content);
  content.insert(7'000'000, "inserted");
  const auto writer = fixture.NewWriter();
  const auto put = writer->Put(AsBytes(content));
  ASSERT_TRUE(put.ok());
  ASSERT_TRUE(fixture.Adopt(*writer).ok());
  EXPECT_LE(writer->stats().new_bytes, 2 * std::uint64_t{256} << 10);
  EXPECT_TRUE(Read(*fixture.NewReader(), put->digest) == content);
}

TEST(ObjectStore, AChunkOfAnotherObjectCanBeAnObjectItself) {
  ObjectFixture fixture;
  const std::string content = RandomBytes(100'000, 4);
  const Digest whole = fixture.Store(content);
  const auto reader = fixture.NewReader();
  std::vector<std::pair<Digest, std::uint64_t>> chunks;
  ASSERT_TRUE(reader
                  ->VisitChunks(
                      whole,
                      [&](const Digest& chunk, std::uint64_t size) -> Result<void> {
                        chunks.emplace_back(chunk, size);
                        return {};
                      },
                      nullptr)
                  .ok());
  ASSERT_GT(chunks.size(), 1U);
  EXPECT_EQ(reader->Get(chunks[0].first).error().code, ErrorCode::kNotFound);
  const std::string first = content.substr(0, chunks[0].second);
  EXPECT_EQ(fixture.Store(first), chunks[0].first);
  EXPECT_TRUE(Read(*reader, chunks[0].first) == first);
}

TEST(ObjectStore, AnObjectOfMoreChunksThanAManifestHoldsComesBack) {
  // 700 MiB in which few different chunks recur, so that little is stored.
  ObjectFixture fixture;
  const std::string part = RandomBytes(5'000'000, 5);
  class Repeated final : public File {
   public:
    explicit Repeated(std::string part) : part_(std::move(part)) {}
    Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
      constexpr std::uint64_t kSize = std::uint64_t{700} << 20;
      std::size_t done = 0;
      while (done < buffer.size() && offset + done < kSize) {
        const std::size_t in_part = (offset + done) % part_.size();
        const std::size_t count = std::min<std::uint64_t>(
            {part_.size() - in_part, buffer.size() - done, kSize - offset - done});
        std::memcpy(buffer.data() + done, part_.data() + in_part, count);
        done += count;
      }
      return done;
    }
    Result<void> WriteAt(std::uint64_t, ByteSpan) override { return {}; }
    Result<void> Sync() override { return {}; }
    void StartWriteback(std::uint64_t, std::uint64_t) override {}
    Result<void> Truncate(std::uint64_t) override { return {}; }
    Result<FileStat> Stat() const override { return FileStat(); }
    const std::string& path() const override { return part_; }

   private:
    std::string part_;
  } file(part);
  const auto writer = fixture.NewWriter();
  const auto put = writer->PutFile(file);
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put->size_bytes, std::uint64_t{700} << 20);
  ASSERT_TRUE(fixture.Adopt(*writer).ok());
  EXPECT_LT(writer->stats().stored_bytes, 8U << 20);
  const auto reader = fixture.NewReader();
  const auto info = reader->Describe(put->digest);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->size_bytes, put->size_bytes);
  EXPECT_GT(info->chunks, kManifestDigestsMax);
  std::uint64_t read_bytes = 0;
  ASSERT_TRUE(reader
                  ->Read(put->digest,
                         [&](ByteSpan bytes) -> Result<void> {
                           read_bytes += bytes.size();
                           return {};
                         })
                  .ok());
  EXPECT_EQ(read_bytes, put->size_bytes);
}

TEST(ObjectStore, GetRefusesWhatIsTooLongForMemory) {
  ObjectFixture fixture;
  const std::string content(kObjectSizeBytesMax + 1, 'x');
  const Digest digest = fixture.Store(content);
  const auto got = fixture.NewReader()->Get(digest);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kInvalidArgument);
}

TEST(ObjectStore, AnAbsentObjectIsNotFound) {
  ObjectFixture fixture;
  EXPECT_EQ(fixture.NewReader()->Get(crypto::Sha256("absent")).error().code, ErrorCode::kNotFound);
}

TEST(ObjectStore, ManyThreadsMayPutAtOnce) {
  ObjectFixture fixture;
  const auto writer = fixture.NewWriter(4);
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 60; ++i) {
        // Half of it is the same for all threads.
        const std::string content = TextBytes((i % 20) * 150'000, i % 2 == 0 ? i : 1000 * t + i);
        if (!writer->Put(AsBytes(content)).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  ASSERT_TRUE(fixture.Adopt(*writer).ok());
  const auto reader = fixture.NewReader();
  for (std::uint64_t t = 0; t < 4; ++t) {
    for (std::uint64_t i = 0; i < 60; ++i) {
      const std::string content = TextBytes((i % 20) * 150'000, i % 2 == 0 ? i : 1000 * t + i);
      EXPECT_TRUE(Read(*reader, crypto::Sha256(content)) == content);
    }
  }
}

TEST(ObjectStore, TheSessionsReaderSeesWhatIsNotAdoptedYet) {
  ObjectFixture fixture;
  const std::string old_content = RandomBytes(400'000, 6);
  fixture.Store(old_content);
  const auto writer = fixture.NewWriter();
  const std::string content = old_content + TextBytes(300'000, 7);
  const auto put = writer->Put(AsBytes(content));
  ASSERT_TRUE(put.ok());
  const auto packs = writer->Finish();
  ASSERT_TRUE(packs.ok());
  // Alone it lacks the chunks that the store had already.
  const auto alone = NewSessionReader(fixture.files, fixture.session, *packs);
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ((*alone)->Get(put->digest).error().code, ErrorCode::kCorruption);
  const auto reader = NewSessionReader(fixture.files, fixture.session, *packs, fixture.store,
                                       fixture.catalog.get());
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(Read(**reader, put->digest) == content);
}

TEST(ObjectStore, AdoptingTwiceIsHarmless) {
  ObjectFixture fixture;
  const auto writer = fixture.NewWriter();
  const auto put = writer->Put(AsBytes("content"));
  ASSERT_TRUE(put.ok());
  const auto packs = fixture.Adopt(*writer);
  ASSERT_TRUE(packs.ok());
  ASSERT_TRUE(
      AdoptPacks(fixture.files, fixture.store, fixture.session, *packs, *fixture.catalog).ok());
  EXPECT_EQ(*fixture.NewReader()->Get(put->digest), "content");
}

TEST(ObjectStore, ATreeIsWholeIfItWasNotedAndNothingIsDamaged) {
  ObjectFixture fixture;
  const Digest tree = fixture.Store(EncodeTree({}));
  EXPECT_TRUE((*fixture.presence->HasObjects({&tree, 1}))[0]);
  EXPECT_FALSE(*fixture.presence->HasTree(tree));  // It could be a file of these bytes.
  CatalogBatch noting;
  NoteWholeTree(tree, noting);
  ASSERT_TRUE(fixture.catalog->Apply(noting).ok());
  EXPECT_TRUE(*fixture.presence->HasTree(tree));
  EXPECT_FALSE(*fixture.presence->HasTree(crypto::Sha256("another")));

  CatalogBatch damage;
  ASSERT_TRUE(MarkDamaged(*fixture.catalog, {}, {}, damage).ok());
  ASSERT_TRUE(fixture.catalog->Apply(damage).ok());
  EXPECT_FALSE(*fixture.presence->HasTree(tree));
  CatalogBatch clearing;
  ClearDamageNote(clearing);
  ASSERT_TRUE(fixture.catalog->Apply(clearing).ok());
  EXPECT_TRUE(*fixture.presence->HasTree(tree));
}

TEST(ObjectStore, PuttingWhatWasMarkedDamagedHealsIt) {
  ObjectFixture fixture;
  const std::string content = RandomBytes(50'000, 8);
  const Digest digest = fixture.Store(content);
  const auto packs_before = fixture.presence->HasObjects({&digest, 1});
  ASSERT_TRUE(packs_before.ok());
  EXPECT_TRUE((*packs_before)[0]);

  CatalogBatch batch;
  std::vector<Digest> chunks;
  ASSERT_TRUE(fixture.NewReader()
                  ->VisitChunks(
                      digest,
                      [&](const Digest& chunk, std::uint64_t) -> Result<void> {
                        chunks.push_back(chunk);
                        return {};
                      },
                      nullptr)
                  .ok());
  ASSERT_TRUE(MarkDamaged(*fixture.catalog, chunks, {&digest, 1}, batch).ok());
  ASSERT_TRUE(fixture.catalog->Apply(batch).ok());
  EXPECT_FALSE((*fixture.presence->HasObjects({&digest, 1}))[0]);
  EXPECT_FALSE((*fixture.presence->HasChunks({&chunks[0], 1}))[0]);

  EXPECT_EQ(fixture.Store(content), digest);
  EXPECT_TRUE((*fixture.presence->HasObjects({&digest, 1}))[0]);
  EXPECT_TRUE((*fixture.presence->HasChunks({&chunks[0], 1}))[0]);
}

}  // namespace
}  // namespace reprise::storage
