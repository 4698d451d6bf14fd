// Shared content by chunks, against a count of the chunks that a reader tells.

#include "lineage/content_overlap.h"

#include <gtest/gtest.h>

#include <map>

#include "storage/crypto/sha256.h"

namespace reprise::lineage {
namespace {

struct Chunk {
  Digest digest;
  std::uint64_t size_bytes = 0;
  bool is_list = false;
};
using Chunks = std::vector<Chunk>;

// A store of manifests without content.
class ManifestReader final : public storage::ObjectReader {
 public:
  // A file of the chunks that the letters of `letters` name; a capital is 100 bytes, another 10.
  // With `lists`, each two chunks come after one that lists them.
  ContentFile Add(const std::string& letters, bool lists = false) {
    Chunks chunks;
    storage::ObjectInfo info;
    info.digest = crypto::Sha256(letters);
    for (std::size_t i = 0; i < letters.size(); ++i) {
      if (lists && i % 2 == 0) {
        const std::size_t listed = std::min<std::size_t>(2, letters.size() - i);
        chunks.push_back({crypto::Sha256("list" + letters + std::to_string(i)),
                          listed * Digest::kSizeBytes, true});
      }
      const std::uint64_t size = letters[i] < 'a' ? 100 : 10;
      chunks.push_back({crypto::Sha256(letters.substr(i, 1)), size});
      info.size_bytes += size;
    }
    files_[info.digest] = {info, chunks};
    return {letters, "", info.digest, info.size_bytes};
  }

  Result<storage::ObjectInfo> Describe(const Digest& digest) override {
    const auto found = files_.find(digest);
    if (found == files_.end()) return Error{ErrorCode::kNotFound, "there is none"};
    return found->second.first;
  }
  Result<void> VisitChunks(const Digest& digest, const ChunkVisit& visit,
                           const ChunkVisit& visit_list) override {
    for (const Chunk& chunk : files_.at(digest).second) {
      const ChunkVisit& told = chunk.is_list ? visit_list : visit;
      if (told) REPRISE_TRY(told(chunk.digest, chunk.size_bytes));
    }
    return {};
  }
  Result<std::string> Get(const Digest&) override { return NotHere(); }
  Result<void> Read(const Digest&, const std::function<Result<void>(ByteSpan part)>&) override {
    return NotHere();
  }
  Result<std::unique_ptr<storage::ObjectStream>> Open(const Digest&) override { return NotHere(); }

 private:
  static Error NotHere() { return {ErrorCode::kIoError, "content must not be read"}; }

  std::map<Digest, std::pair<storage::ObjectInfo, Chunks>> files_;
};

TEST(ContentOverlap, ThatIsCancelledGivesNoPartOfTheAnswer) {
  ManifestReader reader;
  const std::vector<ContentFile> a = {reader.Add("abc"), reader.Add("cd")};
  for (int files = 0; files < 4; ++files) {
    int asked = 0;
    const auto overlap =
        FindContentOverlap(reader, a, a, {.is_cancelled = [&] { return asked++ == files; }});
    ASSERT_FALSE(overlap.ok()) << files;
    EXPECT_EQ(overlap.error().code, ErrorCode::kInterrupted);
  }
}

TEST(ContentOverlap, AChunkCountsAsOftenAsBothHaveIt) {
  ManifestReader reader;
  const auto overlap =
      FindContentOverlap(reader, {reader.Add("AAb"), reader.Add("C")}, {reader.Add("AbAAx")});
  ASSERT_TRUE(overlap.ok());
  EXPECT_EQ(overlap->a_bytes, 310U);
  EXPECT_EQ(overlap->b_bytes, 320U);
  EXPECT_EQ(overlap->shared_bytes, 210U);
  ASSERT_EQ(overlap->files.size(), 1U);
  EXPECT_EQ(overlap->files[0].a, 0U);
  EXPECT_EQ(overlap->files[0].shared_bytes, 310U);  // Of the second file's, all that the first has.
}

TEST(ContentOverlap, TheFilesThatShareMostComeFirst) {
  ManifestReader reader;
  const auto overlap = FindContentOverlap(reader, {reader.Add("ab"), reader.Add("XY")},
                                          {reader.Add("aX"), reader.Add("XYz")});
  ASSERT_TRUE(overlap.ok());
  ASSERT_EQ(overlap->files.size(), 3U);
  EXPECT_EQ(overlap->files[0].a, 1U);
  EXPECT_EQ(overlap->files[0].b, 1U);
  EXPECT_EQ(overlap->files[0].shared_bytes, 200U);
}

TEST(ContentOverlap, ChunksThatListChunksAreNoContent) {
  ManifestReader reader;
  const auto overlap =
      FindContentOverlap(reader, {reader.Add("ABc", true)}, {reader.Add("cBz", true)});
  ASSERT_TRUE(overlap.ok());
  EXPECT_EQ(overlap->a_bytes, 210U);
  EXPECT_EQ(overlap->b_bytes, 120U);
  EXPECT_EQ(overlap->shared_bytes, 110U);
}

TEST(ContentOverlap, WhatIsNotStoredIsNamedAndItsSizeCounts) {
  ManifestReader reader;
  const ContentFile absent{"gone.bin", "", crypto::Sha256("gone"), 77};
  const auto overlap = FindContentOverlap(reader, {absent}, {reader.Add("A")});
  ASSERT_TRUE(overlap.ok());
  EXPECT_EQ(overlap->a_bytes, 77U);
  EXPECT_EQ(overlap->shared_bytes, 0U);
  EXPECT_EQ(overlap->unread, (std::vector<std::string>{"gone.bin"}));
}

}  // namespace
}  // namespace reprise::lineage
