// The contract of storage::Catalog, run unchanged against every backend.  A new backend joins by a
// row in INSTANTIATE_TEST_SUITE_P.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/catalog.h"
#include "storage/rocksdb/rocksdb_catalog.h"
#include "tests/support/temp_dir.h"

namespace reprise::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::string_literals;  // Keys with zero bytes.

struct Backend {
  std::string name;
  std::unique_ptr<Catalog> (*open)(const std::string& path);
};

std::unique_ptr<Catalog> OpenRocksdb(const std::string& path) {
  auto catalog = OpenRocksdbCatalog(path);
  EXPECT_TRUE(catalog.ok()) << catalog.error().message;
  return catalog.ok() ? *std::move(catalog) : nullptr;
}

class CatalogContract : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { ASSERT_NE(catalog_, nullptr); }

  void Put(Space space, const std::string& key, const std::string& value) {
    CatalogBatch batch;
    batch.Put(space, key, value);
    ASSERT_TRUE(catalog_->Apply(batch).ok());
  }

  void PutKeys(Space space, const std::vector<std::string>& keys) {
    CatalogBatch batch;
    for (const std::string& key : keys) batch.Put(space, key, "of " + key);
    ASSERT_TRUE(catalog_->Apply(batch).ok());
  }

  std::optional<std::string> Get(Space space, const std::string& key) {
    const auto value = catalog_->Get(space, key);
    EXPECT_TRUE(value.ok());
    return value.ok() ? *value : std::nullopt;
  }

  std::vector<std::string> Keys(Space space, const ScanOptions& options) {
    std::vector<std::string> keys;
    EXPECT_TRUE(catalog_
                    ->Scan(space, options,
                           [&](std::string_view key, std::string_view) {
                             keys.emplace_back(key);
                             return true;
                           })
                    .ok());
    return keys;
  }

  std::vector<std::string> Forward(const std::string& prefix,
                                   std::optional<std::string> from = std::nullopt) {
    return Keys(Space::kRun, {.prefix = prefix, .from = std::move(from)});
  }

  std::vector<std::string> Backward(const std::string& prefix,
                                    std::optional<std::string> from = std::nullopt) {
    return Keys(Space::kRun, {.prefix = prefix, .from = std::move(from), .reverse = true});
  }

  reprise::testing::TempDir folder_;
  std::unique_ptr<Catalog> catalog_ = GetParam().open(folder_.Path("catalog"));
};

TEST_P(CatalogContract, GetsWhatWasPut) {
  Put(Space::kRun, "key", "value");
  EXPECT_EQ(Get(Space::kRun, "key"), "value");
  EXPECT_EQ(Get(Space::kRun, "ke"), std::nullopt);
  EXPECT_EQ(Get(Space::kRun, "key2"), std::nullopt);
}

TEST_P(CatalogContract, AnEmptyValueIsNotAbsence) {
  Put(Space::kEdge, "key", "");
  EXPECT_EQ(Get(Space::kEdge, "key"), "");
}

TEST_P(CatalogContract, AnEmptyKeyIsAKey) {
  Put(Space::kRun, "", "value");
  EXPECT_EQ(Get(Space::kRun, ""), "value");
  EXPECT_THAT(Forward(""), ElementsAre(""));
  EXPECT_THAT(Backward(""), ElementsAre(""));
}

TEST_P(CatalogContract, KeysAndValuesAreAnyBytes) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  Put(Space::kRun, all_bytes, all_bytes);
  EXPECT_EQ(Get(Space::kRun, all_bytes), all_bytes);
}

TEST_P(CatalogContract, LargeValuesAreKeptWhole) {
  std::string value;
  for (std::size_t i = 0; value.size() < 20'000'000; ++i) value += std::to_string(i * i);
  Put(Space::kRun, "large", value);
  EXPECT_TRUE(Get(Space::kRun, "large") == value);
}

TEST_P(CatalogContract, SpacesAreApart) {
  for (std::size_t i = 0; i < kSpaceCount; ++i) {
    Put(static_cast<Space>(i), "key", std::to_string(i));
  }
  for (std::size_t i = 0; i < kSpaceCount; ++i) {
    EXPECT_EQ(Get(static_cast<Space>(i), "key"), std::to_string(i));
    EXPECT_THAT(Keys(static_cast<Space>(i), {}), ElementsAre("key"));
  }
  CatalogBatch batch;
  batch.Delete(Space::kRun, "key");
  ASSERT_TRUE(catalog_->Apply(batch).ok());
  EXPECT_EQ(Get(Space::kRun, "key"), std::nullopt);
  EXPECT_NE(Get(Space::kName, "key"), std::nullopt);
}

