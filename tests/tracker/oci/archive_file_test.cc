#include "tracker/oci/archive_file.h"

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"
#include "tests/support/object_fixture.h"
#include "tests/support/temp_dir.h"
#include "tracker/oci/tar.h"

namespace reprise::tracker {
namespace {

class ArchiveFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<ArchiveFile> Create() {
    auto archive = ArchiveFile::Create(files, path);
    EXPECT_TRUE(archive.ok());
    return *std::move(archive);
  }
  std::size_t Names() const { return files.List(folder.path())->size(); }

  FileSystem& files = PosixFileSystem();
  testing::TempDir folder;
  const std::string path = folder.Path("image.tar");
};

TEST_F(ArchiveFileTest, AHeaderIsFilledInWhereverItWasLeft) {
  // Beyond what is buffered, and at each place around its border.
  std::string expected;
  auto archive = Create();
  ASSERT_TRUE(archive->AddFolder("blobs").ok());
  expected +=
      TarHeaderBlock({.path = "blobs", .kind = FileKind::kDirectory, .mode = 0755, .target = ""});
  for (const std::size_t size_bytes : {0U, 1U, 1'047'000U, 1'048'576U, 3'000'001U, 513U}) {
    const std::string content = testing::RandomBytes(size_bytes, size_bytes);
    const std::string name = "blobs/" + std::to_string(size_bytes);
    archive->BeginFile();
    for (std::size_t i = 0; i < content.size(); i += 700'000) {
      ASSERT_TRUE(archive->Append(AsBytes(std::string_view(content).substr(i, 700'000))).ok());
    }
    ASSERT_TRUE(archive->EndFile(name).ok());
    expected += TarHeaderBlock({.path = name, .size_bytes = size_bytes, .target = ""}) + content +
                TarPadding(size_bytes);
  }
  ASSERT_TRUE(archive->AddFile("index.json", "{}").ok());
  expected += TarHeaderBlock({.path = "index.json", .size_bytes = 2, .target = ""}) + "{}" +
              TarPadding(2) + TarEnd();
  const auto size_bytes = archive->Keep();
  ASSERT_TRUE(size_bytes.ok());
  EXPECT_EQ(*size_bytes, expected.size());
  EXPECT_TRUE(*ReadFile(files, path) == expected);
  EXPECT_EQ(Names(), 1U);
}

TEST_F(ArchiveFileTest, WhatIsNotKeptIsGone) {
  auto archive = Create();
  ASSERT_TRUE(archive->AddFile("x", "content").ok());
  archive.reset();
  EXPECT_EQ(Names(), 0U);
}

TEST_F(ArchiveFileTest, AFileThatCameMeanwhileIsNotReplaced) {
  const auto archive = Create();
  ASSERT_TRUE(WriteFileAtomically(files, path, "theirs").ok());
  const auto kept = archive->Keep();
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(*ReadFile(files, path), "theirs");
}

Result<std::uint64_t> WriteSome(FileSystem& files) {
  REPRISE_ASSIGN_OR_RETURN(const auto archive, ArchiveFile::Create(files, "/image.tar"));
  archive->BeginFile();
  REPRISE_TRY(archive->Append(AsBytes(testing::RandomBytes(2'000'000, 1))));
  REPRISE_TRY(archive->EndFile("blob"));
  return archive->Keep();
}

std::string Whole() {
  testing::FaultFileSystem files;
  EXPECT_TRUE(WriteSome(files).ok());
  return *ReadFile(files, "/image.tar");
}

TEST(ArchiveFileFailure, AFailedCallLeavesAWholeArchiveOrNothing) {
  const std::string whole = Whole();
  for (const auto kind : {testing::FaultFileSystem::FaultKind::kIoError,
                          testing::FaultFileSystem::FaultKind::kNoSpace}) {
    for (int n = 0;; ++n) {
      testing::FaultFileSystem files;
      files.SyncAll();
      files.FailCall(n, kind);
      const auto written = WriteSome(files);
      if (!files.fault_injected()) break;
      files.SyncAll();
      const auto entries = files.List("/");
      ASSERT_TRUE(entries.ok());
      // A call that only looks for a better way may fail.
      if (written.ok()) {
        ASSERT_EQ(entries->size(), 1U) << n;
      }
      for (const DirectoryEntry& entry : *entries) {
        EXPECT_EQ(entry.name, "image.tar") << n;  // The name is there, its folder not synced.
        EXPECT_TRUE(*ReadFile(files, "/image.tar") == whole) << n;
      }
    }
  }
}

TEST(ArchiveFileFailure, ALossOfPowerLeavesAWholeArchiveUnderItsName) {
  const std::string whole = Whole();
  for (int n = 0;; ++n) {
    testing::FaultFileSystem files;
    files.SyncAll();
    files.CrashAfterChange(n);
    (void)WriteSome(files);
    if (!files.crashed()) break;
    for (const testing::PowerLoss& loss : files.PowerLosses()) {
      files.Reboot(loss);
      if (Exists(files, "/image.tar")) {
        EXPECT_TRUE(*ReadFile(files, "/image.tar") == whole) << n;
      }
    }
  }
}

}  // namespace
}  // namespace reprise::tracker
