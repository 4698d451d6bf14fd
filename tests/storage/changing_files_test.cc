// Folders in which files change, shrink, vanish or cannot be read while they are imported.
//
// What is stored is always what its digest says; what cannot be trusted is named and not
// remembered.

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/importer.h"
#include "tests/support/hooked_file_system.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::HookedFileSystem;
using testing::ObjectFixture;
using testing::RandomBytes;

// Longer than what an import reads at once, so that there are several reads to come between.
constexpr std::size_t kSizeBytes = 3'000'000;

class ChangingFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(real.CreateDirectory(source).ok());
    ASSERT_TRUE(real.CreateDirectory(cache).ok());
    Write("a", "first");
    Write("big", RandomBytes(kSizeBytes, 1));
    Write("z", "last");
  }
  void Write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(real, JoinPath(source, name), content).ok());
  }
  // Runs `change` with the open file before every read of "big" that is not its first part.
  void BeforeReadingOn(const std::function<void(File& file)>& change) {
    hooked.before_read = [this, change](const std::string& path,
                                        std::uint64_t offset) -> Result<void> {
      if (path != big || offset == 0) return {};
      REPRISE_ASSIGN_OR_RETURN(const auto file, real.Open(big, OpenMode::kReadWrite));
      change(*file);
      return {};
    };
  }
  Result<Imported> Add() {
    const auto writer = fixture.NewWriter();
    auto imported = Import(hooked, source, *writer,
                           {.cache_folder = cache, .presence = fixture.presence.get()});
    if (!imported.ok()) return imported;
    REPRISE_TRY(fixture.Adopt(*writer));
    stats = writer->stats();
    return imported;
  }
  // The entry of "big" in the tree, whose content must be what its digest and size say.
  TreeEntry StoredBig(const Digest& tree) {
    const auto reader = fixture.NewReader();
    const auto entry = FindInTree(*reader, tree, "big");
    EXPECT_TRUE(entry.ok());
    const auto content = reader->Get(entry->digest);
    EXPECT_TRUE(content.ok());
    EXPECT_EQ(content->size(), entry->size_bytes);
    EXPECT_EQ(crypto::Sha256(*content), entry->digest);
    return *entry;
  }

  HookedFileSystem hooked;
  FileSystem& real = PosixFileSystem();
  ObjectFixture fixture;
  const std::string source = fixture.folder.Path("source");
  const std::string cache = fixture.folder.Path("cache");
  const std::string big = JoinPath(source, "big");
  WriterStats stats;
};

TEST_F(ChangingFiles, AFileThatKeepsChangingIsKeptAsReadAndNamed) {
  std::uint64_t size_bytes = kSizeBytes;
  BeforeReadingOn([&](File& file) {
    // Overwritten where it is still to be read, and longer, so that its stat differs for certain.
    EXPECT_TRUE(file.WriteAt(kSizeBytes - 100, AsBytes(RandomBytes(100, size_bytes))).ok());
    EXPECT_TRUE(file.WriteAt(size_bytes++, AsBytes("+")).ok());
  });
  const auto imported = Add();
  ASSERT_TRUE(imported.ok()) << imported.error().message;
  EXPECT_EQ(imported->unstable, std::vector<std::string>{"big"});
  ASSERT_EQ(imported->warnings.size(), 1U);
  EXPECT_NE(imported->warnings[0].find("'big' changed while it was read"), std::string::npos);
  StoredBig(imported->digest);

  // It is not remembered: another import reads it again, and finds it at rest.
  hooked.before_read = nullptr;
  const auto again = Add();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->unstable.empty());
  EXPECT_GE(stats.logical_bytes, size_bytes);
  EXPECT_EQ(StoredBig(again->digest).digest, crypto::Sha256(*ReadFile(real, big)));
}

TEST_F(ChangingFiles, AFileThatChangesOnceIsReadAgain) {
  bool changed = false;
  BeforeReadingOn([&](File& file) {
    if (std::exchange(changed, true)) return;
    EXPECT_TRUE(file.WriteAt(kSizeBytes, AsBytes("more")).ok());
  });
  const auto imported = Add();
  ASSERT_TRUE(imported.ok()) << imported.error().message;
  EXPECT_TRUE(changed);
  EXPECT_TRUE(imported->unstable.empty());
  EXPECT_TRUE(imported->warnings.empty());
  EXPECT_EQ(StoredBig(imported->digest).digest, crypto::Sha256(*ReadFile(real, big)));
}

