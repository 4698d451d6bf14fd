// What an import takes for stored already, and what it must not.

#include <gtest/gtest.h>

#include <thread>

#include "storage/crypto/sha256.h"
#include "storage/importer.h"
#include "storage/object_rows.h"
#include "tests/support/memory_objects.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::FileOf;
using testing::FolderEntry;
using testing::ObjectFixture;

class ImportTrust : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fixture.files.CreateDirectory(cache).ok());
    ASSERT_TRUE(CreateDirectories(fixture.files, JoinPath(source, "sub")).ok());
    for (const char* const name : {"a", "sub/b", "sub/c"}) {
      ASSERT_TRUE(WriteFileAtomically(fixture.files, JoinPath(source, name), name).ok());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(250));  // Past the racy-timestamp rule.
  }
  // Imports the folder in a session of its own, which is adopted if `adopt`.
  Result<Imported> Add(bool adopt) {
    const auto writer = fixture.NewWriter();
    auto imported = Import(fixture.files, source, *writer,
                           {.cache_folder = cache, .presence = fixture.presence.get()});
    if (imported.ok() && adopt) REPRISE_TRY(fixture.Adopt(*writer));
    put_bytes = writer->stats().logical_bytes;
    return imported;
  }
  void Note(const Digest& tree) {
    CatalogBatch batch;
    NoteWholeTree(tree, batch);
    ASSERT_TRUE(fixture.catalog->Apply(batch).ok());
  }
  // Everything below the tree is there.
  void ExpectWhole(const Digest& tree, std::size_t entries) {
    const auto reader = fixture.NewReader();
    std::size_t visited = 0;
    const auto walked =
        WalkTree(*reader, tree, [&](const std::string&, const TreeEntry& entry) -> Result<void> {
          ++visited;
          REPRISE_TRY(reader->Get(entry.digest));
          return {};
        });
    EXPECT_TRUE(walked.ok()) << walked.error().message;
    EXPECT_EQ(visited, entries);
  }
  static std::string SubDocument() {
    return EncodeTree({{FileOf("b", "sub/b"), FileOf("c", "sub/c")}});
  }
  static std::string Document(const std::string& sub_document, std::uint64_t sub_bytes) {
    return EncodeTree(
        {{FileOf("a", "a"), FolderEntry("sub", crypto::Sha256(sub_document), sub_bytes)}});
  }

  ObjectFixture fixture;
  const std::string source = fixture.folder.Path("source");
  const std::string cache = fixture.folder.Path("cache");
  std::uint64_t put_bytes = 0;
};

// The stat cache of the lost session knows every file, and the store has an object of the folder's
// digest; only the files themselves it has never seen.
TEST_F(ImportTrust, AFileWithTheBytesOfAFoldersDocumentProvesNothingAfterALostSession) {
  const auto lost = Add(/*adopt=*/false);
  ASSERT_TRUE(lost.ok()) << lost.error().message;
  ASSERT_FALSE(fixture.files.List(cache)->empty());
  ASSERT_EQ(fixture.Store(Document(SubDocument(), 10)), lost->digest);
  fixture.Store(SubDocument());
  const auto again = Add(/*adopt=*/true);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->digest, lost->digest);
  ExpectWhole(again->digest, 4);
}

// As before, but the session was adopted, and it is the document of a subfolder that is missing.
TEST_F(ImportTrust, AFileWithTheBytesOfAFoldersDocumentDoesNotHideASubfolderThatIsNew) {
  const auto first = Add(/*adopt=*/true);
  ASSERT_TRUE(first.ok()) << first.error().message;
  Note(first->digest);
  ASSERT_TRUE(fixture.files.RemoveFile(JoinPath(source, "sub/c")).ok());
  const std::string sub_document = EncodeTree({{FileOf("b", "sub/b")}});
  const Digest planted = fixture.Store(Document(sub_document, 5));
  const auto again = Add(/*adopt=*/true);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->digest, planted);
  ExpectWhole(again->digest, 3);
}

TEST_F(ImportTrust, AFolderThatWasNotedIsNeitherReadNorPut) {
  const auto first = Add(/*adopt=*/true);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_GT(put_bytes, 0U);
  Note(first->digest);
  const auto again = Add(/*adopt=*/true);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->digest, first->digest);
  EXPECT_EQ(put_bytes, 0U);
}

TEST_F(ImportTrust, ANoteDoesNotCountOnceSomethingIsDamaged) {
  const auto first = Add(/*adopt=*/true);
  ASSERT_TRUE(first.ok()) << first.error().message;
  Note(first->digest);
  const Digest damaged = crypto::Sha256("sub/b");
  CatalogBatch batch;
  ASSERT_TRUE(MarkDamaged(*fixture.catalog, {&damaged, 1}, {&damaged, 1}, batch).ok());
  ASSERT_TRUE(fixture.catalog->Apply(batch).ok());
  ASSERT_TRUE(Add(/*adopt=*/true).ok());
  EXPECT_TRUE((*fixture.presence->HasObjects({&damaged, 1}))[0]);
}

}  // namespace
}  // namespace reprise::storage
