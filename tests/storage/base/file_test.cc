#include "storage/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace reprise {
namespace {

using std::string_literals::operator""s;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string name = ::testing::TempDir() + "reprise-file-XXXXXX";
    REPRISE_ASSERT(mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~FileTest() override { (void)RemoveTree(files_, root_); }

  std::string Path(std::string_view name) const { return JoinPath(root_, name); }

  void Write(std::string_view name, std::string_view content) {
    const auto file = files_.Open(Path(name), OpenMode::kCreateExclusive);
    ASSERT_TRUE(file.ok()) << file.error().message;
    ASSERT_TRUE((*file)->WriteAt(0, AsBytes(content)).ok());
  }

  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const auto entries = files_.List(root_);
    EXPECT_TRUE(entries.ok());
    for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
    std::ranges::sort(names);
    return names;
  }

  template <typename T>
  static ErrorCode CodeOf(const Result<T>& result) {
    EXPECT_FALSE(result.ok());
    return result.ok() ? ErrorCode::kInterrupted : result.error().code;
  }

  FileSystem& files_ = PosixFileSystem();
  std::string root_;
};

TEST(Path, JoinsByOneSlash) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b"), "a/b");
  EXPECT_EQ(JoinPath("/", "b"), "/b");
  EXPECT_EQ(JoinPath(".", "b"), "b");
  EXPECT_EQ(JoinPath("", "b"), "b");
}

TEST(Path, ParentAndBaseNameTakeItApart) {
  EXPECT_EQ(ParentPath("a/b"), "a");
  EXPECT_EQ(ParentPath("a/b/"), "a");
  EXPECT_EQ(ParentPath("/a"), "/");
  EXPECT_EQ(ParentPath("/"), "/");
  EXPECT_EQ(ParentPath("a"), ".");
  EXPECT_EQ(BaseName("a/b"), "b");
  EXPECT_EQ(BaseName("a/b/"), "b");
  EXPECT_EQ(BaseName("a"), "a");
  EXPECT_EQ(BaseName("/a"), "a");
}

TEST_F(FileTest, ReadsBackWhatItWroteAtAnyOffset) {
  const auto file = files_.Open(Path("f"), OpenMode::kCreateExclusive);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes("hello world")).ok());
  ASSERT_TRUE((*file)->WriteAt(6, AsBytes("there")).ok());
  ASSERT_TRUE((*file)->WriteAt(13, AsBytes("!")).ok());  // Leaves a hole of zeros.
  ASSERT_TRUE((*file)->Sync().ok());
  EXPECT_EQ(*ReadFile(files_, Path("f")), "hello there\0\0!"s);
  std::string buffer(8, '?');
  EXPECT_EQ(*(*file)->ReadAt(11, std::as_writable_bytes(std::span(buffer))), 3U);
  EXPECT_EQ(*(*file)->ReadAt(100, std::as_writable_bytes(std::span(buffer))), 0U);
  ASSERT_TRUE((*file)->Truncate(5).ok());
  EXPECT_EQ((*file)->Stat()->size_bytes, 5U);
  EXPECT_EQ(*ReadFile(files_, Path("f")), "hello");
  EXPECT_EQ((*file)->path(), Path("f"));
}

TEST_F(FileTest, OpenModesSayWhetherTheFileMustExist) {
  EXPECT_EQ(CodeOf(files_.Open(Path("f"), OpenMode::kRead)), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_.Open(Path("f"), OpenMode::kReadWrite)), ErrorCode::kNotFound);
  Write("f", "kept");
  EXPECT_EQ(CodeOf(files_.Open(Path("f"), OpenMode::kCreateExclusive)), ErrorCode::kAlreadyExists);
  EXPECT_TRUE(files_.Open(Path("f"), OpenMode::kCreate).ok());
  EXPECT_EQ(*ReadFile(files_, Path("f")), "kept");
  const auto readable = files_.Open(Path("f"), OpenMode::kRead);
  EXPECT_EQ(CodeOf((*readable)->WriteAt(0, AsBytes("x"))), ErrorCode::kIoError);
}

