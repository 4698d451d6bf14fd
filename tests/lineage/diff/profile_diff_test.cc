// What is said of tables whose contents are gone, against the contents.

#include "lineage/diff/profile_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lineage/diff/artifact_diff.h"
#include "lineage/diff/distribution.h"
#include "lineage/diff/table_diff.h"
#include "lineage/profile/profile_builder.h"
#include "storage/base/canonical.h"
#include "tests/support/memory_objects.h"

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Profile ProfileOf(std::string_view text) {
  ProfileBuilder builder;
  builder.Feed(text);
  return builder.Finish();
}

TEST(KolmogorovSmirnovOfProfiles, IsThatOfTheValuesWithinItsError) {
  std::mt19937_64 random(4);
  for (const int size : {1, 10, 127, 3000, 40'000}) {
    for (const int shift : {0, 1, 300, 5000}) {
      std::vector<double> before;
      std::vector<double> after;
      QuantileSketch old_sketch;
      QuantileSketch new_sketch;
      for (int i = 0; i < size; ++i) {
        before.push_back(static_cast<double>(random() % 1000));
        after.push_back(static_cast<double>(random() % 2000) + shift);
        old_sketch.Add(before.back());
        new_sketch.Add(after.back());
      }
      std::ranges::sort(before);
      std::ranges::sort(after);
      const auto told = KolmogorovSmirnov(old_sketch.Summary(), new_sketch.Summary());
      EXPECT_NEAR(told.value, KolmogorovSmirnov(before, after), told.error + 1e-12);
      EXPECT_LT(told.error, 0.05);
      EXPECT_EQ(told.error == 0, size < 128);
    }
  }
}

TEST(DescribeProfiles, SaysWhatChangedAndThatContentsWereNotRead) {
  const Profile before = ProfileOf("id,age,city\n1,30,Graz\n2,40,Linz\n3,50,Wels\n");
  const Profile after = ProfileOf("id,age,zip\n1,30,8010\n2,NA,4020\n3,60.5,4600\n4,70,1010\n");
  const ContentDifference difference = DescribeProfiles(before, after, "it is gone");
  EXPECT_EQ(difference.kind, "profiles");
  EXPECT_EQ(
      difference.sentence,
      "columns removed: 'city'; columns added: 'zip'; 3 rows became 4; 2 of 2 columns differ; "
      "by profiles alone, as the content cannot be read: it is gone");
  EXPECT_THAT(
      ProfileLines(before, after),
      ElementsAre(HasSubstr("column 'id':"),
                  "column 'age': integer became real; Kolmogorov–Smirnov 0.666667; stability "
                  "index 1.05658 (within chance); mean 40 became 53.5; 0 missing became 1"));
}

// The population stability index of the column "x" by the contents.
double StabilityOfContents(std::string_view before, std::string_view after) {
  const MemoryContent old_content(before);
  const MemoryContent new_content(after);
  std::string why_not;
  const auto diff = DiffTables(old_content, new_content, "t.csv", why_not);
  return diff.ok() && diff->has_value() ? (*diff)->columns.front().population_stability.value_or(-1)
                                        : -1;
}

std::optional<EstimatedStability> StabilityOfProfiles(std::string_view before,
                                                      std::string_view after) {
  const Profile old_profile = ProfileOf(before);
  const Profile new_profile = ProfileOf(after);
  return StabilityOf(old_profile.columns.front(), new_profile.columns.front(), old_profile.rows,
                     new_profile.rows);
}

TEST(StabilityOfProfiles, IsThatOfTheContentWhereProfilesKnowAllAndNearToItElse) {
  std::mt19937 random(7);
  for (const unsigned values : {5U, 100U, 1'000'000U}) {
    for (const char* const kind : {"", "v", "2024-01-01T00:00:"}) {
      std::string texts[2] = {"x\n", "x\n"};
      for (std::string& text : texts) {
        for (int i = 0; i < 3000; ++i) {
          const unsigned shift = &text == &texts[1] ? values / 5 : 0;
          unsigned value = random() % values + shift;
          if (kind[0] == '2') value = 10 + value % 49;
          text += i % 50 == 0 ? "\n" : kind + std::to_string(value) + "\n";
        }
      }
      const auto told = StabilityOfProfiles(texts[0], texts[1]);
      ASSERT_TRUE(told.has_value());
      const double known = StabilityOfContents(texts[0], texts[1]);
      if (known < 0) continue;  // So many texts have none.
      if (told->is_exact) {
        EXPECT_NEAR(told->value, known, 1e-9) << kind << values;
      } else if (kind[0] != 'v') {
        EXPECT_NEAR(told->value, known, 0.02 + 0.1 * known) << kind << values;
      }
      EXPECT_EQ(told->is_exact,
                kind[0] == '2' || values == 5 || (kind[0] == '\0' && values == 100));
    }
  }
}

TEST(StabilityOfProfiles, NeedsValuesOfOneKindThatAreNotWithheld) {
  EXPECT_FALSE(StabilityOfProfiles("x\n1\n2\n", "x\na\nb\n").has_value());
  EXPECT_FALSE(StabilityOfProfiles("x\n\n\n", "x\n1\n2\n").has_value());
  Profile withheld = ProfileOf("x\na\nb\n");
  Withhold(withheld.columns.front());
  EXPECT_FALSE(StabilityOf(withheld.columns.front(), withheld.columns.front(), 2, 2).has_value());
}

TEST(ProfileLines, MarkWhatIsNearToTheTruth) {
  std::string before = "x\n";
  std::string after = "x\n";
  for (int i = 0; i < 3000; ++i) before += std::to_string(i) + "\n";
  for (int i = 0; i < 3000; ++i) after += std::to_string(2 * i) + "\n";
  EXPECT_THAT(ProfileLines(ProfileOf(before), ProfileOf(after)),
              ElementsAre(::testing::AllOf(HasSubstr("Kolmogorov–Smirnov ~0.5"),
                                           HasSubstr("stability index ~"))));
}

TEST(DiffArtifacts, FilesOfFoldersAreFollowedToOtherPaths) {
  testing::MemoryObjects objects;
  const auto file = [&](const std::string& name, const std::string& content) {
    return testing::FileEntry(name, objects.Put(content), content.size());
  };
  ArtifactUse before;
  before.kind = ArtifactKind::kFolder;
  before.path = "data";
  before.digest = objects.PutTree({file("empty", ""), file("loans_1.csv", "x\n1\n"),
                                   file("old.bin", "same"), file("z.txt", "z")});
  ArtifactUse after = before;
  after.digest = objects.PutTree({file("blank", ""), file("loans_2.csv", "x\n2\n"),
                                  file("new.dat", "same"), file("other.md", "q")});
  const auto diff = DiffArtifacts({objects}, before, after, {});
  ASSERT_TRUE(diff.ok());
  EXPECT_EQ(diff->difference.sentence, "1 changed, 1 moved, 2 added, 2 removed");
  EXPECT_THAT(diff->lines,
              ElementsAre("+ blank", "- empty", HasSubstr("~ loans_1.csv → loans_2.csv: "),
                          "~ old.bin → new.dat: the same content", "+ other.md", "- z.txt"));
}

TEST(DiffArtifacts, ProfilesAreToldWithoutPersonalValues) {
  testing::MemoryObjects objects;
  ArtifactUse before;
  before.path = "t.csv";
  before.digest = objects.Put("x,email\n1,a@x\n");
  ArtifactUse after = before;
  after.digest = objects.Put("x,email\n1,b@x\n");
  const StoredContents contents{objects, nullptr, [](const Digest&) {
                                  return Result(std::optional(ProfileOf("x,email\n1,a@x\n")));
                                }};
  objects.Remove(before.digest);
  ArtifactDiffOptions options;
  options.is_personal = [](const std::string& column, const std::vector<std::string>& paths) {
    return column == "email" && paths.back() == "t.csv";
  };
  const auto diff = DiffArtifacts(contents, before, after, options);
  ASSERT_TRUE(diff.ok());
  EXPECT_EQ(Canonicalize(diff->difference.details)->find("a@x"), std::string::npos);
}

TEST(DiffArtifacts, TablesThatAreGoneAreComparedByTheirProfiles) {
  testing::MemoryObjects objects;
  const std::string text = "x\n1\n2\n3\n";
  ArtifactUse before;
  before.path = "t.csv";
  before.digest = objects.Put(text);
  ArtifactUse after = before;
  after.digest = objects.Put("x\n4\n5\n6\n");
  objects.Remove(before.digest);
  const StoredContents without{objects};
  EXPECT_EQ(DiffArtifacts(without, before, after, {})->difference.kind, "unread");
  const StoredContents contents{objects, nullptr,
                                [&](const Digest& digest) -> Result<std::optional<Profile>> {
                                  if (digest == before.digest)
                                    return std::optional(ProfileOf(text));
                                  return std::optional(ProfileOf(*objects.Get(digest)));
                                }};
  const auto diff = DiffArtifacts(contents, before, after, {});
  ASSERT_TRUE(diff.ok());
  EXPECT_EQ(diff->difference.kind, "profiles");
  EXPECT_THAT(diff->lines, ElementsAre(HasSubstr("Kolmogorov–Smirnov 1;")));
  const StoredContents half{objects, nullptr,
                            [&](const Digest& digest) -> Result<std::optional<Profile>> {
                              if (digest == before.digest) return std::optional<Profile>();
                              return std::optional(ProfileOf(text));
                            }};
  EXPECT_EQ(DiffArtifacts(half, before, after, {})->difference.kind, "unread");
}

}  // namespace
}  // namespace reprise::lineage
