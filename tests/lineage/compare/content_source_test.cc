// Contents of files, objects, streams and memory give the same bytes at any offset.

#include "lineage/compare/content_source.h"

#include <gtest/gtest.h>

#include "tests/support/object_fixture.h"
#include "tests/support/temp_dir.h"

namespace reprise::lineage {
namespace {

using testing::RandomBytes;

// A stream in parts of `part_bytes`; counts how often it was opened.
StreamContent InParts(const std::string& content, std::size_t part_bytes, int& opened) {
  return {content.size(), [&content, part_bytes, &opened]() -> Result<NextPart> {
            ++opened;
            return NextPart([&content, part_bytes,
                             done = std::size_t{0}](std::string& out) mutable -> Result<bool> {
              if (done >= content.size()) return false;
              out += content.substr(done, part_bytes);
              done += part_bytes;
              return true;
            });
          }};
}

void ExpectContent(const ContentSource& source, const std::string& content) {
  ASSERT_EQ(source.size_bytes(), content.size());
  for (const std::size_t offset : {0U, 1U, 999U, 60'000U, 7U, 99'999U, 100'000U, 100'001U}) {
    for (const std::size_t size : {1U, 5'000U, 200'000U}) {
      const auto text = ReadText(source, offset, size);
      ASSERT_TRUE(text.ok()) << text.error().message;
      EXPECT_TRUE(*text == (offset > content.size() ? "" : content.substr(offset, size)));
    }
  }
}

TEST(ContentSource, EveryKindGivesTheBytesAtAnyOffset) {
  const std::string content = RandomBytes(100'000, 1);
  ExpectContent(MemoryContent(content), content);
  int opened = 0;
  ExpectContent(InParts(content, 777, opened), content);
  const std::string around = "abc" + content + "def";
  const MemoryContent whole(around);
  ExpectContent(ContentRange(whole, 3, content.size()), content);

  const testing::TempDir folder;
  ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), folder.Path("f"), content).ok());
  const auto file = FileContent::Open(PosixFileSystem(), folder.Path("f"));
  ASSERT_TRUE(file.ok());
  ExpectContent(**file, content);

  testing::ObjectFixture fixture;
  const Digest digest = fixture.Store(content);
  const auto reader = fixture.NewReader();
  const auto object = OpenObject(*reader, digest);
  ASSERT_TRUE(object.ok()) << object.error().message;
  ExpectContent(**object, content);
}

TEST(ContentSource, AStreamThatIsReadFromFrontToBackIsOpenedOnce) {
  const std::string content = RandomBytes(50'000, 2);
  int opened = 0;
  const StreamContent stream = InParts(content, 1'000, opened);
  ContentCursor cursor(stream);
  std::string read;
  for (;;) {
    const auto block = cursor.Next();
    ASSERT_TRUE(block.ok());
    if (block->empty()) break;
    read += AsText(*block);
  }
  EXPECT_TRUE(read == content);
  EXPECT_EQ(opened, 1);
}

TEST(ContentSource, AStreamThatEndsEarlyIsAnError) {
  const StreamContent stream(10, []() -> Result<NextPart> {
    return NextPart([](std::string&) -> Result<bool> { return false; });
  });
  const auto text = ReadText(stream, 0, 4);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kCorruption);
}

TEST(FindFirstDifference, IsExactAcrossBlocks) {
  std::string a = RandomBytes(kCompareBlockBytes * 2 + 100, 3);
  std::string b = a;
  for (const std::size_t at :
       {std::size_t{0}, kCompareBlockBytes - 1, kCompareBlockBytes, kCompareBlockBytes * 2 + 99}) {
    b = a;
    b[at] = static_cast<char>(b[at] + 1);
    EXPECT_EQ(*FindFirstDifference(MemoryContent(a), MemoryContent(b)), at);
  }
  EXPECT_EQ(*FindFirstDifference(MemoryContent(a), MemoryContent(a + "x")), std::nullopt);
}

}  // namespace
}  // namespace reprise::lineage
