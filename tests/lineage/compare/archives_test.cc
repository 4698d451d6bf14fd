// What is said of zip archives, gzip files and PNG images, most of them made by hand.

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/zlib/gzip_stream.h"
#include "tests/lineage/compare/comparing.h"

namespace reprise::lineage {
namespace {

using testing::At;
using testing::Compare;
using testing::Told;

constexpr std::size_t kGzipHeaderBytes = 10;
constexpr std::size_t kGzipTrailerBytes = 8;  // CRC-32 and size.

std::string GzipMember(std::string_view content, int level) {
  storage::GzipStream stream(level);
  std::string member;
  stream.Write(AsBytes(content), member);
  stream.Finish(member);
  return member;
}

std::uint32_t Crc32(std::string_view bytes) {
  const std::string member = GzipMember(bytes, 1);
  return LoadLe<std::uint32_t>(AsBytes(member), member.size() - kGzipTrailerBytes);
}

// Compressed by raw deflate, with one of its levels.
std::string Deflated(const std::string& content, int level = 6) {
  const std::string member = GzipMember(content, level);
  return member.substr(kGzipHeaderBytes, member.size() - kGzipHeaderBytes - kGzipTrailerBytes);
}

std::string Gzip(const std::string& content, std::uint32_t time, int level = 6,
                 const std::string& name = "") {
  std::string out("\x1F\x8B\x08", 3);
  out += name.empty() ? '\0' : '\x08';
  AppendLe(out, time);
  out += std::string("\0\x03", 2);
  if (!name.empty()) out += name + std::string(1, '\0');
  out += Deflated(content, level);
  AppendLe(out, Crc32(content));
  AppendLe(out, static_cast<std::uint32_t>(content.size()));
  return out;
}

struct Member {
  std::string name;
  std::string content;
  std::uint32_t dos_time = 0x58A10000;  // 2024-05-01.
  int level = 0;                        // 0: stored.
};

std::string Zip(const std::vector<Member>& members, const std::string& comment = "") {
  std::string out;
  std::string list;
  for (const Member& member : members) {
    const std::string stored =
        member.level == 0 ? member.content : Deflated(member.content, member.level);
    std::string common;
    AppendLe(common, std::uint16_t{20});
    AppendLe(common, std::uint16_t{0});
    AppendLe(common, static_cast<std::uint16_t>(member.level == 0 ? 0 : 8));
    AppendLe(common, member.dos_time);
    AppendLe(common, Crc32(member.content));
    AppendLe(common, static_cast<std::uint32_t>(stored.size()));
    AppendLe(common, static_cast<std::uint32_t>(member.content.size()));
    AppendLe(common, static_cast<std::uint16_t>(member.name.size()));
    AppendLe(common, std::uint16_t{0});
    list += std::string("PK\x01\x02\x14\x00", 6) + common;
    list += std::string(10, '\0');  // Comment, disk and attributes.
    AppendLe(list, static_cast<std::uint32_t>(out.size()));
    list += member.name;
    out += std::string("PK\x03\x04", 4) + common + member.name + stored;
  }
  const auto offset = static_cast<std::uint32_t>(out.size());
  out += list + std::string("PK\x05\x06\0\0\0\0", 8);
  AppendLe(out, static_cast<std::uint16_t>(members.size()));
  AppendLe(out, static_cast<std::uint16_t>(members.size()));
  AppendLe(out, static_cast<std::uint32_t>(list.size()));
  AppendLe(out, offset);
  AppendLe(out, static_cast<std::uint16_t>(comment.size()));
  return out + comment;
}

std::string NumPy(const std::string& name) {
  const auto content = ReadFile(PosixFileSystem(), JoinPath(REPRISE_GOLDEN_DIR, "numpy/" + name));
  EXPECT_TRUE(content.ok()) << name;
  return content.value_or("");
}

TEST(CompareZip, NamesTheMemberAndHowItDiffers) {
  for (const int level : {0, 6}) {
    const auto difference =
        Compare(Zip({{"a.txt", "one\ntwo\n", 1, level}, {"b.txt", "same\n", 1, level}}),
                Zip({{"a.txt", "one\n2\n", 1, level}, {"b.txt", "same\n", 1, level}}));
    EXPECT_EQ(difference.kind, "zip");
    EXPECT_EQ(difference.sentence,
              "member 'a.txt': text, line 2: 'two' became '2'; 1 of 2 lines differs; 1 of 2 "
              "members differs");
    EXPECT_EQ(At(difference.details, "first/difference/first_line"), "2");
  }
}

TEST(CompareZip, ArraysOfNumPyAreLookedInto) {
  for (const std::string name : {"arrays", "compressed"}) {
    EXPECT_EQ(Told(NumPy(name + ".npz"), NumPy(name + "_changed.npz")),
              "zip: member 'w.npy': npy, <f4 (3, 4): 2 of 12 elements differ, first at [1, 2]: "
              "0.75 became 0.75000006; by up to 0.5, relatively 0.266667, 4194304 ULP; 1 of 2 "
              "members differs");
  }
  EXPECT_EQ(Told(NumPy("arrays.npz"), NumPy("compressed.npz")),
            "zip: the same contents; only how they are packed differs");
}

TEST(CompareZip, OnlyTimeStampsAreSaidToBeOnlyThat) {
  const auto difference =
      Compare(Zip({{"a", "x", 0x58A16000}, {"b", "y"}}), Zip({{"a", "x", 0x58A26001}, {"b", "y"}}));
  EXPECT_EQ(difference.sentence,
            "the same contents; only the time stamps of 1 of 2 members, as 'a' from 2024-05-01 "
            "12:00:00 to 2024-05-02 12:00:02, differ");
  EXPECT_EQ(At(difference.details, "only_times"), "true");
}

TEST(CompareZip, MembersThatCameAndWentAreNamed) {
  EXPECT_EQ(Told(Zip({{"a", "x"}, {"b", "y"}}), Zip({{"b", "y"}, {"c", "z"}}, "a comment")),
            "zip: 1 member removed, as 'a'; 1 member added, as 'c'");
}

TEST(CompareZip, ArchivesInArchivesAreLookedIntoToADepth) {
  std::string expected = "a\n";
  std::string actual = "b\n";
  for (int i = 0; i < 5; ++i) {
    expected = Zip({{"inner.zip", expected, 0, 6}});
    actual = Zip({{"inner.zip", actual, 0, 6}});
  }
  const auto difference = Compare(expected, actual);
  EXPECT_EQ(difference.kind, "zip");
  EXPECT_NE(difference.sentence.find("archives are nested too deeply"), std::string::npos);
}

TEST(CompareZip, WhatIsMalformedIsBytesAndSaysWhy) {
  const std::string good = Zip({{"a", "x"}});
  EXPECT_NE(Told(good, good.substr(0, good.size() - 1)).find("(not as a zip archive: "),
            std::string::npos);
  EXPECT_NE(Told(good, Zip({{"a", "x"}, {"a", "y"}})).find("it has 'a' twice"), std::string::npos);
  std::string damaged = Zip({{"a", "a longer text", 0, 6}});
  const std::string whole = Zip({{"a", "another text", 0, 6}});
  damaged[31] = '\xFF';  // The first byte of the compressed data.
  EXPECT_NE(Told(whole, damaged).find("another checksum, and the content cannot be read"),
            std::string::npos);
}

TEST(CompareGzip, OnlyTheTimeStampIsSaidToBeOnlyThat) {
  const auto difference = Compare(Gzip("some text\n", 0), Gzip("some text\n", 1714564800));
  EXPECT_EQ(difference.kind, "gzip");
  EXPECT_EQ(difference.sentence,
            "the same content; only the time stamp that gzip writes differs, none became "
            "2024-05-01T12:00:00.000Z");
  EXPECT_EQ(At(difference.details, "only_time"), "true");
}

TEST(CompareGzip, WhatIsInItIsComparedByItsKind) {
  EXPECT_EQ(Told(Gzip("a,b\n1,2\n", 1), Gzip("a,b\n1,3\n", 2), "t.csv.gz"),
            "gzip: when expanded: csv, row 1, column 'b': '2' became '3'; 1 of 2 cells differs; by "
            "up to 1 in column 'b', row 1");
  std::string expected;
  for (int i = 0; i < 100'000; ++i) expected += std::to_string(i) + "\n";
  std::string actual = expected;
  actual[actual.size() - 2] = 'x';
  EXPECT_NE(Told(Gzip(expected, 1), Gzip(actual, 1)).find("line 100000: '99999' became '9999x'"),
            std::string::npos);
  // Several members are one content.
  EXPECT_NE(Told(Gzip("a\n", 1) + Gzip("b\n", 1), Gzip("a\n", 1) + Gzip("c\n", 1))
                .find("line 2: 'b' became 'c'"),
            std::string::npos);
}

TEST(CompareGzip, AnotherCompressionOrNameIsNoOtherContent) {
  std::string content;
  for (int i = 0; i < 1'000; ++i) content += std::to_string(i * i) + "\n";
  EXPECT_EQ(Told(Gzip(content, 1, 1), Gzip(content, 1, 9)),
            "gzip: the same content when expanded; it is compressed differently");
  EXPECT_EQ(Told(Gzip(content, 1, 6, "x"), Gzip(content, 1, 6, "y")),
            "gzip: the same content when expanded; the name 'x' became 'y'");
}

TEST(CompareGzip, WhatIsMalformedIsBytesAndSaysWhy) {
  const std::string good = Gzip("some text\n", 1);
  for (const std::string& bad : {good.substr(0, good.size() - 1), good.substr(0, 5),
                                 good.substr(0, 10), good + "trailing"}) {
    const std::string told = Told(good, bad);
    EXPECT_TRUE(told.starts_with("bytes: ")) << told;
    EXPECT_NE(told.find("(not as gzip: damaged, cut short or too long)"), std::string::npos);
  }
}

std::string PngChunk(const std::string& type, const std::string& data) {
  const auto big_endian = [](std::uint32_t number) {
    std::string bytes;
    AppendLe(bytes, __builtin_bswap32(number));
    return bytes;
  };
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data +
         big_endian(Crc32(type + data));
}

std::string Png(char height, const std::string& pixels, const std::string& between = "") {
  return std::string("\x89PNG\r\n\x1A\n") +
         PngChunk("IHDR",
                  std::string("\0\0\0\x02\0\0\0", 7) + height + std::string("\x08\0\0\0\0", 5)) +
         between + PngChunk("IDAT", pixels) + PngChunk("IEND", "");
}

TEST(ComparePng, TellsPixelsFromNotes) {
  EXPECT_EQ(
      Told(Png(3, "abc", PngChunk("tIME", "1234567")), Png(3, "abc", PngChunk("tIME", "1234568"))),
      "png: the same image; only the time of its last change (tIME) differs");
  EXPECT_EQ(Told(Png(3, "abc"), Png(3, "abc", PngChunk("tEXt", "Software"))),
            "png: the same image; only what is noted of it differs: tEXt");
  EXPECT_EQ(Told(Png(3, "abc"), Png(3, "abd")),
            "png: an image of 2x3 pixels with other data: IDAT");
  EXPECT_EQ(Told(Png(3, "abc"), Png(4, "abc")), "png: an image of 2x3 pixels became one of 2x4");
  EXPECT_EQ(Told(Png(3, "abc"), Png(3, "a", PngChunk("IDAT", ""))).find("png: an image"), 0U);
}

TEST(ComparePng, WhatIsMalformedIsBytesAndSaysWhy) {
  const std::string good = Png(3, "abc");
  EXPECT_NE(Told(good, good.substr(0, good.size() - 1)).find("(not as PNG: "), std::string::npos);
  EXPECT_NE(Told(good, good.substr(0, 8)).find("(not as PNG: "), std::string::npos);
}

}  // namespace
}  // namespace reprise::lineage
