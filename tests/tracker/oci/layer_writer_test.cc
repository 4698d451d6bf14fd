#include "tracker/oci/layer_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "storage/crypto/sha256.h"
#include "storage/zstd/codec.h"
#include "tests/support/memory_objects.h"
#include "tests/support/object_fixture.h"
#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

using ::testing::HasSubstr;

LayerEntry FileOf(const std::string& path, const Digest& content, std::uint64_t size_bytes) {
  return {.header = {.path = path, .size_bytes = size_bytes, .target = ""}, .content = content};
}

// Content that is made while it is asked for, in parts of `part_bytes`.
class MadeObjects final : public storage::ObjectReader {
 public:
  MadeObjects(std::uint64_t size_bytes, std::size_t part_bytes)
      : size_bytes_(size_bytes), part_bytes_(part_bytes) {}

  Result<storage::ObjectInfo> Describe(const Digest& digest) override {
    return storage::ObjectInfo{digest, size_bytes_, size_bytes_, 1};
  }
  Result<std::string> Get(const Digest&) override { return Absent(); }
  Result<void> Read(const Digest&, const std::function<Result<void>(ByteSpan)>&) override {
    return Absent();
  }
  Result<std::unique_ptr<storage::ObjectStream>> Open(const Digest&) override {
    return std::unique_ptr<storage::ObjectStream>(
        std::make_unique<Stream>(size_bytes_, part_bytes_));
  }
  Result<void> VisitChunks(const Digest&, const ChunkVisit&, const ChunkVisit&) override {
    return Absent();
  }

 private:
  class Stream final : public storage::ObjectStream {
   public:
    Stream(std::uint64_t size_bytes, std::size_t part_bytes)
        : left_(size_bytes), part_bytes_(part_bytes) {}
    Result<bool> Next(std::string& out) override {
      if (left_ == 0) return false;
      const std::uint64_t count = std::min<std::uint64_t>(left_, part_bytes_);
      for (std::uint64_t i = 0; i < count; ++i) out += static_cast<char>('a' + (left_ - i) % 23);
      left_ -= count;
      return true;
    }

   private:
    std::uint64_t left_;
    std::size_t part_bytes_;
  };

  static Error Absent() { return Error{ErrorCode::kNotFound, "no such object"}; }

  std::uint64_t size_bytes_;
  std::size_t part_bytes_;
};

class LayerWriterTest : public ::testing::Test {
 protected:
  Result<ImageLayer> Write(storage::ObjectReader& reader, LayerCompression compression) {
    blob.clear();
    return WriteLayer(
        reader, layer, compression,
        [&](ByteSpan part) -> Result<void> {
          blob += AsText(part);
          return {};
        },
        [&](std::uint64_t count, std::uint64_t size_bytes) {
          entries += count;
          bytes += size_bytes;
        });
  }