TEST_F(ChangingFiles, AFileThatIsTruncatedWhileItIsReadIsReadAgain) {
  BeforeReadingOn([](File& file) { EXPECT_TRUE(file.Truncate(1'000).ok()); });
  const auto imported = Add();
  ASSERT_TRUE(imported.ok()) << imported.error().message;
  EXPECT_TRUE(imported->unstable.empty());
  const TreeEntry entry = StoredBig(imported->digest);
  EXPECT_EQ(entry.size_bytes, 1'000U);
  EXPECT_EQ(entry.digest, crypto::Sha256(RandomBytes(kSizeBytes, 1).substr(0, 1'000)));
  EXPECT_EQ(imported->size_bytes, 1'000U + 5 + 4);
}

TEST_F(ChangingFiles, AnUnreadableFileIsAnErrorThatNamesItAndLeavesTheStoreAsItWas) {
  hooked.before_open = [this](const std::string& path) -> Result<void> {
    if (path != big) return {};
    return Error{ErrorCode::kIoError, "cannot open '" + path + "': Permission denied"};
  };
  const auto imported = Add();
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.error().code, ErrorCode::kIoError);
  EXPECT_NE(imported.error().message.find(big), std::string::npos) << imported.error().message;
  const Digest first = crypto::Sha256("first");
  EXPECT_FALSE((*fixture.presence->HasObjects({&first, 1}))[0]);

  hooked.before_open = nullptr;
  const auto again = Add();
  ASSERT_TRUE(again.ok()) << again.error().message;
  StoredBig(again->digest);
  EXPECT_EQ(*fixture.NewReader()->Get(first), "first");
}

TEST_F(ChangingFiles, AFileThatFailsInTheMiddleIsAnErrorThatNamesIt) {
  hooked.before_read = [this](const std::string& path, std::uint64_t offset) -> Result<void> {
    if (path != big || offset == 0) return {};
    return Error{ErrorCode::kIoError, "cannot read '" + path + "': Input/output error"};
  };
  const auto imported = Add();
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.error().code, ErrorCode::kIoError);
  EXPECT_NE(imported.error().message.find(big), std::string::npos) << imported.error().message;
}

TEST_F(ChangingFiles, AFileThatGivesWayToAFolderIsAnErrorThatNamesIt) {
  hooked.before_open = [this](const std::string& path) -> Result<void> {
    if (path != big) return {};
    REPRISE_TRY(real.RemoveFile(big));
    return real.CreateDirectory(big);
  };
  const auto imported = Add();
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(imported.error().message.find(big), std::string::npos) << imported.error().message;
}

class VanishingFiles : public ChangingFiles {
 protected:
  void SetUp() override {
    ChangingFiles::SetUp();
    ASSERT_TRUE(real.CreateDirectory(JoinPath(source, "folder")).ok());
    Write("folder/one", "1");
    Write("folder/two", "2");
    ASSERT_TRUE(real.CreateSymlink("a", JoinPath(source, "link")).ok());
    ASSERT_TRUE(real.CreateDirectory(JoinPath(source, "other")).ok());
    Write("other/three", "3");
  }
  // Removes `name` when the import comes to it.
  std::function<Result<void>(const std::string&)> Removing(const std::string& name) {
    return [this, path = JoinPath(source, name)](const std::string& reached) -> Result<void> {
      return reached == path ? RemoveTree(real, path) : Result<void>();
    };
  }
  // The import has `vanished` as its warning, and what remains on disk, no more, in its tree.
  void ExpectWithout(const std::string& vanished) {
    const auto imported = Add();
    ASSERT_TRUE(imported.ok()) << imported.error().message;
    EXPECT_EQ(imported->warnings,
              std::vector<std::string>{"'" + vanished +
                                       "' vanished before it was read and was left out"});
    EXPECT_TRUE(imported->unstable.empty());
    EXPECT_TRUE(fixture.NewReader()->Get(imported->digest).ok());
    hooked.before_open = hooked.before_list = hooked.before_read_link = nullptr;
    const auto at_rest = Add();
    ASSERT_TRUE(at_rest.ok());
    EXPECT_EQ(imported->digest, at_rest->digest);
    EXPECT_EQ(imported->size_bytes, at_rest->size_bytes);
    EXPECT_TRUE(at_rest->warnings.empty());
  }
};

TEST_F(VanishingFiles, AFileIsLeftOutAndNamed) {
  hooked.before_open = Removing("big");
  ExpectWithout("big");
}

TEST_F(VanishingFiles, ALinkIsLeftOutAndNamed) {
  hooked.before_read_link = Removing("link");
  ExpectWithout("link");
}

TEST_F(VanishingFiles, AFolderThatCannotBeListedAnyMoreIsLeftOutAndNamed) {
  hooked.before_list = Removing("folder");
  ExpectWithout("folder");
}

TEST_F(VanishingFiles, AFolderThatVanishesWithItsFilesIsNamedInTheirPlace) {
  const std::string folder = JoinPath(source, "folder");
  hooked.before_open = [this, folder](const std::string& path) -> Result<void> {
    if (path.starts_with(folder)) (void)RemoveTree(real, folder);
    return {};
  };
  ExpectWithout("folder");
}

TEST_F(VanishingFiles, AFileOfAFolderThatStaysIsLeftOut) {
  hooked.before_open = Removing("folder/one");
  ExpectWithout("folder/one");
}

TEST_F(VanishingFiles, AFileWhoseDigestIsRememberedButNotStoredIsLeftOut) {
  const auto writer = fixture.NewWriter();  // What it stores is never adopted.
  ASSERT_TRUE(Import(hooked, source, *writer, {.cache_folder = cache}).ok());
  hooked.before_open = Removing("other/three");
  ExpectWithout("other/three");
}

TEST_F(VanishingFiles, AnIgnoreFileThatVanishesIgnoresNothing) {
  Write(".repriseignore", "big\n");
  hooked.before_open = Removing(".repriseignore");
  ExpectWithout(".repriseignore");
}

TEST_F(VanishingFiles, WhatWasNamedItselfIsAnError) {
  hooked.before_open = [this](const std::string&) -> Result<void> {
    (void)RemoveTree(real, source);
    return {};
  };
  const auto folder = Add();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, ErrorCode::kNotFound);
  EXPECT_NE(folder.error().message.find(source), std::string::npos) << folder.error().message;

  ASSERT_TRUE(real.CreateDirectory(source).ok());
  Write("a", "first");
  const auto writer = fixture.NewWriter();
  const auto file = Import(hooked, JoinPath(source, "a"), *writer, {.cache_folder = cache});
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::storage