TEST_P(CatalogContract, DeletingAnAbsentKeySucceeds) {
  CatalogBatch batch;
  batch.Delete(Space::kRun, "absent");
  EXPECT_TRUE(catalog_->Apply(batch).ok());
}

TEST_P(CatalogContract, AnEmptyBatchSucceeds) { EXPECT_TRUE(catalog_->Apply({}).ok()); }

TEST_P(CatalogContract, LaterChangesToAKeyOutrankEarlierOnes) {
  CatalogBatch batch;
  batch.Put(Space::kRun, "a", "1");
  batch.Put(Space::kRun, "a", "2");
  batch.Put(Space::kRun, "b", "1");
  batch.Delete(Space::kRun, "b");
  batch.Delete(Space::kRun, "c");
  batch.Put(Space::kRun, "c", "1");
  ASSERT_TRUE(catalog_->Apply(batch).ok());
  EXPECT_EQ(Get(Space::kRun, "a"), "2");
  EXPECT_EQ(Get(Space::kRun, "b"), std::nullopt);
  EXPECT_EQ(Get(Space::kRun, "c"), "1");
}

TEST_P(CatalogContract, AFailedPreconditionChangesNothing) {
  Put(Space::kName, "name", "old");
  CatalogBatch batch;
  batch.Put(Space::kRun, "run", "new");
  batch.Delete(Space::kName, "name");
  batch.Require(Space::kName, "other", std::nullopt);
  batch.Require(Space::kName, "name", "not what is there");
  const auto applied = catalog_->Apply(batch);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Get(Space::kRun, "run"), std::nullopt);
  EXPECT_EQ(Get(Space::kName, "name"), "old");
}

TEST_P(CatalogContract, PreconditionsTellValuesEmptyValuesAndAbsenceApart) {
  Put(Space::kName, "empty", "");
  const auto holds = [&](const std::string& key, std::optional<std::string> value) {
    CatalogBatch batch;
    batch.Require(Space::kName, key, std::move(value));
    return catalog_->Apply(batch).ok();
  };
  EXPECT_TRUE(holds("empty", ""));
  EXPECT_FALSE(holds("empty", std::nullopt));
  EXPECT_FALSE(holds("empty", "x"));
  EXPECT_TRUE(holds("absent", std::nullopt));
  EXPECT_FALSE(holds("absent", ""));
}

TEST_P(CatalogContract, PreconditionsSeeTheStateBeforeTheBatch) {
  CatalogBatch batch;
  batch.Put(Space::kName, "key", "new");
  batch.Require(Space::kName, "key", std::nullopt);
  EXPECT_TRUE(catalog_->Apply(batch).ok());
  EXPECT_FALSE(catalog_->Apply(batch).ok()) << "the second time it exists";
}

