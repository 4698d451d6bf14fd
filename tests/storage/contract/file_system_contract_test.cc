// The contract of reprise::FileSystem, run against the real one and against the double, so that
// what a test proves on the double holds on a disk.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/temp_dir.h"

namespace reprise {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::string_literals;  // Paths with zero bytes.

enum class Kind { kPosix, kFault };

class FileSystemContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kPosix) {
      temp_dir_ = std::make_unique<testing::TempDir>();
      folder_ = temp_dir_->path();
      return;
    }
    fault_ = std::make_unique<testing::FaultFileSystem>();
    folder_ = "/folder";
    ASSERT_TRUE(fault_->CreateDirectory(folder_).ok());
  }

  FileSystem& files() { return fault_ != nullptr ? *fault_ : PosixFileSystem(); }
  std::string Path(std::string_view name) const { return JoinPath(folder_, name); }

  void Write(const std::string& name, std::string_view content) {
    const auto file = files().Open(Path(name), OpenMode::kCreateExclusive);
    ASSERT_TRUE(file.ok()) << file.error().message;
    ASSERT_TRUE((*file)->WriteAt(0, AsBytes(content)).ok());
  }

  std::string Content(const std::string& name) {
    const auto content = ReadFile(files(), Path(name));
    return content.ok() ? *content : "error " + std::string(ErrorCodeName(content.error().code));
  }

  std::vector<std::string> Names(const std::string& path) {
    std::vector<std::string> names;
    const auto entries = files().List(path);
    EXPECT_TRUE(entries.ok());
    for (const DirectoryEntry& entry : entries.value_or(std::vector<DirectoryEntry>())) {
      names.push_back(entry.name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  template <typename T>
  static std::string CodeOf(const Result<T>& result) {
    return result.ok() ? "ok" : std::string(ErrorCodeName(result.error().code));
  }

  std::string folder_;

 private:
  std::unique_ptr<testing::TempDir> temp_dir_;
  std::unique_ptr<testing::FaultFileSystem> fault_;
};

TEST_P(FileSystemContract, ReadsWhatWasWritten) {
  Write("a", "content");
  EXPECT_EQ(Content("a"), "content");
  EXPECT_EQ(Content("b"), "error not_found");
}

TEST_P(FileSystemContract, ReadsAreShortOnlyAtTheEnd) {
  Write("a", "0123456789");
  const auto file = files().Open(Path("a"), OpenMode::kRead);
  std::string buffer(4, '-');
  const auto bytes = std::as_writable_bytes(std::span(buffer));
  EXPECT_EQ((*file)->ReadAt(2, bytes).value(), 4U);
  EXPECT_EQ(buffer, "2345");
  EXPECT_EQ((*file)->ReadAt(8, bytes).value(), 2U);
  EXPECT_EQ(buffer, "8945");
  EXPECT_EQ((*file)->ReadAt(10, bytes).value(), 0U);
  EXPECT_EQ((*file)->ReadAt(1000, bytes).value(), 0U);
}

TEST_P(FileSystemContract, WritingBeyondTheEndLeavesZeros) {
  Write("a", "ab");
  const auto file = files().Open(Path("a"), OpenMode::kReadWrite);
  ASSERT_TRUE((*file)->WriteAt(4, AsBytes("e")).ok());
  EXPECT_EQ(Content("a"), "ab\0\0e"s);
  ASSERT_TRUE((*file)->WriteAt(1, AsBytes("X")).ok());
  EXPECT_EQ(Content("a"), "aX\0\0e"s);
  ASSERT_TRUE((*file)->Truncate(1).ok());
  EXPECT_EQ(Content("a"), "a");
  ASSERT_TRUE((*file)->Truncate(3).ok());
  EXPECT_EQ(Content("a"), "a\0\0"s);
  ASSERT_TRUE((*file)->WriteAt(9, {}).ok());
  EXPECT_EQ((*file)->Stat()->size_bytes, 3U) << "writing nothing changes nothing";
}

TEST_P(FileSystemContract, OpenModes) {
  EXPECT_EQ(CodeOf(files().Open(Path("a"), OpenMode::kRead)), "not_found");
  EXPECT_EQ(CodeOf(files().Open(Path("a"), OpenMode::kReadWrite)), "not_found");
  EXPECT_EQ(CodeOf(files().Open(Path("a"), OpenMode::kCreate)), "ok");
  EXPECT_EQ(CodeOf(files().Open(Path("a"), OpenMode::kCreateExclusive)), "already_exists");
  ASSERT_TRUE((*files().Open(Path("a"), OpenMode::kReadWrite))->WriteAt(0, AsBytes("a")).ok());
  ASSERT_TRUE(files().Open(Path("a"), OpenMode::kCreate).ok());
  EXPECT_EQ(Content("a"), "a") << "kCreate keeps what is there";
  const auto read_only = files().Open(Path("a"), OpenMode::kRead);
  EXPECT_EQ(CodeOf((*read_only)->WriteAt(0, AsBytes("b"))), "io_error");
  EXPECT_EQ((*read_only)->path(), Path("a"));
}

TEST_P(FileSystemContract, AFileIsNotAFolderNorTheReverse) {
  Write("a", "");
  ASSERT_TRUE(files().CreateDirectory(Path("folder")).ok());
  EXPECT_EQ(CodeOf(files().Open(Path("a/b"), OpenMode::kCreate)), "not_found");
  EXPECT_EQ(CodeOf(files().List(Path("a"))), "not_found");
  EXPECT_EQ(CodeOf(files().SyncDirectory(Path("a"))), "not_found");
  EXPECT_EQ(CodeOf(files().RemoveDirectory(Path("a"))), "not_found");
  EXPECT_EQ(CodeOf(files().RemoveFile(Path("folder"))), "io_error");
  EXPECT_EQ(CodeOf(files().Open(Path("folder"), OpenMode::kCreate)), "io_error");
  EXPECT_EQ(Content("folder"), "error io_error");
}

TEST_P(FileSystemContract, PathsWithZeroBytesOrNoneAreInvalid) {
  for (const std::string& path : {""s, Path("a\0b"s)}) {
    EXPECT_EQ(CodeOf(files().Open(path, OpenMode::kCreate)), "invalid_argument");
    EXPECT_EQ(CodeOf(files().Stat(path)), "invalid_argument");
    EXPECT_EQ(CodeOf(files().CreateDirectory(path)), "invalid_argument");
    EXPECT_EQ(CodeOf(files().Rename(Path("x"), path)), "invalid_argument");
    EXPECT_EQ(CodeOf(files().Lock(path, LockMode::kShared, 0)), "invalid_argument");
    EXPECT_EQ(CodeOf(files().CreateSymlink(path, Path("link"))), "invalid_argument");
  }
}

TEST_P(FileSystemContract, NamesAreAnyBytes) {
  Write("\xff\x01 \n", "x");
  EXPECT_EQ(Content("\xff\x01 \n"), "x");
  EXPECT_THAT(Names(folder_), ElementsAre("\xff\x01 \n"));
}

TEST_P(FileSystemContract, StatTellsKindSizeAndMode) {
  const auto file = files().Open(Path("a"), OpenMode::kCreate, 0700);
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes("abc")).ok());
  const auto stat = files().Stat(Path("a"));
  ASSERT_TRUE(stat.ok());
  EXPECT_EQ(stat->kind, FileKind::kFile);
  EXPECT_EQ(stat->size_bytes, 3U);
  EXPECT_TRUE(stat->executable);
  EXPECT_EQ(stat->mode & 07777, 0700U);
  EXPECT_EQ((*file)->Stat()->inode, stat->inode);
  ASSERT_TRUE(files().SetPermissions(Path("a"), 0600).ok());
  EXPECT_FALSE(files().Stat(Path("a"))->executable);
  EXPECT_EQ(files().Stat(folder_)->kind, FileKind::kDirectory);
  EXPECT_EQ(CodeOf(files().Stat(Path("b"))), "not_found");
}

