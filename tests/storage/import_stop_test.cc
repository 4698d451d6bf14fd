// Imports that are told to stop.

#include <gtest/gtest.h>

#include <atomic>

#include "storage/importer.h"
#include "tests/support/hooked_file_system.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::HookedFileSystem;
using testing::ObjectFixture;
using testing::RandomBytes;

constexpr unsigned kThreads = 2;

class ImportStop : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(real.CreateDirectory(source).ok());
    ASSERT_TRUE(real.CreateDirectory(cache).ok());
  }
  void Write(const std::string& name, std::string_view content) {
    const std::string path = JoinPath(source, name);
    ASSERT_TRUE(CreateDirectories(real, ParentPath(path)).ok());
    ASSERT_TRUE(WriteFileAtomically(real, path, content).ok());
  }
  Result<Imported> Add(const std::string& path) {
    const auto writer = fixture.NewWriter(kThreads);
    auto imported = Import(hooked, path, *writer,
                           {.cache_folder = cache,
                            .presence = fixture.presence.get(),
                            .threads = kThreads,
                            .include =
                                [this](const std::string&, FileKind) {
                                  if (++entries_asked == stop_at_entry) stop = true;
                                  return true;
                                },
                            .stop = [this] { return stop.load(); }});
    if (imported.ok()) REPRISE_TRY(fixture.Adopt(*writer));
    return imported;
  }
  // Stopped as it should be, and nothing was left but the session of the writer.
  void ExpectStopped(const Result<Imported>& imported) {
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code, ErrorCode::kInterrupted);
    EXPECT_NE(imported.error().message.find(source), std::string::npos) << imported.error().message;
    EXPECT_TRUE(real.List(cache)->empty());
  }

  HookedFileSystem hooked;
  FileSystem& real = PosixFileSystem();
  ObjectFixture fixture;
  const std::string source = fixture.folder.Path("source");
  const std::string cache = fixture.folder.Path("cache");
  std::atomic<bool> stop = false;
  std::atomic<int> entries_asked = 0;
  int stop_at_entry = -1;
};

TEST_F(ImportStop, ComesBetweenFiles) {
  for (int i = 0; i < 50; ++i) Write("file" + std::to_string(i), std::to_string(i));
  std::atomic<int> reads = 0;
  hooked.before_read = [&](const std::string&, std::uint64_t) -> Result<void> {
    if (++reads == 3) stop = true;
    return {};
  };
  ExpectStopped(Add(source));
  EXPECT_LE(reads, 3 + static_cast<int>(kThreads));
  // Nothing of it stands in the way of another attempt.
  stop = false;
  hooked.before_read = nullptr;
  const auto again = Add(source);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(FindInTree(*fixture.NewReader(), again->digest, "file7")->size_bytes, 1U);
}

TEST_F(ImportStop, ComesWithinALargeFile) {
  Write("large", RandomBytes(20'000'000, 1));
  std::atomic<int> reads = 0;
  hooked.before_read = [&](const std::string&, std::uint64_t) -> Result<void> {
    if (++reads == 3) stop = true;
    return {};
  };
  ExpectStopped(Add(source));
  EXPECT_EQ(reads, 3);
  stop = false;
  reads = 0;
  ExpectStopped(Add(JoinPath(source, "large")));
  EXPECT_EQ(reads, 3);
}

TEST_F(ImportStop, ComesBetweenFolders) {
  for (int i = 0; i < 50; ++i) Write("folder" + std::to_string(i) + "/file", "x");
  stop_at_entry = 60;  // The folders, and the files of some.
  ExpectStopped(Add(source));
  EXPECT_LE(entries_asked, 60 + static_cast<int>(kThreads));
}

TEST_F(ImportStop, ComesBeforeTheTreesAreStored) {
  Write("file", "x");
  hooked.before_read = [&](const std::string&, std::uint64_t) -> Result<void> {
    stop = true;  // During the last read there is.
    return {};
  };
  ExpectStopped(Add(source));
}

}  // namespace
}  // namespace reprise::storage
