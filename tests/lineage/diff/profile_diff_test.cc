// What is said of tables whose contents are gone, against the contents.

#include "lineage/diff/profile_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lineage/diff/artifact_diff.h"
#include "lineage/diff/distribution.h"
#include "lineage/profile/profile_builder.h"
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
  EXPECT_THAT(ProfileLines(before, after),
              ElementsAre(HasSubstr("column 'id':"),
                          "column 'age': integer became real; Kolmogorov–Smirnov 0.666667; mean 40 "
                          "became 53.5; 0 missing became 1"));
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