  testing::MemoryObjects objects;
  LayerContents layer = {.name = "project", .entries = {}};
  std::string blob;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

TEST_F(LayerWriterTest, ALayerIsTheEntriesInOrder) {
  const std::string content = "0123456789";
  layer.entries.push_back({.header = {.path = "d", .kind = FileKind::kDirectory, .target = ""}});
  layer.entries.push_back(FileOf("d/x", objects.Put(content), content.size()));
  layer.entries.push_back({.header = {.path = "empty", .target = ""}});
  const auto written = Write(objects, LayerCompression::kNone);
  ASSERT_TRUE(written.ok());
  std::string expected;
  for (const LayerEntry& entry : layer.entries) {
    expected += TarHeader(entry.header);
    if (entry.content.has_value()) expected += content + TarPadding(content.size());
  }
  EXPECT_TRUE(blob == expected + TarEnd());
  EXPECT_EQ(written->digest, crypto::Sha256(blob));
  EXPECT_EQ(written->diff_id, written->digest);
  EXPECT_EQ(written->size_bytes, blob.size());
  EXPECT_EQ(written->entries, 3U);
  EXPECT_EQ(entries, 3U);
  EXPECT_EQ(bytes, content.size());
}

TEST_F(LayerWriterTest, CompressedLayersHoldTheSameArchive) {
  const std::string text = testing::TextBytes(700'000, 1);
  layer.entries.push_back(FileOf("text", objects.Put(text), text.size()));
  ASSERT_TRUE(Write(objects, LayerCompression::kNone).ok());
  const std::string plain = blob;

  const auto zstd = Write(objects, LayerCompression::kZstd);
  ASSERT_TRUE(zstd.ok());
  EXPECT_EQ(zstd->digest, crypto::Sha256(blob));
  EXPECT_EQ(zstd->diff_id, crypto::Sha256(plain));
  EXPECT_EQ(zstd->media_type, "application/vnd.oci.image.layer.v1.tar+zstd");
  std::string back(plain.size(), '\0');
  ASSERT_TRUE(storage::DecompressZstd(AsBytes(blob), std::as_writable_bytes(std::span(back))).ok());
  EXPECT_TRUE(back == plain);

  const auto gzip = Write(objects, LayerCompression::kGzip);
  ASSERT_TRUE(gzip.ok());
  EXPECT_EQ(gzip->digest, crypto::Sha256(blob));
  EXPECT_EQ(gzip->diff_id, crypto::Sha256(plain));
  EXPECT_LT(gzip->size_bytes, plain.size() / 2);
  testing::TempDir folder;
  ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), folder.Path("x.gz"), blob).ok());
  ASSERT_EQ(std::system(("gzip -d " + folder.Path("x.gz")).c_str()), 0);
  EXPECT_TRUE(*ReadFile(PosixFileSystem(), folder.Path("x")) == plain);
  // No time and no name in its header (RFC 1952): the same bytes tomorrow.
  EXPECT_EQ(blob.substr(0, 8), std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
}

TEST_F(LayerWriterTest, HowContentIsCutDoesNotMatter) {
  constexpr std::uint64_t kSizeBytes = 300'000;
  layer.entries.push_back(FileOf("x", Digest(), kSizeBytes));
  for (const auto compression :
       {LayerCompression::kNone, LayerCompression::kGzip, LayerCompression::kZstd}) {
    MadeObjects whole(kSizeBytes, kSizeBytes);
    ASSERT_TRUE(Write(whole, compression).ok());
    const std::string expected = blob;
    for (const std::size_t part_bytes : {777U, 65'536U, 131'073U}) {
      MadeObjects parts(kSizeBytes, part_bytes);
      ASSERT_TRUE(Write(parts, compression).ok());
      EXPECT_TRUE(blob == expected) << part_bytes;
    }
  }
}

TEST_F(LayerWriterTest, ContentOfAnotherLengthIsCorruption) {
  for (const std::uint64_t size_bytes : {9'999U, 10'001U}) {
    MadeObjects made(size_bytes, 1000);
    layer.entries = {FileOf("x", Digest(), 10'000)};
    const auto written = Write(made, LayerCompression::kNone);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::kCorruption);
  }
}

TEST_F(LayerWriterTest, AFileOf9GiBHasItsSizeInThePaxHeader) {
  constexpr std::uint64_t kSizeBytes = std::uint64_t{9} << 30;
  layer.entries.push_back(FileOf("huge", Digest(), kSizeBytes));
  MadeObjects made(kSizeBytes, 65'536);
  // The beginning is enough.
  const auto written = WriteLayer(
      made, layer, LayerCompression::kNone,
      [&](ByteSpan part) -> Result<void> {
        blob += AsText(part);
        if (blob.size() < 1'000'000) return {};
        return Error{ErrorCode::kInterrupted, "enough"};
      },
      [](std::uint64_t, std::uint64_t) {});
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kInterrupted);
  EXPECT_THAT(blob.substr(0, 1024), HasSubstr(" size=9663676416\n"));
  EXPECT_EQ(blob.substr(1024, 5), std::string("huge\0", 5));
}

TEST_F(LayerWriterTest, NothingDamagedIsPassedOff) {
  layer.entries.push_back(FileOf("x", crypto::Sha256("not there"), 3));
  const auto written = Write(objects, LayerCompression::kNone);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::tracker