TEST_P(FileSystemContract, AChangeShowsInTheStat) {
  Write("a", "1");
  const FileStat before = *files().Stat(Path("a"));
  EXPECT_EQ(*files().Stat(Path("a")), before);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // The clock of a disk is coarse.
  ASSERT_TRUE((*files().Open(Path("a"), OpenMode::kReadWrite))->WriteAt(0, AsBytes("2")).ok());
  EXPECT_NE(files().Stat(Path("a"))->mtime_unix_ns, before.mtime_unix_ns);
}

TEST_P(FileSystemContract, ListsNamesWithTheirStat) {
  Write("a", "abc");
  ASSERT_TRUE(files().CreateDirectory(Path("folder")).ok());
  ASSERT_TRUE(files().CreateSymlink("a", Path("link")).ok());
  EXPECT_THAT(Names(folder_), ElementsAre("a", "folder", "link"));
  const auto entries = files().List(folder_);
  for (const DirectoryEntry& entry : *entries) {
    EXPECT_EQ(entry.stat, *files().Stat(Path(entry.name)));
  }
  EXPECT_EQ(CodeOf(files().List(Path("absent"))), "not_found");
  EXPECT_THAT(Names(Path("folder")), IsEmpty());
}

TEST_P(FileSystemContract, SymlinksAreFollowedWhereSaid) {
  Write("a", "content");
  ASSERT_TRUE(files().CreateDirectory(Path("folder")).ok());
  ASSERT_TRUE(files().CreateSymlink("../a", Path("folder/link")).ok());
  ASSERT_TRUE(files().CreateSymlink("folder", Path("way")).ok());
  EXPECT_EQ(Content("way/link"), "content");
  EXPECT_EQ(Content("way/../a"), "content");
  EXPECT_EQ(*files().ReadLink(Path("folder/link")), "../a");
  EXPECT_EQ(files().Stat(Path("folder/link"))->kind, FileKind::kSymlink);
  EXPECT_EQ(files().StatFollowing(Path("folder/link"))->kind, FileKind::kFile);
  EXPECT_THAT(Names(Path("way")), ElementsAre("link"));
  EXPECT_EQ(CodeOf(files().ReadLink(Path("a"))), "io_error");
  EXPECT_EQ(CodeOf(files().CreateSymlink("x", Path("a"))), "already_exists");
  ASSERT_TRUE(files().RemoveFile(Path("way")).ok());
  EXPECT_EQ(Content("folder/link"), "content") << "the link was removed, not what it names";
}

