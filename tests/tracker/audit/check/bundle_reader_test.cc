#include "tracker/audit/check/bundle_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"
#include "tracker/zip_writer.h"

namespace reprise::tracker {
namespace {

class BundleReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Write("bundle/SHA256SUMS", "sums");
    Write("bundle/data/a.csv", "a,b\r\n");
    Write("bundle/log/seals/7/checkpoint", "note");
  }

  void Write(const std::string& name, const std::string& content) {
    const std::string path = folder_.Path(name);
    ASSERT_TRUE(CreateDirectories(files_, ParentPath(path)).ok());
    ASSERT_TRUE(WriteFileAtomically(files_, path, content).ok());
  }

  // An archive of what `fill` adds.
  template <typename Fill>
  std::string Archive(Fill fill) {
    const std::string path = folder_.Path("made.zip");
    auto file = files_.Open(path, OpenMode::kCreateExclusive);
    EXPECT_TRUE(file.ok());
    ZipWriter zip(**file);
    fill(zip);
    EXPECT_TRUE(zip.Finish().ok());
    const auto bytes = ReadFile(files_, path);
    EXPECT_TRUE(files_.RemoveFile(path).ok());
    return *bytes;
  }
  void Add(ZipWriter& zip, const std::string& name, const std::string& content) {
    Write("member", content);
    const auto file = files_.Open(folder_.Path("member"), OpenMode::kRead);
    EXPECT_TRUE(zip.AddFile(name, **file, false).ok());
  }

  // Why the bundle cannot be read.
  static std::string Why(const Result<BundleFileSet>& read) {
    if (read.ok()) return "it was read";
    EXPECT_EQ(read.error().code, ErrorCode::kCorruption);
    return read.error().message;
  }

  FileSystem& files_ = PosixFileSystem();
  const testing::TempDir folder_;
  const std::map<std::string, std::string> content_ = {
      {"SHA256SUMS", "sums"}, {"data/a.csv", "a,b\r\n"}, {"log/seals/7/checkpoint", "note"}};
};

TEST_F(BundleReaderTest, AFolderIsReadAsItLies) {
  const auto read = ReadBundle(files_, folder_.Path("bundle"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->files, content_);
  EXPECT_TRUE(read->empty_folders.empty());
}

TEST_F(BundleReaderTest, EmptyFoldersAreNamed) {
  ASSERT_TRUE(CreateDirectories(files_, folder_.Path("bundle/x/y")).ok());
  const auto read = ReadBundle(files_, folder_.Path("bundle"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->empty_folders, std::vector<std::string>{"x/y"});
}

TEST_F(BundleReaderTest, WhatIsNoRegularFileIsNotOpened) {
  ASSERT_TRUE(files_.CreateSymlink("/etc/passwd", folder_.Path("bundle/data/link")).ok());
  EXPECT_EQ(Why(ReadBundle(files_, folder_.Path("bundle"))), "'data/link' is no regular file");
  ASSERT_TRUE(files_.RemoveFile(folder_.Path("bundle/data/link")).ok());
  ASSERT_EQ(::mkfifo(folder_.Path("bundle/data/pipe").c_str(), 0600), 0);
  EXPECT_EQ(Why(ReadBundle(files_, folder_.Path("bundle"))), "'data/pipe' is no regular file");
  EXPECT_NE(Why(ReadBundle(files_, folder_.Path("bundle/data/pipe"))).find("neither"),
            std::string::npos);
}

TEST_F(BundleReaderTest, ALinkToABundleIsOne) {
  ASSERT_TRUE(files_.CreateSymlink("bundle", folder_.Path("link")).ok());
  const auto read = ReadBundle(files_, folder_.Path("link"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->files, content_);
}

TEST_F(BundleReaderTest, WhatIsLargerThanABundleIsNotRead) {
  const std::string folder = folder_.Path("bundle");
  EXPECT_TRUE(
      ReadBundle(files_, folder, {.file_bytes_max = 5, .bundle_bytes_max = 13, .files_max = 7})
          .ok());
  EXPECT_NE(Why(ReadBundle(files_, folder, {.file_bytes_max = 4})).find("larger"),
            std::string::npos);
  EXPECT_NE(Why(ReadBundle(files_, folder, {.bundle_bytes_max = 12})).find("larger"),
            std::string::npos);
  // Three files in it and four folders: folders count, of which there may be very many, too.
  EXPECT_NE(Why(ReadBundle(files_, folder, {.files_max = 6})).find("more files"),
            std::string::npos);
}

TEST_F(BundleReaderTest, NothingThereIsNotFound) {
  const auto read = ReadBundle(files_, folder_.Path("none"));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
}

TEST_F(BundleReaderTest, AnArchiveIsReadAsItsFolder) {
  ASSERT_TRUE(ZipFolder(files_, folder_.Path("bundle"), folder_.Path("bundle.zip")).ok());
  const auto read = ReadBundle(files_, folder_.Path("bundle.zip"));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->files, content_);
  EXPECT_TRUE(read->empty_folders.empty());
}

TEST_F(BundleReaderTest, ABundleMayLieInOneFolderOfAnArchive) {
  const auto read = ReadBundleArchive(Archive([&](ZipWriter& zip) {
    for (const auto& [name, content] : content_) Add(zip, "outer/" + name, content);
    EXPECT_TRUE(zip.AddFolder("outer/empty").ok());
  }));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->files, content_);
  EXPECT_EQ(read->empty_folders, std::vector<std::string>{"empty"});
}

TEST_F(BundleReaderTest, WhatLiesBesideThatFolderIsSeen) {
  const auto read = ReadBundleArchive(Archive([&](ZipWriter& zip) {
    for (const auto& [name, content] : content_) Add(zip, "outer/" + name, content);
    Add(zip, "beside", "x");
  }));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->files.contains("beside"));
  EXPECT_FALSE(read->files.contains("SHA256SUMS"));
}

