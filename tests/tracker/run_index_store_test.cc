// The rows by which runs are found, as a store keeps them over its life.

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/run_index.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using testing::AllRows;
using testing::CatalogDisk;
using testing::SealRun;
using testing::TestRun;

class RunIndexStore : public ::testing::Test {
 protected:
  static constexpr const char* kProject = "/p";
  static constexpr const char* kStore = "/p/.reprise";

  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
    run_.name = "brave-otter";
    run_.metrics["auc"] = 0.5;
    ASSERT_TRUE(SealRun(files_, kStore, run_).ok());
  }

  std::unique_ptr<Store> Open(bool rebuild = false) {
    StoreOptions options = disk_.Options(files_);
    options.rebuild_catalog = rebuild;
    auto store = Store::Open(files_, kStore, options);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }

  static std::vector<std::string> IndexKeys(Store& store) {
    std::vector<std::string> keys;
    EXPECT_TRUE(store.catalog()
                    .Scan(storage::Space::kName, {.prefix = "by"},
                          [&](std::string_view key, std::string_view value) {
                            EXPECT_EQ(value, "");
                            keys.emplace_back(key);
                            return true;
                          })
                    .ok());
    return keys;
  }

  FaultFileSystem files_;
  CatalogDisk disk_;
  TestRun run_;
};

TEST_F(RunIndexStore, HasExactlyTheRowsOfWhatIsListed) {
  const auto store = Open();
  ASSERT_TRUE(store->AddTags(run_.id.ToString(), {{"stage", "test"}, {"team", "risk"}}).ok());
  ASSERT_TRUE(store->AddTags(run_.id.ToString(), {{"stage", "prod"}}).ok());
  ASSERT_TRUE(store->AddNote(run_.id.ToString(), "good").ok());
  std::vector<std::string> wanted;
  ASSERT_TRUE(store
                  ->ForEachListedRun([&](ListedRun&& run) {
                    EXPECT_EQ(run.tags.at("stage"), "prod");
                    wanted = IndexKeysOf(run);
                    return true;
                  })
                  .ok());
  EXPECT_GE(wanted.size(), 5U);
  EXPECT_EQ(IndexKeys(*store), wanted);
}

TEST_F(RunIndexStore, ARebuildGivesTheSameRows) {
  auto store = Open();
  ASSERT_TRUE(store->AddTags(run_.id.ToString(), {{"stage", "test"}}).ok());
  ASSERT_TRUE(store->AddTags(run_.id.ToString(), {{"stage", "prod"}}).ok());
  const std::vector<std::string> keys = IndexKeys(*store);
  const auto rows = AllRows(store->catalog());
  store.reset();
  store = Open(/*rebuild=*/true);
  EXPECT_EQ(IndexKeys(*store), keys);
  EXPECT_TRUE(AllRows(store->catalog()) == rows);
}

}  // namespace
}  // namespace reprise::tracker
