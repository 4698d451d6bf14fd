// Folders stored and laid out again on the real file system.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "storage/crypto/sha256.h"
#include "storage/importer.h"
#include "storage/object_rows.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::ObjectFixture;
using testing::RandomBytes;
using testing::TextBytes;

class ImportExport : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fixture.files.CreateDirectory(source).ok());
    ASSERT_TRUE(fixture.files.CreateDirectory(cache).ok());
  }
  void Write(const std::string& name, std::string_view content, mode_t mode = 0644) {
    const std::string path = JoinPath(source, name);
    ASSERT_TRUE(CreateDirectories(fixture.files, ParentPath(path)).ok());
    ASSERT_TRUE(WriteFileAtomically(fixture.files, path, content, mode).ok());
  }
  // Imports `path` in a session of its own and adopts it; what was read is in `stats`.
  Result<Imported> Add(const std::string& path) {
    const auto writer = fixture.NewWriter();
    auto imported = Import(fixture.files, path, *writer,
                           {.cache_folder = cache, .presence = fixture.presence.get()});
    if (!imported.ok()) return imported;
    REPRISE_TRY(fixture.Adopt(*writer));
    CatalogBatch batch;
    if (imported->kind == FileKind::kDirectory) NoteWholeTree(imported->digest, batch);
    REPRISE_TRY(fixture.catalog->Apply(batch));
    stats = writer->stats();
    return imported;
  }
  std::vector<std::string> Names(const Digest& tree) {
    std::vector<std::string> names;
    EXPECT_TRUE(WalkTree(*fixture.NewReader(), tree,
                         [&](const std::string& path, const TreeEntry&) -> Result<void> {
                           names.push_back(path);
                           return {};
                         })
                    .ok());
    return names;
  }
  // Past the racy-timestamp rule.
  static void LetTimePass() { std::this_thread::sleep_for(std::chrono::milliseconds(250)); }

  ObjectFixture fixture;
  const std::string source = fixture.folder.Path("source");
  const std::string cache = fixture.folder.Path("cache");
  const std::string target = fixture.folder.Path("target");
  WriterStats stats;
};

