// What is found between inputs of different roles, and that what could not be compared is said.

#include "tracker/leak.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "storage/zlib/gzip_stream.h"
#include "tests/support/memory_objects.h"

namespace reprise::tracker {
namespace {

using lineage::ArtifactUse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Objects that count how often each is opened.
class CountedObjects final : public storage::ObjectReader {
 public:
  Result<storage::ObjectInfo> Describe(const Digest& digest) override {
    return kept.Describe(digest);
  }
  Result<std::string> Get(const Digest& digest) override { return kept.Get(digest); }
  Result<void> Read(const Digest& digest,
                    const std::function<Result<void>(ByteSpan part)>& sink) override {
    return kept.Read(digest, sink);
  }
  Result<std::unique_ptr<storage::ObjectStream>> Open(const Digest& digest) override {
    ++opened[digest];
    return kept.Open(digest);
  }
  Result<void> VisitChunks(const Digest& digest, const ChunkVisit& visit,
                           const ChunkVisit& visit_frame) override {
    return kept.VisitChunks(digest, visit, visit_frame);
  }

  reprise::testing::MemoryObjects kept;
  std::map<Digest, int> opened;
};

class LeakTest : public ::testing::Test {
 protected:
  ArtifactUse File(const std::string& path, const std::string& content,
                   const std::string& role = "") {
    ArtifactUse use;
    use.path = path;
    use.role = role;
    use.digest = objects_.kept.Put(content);
    use.size_bytes = content.size();
    return use;
  }
  ArtifactUse Folder(const std::string& path, const std::map<std::string, std::string>& files,
                     const std::string& role = "") {
    std::vector<storage::TreeEntry> entries;
    for (const auto& [name, content] : files) {
      storage::TreeEntry entry;
      entry.kind = FileKind::kFile;
      entry.name = name;
      entry.digest = objects_.kept.Put(content);
      entry.size_bytes = content.size();
      entries.push_back(entry);
    }
    ArtifactUse use;
    use.path = path;
    use.role = role;
    use.kind = lineage::ArtifactKind::kFolder;
    use.digest = objects_.kept.PutTree(std::move(entries));
    return use;
  }
  LeakReport Find(const std::vector<ArtifactUse>& inputs, const LeakOptions& options = {}) {
    auto report = FindLeaks(objects_, inputs, options);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *std::move(report) : LeakReport{};
  }