TEST_P(FileSystemContract, DanglingAndCircularSymlinksAreErrors) {
  ASSERT_TRUE(files().CreateSymlink("nowhere", Path("dangling")).ok());
  ASSERT_TRUE(files().CreateSymlink("circle", Path("circle")).ok());
  EXPECT_EQ(CodeOf(files().StatFollowing(Path("dangling"))), "not_found");
  EXPECT_EQ(CodeOf(files().StatFollowing(Path("circle"))), "io_error");
  EXPECT_TRUE(Exists(files(), Path("dangling")));
  EXPECT_EQ(CodeOf(files().Open(Path("dangling"), OpenMode::kCreateExclusive)), "already_exists");
  ASSERT_TRUE(files().Open(Path("dangling"), OpenMode::kCreate).ok());
  EXPECT_EQ(files().Stat(Path("nowhere"))->kind, FileKind::kFile) << "created through the link";
}

TEST_P(FileSystemContract, CreatingWhatExistsFails) {
  Write("a", "");
  EXPECT_EQ(CodeOf(files().CreateDirectory(Path("a"))), "already_exists");
  EXPECT_EQ(CodeOf(files().CreateDirectory(folder_)), "already_exists");
  EXPECT_EQ(CodeOf(files().CreateDirectory(Path("x/y"))), "not_found");
}

TEST_P(FileSystemContract, RenameReplacesFilesAndKeepsOpenOnes) {
  Write("old", "old");
  Write("new", "new");
  const auto open = files().Open(Path("old"), OpenMode::kRead);
  ASSERT_TRUE(files().Rename(Path("new"), Path("old")).ok());
  EXPECT_EQ(Content("old"), "new");
  EXPECT_EQ(Content("new"), "error not_found");
  std::string buffer(3, '-');
  EXPECT_EQ((*open)->ReadAt(0, std::as_writable_bytes(std::span(buffer))).value(), 3U);
  EXPECT_EQ(buffer, "old");
  EXPECT_EQ(CodeOf(files().Rename(Path("absent"), Path("old"))), "not_found");
}

TEST_P(FileSystemContract, RenameOfFolders) {
  ASSERT_TRUE(files().CreateDirectory(Path("a")).ok());
  Write("a/x", "x");
  ASSERT_TRUE(files().CreateDirectory(Path("empty")).ok());
  ASSERT_TRUE(files().CreateDirectory(Path("full")).ok());
  Write("full/y", "y");
  Write("file", "");
  EXPECT_EQ(CodeOf(files().Rename(Path("a"), Path("full"))), "io_error");
  EXPECT_EQ(CodeOf(files().Rename(Path("a"), Path("file"))), "not_found");
  EXPECT_EQ(CodeOf(files().Rename(Path("file"), Path("a"))), "io_error");
  EXPECT_EQ(CodeOf(files().Rename(Path("a"), Path("a/inside"))), "io_error");
  ASSERT_TRUE(files().Rename(Path("a"), Path("empty")).ok());
  EXPECT_EQ(Content("empty/x"), "x");
  EXPECT_THAT(Names(folder_), ElementsAre("empty", "file", "full"));
}

