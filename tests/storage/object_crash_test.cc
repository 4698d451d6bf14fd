// A session of objects under power loss at every change and under failure of every call.
//
// The facts checked: once Finish() has returned, the session's packs can be adopted and read
// whatever happens; once adopted, the objects are found from the packs alone; and a session with a
// failed call never claims to have finished.

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/object_rows.h"
#include "storage/object_store.h"
#include "storage/pack_reader.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::EnumerateCrashes;
using testing::EnumerateFailures;
using testing::FaultFileSystem;
using testing::RandomBytes;
using testing::TextBytes;

const std::string kStore = "/store";
const std::string kSession = "/session";

std::vector<std::string> Contents() {
  return {"", TextBytes(3'000, 1), RandomBytes(40'000, 2), RandomBytes(1'500'000, 3)};
}

struct Progress {
  bool finished = false;
  bool adopted = false;
  std::vector<Ulid> packs;
};

void Prepare(FaultFileSystem& files) {
  ASSERT_TRUE(files.CreateDirectory(kStore).ok());
  ASSERT_TRUE(files.CreateDirectory(kSession).ok());
}

// What a session does, up to the first failure.
Result<void> RunSession(FileSystem& files, Progress& progress) {
  progress = {};
  REPRISE_ASSIGN_OR_RETURN(
      const auto writer,
      NewObjectWriter(files, {.folder = kSession, .store_id = Ulid(), .threads = 1}));
  for (const std::string& content : Contents()) REPRISE_TRY(writer->Put(AsBytes(content)));
  REPRISE_ASSIGN_OR_RETURN(progress.packs, writer->Finish());
  progress.finished = true;
  REPRISE_TRY(AdoptPacks(files, kStore, kSession, progress.packs, *NewMemoryCatalog()));
  progress.adopted = true;
  return {};
}

void ExpectAllReadable(FileSystem& files, const Catalog& catalog) {
  const auto reader = NewObjectReader(files, kStore, catalog);
  for (const std::string& content : Contents()) {
    const auto got = reader->Get(crypto::Sha256(content));
    ASSERT_TRUE(got.ok()) << got.error().message;
    EXPECT_TRUE(*got == content);
  }
}

void Check(FileSystem& files, const Progress& progress) {
  const auto catalog = NewMemoryCatalog();
  if (progress.adopted) {
    // The catalog is lost with the process: the packs must be where they belong.
    CatalogBatch batch;
    for (const Ulid& pack : progress.packs) {
      const auto reader = PackReader::Open(files, PackPath(kStore, pack));
      ASSERT_TRUE(reader.ok()) << reader.error().message;
      EXPECT_FALSE((*reader)->Verify()->any());
      IndexPack(pack, (*reader)->size_bytes(), *(*reader)->ReadIndex(), batch);
    }
    ASSERT_TRUE(catalog->Apply(batch).ok());
    ExpectAllReadable(files, *catalog);
  } else if (progress.finished) {
    const auto adopted = AdoptPacks(files, kStore, kSession, progress.packs, *catalog);
    ASSERT_TRUE(adopted.ok()) << adopted.error().message;
    ExpectAllReadable(files, *catalog);
  }
}

TEST(ObjectCrash, AcknowledgedObjectsSurvivePowerLossAtEveryChange) {
  Progress progress;
  const auto seen = EnumerateCrashes(
      Prepare, [&](FaultFileSystem& files) { (void)RunSession(files, progress); },
      [&](FaultFileSystem& files) { Check(files, progress); });
  EXPECT_GT(seen.moments, 8);
  EXPECT_TRUE(progress.adopted);
}

TEST(ObjectCrash, NoFailedCallIsPassedOver) {
  for (const auto kind :
       {FaultFileSystem::FaultKind::kIoError, FaultFileSystem::FaultKind::kNoSpace}) {
    Progress progress;
    const auto seen = EnumerateFailures(
        kind, FaultFileSystem::FaultDuration::kOnce, Prepare,
        [&](FaultFileSystem& files) {
          const auto done = RunSession(files, progress);
          // Hints apart, a call that failed leaves something undone.
          EXPECT_EQ(done.ok(), !files.fault_injected());
          if (done.ok()) return;
          EXPECT_TRUE(done.error().code == ErrorCode::kIoError ||
                      done.error().code == ErrorCode::kNoSpace)
              << done.error().message;
        },
        [&](FaultFileSystem& files) { Check(files, progress); });
    EXPECT_GT(seen.moments, 3);
  }
}

TEST(ObjectCrash, AVoidSessionStaysVoid) {
  FaultFileSystem files;
  Prepare(files);
  const auto writer = NewObjectWriter(files, {.folder = kSession, .threads = 1});
  ASSERT_TRUE(writer.ok());
  files.SyncAll();
  files.FailCall(0, FaultFileSystem::FaultKind::kNoSpace);
  (void)(*writer)->Put(AsBytes(RandomBytes(3'000'000, 1)));
  const auto finished = (*writer)->Finish();
  ASSERT_TRUE(files.fault_injected());
  ASSERT_FALSE(finished.ok());
  EXPECT_EQ(finished.error().code, ErrorCode::kNoSpace);
  EXPECT_FALSE((*writer)->Put(AsBytes("more")).ok());
  EXPECT_FALSE((*writer)->Finish().ok());
}

TEST(ObjectCrash, AFileThatCannotBeReadIsNotNamed) {
  FaultFileSystem files;
  Prepare(files);
  const std::string content = RandomBytes(4'000'000, 1);
  ASSERT_TRUE(WriteFileDurably(files, "/input", content).ok());
  const auto writer = NewObjectWriter(files, {.folder = kSession, .threads = 1});
  ASSERT_TRUE(writer.ok());
  class Failing final : public File {
   public:
    explicit Failing(File& file) : file_(file) {}
    Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
      if (offset > 2'000'000) return Error{ErrorCode::kIoError, "cannot read '/input': failing"};
      return file_.ReadAt(offset, buffer);
    }
    Result<void> WriteAt(std::uint64_t, ByteSpan) override { return {}; }
    Result<void> Sync() override { return {}; }
    void StartWriteback(std::uint64_t, std::uint64_t) override {}
    Result<void> Truncate(std::uint64_t) override { return {}; }
    Result<FileStat> Stat() const override { return file_.Stat(); }
    const std::string& path() const override { return file_.path(); }

   private:
    File& file_;
  };
  const auto file = files.Open("/input", OpenMode::kRead);
  ASSERT_TRUE(file.ok());
  Failing failing(**file);
  const auto put = (*writer)->PutFile(failing);
  ASSERT_FALSE(put.ok());
  EXPECT_EQ(put.error().code, ErrorCode::kIoError);
  // The session goes on.
  ASSERT_TRUE((*writer)->Put(AsBytes("after")).ok());
  const auto packs = (*writer)->Finish();
  ASSERT_TRUE(packs.ok());
  const auto reader = NewSessionReader(files, kSession, *packs);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->Get(crypto::Sha256(content)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*(*reader)->Get(crypto::Sha256("after")), "after");
}

}  // namespace
}  // namespace reprise::storage