  CountedObjects objects_;
};

std::string Table(int begin, int end, const std::string& head = "id,x\n") {
  std::string text = head;
  for (int i = begin; i < end; ++i) {
    text += std::to_string(i) + "," + std::to_string(i % 7) + "\n";
  }
  return text;
}

std::string Gzip(std::string_view text) {
  std::string compressed;
  storage::GzipStream stream(6);
  stream.Write(AsBytes(text), compressed);
  stream.Finish(compressed);
  return compressed;
}

TEST_F(LeakTest, EveryTwoOfThreeRolesAreCompared) {
  const LeakReport report =
      Find({File("t.csv", Table(0, 100), "train"), File("v.csv", Table(95, 120), "validation"),
            File("e.csv", Table(119, 130), "test")});
  EXPECT_TRUE(report.is_complete());
  ASSERT_THAT(report.pairs, SizeIs(2));
  EXPECT_EQ(report.pairs[0].a.file.path, "t.csv");
  EXPECT_EQ(report.pairs[0].b.file.path, "v.csv");
  EXPECT_EQ(report.pairs[0].rows->b_shared, 5U);
  EXPECT_EQ(report.pairs[0].rows->a_rows, 100U);
  EXPECT_EQ(report.pairs[1].b.file.path, "e.csv");
  EXPECT_THAT(report.pairs[1].rows->first, ElementsAre(std::pair(1U, 25U)));
}

TEST_F(LeakTest, FilesBelowFoldersHaveTheRoleOfTheFolderOrOfTheirNames) {
  const LeakReport report =
      Find({Folder("data", {{"test.csv", Table(0, 3)}, {"other.csv", Table(0, 3)}}),
            Folder("parts", {{"1.csv", Table(2, 9)}, {"2.csv", Table(20, 29)}}, "train")});
  EXPECT_TRUE(report.is_complete());
  EXPECT_THAT(report.files, SizeIs(3));
  ASSERT_THAT(report.pairs, SizeIs(1));
  EXPECT_EQ(report.pairs[0].a.file.path, "parts/1.csv");
  EXPECT_EQ(report.pairs[0].b.file.path, "data/test.csv");
  EXPECT_EQ(report.pairs[0].rows->b_shared, 1U);
}

TEST_F(LeakTest, TablesAreReadOnceHoweverManyTheyAreComparedWith) {
  std::vector<ArtifactUse> inputs;
  for (int i = 0; i < 20; ++i) {
    inputs.push_back(File("train/" + std::to_string(i) + ".csv", Table(100 * i, 100 * i + 50)));
    inputs.push_back(File("test/" + std::to_string(i) + ".csv", Table(100 * i + 49, 100 * i + 60)));
  }
  const LeakReport report =
      Find(inputs, {.sorting = {.held_bytes_max = 64 * sizeof(lineage::SortedRow)}});
  EXPECT_THAT(report.pairs, SizeIs(20));
  for (const auto& [digest, times] : objects_.opened) EXPECT_EQ(times, 2);  // Names, then rows.
}

TEST_F(LeakTest, ATableThatIsDamagedIsReadOnceAndSaidOnce) {
  std::vector<ArtifactUse> inputs = {File("train.csv", "a,b\n1,2\n3\n")};
  for (int i = 0; i < 5; ++i) {
    inputs.push_back(File("test/" + std::to_string(i) + ".csv", "a,b\n1," + std::to_string(i)));
  }
  const LeakReport report = Find(inputs);
  EXPECT_THAT(report.pairs, IsEmpty());
  EXPECT_FALSE(report.is_complete());
  EXPECT_THAT(report.not_checked, ElementsAre(HasSubstr("train.csv were not compared with others: "
                                                        "row 2 has 1 fields")));
  EXPECT_EQ(objects_.opened[inputs[0].digest], 2);
}

TEST_F(LeakTest, TablesWhoseHeadersDifferAreComparedByWhatTheyShareOrNotAndThatIsSaid) {
  const ArtifactUse train = File("train.csv", "a,b,c\n1,2,3\n4,5,6\n");
  const LeakReport most = Find({train, File("test.csv", "c,a,z\n6,4,0\n")});
  ASSERT_THAT(most.pairs, SizeIs(1));
  EXPECT_THAT(most.pairs[0].columns, ElementsAre("a", "c"));
  const LeakReport few = Find({train, File("test.csv", "a,y,z\n4,5,6\n")});
  EXPECT_THAT(few.pairs, IsEmpty());
  EXPECT_THAT(few.not_checked,
              ElementsAre(HasSubstr("most of their columns have different names")));
  const LeakReport none = Find({train, File("test.csv", "4,5,6\n")});
  EXPECT_FALSE(none.is_complete());
}

TEST_F(LeakTest, PairsOfDifferentColumnsAreEachComparedByTheirOwn) {
  const LeakReport report =
      Find({File("train/1.csv", "a,b,c\n1,2,3\n"), File("train/2.csv", "a,b\n8,9\n"),
            File("test/1.csv", "a,b,c\n1,2,4\n8,9,0\n")});
  EXPECT_TRUE(report.is_complete());
  // The rows 1,2 are equal by two columns, by which these two are not compared.
  ASSERT_THAT(report.pairs, SizeIs(1));
  EXPECT_EQ(report.pairs[0].a.file.path, "train/2.csv");
  EXPECT_THAT(report.pairs[0].columns, ElementsAre("a", "b"));
}

TEST_F(LeakTest, ATooSmallBudgetIsSaid) {
  const std::vector<ArtifactUse> inputs = {File("train.csv", Table(0, 50)),
                                           File("test.csv", Table(40, 60))};
  const LeakReport report = Find(inputs, {.table_bytes_max = inputs[0].size_bytes + 1});
  EXPECT_THAT(report.pairs, IsEmpty());
  EXPECT_THAT(report.not_checked, ElementsAre(HasSubstr("test.csv were not compared here")));
}

TEST_F(LeakTest, AFolderThatWasCutIsSaid) {
  const ArtifactUse test = File("test.bin", "four");
  const ArtifactUse train = Folder("train", {{"1", "one"}, {"2", "two"}, {"3", "four"}});
  EXPECT_THAT(Find({test, train}).pairs, SizeIs(1));
  const LeakReport cut = Find({test, train}, {.files_max = 2});
  EXPECT_THAT(cut.pairs, IsEmpty());
  EXPECT_THAT(cut.not_checked,
              ::testing::Contains(HasSubstr("of the folder train only the first 2 files")));
  EXPECT_TRUE(Find({train}, {.files_max = 3}).is_complete());
}

TEST_F(LeakTest, WhatIsNotStoredIsSaid) {
  const ArtifactUse train = File("train.csv", Table(0, 9));
  const ArtifactUse test = File("test.csv", Table(5, 9));
  objects_.kept.Remove(test.digest);
  const LeakReport file = Find({train, test});
  EXPECT_THAT(file.not_checked, ElementsAre(HasSubstr("the chunks of test.csv are not known"),
                                            HasSubstr("the rows of test.csv were not compared")));
  const ArtifactUse folder = Folder("test", {{"1.csv", Table(5, 9)}});
  objects_.kept.Remove(folder.digest);
  const LeakReport lost = Find({train, folder});
  EXPECT_THAT(lost.not_checked, ElementsAre(HasSubstr("the folder test is not stored")));
}

TEST_F(LeakTest, AFileOfTwoRolesIsTheSameFileAndItsRowsAreNotToldAgain) {
  const LeakReport report = Find({File("train/a.csv", Table(0, 9)),
                                  File("train/b.csv", Table(3, 5)), File("test.csv", Table(0, 9))});
  ASSERT_THAT(report.pairs, SizeIs(1));
  EXPECT_TRUE(report.pairs[0].is_same_file);
  EXPECT_FALSE(report.pairs[0].rows.has_value());
}

TEST_F(LeakTest, WordsOfNoSplitAreRolesOfTheirOwn) {
  const LeakReport report =
      Find({File("a.csv", Table(0, 30), "stress"), File("b.csv", Table(29, 40), "Calibration"),
            File("c.csv", Table(39, 50), "oot")});
  ASSERT_THAT(report.pairs, SizeIs(2));
  EXPECT_EQ(report.pairs[0].a.role.name(), "out_of_time");
  EXPECT_EQ(report.pairs[0].b.role.name(), "calibration");
  EXPECT_EQ(report.pairs[1].b.role.name(), "stress");
}

// 400 rows of `columns` columns, each of `values` values.
std::string Categories(int columns, int values, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  for (int i = 0; i < columns; ++i) text += (i == 0 ? "c" : ",c") + std::to_string(i);
  for (int row = 0; row < 400; ++row) {
    for (int i = 0; i < columns; ++i) {
      text += (i == 0 ? '\n' : ',');
      text += std::to_string(random() % static_cast<unsigned>(values));
    }
  }
  return text + "\n";
}

TEST_F(LeakTest, RowsOfWhichChanceGivesAsManyAreNoLeak) {
  for (const auto& [columns, values] : {std::pair(1, 2), {1, 40}, {2, 6}, {3, 10}}) {
    const LeakReport report = Find({File("y_train.csv", Categories(columns, values, 1)),
                                    File("y_test.csv", Categories(columns, values, 2))});
    EXPECT_TRUE(report.is_complete());
    EXPECT_THAT(report.pairs, IsEmpty()) << columns << " columns of " << values << " values";
    ASSERT_THAT(report.by_chance, SizeIs(1));
    EXPECT_THAT(ChanceSentences(report), ElementsAre(HasSubstr("would be by chance")));
  }
}

TEST_F(LeakTest, RowsThatTellMuchAreALeakHoweverOftenTheyAreRepeated) {
  // Drawn with repetition, as for a bootstrap, the table repeats as many rows as labels might.
  std::mt19937 random(3);
  std::string train = "id,x\n";
  for (int i = 0; i < 400; ++i) {
    const unsigned row = random() % 400;
    train += std::to_string(row * 7919) + "," + std::to_string(row % 7) + "\n";
  }
  std::string test = "id,x\n";
  for (int row = 0; row < 100; ++row) {
    test += std::to_string(row * 7919) + "," + std::to_string(row % 7) + "\n";
  }
  const LeakReport report = Find({File("train.csv", train), File("test.csv", test)});
  EXPECT_THAT(report.by_chance, IsEmpty());
  ASSERT_THAT(report.pairs, SizeIs(1));
  EXPECT_GT(report.pairs[0].rows->b_shared, 50U);
}

TEST_F(LeakTest, TheSameFileOfLabelsIsALeak) {
  const std::string labels = Categories(1, 2, 1);
  EXPECT_THAT(Find({File("y_train.csv", labels), File("y_test.csv", labels)}).pairs, SizeIs(1));
}

TEST_F(LeakTest, RowsOfJsonLinesAreComparedByTheirMembers) {
  const LeakReport report =
      Find({File("train.jsonl", "{\"id\": 1, \"x\": [1, 2]}\n{\"id\":2,\"x\":\"a\"}\n"),
            File("test.jsonl", "\n{\"x\":[1,2], \"id\":1}\r\n{\"id\": 3, \"x\": \"a\"}")});
  EXPECT_TRUE(report.is_complete());
  ASSERT_THAT(report.pairs, SizeIs(1));
  EXPECT_THAT(report.pairs[0].rows->first, ElementsAre(std::pair(1U, 1U)));
  EXPECT_THAT(LeakSentences(report), ElementsAre(HasSubstr("by whole lines")));
  const LeakReport broken =
      Find({File("train.jsonl", "{\"id\": 1}\n{\"id\": \n"), File("test.jsonl", "{\"id\": 1}\n")});
  EXPECT_THAT(broken.pairs, IsEmpty());
  EXPECT_THAT(broken.not_checked, ElementsAre(HasSubstr("row 2 is no JSON")));
  const LeakReport mixed =
      Find({File("train.jsonl", "{\"id\": 1}\n"), File("test.csv", "id\n1\n")});
  EXPECT_THAT(mixed.not_checked, ElementsAre(HasSubstr("only one of them is JSON Lines")));
}

TEST_F(LeakTest, CompressedTablesAreReadAndOtherFormatsOfRowsAreNamed) {
  const ArtifactUse train = File("train.csv", Table(0, 30));
  const LeakReport gzip = Find({train, File("test.csv.gz", Gzip(Table(29, 40)))});
  EXPECT_TRUE(gzip.is_complete());
  ASSERT_THAT(gzip.pairs, SizeIs(1));
  EXPECT_EQ(gzip.pairs[0].rows->b_shared, 1U);
  const std::string cut = Gzip(Table(29, 40)).substr(0, 40);
  EXPECT_THAT(Find({train, File("test.csv.gz", cut)}).not_checked,
              ElementsAre(HasSubstr("the rows of test.csv.gz were not compared")));
  const LeakReport other = Find({train, File("test.parquet", "PAR1")});
  EXPECT_FALSE(other.is_complete());
  EXPECT_THAT(other.not_checked, IsEmpty());
  EXPECT_THAT(other.not_read, ElementsAre(HasSubstr("of test.parquet the bytes were compared")));
  EXPECT_TRUE(Find({train, File("x.json", "{}", "settings")}).is_complete());
}

TEST_F(LeakTest, AColumnToIgnoreThatNothingHasIsMistyped) {
  const std::vector<ArtifactUse> tables = {File("train.csv", Table(0, 9)),
                                           File("test.csv", Table(5, 9))};
  const auto mistyped = FindLeaks(objects_, tables, {.ignored_columns = {"idd"}});
  ASSERT_FALSE(mistyped.ok());
  EXPECT_EQ(mistyped.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(mistyped.error().message, HasSubstr("did you mean 'id'?"));
  const std::vector<ArtifactUse> lines = {File("train.jsonl", "{\"id\": 1, \"x\": 5}\n"),
                                          File("test.jsonl", "{\"x\": 5, \"id\": 2}\n")};
  EXPECT_THAT(Find(lines, {.ignored_columns = {"id"}}).pairs, SizeIs(1));
  EXPECT_FALSE(FindLeaks(objects_, lines, {.ignored_columns = {"y"}}).ok());
}

TEST_F(LeakTest, StopsOnRequest) {
  const auto stopped =
      FindLeaks(objects_, {File("train.csv", Table(0, 9)), File("test.csv", Table(5, 9))},
                {.sorting = {.is_cancelled = [] { return true; }}});
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
}

TEST(PercentOf, OnlyAllIsAHundredAndOnlyNothingIsZero) {
  EXPECT_EQ(lineage::PercentOf(3, 203), "1.5 %");
  EXPECT_EQ(lineage::PercentOf(9999, 10'000), "99.9 %");
  EXPECT_EQ(lineage::PercentOf(1, 10'000), "0.1 %");
  EXPECT_EQ(lineage::PercentOf(0, 10), "0.0 %");
  EXPECT_EQ(lineage::PercentOf(5, 5), "100.0 %");
  EXPECT_EQ(lineage::PercentOf(0, 0), "0.0 %");
}

}  // namespace
}  // namespace reprise::tracker