TEST_P(FileSystemContract, ACopyIsOfItsMomentAndNeverReplaces) {
  std::string content(3'000'000, 'x');
  content.back() = 'e';
  Write("a", content);
  ASSERT_TRUE(files().CopyFile(Path("a"), Path("b"), 0600).ok());
  ASSERT_TRUE(files().RemoveFile(Path("a")).ok());
  Write("a", "changed");
  EXPECT_EQ(Content("b"), content);
  EXPECT_EQ(CodeOf(files().CopyFile(Path("a"), Path("b"))), "already_exists");
  EXPECT_EQ(Content("b"), content);
  EXPECT_EQ(CodeOf(files().CopyFile(Path("gone"), Path("c"))), "not_found");
  EXPECT_FALSE(Exists(files(), Path("c")));
}

TEST_P(FileSystemContract, RemovingKeepsOpenFilesReadable) {
  Write("a", "abc");
  const auto file = files().Open(Path("a"), OpenMode::kRead);
  ASSERT_TRUE(files().RemoveFile(Path("a")).ok());
  EXPECT_EQ(CodeOf(files().RemoveFile(Path("a"))), "not_found");
  EXPECT_EQ((*file)->Stat()->size_bytes, 3U);
}

TEST_P(FileSystemContract, OnlyEmptyFoldersAreRemoved) {
  ASSERT_TRUE(files().CreateDirectory(Path("a")).ok());
  Write("a/b", "");
  EXPECT_EQ(CodeOf(files().RemoveDirectory(Path("a"))), "io_error");
  ASSERT_TRUE(files().RemoveFile(Path("a/b")).ok());
  EXPECT_TRUE(files().RemoveDirectory(Path("a")).ok());
  EXPECT_EQ(CodeOf(files().RemoveDirectory(Path("a"))), "not_found");
}

TEST_P(FileSystemContract, AMappingIsTheWholeFileAndOutlivesItsName) {
  Write("a", "content");
  Write("empty", "");
  const auto mapping = files().Map(Path("a"));
  ASSERT_TRUE(mapping.ok());
  ASSERT_TRUE(files().RemoveFile(Path("a")).ok());
  EXPECT_EQ(AsText((*mapping)->bytes()), "content");
  EXPECT_TRUE((*files().Map(Path("empty")))->bytes().empty());
  EXPECT_EQ(CodeOf(files().Map(Path("absent"))), "not_found");
}

TEST_P(FileSystemContract, SyncsSucceed) {
  const auto file = files().Open(Path("a"), OpenMode::kCreate);
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes("a")).ok());
  (*file)->StartWriteback(0, 1);
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_TRUE(files().SyncDirectory(folder_).ok());
  EXPECT_EQ(CodeOf(files().SyncDirectory(Path("absent"))), "not_found");
}

TEST_P(FileSystemContract, ExclusiveLocksExcludeAndSharedOnesShare) {
  const std::string path = Path("lock");
  const auto lock = [&](LockMode mode) { return files().Lock(path, mode, 0); };
  auto first = lock(LockMode::kShared);
  auto second = lock(LockMode::kShared);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(CodeOf(lock(LockMode::kExclusive)), "timeout");
  first->reset();
  EXPECT_EQ(CodeOf(lock(LockMode::kExclusive)), "timeout");
  second->reset();
  auto exclusive = lock(LockMode::kExclusive);
  ASSERT_TRUE(exclusive.ok());
  EXPECT_EQ(CodeOf(lock(LockMode::kShared)), "timeout");
  EXPECT_EQ(CodeOf(lock(LockMode::kExclusive)), "timeout");
  exclusive->reset();
  EXPECT_EQ(CodeOf(lock(LockMode::kExclusive)), "ok");
  EXPECT_TRUE(Exists(files(), path));
}