TEST_F(ImportExport, AFolderComesBackAsItWas) {
  Write("empty", "");
  Write("sub/deeper/text", TextBytes(100'000, 1));
  Write("big", RandomBytes(3'000'000, 2));
  Write("tool", "#!/bin/sh\n", 0755);
  Write("new\nline", "a");
  Write(std::string("not utf-8 \xFF\xFE"), "b");
  ASSERT_TRUE(fixture.files.CreateDirectory(JoinPath(source, "empty folder")).ok());
  ASSERT_TRUE(fixture.files.CreateSymlink("sub/deeper", JoinPath(source, "link")).ok());
  ASSERT_TRUE(fixture.files.CreateSymlink("\xFF nowhere", JoinPath(source, "dangling")).ok());
  const auto imported = Add(source);
  ASSERT_TRUE(imported.ok()) << imported.error().message;
  EXPECT_TRUE(imported->warnings.empty());
  EXPECT_EQ(imported->size_bytes, 100'000U + 3'000'000 + 10 + 2);

  const auto reader = fixture.NewReader();
  const auto exported = ExportTree(fixture.files, *reader, imported->digest, target, {});
  ASSERT_TRUE(exported.ok()) << exported.error().message;
  EXPECT_EQ(*ReadFile(fixture.files, JoinPath(target, "sub/deeper/text")), TextBytes(100'000, 1));
  EXPECT_EQ(*ReadFile(fixture.files, JoinPath(target, "new\nline")), "a");
  EXPECT_EQ(*ReadFile(fixture.files, JoinPath(target, "not utf-8 \xFF\xFE")), "b");
  EXPECT_TRUE(fixture.files.Stat(JoinPath(target, "tool"))->executable);
  EXPECT_FALSE(fixture.files.Stat(JoinPath(target, "big"))->executable);
  EXPECT_EQ(*fixture.files.ReadLink(JoinPath(target, "dangling")), "\xFF nowhere");
  // The copy is the same tree.
  const auto again = Add(target);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->digest, imported->digest);
  // What is there is not replaced unless that is asked for.
  EXPECT_EQ(ExportTree(fixture.files, *reader, imported->digest, target, {}).error().code,
            ErrorCode::kAlreadyExists);
  EXPECT_TRUE(
      ExportTree(fixture.files, *reader, imported->digest, target, {.overwrite = true}).ok());
}

TEST_F(ImportExport, AnUnchangedFolderIsNotRead) {
  Write("a", RandomBytes(50'000, 1));
  Write("sub/b", RandomBytes(2'000'000, 2));
  LetTimePass();
  const auto first = Add(source);
  ASSERT_TRUE(first.ok());
  EXPECT_GE(stats.logical_bytes, 2'050'000U);
  const auto second = Add(source);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->digest, first->digest);
  EXPECT_EQ(stats.logical_bytes, 0U);
  // Of a change, only what changed is read.
  Write("a", "changed");
  const auto third = Add(source);
  ASSERT_TRUE(third.ok());
  EXPECT_NE(third->digest, first->digest);
  EXPECT_LT(stats.logical_bytes, 10'000U);
}

// As if the clock of the file system had not advanced between the two contents.
TEST_F(ImportExport, AChangeWithinTheClocksResolutionIsSeen) {
  Write("a", "before");
  const auto first = Add(source);  // At once: the entry would be racy.
  ASSERT_TRUE(first.ok());
  const auto second = Add(source);
  ASSERT_TRUE(second.ok());
  EXPECT_GT(stats.logical_bytes, 0U);  // Read again.
}

TEST_F(ImportExport, ADamagedCacheIsIgnored) {
  Write("a", RandomBytes(50'000, 1));
  LetTimePass();
  const auto first = Add(source);
  ASSERT_TRUE(first.ok());
  const auto caches = fixture.files.List(cache);
  ASSERT_TRUE(caches.ok());
  ASSERT_EQ(caches->size(), 1U);
  const std::string path = JoinPath(cache, (*caches)[0].name);
  const std::string content = *ReadFile(fixture.files, path);
  for (std::size_t i = 0; i < content.size(); i += 3) {
    std::string damaged = content;
    damaged[i] ^= 1;
    ASSERT_TRUE(WriteFileAtomically(fixture.files, path, damaged).ok());
    const auto again = Add(source);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->digest, first->digest);
    EXPECT_GT(stats.logical_bytes, 0U);
  }
}

TEST_F(ImportExport, WhatTheStoreLostIsStoredAgainThoughTheCacheKnowsIt) {
  const std::string content = RandomBytes(50'000, 1);
  Write("sub/a", content);
  LetTimePass();
  const auto first = Add(source);
  ASSERT_TRUE(first.ok());
  const Digest digest = crypto::Sha256(content);
  CatalogBatch batch;
  ASSERT_TRUE(MarkDamaged(*fixture.catalog, {}, {&digest, 1}, batch).ok());
  ASSERT_TRUE(fixture.catalog->Apply(batch).ok());
  ASSERT_TRUE(Add(source).ok());
  EXPECT_TRUE((*fixture.presence->HasObjects({&digest, 1}))[0]);
}

TEST_F(ImportExport, WhatIsIgnoredIsLeftOut) {
  Write(".repriseignore", "*.tmp\n!keep.tmp\n/build/\n");
  Write("a.tmp", "x");
  Write("keep.tmp", "x");
  Write("build/out", "x");
  Write("sub/build/kept", "x");
  Write(".git/HEAD", "x");
  Write("sub/.reprise/format", "x");
  const auto imported = Add(source);
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(Names(imported->digest), (std::vector<std::string>{".repriseignore", "keep.tmp", "sub",
                                                               "sub/build", "sub/build/kept"}));
}

TEST_F(ImportExport, SpecialFilesAreLeftOutWithAWarningAndRefusedByName) {
  Write("a", "x");
  const std::string fifo = JoinPath(source, "fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const auto imported = Add(source);
  ASSERT_TRUE(imported.ok());
  ASSERT_EQ(imported->warnings.size(), 1U);
  EXPECT_NE(imported->warnings[0].find("fifo"), std::string::npos);
  EXPECT_EQ(Names(imported->digest), std::vector<std::string>{"a"});
  EXPECT_EQ(Add(fifo).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Add(JoinPath(source, "absent")).error().code, ErrorCode::kNotFound);
}

TEST_F(ImportExport, AFileAloneIsItsContent) {
  Write("tool", "content", 0755);
  const auto imported = Add(JoinPath(source, "tool"));
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(imported->digest, crypto::Sha256("content"));
  EXPECT_EQ(imported->kind, FileKind::kFile);
  EXPECT_TRUE(imported->executable);
  const auto reader = fixture.NewReader();
  ASSERT_TRUE(ExportFile(fixture.files, *reader, imported->digest, true, target, {}).ok());
  EXPECT_EQ(*ReadFile(fixture.files, target), "content");
}

TEST_F(ImportExport, ADamagedObjectLeavesNoFileBehind) {
  const Digest digest = fixture.Store(RandomBytes(3'000'000, 1));
  const std::string packs = JoinPath(fixture.store, "packs");
  const auto folders = fixture.files.List(packs);
  ASSERT_TRUE(folders.ok());
  for (const DirectoryEntry& entry : *folders) {
    const std::string folder = JoinPath(packs, entry.name);
    const auto names = fixture.files.List(folder);
    ASSERT_TRUE(names.ok());
    const std::string path = JoinPath(folder, names->at(0).name);
    std::string bytes = *ReadFile(fixture.files, path);
    bytes[bytes.size() / 2] ^= 1;
    ASSERT_TRUE(WriteFileAtomically(fixture.files, path, bytes).ok());
  }
  const auto reader = fixture.NewReader();
  EXPECT_EQ(ExportFile(fixture.files, *reader, digest, false, target, {}).error().code,
            ErrorCode::kCorruption);
  EXPECT_FALSE(Exists(fixture.files, target));
  const auto left = fixture.files.List(fixture.folder.path());
  ASSERT_TRUE(left.ok());
  for (const DirectoryEntry& entry : *left) {
    EXPECT_FALSE(entry.name.starts_with(".reprise-")) << entry.name;
  }
}

}  // namespace
}  // namespace reprise::storage