TEST_F(FileTest, FailuresNameThePathAndTheReason) {
  const auto file = files_.Open(Path("a\nb"), OpenMode::kRead);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message, "cannot open '" + root_ + "/a\\x0ab': No such file or directory");
  EXPECT_EQ(CodeOf(files_.Stat("")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(files_.Stat("a\0b"s)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(files_.Rename(Path("x"), "y\0"s)), ErrorCode::kInvalidArgument);
  Write("f", "");
  EXPECT_EQ(CodeOf(files_.Stat(Path("f/below"))), ErrorCode::kNotFound);
}

TEST_F(FileTest, StatTellsKindsApartAndFollowsOnlyWhenAsked) {
  Write("f", "12345");
  ASSERT_TRUE(files_.SetPermissions(Path("f"), 0755).ok());
  ASSERT_TRUE(files_.CreateDirectory(Path("d")).ok());
  ASSERT_TRUE(files_.CreateSymlink("f", Path("l")).ok());
  ASSERT_TRUE(files_.CreateSymlink("nowhere", Path("dangling")).ok());
  ASSERT_EQ(mkfifo(Path("p").c_str(), 0600), 0);
  EXPECT_EQ(files_.Stat(Path("f"))->kind, FileKind::kFile);
  EXPECT_TRUE(files_.Stat(Path("f"))->executable);
  EXPECT_EQ(files_.Stat(Path("f"))->size_bytes, 5U);
  EXPECT_EQ(files_.Stat(Path("d"))->kind, FileKind::kDirectory);
  EXPECT_EQ(files_.Stat(Path("l"))->kind, FileKind::kSymlink);
  EXPECT_EQ(files_.Stat(Path("p"))->kind, FileKind::kOther);
  EXPECT_EQ(*files_.StatFollowing(Path("l")), *files_.Stat(Path("f")));
  EXPECT_EQ(CodeOf(files_.StatFollowing(Path("dangling"))), ErrorCode::kNotFound);
  EXPECT_TRUE(Exists(files_, Path("dangling")));
  EXPECT_FALSE(Exists(files_, Path("nowhere")));
  EXPECT_EQ(*files_.ReadLink(Path("l")), "f");
  EXPECT_EQ(CodeOf(files_.ReadLink(Path("f"))), ErrorCode::kIoError);
  EXPECT_EQ(CodeOf(files_.CreateSymlink("x", Path("l"))), ErrorCode::kAlreadyExists);
}

TEST_F(FileTest, OpeningAFifoToReadDoesNotWaitForAWriter) {
  ASSERT_EQ(mkfifo(Path("p").c_str(), 0600), 0);
  EXPECT_TRUE(files_.Open(Path("p"), OpenMode::kRead).ok());
}

TEST_F(FileTest, DescriptorsAreNotInheritedByCommands) {
  Write("f", "x");
  const auto file = files_.Open(Path("f"), OpenMode::kRead);
  const auto lock = files_.Lock(Path("lock"), LockMode::kExclusive, 0);
  ASSERT_TRUE(lock.ok());
  const std::string command = "ls -l /proc/self/fd | grep -q '" + root_ + "'";
  EXPECT_NE(system(command.c_str()), 0);
}

TEST_F(FileTest, ListsNamesThatAreNotUtf8WithTheirStats) {
  Write("plain", "123");
  Write("\xFF\n", "");
  ASSERT_TRUE(files_.CreateSymlink("plain", Path("l")).ok());
  EXPECT_EQ(Names(), (std::vector<std::string>{"l", "plain", "\xFF\n"}));
  const auto entries = files_.List(root_);
  for (const DirectoryEntry& entry : *entries) {
    EXPECT_EQ(entry.stat, *files_.Stat(Path(entry.name)));
  }
  EXPECT_EQ(CodeOf(files_.List(Path("absent"))), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_.List(Path("plain"))), ErrorCode::kNotFound);
}

TEST_F(FileTest, RenameReplacesAndRemoveRemoves) {
  Write("a", "new");
  Write("b", "old");
  ASSERT_TRUE(files_.Rename(Path("a"), Path("b")).ok());
  ASSERT_TRUE(files_.SyncDirectory(root_).ok());
  EXPECT_EQ(*ReadFile(files_, Path("b")), "new");
  EXPECT_EQ(CodeOf(files_.RemoveFile(Path("a"))), ErrorCode::kNotFound);
  ASSERT_TRUE(files_.RemoveFile(Path("b")).ok());
  EXPECT_TRUE(Names().empty());
}

TEST_F(FileTest, CopiesFromOneFileSystemToAnother) {
  if (!files_.CheckWritable("/dev/shm").ok()) {
    GTEST_SKIP() << "SKIPPED: there is no other file system to write to, at /dev/shm";
  }
  const std::string elsewhere = "/dev/shm/" + BaseName(root_);
  const std::string content(3 << 20, 'x');
  Write("here", content);
  const auto copied = files_.CopyFile(Path("here"), elsewhere);
  EXPECT_TRUE(copied.ok()) << copied.error().message;
  EXPECT_EQ(ReadFile(files_, elsewhere).value_or(""), content);
  EXPECT_TRUE(files_.CopyFile(elsewhere, Path("back")).ok());
  EXPECT_EQ(ReadFile(files_, Path("back")).value_or(""), content);
  EXPECT_TRUE(files_.RemoveFile(elsewhere).ok());
}

TEST_F(FileTest, MapsWholeFilesEvenEmptyOnes) {
  Write("f", "mapped");
  Write("empty", "");
  EXPECT_EQ(AsText((*files_.Map(Path("f")))->bytes()), "mapped");
  EXPECT_EQ((*files_.Map(Path("empty")))->bytes().size(), 0U);
  EXPECT_EQ(CodeOf(files_.Map(Path("absent"))), ErrorCode::kNotFound);
  EXPECT_FALSE(files_.Map(root_).ok());
}