TEST_P(FileSystemContract, ALockIsWaitedFor) {
  auto held = files().Lock(Path("lock"), LockMode::kExclusive, 0);
  ASSERT_TRUE(held.ok());
  std::thread holder([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    held->reset();
  });
  EXPECT_TRUE(files().Lock(Path("lock"), LockMode::kExclusive, 30'000).ok());
  holder.join();
}

TEST_P(FileSystemContract, ThreadsMayReadAndWriteDifferentFiles) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string name = std::to_string(i);
      for (int round = 0; round < 50; ++round) {
        EXPECT_TRUE(WriteFileAtomically(files(), Path(name), name).ok());
        EXPECT_EQ(Content(name), name);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Names(folder_), ElementsAre("0", "1", "2", "3"));
}

TEST_P(FileSystemContract, TheHelpersWorkOnAnyFileSystem) {
  ASSERT_TRUE(CreateDirectories(files(), Path("a/b/c")).ok());
  ASSERT_TRUE(CreateDirectories(files(), Path("a/b/c")).ok());
  ASSERT_TRUE(WriteFileDurably(files(), Path("a/b/c/file"), "one", 0640).ok());
  ASSERT_TRUE(WriteFileDurably(files(), Path("a/b/c/file"), "two", 0640).ok());
  EXPECT_EQ(Content("a/b/c/file"), "two");
  EXPECT_EQ(files().Stat(Path("a/b/c/file"))->mode & 0777, 0640U);
  EXPECT_THAT(Names(Path("a/b/c")), ElementsAre("file"));
  EXPECT_EQ(CodeOf(ReadFile(files(), Path("a/b/c/file"), 2)), "invalid_argument");
  EXPECT_EQ(CodeOf(CreateDirectories(files(), Path("a/b/c/file/d"))), "already_exists");
  ASSERT_TRUE(files().CreateSymlink("../..", Path("a/b/up")).ok());
  ASSERT_TRUE(RemoveTree(files(), Path("a")).ok());
  EXPECT_THAT(Names(folder_), IsEmpty());
  EXPECT_TRUE(RemoveTree(files(), Path("a")).ok());
}

TEST_P(FileSystemContract, AModificationTimeIsKeptToTheNanosecondOrRefused) {
  Write("a", "one");
  for (const std::int64_t unix_ns :
       {std::int64_t{1'600'000'000'123'456'789}, std::int64_t{0}, std::int64_t{-1'500'000'000}}) {
    const auto set = files().SetModificationTime(Path("a"), unix_ns);
    if (!set.ok()) {
      EXPECT_EQ(set.error().code, ErrorCode::kUnsupported);
      continue;
    }
    EXPECT_EQ(files().Stat(Path("a"))->mtime_unix_ns, unix_ns);
  }
  EXPECT_EQ(Content("a"), "one");
  const auto gone = files().SetModificationTime(Path("gone"), 0);
  ASSERT_FALSE(gone.ok());
  EXPECT_TRUE(gone.error().code == ErrorCode::kNotFound ||
              gone.error().code == ErrorCode::kUnsupported);
}

TEST_P(FileSystemContract, AHardLinkIsTheSameFileAndReplacesNothingOrIsRefused) {
  Write("a", "one");
  Write("taken", "mine");
  const auto linked = files().Link(Path("a"), Path("b"));
  if (!linked.ok()) {
    EXPECT_EQ(linked.error().code, ErrorCode::kUnsupported);
    EXPECT_FALSE(Exists(files(), Path("b")));
    return;
  }
  EXPECT_EQ(files().Stat(Path("a"))->inode, files().Stat(Path("b"))->inode);
  EXPECT_EQ(CodeOf(files().Link(Path("a"), Path("taken"))), "already_exists");
  EXPECT_EQ(Content("taken"), "mine");
  EXPECT_EQ(CodeOf(files().Link(Path("gone"), Path("c"))), "not_found");
  ASSERT_TRUE(files().CreateSymlink("a", Path("to_a")).ok());
  ASSERT_TRUE(files().Link(Path("to_a"), Path("c")).ok());
  EXPECT_EQ(files().Stat(Path("c"))->inode, files().Stat(Path("a"))->inode);
}

TEST_P(FileSystemContract, WhatIsThereIsToldFromWhatIsNotAndFromWhatCannotBeKnown) {
  Write("a", "one");
  ASSERT_TRUE(files().CreateSymlink("gone", Path("dangling")).ok());
  EXPECT_TRUE(*IsThere(files(), Path("a")));
  EXPECT_TRUE(*IsThere(files(), Path("dangling")));
  EXPECT_FALSE(*IsThere(files(), Path("gone")));
  EXPECT_EQ(CodeOf(IsThere(files(), std::string("a\0b", 3))), "invalid_argument");
}

INSTANTIATE_TEST_SUITE_P(, FileSystemContract, ::testing::Values(Kind::kPosix, Kind::kFault),
                         [](const auto& kind) {
                           return kind.param == Kind::kPosix ? "Posix" : "Fault";
                         });

}  // namespace
}  // namespace reprise
