// What is said of .safetensors files, tensor by tensor.

#include "lineage/diff/tensor_diff.h"

#include <gtest/gtest.h>

#include <bit>

#include "storage/base/bytes.h"
#include "tests/lineage/compare/comparing.h"

namespace reprise::lineage {
namespace {

using testing::At;

std::string File(const std::string& header, const std::string& data) {
  std::string bytes;
  AppendLe<std::uint64_t>(bytes, header.size());
  return bytes + header + data;
}

std::string Floats(std::initializer_list<float> values) {
  std::string bytes;
  for (const float value : values) AppendLe(bytes, std::bit_cast<std::uint32_t>(value));
  return bytes;
}

std::optional<TensorsDiff> Diff(std::string_view before, std::string_view after) {
  const MemoryContent old_content(before);
  const MemoryContent new_content(after);
  std::string why_not;
  auto diff = DiffTensors(old_content, new_content, why_not);
  EXPECT_TRUE(diff.ok());
  return diff.ok() ? *std::move(diff) : std::nullopt;
}

TEST(DiffTensors, EachTensorThatDiffersIsToldWithItsDistances) {
  const std::string before =
      File(R"({"__metadata__":{"v":"1"},"gone":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
           R"("w":{"dtype":"F32","shape":[2,2],"data_offsets":[1,17]},)"
           R"("s":{"dtype":"F32","shape":[1],"data_offsets":[17,21]},)"
           R"("t":{"dtype":"F32","shape":[1],"data_offsets":[21,25]},)"
           R"("same":{"dtype":"U8","shape":[1],"data_offsets":[25,26]}})",
           "g" + Floats({1, 2, 3, 4}) + Floats({1}) + Floats({1}) + "=");
  const std::string after = File(R"({"same":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                 R"("w":{"dtype":"F32","shape":[2,2],"data_offsets":[1,17]},)"
                                 R"("s":{"dtype":"F32","shape":[1,1],"data_offsets":[17,21]},)"
                                 R"("t":{"dtype":"I32","shape":[1],"data_offsets":[21,25]},)"
                                 R"("new":{"dtype":"U8","shape":[2],"data_offsets":[25,27]}})",
                                 "=" + Floats({1, 2.5, 3, 8}) + Floats({1}) + Floats({1}) + "nn");
  const auto diff = Diff(before, after);
  ASSERT_TRUE(diff.has_value());
  std::vector<std::string> told;
  for (const TensorChange& change : diff->changes) {
    told.push_back(std::string(change.change()) + " " + change.name);
  }
  EXPECT_EQ(told, (std::vector<std::string>{"removed gone", "added new", "values w", "shape s",
                                            "dtype t"}));
  const ContentDifference difference = DescribeTensors(*diff);
  EXPECT_EQ(difference.sentence,
            "1 tensor removed; 1 tensor added; 2 tensors of another type or shape; 1 of 5 tensors "
            "differs in values; other metadata");
  // |4 - 8| = 4 and |4 - 8| / 8 = 0.5; from 4 to 8 there are 2^23 floats.
  EXPECT_EQ(At(difference.details, "tensors/2/values/absolute_max/value"), "4");
  EXPECT_EQ(At(difference.details, "tensors/2/values/relative_max/value"), "0.5");
  EXPECT_EQ(At(difference.details, "tensors/2/values/ulp_max"), "8388608");
  EXPECT_EQ(At(difference.details, "tensors/2/values/differing"), "2");
  EXPECT_EQ(At(difference.details, "tensors/2/values/first"), "[0,1]");
  EXPECT_EQ(At(difference.details, "tensors/3/before/shape"), "[1]");
  EXPECT_EQ(At(difference.details, "tensors/3/values"), "null");
  EXPECT_EQ(TensorLines(*diff).size(), 5u);
}

TEST(DiffTensors, TheOrderOfTheDataIsNoDifference) {
  const std::string ab = File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                              R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                              "ab");
  const std::string ba = File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},)"
                              R"("b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                              "ba");
  const auto diff = Diff(ab, ba);
  ASSERT_TRUE(diff.has_value());
  EXPECT_TRUE(diff->changes.empty());
  EXPECT_EQ(DescribeTensors(*diff).sentence,
            "the same tensors; only the header is written otherwise");
}

TEST(DiffTensors, OtherContentIsNone) {
  EXPECT_FALSE(Diff("a,b\n", "a,b\n").has_value());
  const std::string whole = File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "a");
  EXPECT_FALSE(Diff(whole, whole.substr(0, whole.size() - 1)).has_value());
}

}  // namespace
}  // namespace reprise::lineage