TEST_F(FileTest, ReadFileHasALimit) {
  Write("f", std::string(100, 'x'));
  EXPECT_EQ(ReadFile(files_, Path("f"), 100)->size(), 100U);
  EXPECT_EQ(CodeOf(ReadFile(files_, Path("f"), 99)), ErrorCode::kInvalidArgument);
  Write("large", std::string(200'000, 'y'));
  EXPECT_EQ(*ReadFile(files_, Path("large")), std::string(200'000, 'y'));
}

TEST_F(FileTest, WritingDurablyReplacesAndLeavesNothingElse) {
  ASSERT_TRUE(WriteFileDurably(files_, Path("f"), "one", 0600).ok());
  EXPECT_EQ(files_.Stat(Path("f"))->mode & 0777, 0600U);
  ASSERT_TRUE(WriteFileDurably(files_, Path("f"), "two").ok());
  ASSERT_TRUE(WriteFileAtomically(files_, Path("g"), "").ok());
  EXPECT_EQ(*ReadFile(files_, Path("f")), "two");
  EXPECT_EQ(Names(), (std::vector<std::string>{"f", "g"}));
}

TEST_F(FileTest, AFailedWriteLeavesTheOldContentAndNoTemporaryFile) {
  ASSERT_TRUE(files_.CreateDirectory(Path("d")).ok());
  EXPECT_FALSE(WriteFileDurably(files_, Path("d"), "content").ok());  // A folder is in the way.
  EXPECT_EQ(files_.Stat(Path("d"))->kind, FileKind::kDirectory);
  EXPECT_EQ(Names(), std::vector<std::string>{"d"});
  EXPECT_EQ(CodeOf(WriteFileDurably(files_, Path("absent/f"), "")), ErrorCode::kNotFound);
}

TEST_F(FileTest, CreatesMissingParentsAndAcceptsWhatIsThere) {
  ASSERT_TRUE(CreateDirectories(files_, Path("a/b/c")).ok());
  ASSERT_TRUE(CreateDirectories(files_, Path("a/b/c/")).ok());
  ASSERT_TRUE(files_.CreateSymlink("a", Path("l")).ok());
  ASSERT_TRUE(CreateDirectories(files_, Path("l")).ok());
  ASSERT_TRUE(CreateDirectories(files_, Path("l/d")).ok());
  EXPECT_TRUE(Exists(files_, Path("a/d")));
  Write("f", "");
  EXPECT_EQ(CodeOf(CreateDirectories(files_, Path("f"))), ErrorCode::kAlreadyExists);
  EXPECT_FALSE(CreateDirectories(files_, Path("f/x")).ok());
  EXPECT_EQ(CodeOf(files_.CreateDirectory(Path("a"))), ErrorCode::kAlreadyExists);
}

TEST_F(FileTest, RemovingATreeDoesNotFollowSymlinks) {
  ASSERT_TRUE(CreateDirectories(files_, Path("outside")).ok());
  Write("outside/precious", "x");
  ASSERT_TRUE(CreateDirectories(files_, Path("tree/sub")).ok());
  Write("tree/sub/f", "x");
  ASSERT_TRUE(files_.CreateSymlink("../outside", Path("tree/link")).ok());
  ASSERT_TRUE(RemoveTree(files_, Path("tree")).ok());
  EXPECT_FALSE(Exists(files_, Path("tree")));
  EXPECT_TRUE(Exists(files_, Path("outside/precious")));
  EXPECT_TRUE(RemoveTree(files_, Path("tree")).ok());  // Absence is not an error.
  EXPECT_EQ(CodeOf(files_.RemoveDirectory(Path("outside"))), ErrorCode::kIoError);
}

TEST_F(FileTest, SharedLocksStandTogetherAndAnExclusiveOneAlone) {
  auto shared = files_.Lock(Path("lock"), LockMode::kShared, 0);
  ASSERT_TRUE(shared.ok());
  auto second = files_.Lock(Path("lock"), LockMode::kShared, 0);
  EXPECT_TRUE(second.ok());
  EXPECT_EQ(CodeOf(files_.Lock(Path("lock"), LockMode::kExclusive, 0)), ErrorCode::kTimeout);
  EXPECT_EQ(CodeOf(files_.Lock(Path("lock"), LockMode::kExclusive, 20)), ErrorCode::kTimeout);
  shared->reset();
  second->reset();
  const auto exclusive = files_.Lock(Path("lock"), LockMode::kExclusive, 0);
  EXPECT_TRUE(exclusive.ok());
  EXPECT_EQ(CodeOf(files_.Lock(Path("lock"), LockMode::kShared, 0)), ErrorCode::kTimeout);
}

}  // namespace
}  // namespace reprise