TEST_P(CatalogContract, OneOfManyRacingCreatorsWins) {
  std::vector<int> wins(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < wins.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 100; ++round) {
        CatalogBatch batch;
        batch.Require(Space::kName, std::to_string(round), std::nullopt);
        batch.Put(Space::kName, std::to_string(round), std::to_string(i));
        if (catalog_->Apply(batch).ok()) ++wins[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wins[0] + wins[1] + wins[2] + wins[3], 100);
}

TEST_P(CatalogContract, MultiGetAnswersInTheOrderOfTheQuestions) {
  PutKeys(Space::kChunk, {"a", "b", "c"});
  const std::vector<std::string> keys = {"c", "x", "a", "c", "", "b"};
  const auto values = catalog_->MultiGet(Space::kChunk, keys);
  ASSERT_TRUE(values.ok());
  EXPECT_THAT(*values, ElementsAre("of c", std::nullopt, "of a", "of c", std::nullopt, "of b"));
  EXPECT_TRUE(catalog_->MultiGet(Space::kChunk, {})->empty());
}

TEST_P(CatalogContract, MultiGetOfThousandsOfKeysMissesNone) {
  CatalogBatch batch;
  std::vector<std::string> keys;
  for (int i = 10'000; i < 15'000; ++i) {
    keys.push_back(std::to_string(i));
    if (i % 3 == 0) batch.Put(Space::kChunk, keys.back(), std::to_string(-i));
  }
  ASSERT_TRUE(catalog_->Apply(batch).ok());
  const auto values = catalog_->MultiGet(Space::kChunk, keys);
  ASSERT_TRUE(values.ok());
  ASSERT_EQ(values->size(), keys.size());
  for (int i = 10'000; i < 15'000; ++i) {
    const auto expected = i % 3 == 0 ? std::optional(std::to_string(-i)) : std::nullopt;
    ASSERT_EQ((*values)[static_cast<std::size_t>(i - 10'000)], expected) << i;
  }
}

TEST_P(CatalogContract, KeysAreOrderedByUnsignedBytes) {
  PutKeys(Space::kRun, {"\xff", "\x7f", "\x80", "", "\0"s, "\0\0"s, "\0\xff"s, "a", "a\0"s, "A"});
  const std::vector<std::string> ordered = {"",  "\0"s,  "\0\0"s, "\0\xff"s, "A",
                                            "a", "a\0"s, "\x7f",  "\x80",    "\xff"};
  EXPECT_EQ(Forward(""), ordered);
  EXPECT_EQ(Backward(""), std::vector<std::string>(ordered.rbegin(), ordered.rend()));
}

TEST_P(CatalogContract, AScanGivesTheValues) {
  PutKeys(Space::kRun, {"a", "b"});
  std::vector<std::string> values;
  const auto visit = [&](std::string_view, std::string_view value) {
    values.emplace_back(value);
    return true;
  };
  ASSERT_TRUE(catalog_->Scan(Space::kRun, {}, visit).ok());
  EXPECT_THAT(values, ElementsAre("of a", "of b"));
}

TEST_P(CatalogContract, AScanStopsWhenToldTo) {
  PutKeys(Space::kRun, {"a", "b", "c"});
  int visits = 0;
  const auto visit = [&](std::string_view, std::string_view) { return ++visits < 2; };
  ASSERT_TRUE(catalog_->Scan(Space::kRun, {}, visit).ok());
  EXPECT_EQ(visits, 2);
}

TEST_P(CatalogContract, APrefixBoundsTheScanOnBothSides) {
  PutKeys(Space::kRun, {"a", "ab", "ab\0"s, "ab\xff", "ab\xff\xff", "ac", "b"});
  EXPECT_THAT(Forward("ab"), ElementsAre("ab", "ab\0"s, "ab\xff", "ab\xff\xff"));
  EXPECT_THAT(Backward("ab"), ElementsAre("ab\xff\xff", "ab\xff", "ab\0"s, "ab"));
  EXPECT_THAT(Forward("abc"), IsEmpty());
  EXPECT_THAT(Backward("abc"), IsEmpty());
}

TEST_P(CatalogContract, APrefixOfHighBytesHasNoUpperBound) {
  PutKeys(Space::kRun, {"\xfe\xff", "\xff", "\xff\xff", "\xff\xff\x01"});
  EXPECT_THAT(Forward("\xff\xff"), ElementsAre("\xff\xff", "\xff\xff\x01"));
  EXPECT_THAT(Backward("\xff\xff"), ElementsAre("\xff\xff\x01", "\xff\xff"));
  EXPECT_THAT(Forward("\xfe\xff"), ElementsAre("\xfe\xff"));
  EXPECT_THAT(Backward("\xfe\xff"), ElementsAre("\xfe\xff"));
}

TEST_P(CatalogContract, FromIsInclusiveInBothDirections) {
  PutKeys(Space::kRun, {"p1", "p3", "p5"});
  EXPECT_THAT(Forward("p", "p3"), ElementsAre("p3", "p5"));
  EXPECT_THAT(Forward("p", "p2"), ElementsAre("p3", "p5"));
  EXPECT_THAT(Backward("p", "p3"), ElementsAre("p3", "p1"));
  EXPECT_THAT(Backward("p", "p4"), ElementsAre("p3", "p1"));
}

TEST_P(CatalogContract, FromOutsideThePrefixDoesNotWidenTheScan) {
  PutKeys(Space::kRun, {"a", "p1", "p2", "z"});
  EXPECT_THAT(Forward("p", "a"), ElementsAre("p1", "p2"));
  EXPECT_THAT(Forward("p", "z"), IsEmpty());
  EXPECT_THAT(Backward("p", "z"), ElementsAre("p2", "p1"));
  EXPECT_THAT(Backward("p", "q"), ElementsAre("p2", "p1")) << "exactly the end of the prefix";
  EXPECT_THAT(Backward("p", "a"), IsEmpty());
}

TEST_P(CatalogContract, ScanningNothingSucceeds) {
  EXPECT_THAT(Forward(""), IsEmpty());
  EXPECT_THAT(Backward(""), IsEmpty());
  EXPECT_THAT(Backward("p", "q"), IsEmpty());
}

TEST_P(CatalogContract, AVisitorMayReadTheCatalog) {
  PutKeys(Space::kRun, {"a", "b"});
  std::vector<std::string> values;
  const auto visit = [&](std::string_view key, std::string_view) {
    values.push_back(Get(Space::kRun, std::string(key)).value_or(""));
    return true;
  };
  ASSERT_TRUE(catalog_->Scan(Space::kRun, {}, visit).ok());
  EXPECT_THAT(values, ElementsAre("of a", "of b"));
}

TEST_P(CatalogContract, AScanSeesTheRowsAsTheyWereWhenItBegan) {
  PutKeys(Space::kRun, {"a", "b"});
  std::vector<std::string> keys;
  const auto visit = [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    if (keys.size() == 1) {
      std::thread([&] {
        CatalogBatch batch;
        batch.Delete(Space::kRun, "b");
        batch.Put(Space::kRun, "c", "");
        EXPECT_TRUE(catalog_->Apply(batch).ok());
      }).join();
    }
    return true;
  };
  ASSERT_TRUE(catalog_->Scan(Space::kRun, {}, visit).ok());
  EXPECT_THAT(keys, ElementsAre("a", "b"));
  EXPECT_THAT(Forward(""), ElementsAre("a", "c"));
}

TEST_P(CatalogContract, AReaderSeesBatchesWholeOrNotAtAll) {
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) {
      CatalogBatch batch;
      batch.Put(Space::kName, "a", std::to_string(i));
      batch.Put(Space::kName, "b", std::to_string(i));
      EXPECT_TRUE(catalog_->Apply(batch).ok());
    }
  });
  const std::vector<std::string> keys = {"a", "b"};
  for (int i = 0; i < 200; ++i) {
    const auto values = catalog_->MultiGet(Space::kName, keys);
    EXPECT_TRUE(values.ok() && (*values)[0] == (*values)[1]);
  }
  writer.join();
}

TEST_P(CatalogContract, SeveralPrefixesAreScannedInOneGo) {
  PutKeys(Space::kRun, {"a1", "a2", "b", "c1", "c2", "c3", "e\xff", "f"});
  const auto scan = [&](const std::vector<std::string>& prefixes, std::size_t rows_of_each) {
    std::vector<std::string> seen;
    std::vector<std::size_t> counts(prefixes.size());
    EXPECT_TRUE(
        catalog_
            ->ScanPrefixes(Space::kRun, prefixes,
                           [&](std::size_t i, std::string_view key, std::string_view value) {
                             EXPECT_TRUE(key.starts_with(prefixes[i]));
                             EXPECT_EQ(value, "of " + std::string(key));
                             seen.emplace_back(key);
                             return ++counts[i] < rows_of_each;
                           })
            .ok());
    return seen;
  };
  using Keys = std::vector<std::string>;
  EXPECT_EQ(scan({"a", "c", "d", "e\xff", "f"}, 9),
            (Keys{"a1", "a2", "c1", "c2", "c3", "e\xff", "f"}));
  // False goes on with the next prefix.
  EXPECT_EQ(scan({"a", "b", "c"}, 1), (Keys{"a1", "b", "c1"}));
  EXPECT_EQ(scan({"a1", "a2", "a3", "c2"}, 9), (Keys{"a1", "a2", "c2"}));
  EXPECT_EQ(scan({"0", "g"}, 9), Keys{});
  EXPECT_EQ(scan({}, 9), Keys{});
  EXPECT_EQ(scan({""}, 3), (Keys{"a1", "a2", "b"}));
}

TEST_P(CatalogContract, ABatchForgetsWhatItTookBack) {
  CatalogBatch batch;
  batch.Put(Space::kRun, "a", "1");
  const CatalogBatch::Position position = batch.position();
  batch.Put(Space::kRun, "a", "2");
  batch.Put(Space::kRun, "b", std::string(5000, 'b'));
  batch.Require(Space::kRun, "absent", "value");
  batch.CutBack(position);
  batch.Put(Space::kRun, "c", "");
  ASSERT_TRUE(catalog_->Apply(batch).ok());
  EXPECT_EQ(Get(Space::kRun, "a"), "1");
  EXPECT_EQ(Get(Space::kRun, "b"), std::nullopt);
  EXPECT_EQ(Get(Space::kRun, "c"), "");
}

TEST_P(CatalogContract, KeysThatShareABeginningAndChangesOfOneKeyKeepTheirOrder) {
  CatalogBatch batch;
  const std::string stem(20, 'k');
  for (const char* const end : {"b", "", "a"}) {
    batch.Put(Space::kEdge, stem + end, "old");
    batch.Put(Space::kEdge, stem + end, "new");
  }
  batch.Put(Space::kEdge, "k", "short");
  batch.Put(Space::kEdge, std::string("k\0", 2), "padded");
  ASSERT_TRUE(catalog_->Apply(batch).ok());
  for (const char* const end : {"b", "", "a"}) EXPECT_EQ(Get(Space::kEdge, stem + end), "new");
  EXPECT_EQ(Get(Space::kEdge, "k"), "short");
  EXPECT_EQ(Get(Space::kEdge, std::string("k\0", 2)), "padded");
}

// So many changes a backend may write in another way.
TEST_P(CatalogContract, ALargeBatchIsAppliedAsASmallOne) {
  PutKeys(Space::kRun, {"00042", "gone", "stays"});
  CatalogBatch batch;
  const auto key = [](int i) { return std::to_string(100'000 + i * 7919 % 50'000); };
  for (int i = 0; i < 50'000; ++i) batch.Put(Space::kEdge, key(i), "first");
  for (int i = 0; i < 50'000; i += 2) batch.Put(Space::kEdge, key(i), "second");
  for (int i = 0; i < 50'000; i += 5) batch.Delete(Space::kEdge, key(i));
  batch.Put(Space::kRun, "00042", "");
  batch.Delete(Space::kRun, "gone");
  batch.Delete(Space::kRun, "never");
  batch.Require(Space::kRun, "stays", "of stays");
  ASSERT_TRUE(catalog_->Apply(batch).ok());
  EXPECT_EQ(Get(Space::kRun, "00042"), "");
  EXPECT_EQ(Get(Space::kRun, "gone"), std::nullopt);
  EXPECT_EQ(Get(Space::kRun, "stays"), "of stays");
  for (int i = 0; i < 50'000; ++i) {
    const auto expected = i % 5 == 0   ? std::optional<std::string>()
                          : i % 2 == 0 ? std::optional<std::string>("second")
                                       : std::optional<std::string>("first");
    ASSERT_EQ(Get(Space::kEdge, key(i)), expected) << i;
  }
  EXPECT_EQ(Keys(Space::kEdge, {}).size(), 40'000U);
  // A small one outranks it, and a large one that.
  Put(Space::kEdge, key(1), "third");
  EXPECT_EQ(Get(Space::kEdge, key(1)), "third");
  batch.Require(Space::kRun, "stays", "other");
  EXPECT_EQ(catalog_->Apply(batch).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Get(Space::kEdge, key(1)), "third");
  CatalogBatch again;
  for (int i = 0; i < 50'000; ++i) again.Put(Space::kEdge, key(i), "fourth");
  ASSERT_TRUE(catalog_->Apply(again).ok());
  EXPECT_EQ(Get(Space::kEdge, key(1)), "fourth");
}

INSTANTIATE_TEST_SUITE_P(
    , CatalogContract,
    ::testing::Values(Backend{"Memory", [](const std::string&) { return NewMemoryCatalog(); }},
                      Backend{"Rocksdb", OpenRocksdb}),
    [](const auto& backend) { return backend.param.name; });

TEST(EndOfPrefix, IsTheLeastStringAboveAllThatBeginWithIt) {
  EXPECT_EQ(EndOfPrefix("a"), "b");
  EXPECT_EQ(EndOfPrefix("a\xff\xff"), "b");
  EXPECT_EQ(EndOfPrefix("\x7f"), "\x80");
  EXPECT_EQ(EndOfPrefix(""), std::nullopt);
  EXPECT_EQ(EndOfPrefix("\xff"), std::nullopt);
}

}  // namespace
}  // namespace reprise::storage
