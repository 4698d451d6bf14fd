// What is found of two tables.

#include "lineage/diff/table_diff.h"

#include <gtest/gtest.h>

#include "lineage/compare/wording.h"
#include "storage/base/canonical.h"

namespace reprise::lineage {
namespace {

std::optional<TableDiff> Diff(std::string_view before, std::string_view after,
                              std::string_view name = "t.csv", const TableLimits& limits = {}) {
  const MemoryContent old_content(before);
  const MemoryContent new_content(after);
  std::string why_not;
  auto diff = DiffTables(old_content, new_content, name, why_not, limits);
  EXPECT_TRUE(diff.ok());
  return diff.ok() ? *std::move(diff) : std::nullopt;
}

std::string WhyNot(std::string_view before, std::string_view after) {
  const MemoryContent old_content(before);
  const MemoryContent new_content(after);
  std::string why_not;
  const auto diff = DiffTables(old_content, new_content, "t.csv", why_not);
  EXPECT_TRUE(diff.ok());
  EXPECT_FALSE(diff.ok() && diff->has_value());
  return why_not;
}

std::string Sentence(std::string_view before, std::string_view after) {
  const auto diff = Diff(before, after);
  return diff.has_value() ? DescribeTables(*diff).sentence : "no tables";
}

const ColumnDiff& Column(const TableDiff& diff, std::string_view name) {
  for (const ColumnDiff& column : diff.columns) {
    if (column.name == name) return column;
  }
  ADD_FAILURE() << "no column " << name;
  return diff.columns.front();
}

TEST(DiffTables, RowsAreAMultiset) {
  const auto diff = Diff("id,x\n1,a\n1,a\n2,b\n3,c\n", "id,x\n3,c\n1,a\n4,d\n4,d\n2,b\n");
  ASSERT_TRUE(diff.has_value());
  EXPECT_EQ(diff->rows_before, 4u);
  EXPECT_EQ(diff->rows_after, 5u);
  EXPECT_EQ(diff->rows_removed, 1u);
  EXPECT_EQ(diff->rows_added, 2u);
  ASSERT_EQ(diff->removed.size(), 1u);
  EXPECT_EQ(diff->removed[0].row, 1u);
  EXPECT_EQ(diff->removed[0].text, "1,a");
  ASSERT_EQ(diff->added.size(), 2u);
  EXPECT_EQ(diff->added[0].row, 3u);
  EXPECT_EQ(diff->added[1].row, 4u);
  EXPECT_FALSE(diff->rows_reordered);
}

TEST(DiffTables, TheRowsThatAreToldAreTheFirstThatHaveNoEqualAtTheirPlace) {
  const auto diff = Diff("x\na\nb\na\n", "x\na\nb\n");
  ASSERT_TRUE(diff.has_value());
  ASSERT_EQ(diff->removed.size(), 1u);
  EXPECT_EQ(diff->removed[0].row, 3u);
  std::string before = "x\n";
  std::string after = "x\n";
  for (int i = 0; i < 100; ++i) before += std::to_string(i) + "\n";
  for (int i = 50; i < 200; ++i) after += std::to_string(i) + "\n";
  for (const std::size_t held : {30U, 1000U}) {
    const auto cut = Diff(before, after, "t.csv", {.rows_held_max = held});
    ASSERT_TRUE(cut.has_value());
    ASSERT_EQ(cut->removed.size(), kListedMax);
    ASSERT_EQ(cut->added.size(), kListedMax);
    for (std::size_t i = 0; i < kListedMax; ++i) {
      EXPECT_EQ(cut->removed[i].row, i + 1);
      EXPECT_EQ(cut->added[i].row, i + 51);
    }
  }
  const auto full = Diff(before, after, "t.csv", {.rows_listed_max = SIZE_MAX});
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->removed.size(), 50u);
  EXPECT_EQ(full->added.size(), 100u);
}

TEST(DiffTables, TimesHaveDistributionsAsNumbersHave) {
  const auto diff = Diff("t\n2024-01-01\n2024-01-02\n", "t\n2024-01-02 12:00\n2024-01-03\n");
  ASSERT_TRUE(diff.has_value());
  const ColumnDiff& column = Column(*diff, "t");
  EXPECT_TRUE(column.is_time);
  EXPECT_FALSE(column.is_number);
  EXPECT_EQ(column.kolmogorov_smirnov, 1);
  EXPECT_NE(TableLines(*diff).front().find("mean 2024-01-01T12:00:00Z became 2024-01-02T18:00:00Z"),
            std::string::npos);
  const auto mixed = Diff("t\n2024-01-01\n", "t\n7\n");
  ASSERT_TRUE(mixed.has_value());
  EXPECT_FALSE(Column(*mixed, "t").is_time || Column(*mixed, "t").is_number);
}

TEST(DiffTables, PersonalValuesAreTakenOutOfRowsAndColumns) {
  const auto diff = Diff("id,e;mail,age\n1,a@x,30\n", "id,e;mail,age,note\n1,b@x,31,\"q,\"\n",
                         "t.csv", {.is_personal = [](const std::string& column) {
                           return column == "e;mail" || column == "age";
                         }});
  ASSERT_TRUE(diff.has_value());
  ASSERT_EQ(diff->removed.size(), 1u);
  EXPECT_EQ(diff->removed[0].text, "1,<pii>,<pii>");
  EXPECT_EQ(diff->added[0].text, "1,<pii>,<pii>,\"q,\"");
  const auto told = Canonicalize(DescribeTables(*diff).details);
  ASSERT_TRUE(told.ok());
  for (const char* const value : {"a@x", "b@x", "30", "31"}) {
    EXPECT_EQ(told->find(value), std::string::npos) << value;
  }
  EXPECT_EQ(Column(*diff, "e;mail").values_added, 1u);
  EXPECT_NE(DescribeTables(*diff).sentence.find("without the values of 'age', 'e;mail'"),
            std::string::npos);
}

TEST(DiffTables, NamesThatAreThereAgainAreMatchedByTheirNumbers) {
  const auto diff = Diff("a,a\n1,2\n", "a,a\n1,3\n");
  ASSERT_TRUE(diff.has_value());
  EXPECT_TRUE(diff->has_repeated_names);
  EXPECT_EQ(Column(*diff, "a.2").after.mean, 3);
  EXPECT_NE(DescribeTables(*diff).sentence.find("numbered"), std::string::npos);
}

TEST(DiffTables, AnotherOrderOfRowsIsNoOtherRow) {
  EXPECT_EQ(Sentence("a,b\n1,2\n3,4\n", "a,b\n3,4\n1,2\n"), "the same rows in another order");
}

TEST(DiffTables, ColumnsAreMatchedByNameAndRowsByThoseThatBothHave) {
  const auto diff = Diff("a,b,c\n1,2,3\n4,5,6\n", "c,a,d\n3,1,9\n6,4,9\n");
  ASSERT_TRUE(diff.has_value());
  EXPECT_EQ(diff->columns_removed, std::vector<std::string>{"b"});
  EXPECT_EQ(diff->columns_added, std::vector<std::string>{"d"});
  EXPECT_TRUE(diff->columns_reordered);
  EXPECT_EQ(diff->rows_added, 0u);
  EXPECT_EQ(diff->rows_removed, 0u);
  EXPECT_FALSE(diff->rows_reordered);
  EXPECT_EQ(diff->columns.size(), 2u);
  const auto apart = Diff("a\n1\n", "b\n1\n");
  ASSERT_TRUE(apart.has_value());
  EXPECT_FALSE(apart->rows_added.has_value());
  EXPECT_TRUE(apart->columns.empty());
}

TEST(DiffTables, QuotesNewlinesMarksAndLineEndsAreNoDifference) {
  EXPECT_EQ(Sentence("a,b\n1,x y\n", "\xEF\xBB\xBF\"a\",b\r\n\"1\",\"x y\"\r\n\r\n"),
            "the same cells; only quotes or the ends of lines differ");
  const auto diff = Diff("a,b\n1,\"x\ny\"\"z\"\n2,q\n", "a,b\n1,\"x\ny\"\"w\"\n2,q\n");
  ASSERT_TRUE(diff.has_value());
  EXPECT_EQ(diff->rows_before, 2u);
  EXPECT_EQ(diff->rows_removed, 1u);
  // What is shown is printable.
  EXPECT_EQ(diff->removed[0].text, R"(1,"x\x0ay""z")");
}

TEST(DiffTables, DistributionsOfNumbersAreMeasured) {
  // The samples of distribution_test.cc, so the constants are SciPy's and NumPy's too.
  std::string before = "x\n";
  std::string after = "x\n";
  for (int i = 0; i < 50; ++i) before += Canonicalize(i * 37 % 101 / 7.0).value_or("") + "\n";
  for (int i = 0; i < 60; ++i) after += Canonicalize(i * 53 % 97 / 6.0 + 1).value_or("") + "\n";
  const auto diff = Diff(before, after);
  ASSERT_TRUE(diff.has_value());
  const ColumnDiff& column = Column(*diff, "x");
  EXPECT_TRUE(column.is_number);
  EXPECT_DOUBLE_EQ(column.kolmogorov_smirnov.value_or(-1), 0.16666666666666666);
  EXPECT_NEAR(column.population_stability.value_or(-1), 0.17877738797215464, 1e-12);
  EXPECT_EQ(diff->sampled_share, 1);
  EXPECT_EQ(diff->sampling_error, 0);
}

TEST(DiffTables, MissingCellsAreABinOfTheirOwn) {
  const auto diff = Diff("id,x\n1,1\n2,1\n3,1\n4,1\n", "id,x\n1,1\n2,1\n3,\n4,nan\n");
  ASSERT_TRUE(diff.has_value());
  const ColumnDiff& column = Column(*diff, "x");
  EXPECT_TRUE(column.is_number);
  EXPECT_EQ(column.before.missing, 0u);
  EXPECT_EQ(column.after.missing, 2u);
  EXPECT_EQ(column.kolmogorov_smirnov, 0);
  // Bins of at most 1, above 1, missing: psi([4, 0, 0], [2, 0, 2]) of distribution_test.cc's
  // formula: ((2.5 - 4.5) / 5.5) ln(2.5 / 4.5) + ((2.5 - 0.5) / 5.5) ln(2.5 / 0.5).
  EXPECT_NEAR(*column.population_stability, 0.798990755394989, 1e-12);
  EXPECT_EQ(column.after.mean, 1);
}

TEST(DiffTables, ValuesOfTextAreCountedAndNewOnesNamed) {
  const auto diff = Diff("id,c\n1,a\n2,a\n3,b\n", "id,c\n1,a\n2,c\n3,c\n");
  ASSERT_TRUE(diff.has_value());
  const ColumnDiff& column = Column(*diff, "c");
  EXPECT_FALSE(column.is_number);
  EXPECT_FALSE(column.kolmogorov_smirnov.has_value());
  EXPECT_EQ(column.added, std::vector<std::string>{"c"});
  EXPECT_EQ(column.removed, std::vector<std::string>{"b"});
  // psi([2, 1, 0], [1, 0, 2]) as above.
  EXPECT_NEAR(*column.population_stability, 1.0729586082894005, 1e-12);
  EXPECT_EQ(diff->columns.front().name, "c") << "the least stable column comes first";
}

TEST(DiffTables, AFewRowsAreNoShift) {
  EXPECT_EQ(Sentence("id,c\n1,a\n2,a\n3,b\n", "id,c\n1,a\n2,c\n3,c\n"), "2 rows removed, 2 added");
  std::string before = "c\n";
  std::string after = "c\n";
  for (int i = 0; i < 400; ++i) {
    before += i % 4 == 0 ? "a\n" : "b\n";
    after += i % 2 == 0 ? "a\n" : "b\n";
  }
  EXPECT_EQ(Sentence(before, after), "100 rows removed, 100 added; a large shift in column 'c'");
}

TEST(DiffTables, AColumnWithTooManyValuesHasNoStability) {
  std::string before = "id\n";
  for (std::size_t i = 0; i <= kCategoriesMax; ++i) before += "n" + std::to_string(i) + "\n";
  const auto diff = Diff(before, "id\nn1\n");
  ASSERT_TRUE(diff.has_value());
  EXPECT_FALSE(diff->columns.front().population_stability.has_value());
  EXPECT_EQ(diff->rows_removed, kCategoriesMax);
}

TEST(DiffTables, RowsThatDoNotFitAreCountedOnceTheyAreSorted) {
  std::string before = "id,x\n";
  std::string after = "id,x\n";
  for (int i = 0; i < 1000; ++i) {
    before += std::to_string(i) + ",a\n";
    if (i % 10 != 0) after += std::to_string(999 - i) + ",a\n";
    if (i % 4 == 0) after += std::to_string(i) + ",b\n";
  }
  const auto whole = Diff(before, after);
  // So few are held that the counts of a row are put aside several times.
  const auto parts =
      Diff(before, after, "t.csv",
           {.rows_held_max = 100, .sorting = {.held_bytes_max = 50 * sizeof(SortedRow)}});
  ASSERT_TRUE(whole.has_value() && parts.has_value());
  EXPECT_EQ(whole->rows_removed, 100u);
  EXPECT_EQ(whole->rows_added, 250u);
  EXPECT_EQ(parts->rows_removed, whole->rows_removed);
  EXPECT_EQ(parts->rows_added, whole->rows_added);
  const auto rows_of = [](const std::vector<RowExample>& examples) {
    std::vector<std::uint64_t> rows;
    for (const RowExample& example : examples) rows.push_back(example.row);
    return rows;
  };
  EXPECT_EQ(parts->added.size(), kListedMax);
  EXPECT_EQ(rows_of(parts->added), rows_of(whole->added));
  EXPECT_EQ(rows_of(parts->removed), rows_of(whole->removed));
}

TEST(DiffTables, ManyRowsInAnotherOrderAreCountedHoweverFewAreHeld) {
  std::string before = "id\n";
  std::string after = "id\n";
  for (int i = 0; i < 20'000; ++i) {
    before += std::to_string(i) + "\n";
    after += std::to_string(19'999 - i) + "\n";
  }
  const auto diff =
      Diff(before, after, "t.csv", {.rows_held_max = 10, .sorting = {.held_bytes_max = 4096}});
  ASSERT_TRUE(diff.has_value());
  EXPECT_EQ(diff->rows_added, 0u);
  EXPECT_EQ(diff->rows_removed, 0u);
  EXPECT_TRUE(diff->rows_reordered);
}

TEST(DiffTables, WordsForMissingValuesAreNoTextAmongNumbers) {
  for (const std::string word : {"NA", "N/A", "NaN", "nan", "null", "NULL", "None", " NA "}) {
    const auto diff = Diff("id,x\n1,1\n2,2\n3,3\n", "id,x\n1,1\n2," + word + "\n3,3\n");
    ASSERT_TRUE(diff.has_value());
    const ColumnDiff& column = Column(*diff, "x");
    EXPECT_TRUE(column.is_number) << word;
    EXPECT_TRUE(column.kolmogorov_smirnov.has_value()) << word;
    EXPECT_TRUE(column.population_stability.has_value()) << word;
    EXPECT_EQ(column.after.missing, 1u) << word;
  }
}

TEST(DiffTables, TheIndexThatPandasWritesHasNoName) {
  const auto diff = Diff(",age\n0,30\n1,41\n", ",age,city\n0,30,Graz\n1,42,Linz\n");
  ASSERT_TRUE(diff.has_value());
  EXPECT_TRUE(diff->has_header);
  EXPECT_EQ(diff->columns_added, std::vector<std::string>{"city"});
  EXPECT_EQ(Column(*diff, "Unnamed: 0").before.rows, 2u);
  EXPECT_EQ(diff->rows_removed, 1u);
}

TEST(DiffTables, NumbersThatDoNotFitAreSampledAndThatIsSaid) {
  std::string before = "x,y\n";
  std::string after = "x,y\n";
  for (int i = 0; i < 4000; ++i) {
    before += std::to_string(i % 1000) + ",\n";
    after += std::to_string(i % 1000 + 100) + ",\n";
  }
  const auto whole = Diff(before, after);
  const auto sampled = Diff(before, after, "t.csv", {.columns = {.values_held_max = 6000}});
  ASSERT_TRUE(whole.has_value() && sampled.has_value());
  EXPECT_NEAR(*Column(*whole, "x").kolmogorov_smirnov, 0.1, 1e-12);
  EXPECT_LE(sampled->sampled_share, 0.25);
  EXPECT_GT(sampled->sampling_error, 0);
  EXPECT_NEAR(*Column(*sampled, "x").kolmogorov_smirnov, 0.1, sampled->sampling_error);
  // What needs no sample is of all rows.
  EXPECT_EQ(Column(*sampled, "x").before.rows, 4000u);
  EXPECT_EQ(Column(*sampled, "x").before.max, 999);
}

TEST(DiffTables, WhatIsNoTableIsNotAndSaysWhy) {
  EXPECT_EQ(WhyNot("a,b\n1,2\n", "a,b\n1,2,3\n"),
            "not as a table: row 1 has 3 fields and the table 2");
  EXPECT_EQ(WhyNot("a,b\n1,2\n", "1,2\n3,4\n"), "not as a table: only one of them has a header");
  EXPECT_EQ(WhyNot("a,b\n1,2\n", "a,b\n" + std::string(5 << 20, 'x') + ",1\n"),
            "not as a table: a record is longer than 4 MiB");
  EXPECT_EQ(WhyNot("a,b\n1,2\n", ""), "");
  EXPECT_EQ(WhyNot("a,b\n1,2\n", std::string("\x00\x01\x02", 3)), "");
  EXPECT_EQ(WhyNot("a,b\n1,2\n", "a" + std::string(kTableColumnsMax, ',') + "\n"),
            "not as a table: only one of them has a header");
  EXPECT_EQ(WhyNot("1" + std::string(kTableColumnsMax, ',') + "\n", "1,2\n"),
            "not as a table: it has more than 16384 columns");
}

TEST(DiffTables, BytesThatAreNotUtf8ArePrintable) {
  const auto diff = Diff("id,c\n1,caf\xe9\n2,x\n3,y\n4,a very ordinary line of text\n",
                         "id,c\n1,caf\xe8\n2,x\n3,y\n4,a very ordinary line of text\n");
  ASSERT_TRUE(diff.has_value());
  const ContentDifference difference = DescribeTables(*diff);
  EXPECT_TRUE(Canonicalize(ContentDifferenceToJson(difference)).ok());
  for (const std::string& line : TableLines(*diff)) EXPECT_TRUE(IsUtf8(line));
}

}  // namespace
}  // namespace reprise::lineage
