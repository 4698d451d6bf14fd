#include "tracker/search/run_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tracker/search/search_testing.h"
#include "tracker/run_filter.h"

namespace reprise::tracker {
namespace {

using storage::Space;
using ::testing::ElementsAre;
using testing::Random;

std::unique_ptr<storage::Catalog> RandomStore(Random& random, std::size_t count,
                                              std::vector<ListedRun>* live) {
  auto catalog = storage::NewMemoryCatalog();
  const std::size_t wide = random.OneIn(2) ? 5 : 0;
  for (std::size_t number = 0; number < count; ++number) {
    ListedRun run = testing::RandomRun(random, number);
    if (number < wide) testing::MakeWide(run);
    if (number + 3 >= count) {
      run.status = lineage::RunStatus::kRunning;
      live->push_back(run);
      continue;
    }
    testing::Put(*catalog, nullptr, run);
    if (!random.OneIn(10)) continue;
    ListedRun retagged = run;  // Later tags outrank earlier ones.
    retagged.tags["team"] = random.Of(testing::SomeTexts());
    testing::Put(*catalog, &run, retagged);
  }
  return catalog;
}

std::string Describe(const RunSearch& search, const std::string& where) {
  return where + " sort " +
         (search.sort_by.has_value() ? NameOf(*search.sort_by) : std::string("none")) +
         (search.descending ? " descending" : "") + " limit " + std::to_string(search.limit) +
         " probed " + std::to_string(search.probed_runs);
}

TEST(RunSearch, TheIndexGivesExactlyWhatAScanGives) {
  Random random(20261127);
  std::uint64_t served = 0;
  for (int store = 0; store < 12; ++store) {
    std::vector<ListedRun> live;
    const auto catalog = RandomStore(random, 150, &live);
    for (int i = 0; i < 150; ++i) {
      const std::string where = testing::RandomExpression(random, 3);
      const auto filter = RunFilter::Parse(where);
      ASSERT_TRUE(filter.ok()) << filter.error().message;
      RunSearch search;
      search.live_runs = live;
      search.limit = random.Of<std::uint64_t>({0, 1, 7, 40, 1000});
      search.probed_runs = random.Of<std::uint64_t>({1, 10, 1000});
      if (!random.OneIn(5)) Require(filter->expression(), search);
      if (random.OneIn(4)) Require(InExperiment("credit"), search);
      if (random.OneIn(2)) {
        search.sort_by = lineage::query::FieldNamed(
            random.Of<std::string>({"metrics.auc", "metrics.loss.max", "params.eta", "tags.team",
                                    "name", "started", "status", "commit", "metrics.none"}));
        search.descending = random.OneIn(2);
      }
      const auto found = SearchRuns(*catalog, search);
      ASSERT_TRUE(found.ok()) << found.error().message;
      search.may_use_index = false;
      const auto wanted = SearchRuns(*catalog, search);
      ASSERT_TRUE(wanted.ok()) << wanted.error().message;
      ASSERT_EQ(found->ids, wanted->ids) << Describe(search, where);
      ASSERT_EQ(found->is_truncated, wanted->is_truncated) << Describe(search, where);
      ASSERT_EQ(found->has_sort_field, wanted->has_sort_field) << Describe(search, where);
      served += found->runs_read < wanted->runs_read ? 1U : 0U;
    }
  }
  EXPECT_GT(served, 300U);  // Else it says nothing of the index.
}

TEST(RunSearch, AScanGivesWhatTheFilterMatchesInTheOrderOfTheField) {
  Random random(7);
  std::vector<ListedRun> runs;
  const auto catalog = storage::NewMemoryCatalog();
  for (std::size_t number = 0; number < 100; ++number) {
    runs.push_back(testing::RandomRun(random, number));
    testing::Put(*catalog, nullptr, runs.back());
  }
  std::ranges::sort(runs, std::ranges::greater(), &ListedRun::id);
  for (int i = 0; i < 200; ++i) {
    const std::string where = testing::RandomExpression(random, 2);
    const auto filter = RunFilter::Parse(where);
    ASSERT_TRUE(filter.ok());
    std::vector<Ulid> wanted;
    for (const ListedRun& run : runs) {
      if (filter->Matches(run)) wanted.push_back(run.id);
    }
    RunSearch search;
    search.where = filter->expression();
    search.may_use_index = false;
    EXPECT_EQ(SearchRuns(*catalog, search)->ids, wanted) << where;
  }
}

class SmallStore : public ::testing::Test {
 protected:
  SmallStore() : catalog_(storage::NewMemoryCatalog()) {}

