// A store of which something is erased, that tests begin with.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/crypto/sha256.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/object_fixture.h"
#include "tests/tracker/store_testing.h"
#include "tracker/erasing.h"
#include "tracker/erasure.h"
#include "tracker/fsck.h"
#include "tracker/packs_on_disk.h"
#include "tracker/store_folder.h"

namespace reprise::tracker::testing {

inline const std::string kProject = "/project";
inline const std::string kStore = "/project/.reprise";

inline std::string NameOf(const std::string& content) { return crypto::Sha256(content).ToString(); }

class Erasing : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
  }

  void Record(const TestRun& run) {
    ASSERT_TRUE(SealRun(files_, kStore, run).ok());
    ASSERT_NE(Open(), nullptr);
  }

  std::unique_ptr<Store> Open() {
    auto store = Store::Open(files_, kStore, disk_.Options(files_));
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }

  static ErasureRequest About(const std::vector<std::string>& refs) {
    ErasureRequest request;
    request.store_folder = kStore;
    request.working_directory = kProject;
    request.refs = refs;
    request.reason = "request 17";
    return request;
  }

  Result<ErasureReport> TryErase(const ErasureRequest& request) {
    return tracker::Erase(files_, request, disk_.Options(files_));
  }

  ErasureReport Erase(const ErasureRequest& request) {
    auto report = TryErase(request);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.value_or(ErasureReport());
  }

  // Why the erasure of `content` is refused, with nothing done.
  Error Refused(const std::string& content) {
    const auto report = TryErase(About({NameOf(content)}));
    EXPECT_FALSE(report.ok());
    EXPECT_TRUE(Has(content));
    EXPECT_FALSE(Exists(files_, StorePaths(kStore).erasing()));
    return report.ok() ? Error{} : report.error();
  }

  bool Has(const std::string& content) {
    const auto store = Open();
    if (store == nullptr) return false;
    const auto read = store->objects().Get(crypto::Sha256(content));
    EXPECT_TRUE(read.ok() || read.error().code == ErrorCode::kNotFound) << read.error().message;
    return read.ok() && *read == content;
  }

  // Whether any file of the store has bytes from the middle of `content`, which must not compress.
  bool LiesInAFile(const std::string& content, const std::string& folder = kStore) {
    return LiesInAFile(files_, content, folder);
  }
  static bool LiesInAFile(FileSystem& files, const std::string& content,
                          const std::string& folder) {
    const std::string sought = content.substr(content.size() / 2, 32);
    const auto entries = files.List(folder);
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = JoinPath(folder, entry.name);
      if (entry.stat.kind == FileKind::kDirectory && LiesInAFile(files, content, path)) return true;
      if (entry.stat.kind != FileKind::kFile) continue;
      const auto bytes = ReadFile(files, path);
      if (bytes->find(sought) != std::string::npos) return true;
    }
    return false;
  }

  bool IsUnfinished() { return Exists(files_, StorePaths(kStore).erasing()); }

  bool WasTold(const std::string& part) {
    return std::ranges::any_of(disk_.notices, [&](const std::string& notice) {
      return notice.find(part) != std::string::npos;
    });
  }

  // Leaves the catalog without the rows of all packs but one; returns the others.
  std::vector<Ulid> ForgetPacksBut(const Ulid& known) {
    std::vector<Ulid> others = *tracker::PacksOnDisk(files_, kStore);
    std::erase(others, known);
    storage::CatalogBatch batch;
    for (const Ulid& pack : others) batch.Delete(storage::Space::kPack, UlidBytes(pack));
    EXPECT_TRUE(Open()->catalog().Apply(batch).ok());
    return others;
  }

  void ExpectWhole() {
    const auto report =
        CheckStore(files_, kStore, disk_.Options(files_), {.read_data_percent = 100});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
  }

  // The plan for `content`, as of now, and the document of its erasure.
  static ErasingPlan Plan(Store& store, const std::string& content, std::string& document) {
    const Digest digest = crypto::Sha256(content);
    ErasureDocument erasure{.subject = digest.ToString(), .reason = "request 17"};
    erasure.items = {{digest, "file", content.size(), {}}};
    document = *EncodeErasure(erasure);
    std::set<Digest> chunks;
    const auto add = [&](const Digest& chunk, std::uint64_t) -> Result<void> {
      chunks.insert(chunk);
      return {};
    };
    EXPECT_TRUE(store.objects().VisitChunks(digest, add, add).ok());
    return {.subject = erasure.subject,
            .document = crypto::Sha256(document),
            .ledger_size = store.ledger().size(),
            .chunks = {chunks.begin(), chunks.end()},
            .objects = {digest},
            .packs = *PacksOnDisk(store.files(), kStore)};
  }

  // An erasure of `content` that is in the ledger, and of which nothing is removed yet.
  void Begin(const std::string& content, bool purges_catalog = false) {
    const auto store = Open();
    Begin(files_, *store, content, purges_catalog);
  }
  static void Begin(FileSystem& files, Store& store, const std::string& content,
                    bool purges_catalog) {
    std::string document;
    ErasingPlan plan = Plan(store, content, document);
    plan.purges_catalog = purges_catalog;
    ASSERT_TRUE(BeginErasing(files, kStore, plan).ok());
    ASSERT_TRUE(store.AddFact(std::string(kErasureEntry), plan.subject, document).ok());
  }

  // Keeps what is begun from being finished.
  void PutIntoQuarantine() {
    ASSERT_TRUE(CreateDirectories(files_, StorePaths(kStore).quarantine()).ok());
    ASSERT_TRUE(WriteFileDurably(files_, kInQuarantine, "x").ok());
  }
  void EmptyQuarantine() { ASSERT_TRUE(RemoveTree(files_, StorePaths(kStore).quarantine()).ok()); }

  const std::string kInQuarantine = JoinPath(StorePaths(kStore).quarantine(), "some.pack");
  reprise::testing::FaultFileSystem files_;
  CatalogDisk disk_;
  const std::string secret_ = reprise::testing::RandomBytes(400'000, 1);  // Several chunks.
  const std::string other_ = reprise::testing::RandomBytes(300'000, 2);
};

}  // namespace reprise::tracker::testing