TEST_F(BundleReaderTest, NamesInAnArchiveLeadNowhereElse) {
  for (const std::string name : {"../x", "/x", "a/../../x", "a//x", "./x", ""}) {
    const auto read =
        ReadBundleArchive(Archive([&](ZipWriter& zip) { Add(zip, name, "content"); }));
    EXPECT_NE(Why(read).find("leads elsewhere"), std::string::npos) << name;
  }
}

TEST_F(BundleReaderTest, LinksAndRepeatedNamesInAnArchiveAreRefused) {
  EXPECT_NE(Why(ReadBundleArchive(Archive([&](ZipWriter& zip) {
              EXPECT_TRUE(zip.AddLink("link", "/etc/passwd").ok());
            }))).find("no regular file"),
            std::string::npos);
  EXPECT_NE(Why(ReadBundleArchive(Archive([&](ZipWriter& zip) {
              Add(zip, "a", "1");
              Add(zip, "a", "2");
            }))).find("twice"),
            std::string::npos);
}

TEST_F(BundleReaderTest, AMemberWithAnotherNameOfItsOwnIsRefused) {
  std::string archive = Archive([&](ZipWriter& zip) { Add(zip, "honest", "content"); });
  archive[archive.find("honest")] = 'd';
  EXPECT_NE(Why(ReadBundleArchive(archive)).find("another name"), std::string::npos);
}

TEST_F(BundleReaderTest, LimitsHoldForArchivesToo) {
  const std::string archive = Archive([&](ZipWriter& zip) {
    Add(zip, "a", "12345");
    Add(zip, "b", "12345");
  });
  EXPECT_TRUE(ReadBundleArchive(archive, {.bundle_bytes_max = 10}).ok());
  EXPECT_NE(Why(ReadBundleArchive(archive, {.bundle_bytes_max = 9})).find("larger"),
            std::string::npos);
  EXPECT_NE(Why(ReadBundleArchive(archive, {.file_bytes_max = 4})).find("larger"),
            std::string::npos);
  EXPECT_NE(Why(ReadBundleArchive(archive, {.files_max = 1})).find("more files"),
            std::string::npos);
}

TEST_F(BundleReaderTest, NoPrefixOfAnArchiveIsOne) {
  const std::string archive = Archive([&](ZipWriter& zip) { Add(zip, "a", "content"); });
  for (std::size_t size = 0; size < archive.size(); ++size) {
    EXPECT_FALSE(ReadBundleArchive(std::string_view(archive).substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace reprise::tracker
