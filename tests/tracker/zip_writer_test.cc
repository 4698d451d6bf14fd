// What Python's zipfile, an implementation of its own, reads of our archives.

#include "tracker/zip_writer.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

class ZipWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<File> New(const std::string& name) {
    auto file = files_.Open(folder_.Path(name), OpenMode::kCreateExclusive);
    EXPECT_TRUE(file.ok());
    return *std::move(file);
  }
  std::unique_ptr<File> FileWith(const std::string& name, const std::string& content) {
    auto file = New(name);
    EXPECT_TRUE(file->WriteAt(0, AsBytes(content)).ok());
    return file;
  }

  // Whether `check`, of the archive z, holds after every checksum was verified.
  bool Python(const std::string& archive, const std::string& check) {
    const std::string program = "import zipfile, stat\nz = zipfile.ZipFile('" +
                                folder_.Path(archive) + "')\nassert z.testzip() is None\n" + check +
                                "\n";
    FileWith(archive + ".py", program);
    return std::system(("python3 " + folder_.Path(archive + ".py")).c_str()) == 0;
  }

  FileSystem& files_ = PosixFileSystem();
  const reprise::testing::TempDir folder_;
};

TEST_F(ZipWriterTest, FilesFoldersAndLinksComeBack) {
  const auto archive = New("a.zip");
  ZipWriter zip(*archive);
  ASSERT_TRUE(zip.AddFolder("data").ok());
  std::string content(3'000'000, 'x');
  content.append("end");
  ASSERT_TRUE(zip.AddFile("data/big", *FileWith("big", content), true).ok());
  ASSERT_TRUE(zip.AddFile("empty", *FileWith("empty", ""), false).ok());
  ASSERT_TRUE(zip.AddFile("caf\xc3\xa9", *FileWith("utf8", "1"), false).ok());
  ASSERT_TRUE(zip.AddFile("raw\xff", *FileWith("raw", "2"), false).ok());
  ASSERT_TRUE(zip.AddLink("link", "data/big").ok());
  ASSERT_TRUE(zip.Finish().ok());
  EXPECT_TRUE(Python("a.zip", R"(
assert z.namelist()[:4] == ["data/", "data/big", "empty", "caf\u00e9"], z.namelist()
assert z.namelist()[4].encode("cp437") == b"raw\xff", z.namelist()
assert z.read("data/big") == b"x" * 3000000 + b"end" and z.read("empty") == b""
modes = {i.filename: i.external_attr >> 16 for i in z.infolist()}
assert modes["data/"] == stat.S_IFDIR | 0o755 and modes["data/big"] == stat.S_IFREG | 0o755
assert modes["empty"] == stat.S_IFREG | 0o644 and stat.S_ISLNK(modes["link"])
assert z.read("link") == b"data/big"
assert all(i.date_time == (1980, 1, 1, 0, 0, 0) for i in z.infolist())
assert all(i.extract_version == 20 for i in z.infolist()))"));
}

TEST_F(ZipWriterTest, BytesAreWrittenAsTheFileWouldBe) {
  const std::string content(100'000, 'x');
  for (const bool from_file : {false, true}) {
    const auto archive = New(from_file ? "file.zip" : "bytes.zip");
    ZipWriter zip(*archive);
    for (const std::string& bytes : {content, std::string()}) {
      const std::string name = "a/" + std::to_string(bytes.size());
      ASSERT_TRUE((from_file ? zip.AddFile(name, *FileWith(BaseName(name), bytes), false)
                             : zip.AddBytes(name, AsBytes(bytes)))
                      .ok());
    }
    ASSERT_TRUE(zip.Finish().ok());
  }
  EXPECT_EQ(*ReadFile(files_, folder_.Path("bytes.zip")),
            *ReadFile(files_, folder_.Path("file.zip")));
  EXPECT_TRUE(Python("bytes.zip", "assert z.read('a/100000') == b'x' * 100000"));
}

TEST_F(ZipWriterTest, AnArchiveOfNothingIsOne) {
  const auto archive = New("a.zip");
  ZipWriter zip(*archive);
  ASSERT_TRUE(zip.Finish().ok());
  EXPECT_TRUE(Python("a.zip", "assert z.namelist() == []"));
}

TEST_F(ZipWriterTest, WhatIsBeyondTheLimitsHasTheRecordsOfZip64) {
  const auto archive = New("a.zip");
  ZipWriter zip(*archive, {.bytes_max = 10, .entries_max = 1});
  ASSERT_TRUE(zip.AddFile("short", *FileWith("short", "0123456789"), false).ok());
  ASSERT_TRUE(zip.AddFile("long", *FileWith("long", "0123456789a"), false).ok());
  ASSERT_TRUE(zip.AddFile("far", *FileWith("far", "1"), false).ok());
  ASSERT_TRUE(zip.Finish().ok());
  EXPECT_TRUE(Python("a.zip", R"(
assert z.read("short") == b"0123456789" and z.read("long") == b"0123456789a"
assert z.read("far") == b"1"
assert [i.extract_version for i in z.infolist()] == [20, 45, 45]
data = open(z.filename, "rb").read()
assert b"PK\6\6" in data and b"PK\6\7" in data)"));
}

TEST_F(ZipWriterTest, SeventyThousandEntriesAreReadBack) {
  const auto archive = New("a.zip");
  ZipWriter zip(*archive);
  for (int i = 0; i < 70'000; ++i) ASSERT_TRUE(zip.AddFolder(std::to_string(i)).ok());
  ASSERT_TRUE(zip.Finish().ok());
  EXPECT_TRUE(
      Python("a.zip", "assert len(z.namelist()) == 70000 and z.namelist()[-1] == '69999/'"));
}

TEST_F(ZipWriterTest, ANameThatIsTooLongIsRefused) {
  const auto archive = New("a.zip");
  ZipWriter zip(*archive);
  const auto added = zip.AddFolder(std::string(65'535, 'x'));
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(zip.AddFolder(std::string(65'534, 'x')).ok());
}

}  // namespace
}  // namespace reprise::tracker