  ListedRun Run(std::uint64_t number) {
    ListedRun run;
    std::array<std::byte, 10> bits{};
    run.id = Ulid::FromParts(1'700'000'000'000 + number * 1'000, bits);
    run.started_at_unix_ms = static_cast<std::int64_t>(run.id.unix_ms());
    run.status = lineage::RunStatus::kFinished;
    run.name = "run-" + std::to_string(number);
    run.experiment = number % 1'000 == 0 ? "rare" : "usual";
    run.params["seed"] = std::to_string(number);
    run.metrics["auc"] = static_cast<double>(number % 997) / 997;
    return run;
  }

  void Fill(std::uint64_t count) {
    for (std::uint64_t number = 0; number < count; ++number) {
      testing::Put(*catalog_, nullptr, Run(number));
    }
  }

  FoundRuns Find(const std::string& where, const std::string& sort = "",
                 std::uint64_t limit = 100) {
    RunSearch search;
    if (!where.empty()) search.where = RunFilter::Parse(where)->expression();
    search.descending = sort.starts_with('-');
    if (!sort.empty()) {
      search.sort_by = lineage::query::FieldNamed(sort.substr(search.descending ? 1 : 0));
    }
    search.limit = limit;
    auto found = SearchRuns(*catalog_, search);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return *std::move(found);
  }

  std::unique_ptr<storage::Catalog> catalog_;
};

TEST_F(SmallStore, WhatAnIndexServesLooksAtFewRuns) {
  Fill(12'000);
  EXPECT_THAT(Find("params.seed = 17").ids, ElementsAre(Run(17).id));
  EXPECT_LT(Find("params.seed = 17").runs_read, 1'100U);
  EXPECT_LT(Find("params.seed = 17").rows_read, 10U);
  EXPECT_EQ(Find("experiment = rare").ids.size(), 12U);
  EXPECT_LT(Find("experiment = rare").runs_read, 1'100U);
  EXPECT_LT(Find("metrics.auc > 0.99 and params.seed < 100").rows_read, 1'000U);
  EXPECT_LT(Find("name in (run-1, run-2) or params.seed = 3").runs_read, 1'100U);
  EXPECT_LT(Find("name like 'run-499%'").runs_read, 1'100U);
  EXPECT_EQ(Find("status != finished").runs_read, 1'000U);
  EXPECT_LT(Find("", "-metrics.auc").runs_read, 300U);
  EXPECT_LT(Find("experiment = usual", "metrics.auc").runs_read, 400U);
  EXPECT_LT(Find("started >= '2023-11-15T01:30:00Z'").runs_read, 1'000U);
  EXPECT_LT(Find("", "-started").runs_read, 300U);
  EXPECT_LT(Find("experiment = usual", "started").runs_read, 300U);
  EXPECT_EQ(Find("actor = nobody").runs_read, 12'000U);
}

TEST_F(SmallStore, AWindowEndsAListByStartEitherWay) {
  Fill(12'000);
  // Fewer match than are wanted.
  const auto last = Find("started >= '2023-11-15T01:32:30Z'", "-started");
  EXPECT_EQ(last.ids.size(), 50U);
  EXPECT_LT(last.runs_read, 300U);
  const auto first = Find("started < '2023-11-14T22:14:10Z'", "started");
  EXPECT_EQ(first.ids.size(), 50U);
  EXPECT_LT(first.runs_read, 300U);
}

TEST_F(SmallStore, OneRunWithVeryManyFieldsDoesNotHideTheIndex) {
  Fill(3'000);
  ListedRun wide = Run(5'000);
  wide.metrics["auc"] = 0.5;
  testing::MakeWide(wide);
  testing::Put(*catalog_, nullptr, wide);
  ListedRun without = Run(5'001);
  without.metrics.clear();
  testing::MakeWide(without);
  testing::Put(*catalog_, nullptr, without);
  for (const char* const sort : {"-metrics.auc", "metrics.auc"}) {
    EXPECT_LT(Find("", sort).runs_read, 300U) << sort;
  }
  wide.metrics["auc"] = 2;
  testing::Put(*catalog_, nullptr, wide);
  EXPECT_EQ(Find("", "-metrics.auc", 1).ids, std::vector<Ulid>{wide.id});
  EXPECT_EQ(Find("", "metrics.auc", 0).ids.back(), without.id);
  EXPECT_EQ(Find("", "metrics.auc", 3'001).ids.back(), wide.id);
}

TEST_F(SmallStore, ARowThatOutlivedWhatItSaidDoesNoHarm) {
  Fill(10);
  ListedRun other = Run(3);
  other.params["seed"] = "77";
  storage::CatalogBatch batch;  // Without taking the old rows away.
  batch.Put(Space::kName, ListedKey(other.id), EncodeListedRun(other));
  PutIndexRows(nullptr, other, batch);
  ASSERT_TRUE(catalog_->Apply(batch).ok());
  EXPECT_TRUE(Find("params.seed = 3").ids.empty());
  EXPECT_EQ(Find("", "-params.seed", 1).ids, std::vector<Ulid>{other.id});
  EXPECT_EQ(Find("", "params.seed", 5).ids[3], Run(4).id);
}

TEST_F(SmallStore, NumbersComeBeforeTextsAndNanBeforeWhatIsAbsent) {
  const std::vector<std::string> values = {"10", "9", "b", "a", "NaN", ""};
  for (std::uint64_t i = 0; i < values.size(); ++i) {
    ListedRun run = Run(i);
    run.params = {{"x", values[i]}};
    if (values[i].empty()) run.params.clear();
    testing::Put(*catalog_, nullptr, run);
  }
  const auto ids = [&](const std::vector<std::uint64_t>& numbers) {
    std::vector<Ulid> all;
    for (const std::uint64_t number : numbers) all.push_back(Run(number).id);
    return all;
  };
  for (const std::uint64_t limit : {0, 6, 7}) {
    EXPECT_EQ(Find("", "params.x", limit).ids, ids({1, 0, 3, 2, 4, 5})) << limit;
    EXPECT_EQ(Find("", "-params.x", limit).ids, ids({0, 1, 2, 3, 4, 5})) << limit;
  }
  EXPECT_EQ(Find("", "-params.x", 3).ids, ids({0, 1, 2}));
  EXPECT_TRUE(Find("", "-params.x", 3).is_truncated);
}

}  // namespace
}  // namespace reprise::tracker
