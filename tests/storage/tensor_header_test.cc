#include "storage/tensor_header.h"

#include <gtest/gtest.h>

#include "storage/object_store.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::RandomBytes;
using Cuts = std::vector<std::uint64_t>;

std::string Safetensors(const std::string& header) {
  std::string out;
  AppendLe(out, std::uint64_t{header.size()});
  return out + header;
}

Cuts CutsOf(const std::string& head) { return TensorCuts(AsBytes(head)); }

TEST(TensorCuts, LargeTensorsOfSafetensorsBeginChunks) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},)"
      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[100000,100004]},)"
      R"("c":{"dtype":"F32","shape":[50000],"data_offsets":[100004,300004]},)"
      R"("a":{"dtype":"F32","shape":[25000],"data_offsets":[0,100000]}})";
  const std::uint64_t data = 8 + header.size();
  EXPECT_EQ(CutsOf(Safetensors(header)), (Cuts{data, data + 100'004}));
}

TEST(TensorCuts, TheDataOfNpyBeginsAChunk) {
  std::string one("\x93NUMPY\x01\x00", 8);
  AppendLe(one, std::uint16_t{118});
  EXPECT_EQ(CutsOf(one + std::string(118, ' ')), Cuts{128});
  std::string two("\x93NUMPY\x02\x00", 8);
  AppendLe(two, std::uint32_t{70'000});
  EXPECT_EQ(CutsOf(two + std::string(70'000, ' ')), Cuts{70'012});
}

TEST(TensorCuts, WhatOnlyLooksLikeTensorsIsLeftAlone) {
  EXPECT_TRUE(CutsOf("").empty());
  EXPECT_TRUE(CutsOf("plain text that is long enough").empty());
  EXPECT_TRUE(CutsOf(Safetensors("{not json}")).empty());
  EXPECT_TRUE(CutsOf(Safetensors("[]")).empty());
  EXPECT_TRUE(CutsOf(Safetensors(R"({"a":{"data_offsets":[-1,99999999]}})")).empty());
  EXPECT_TRUE(CutsOf(Safetensors(R"({"a":{"data_offsets":[9e99,1e300]}})")).empty());
  EXPECT_TRUE(CutsOf(Safetensors(R"({"a":{"data_offsets":["0","99999999"]}})")).empty());
  EXPECT_TRUE(CutsOf(Safetensors(R"({"a":{"data_offsets":[99999999,0]}})")).empty());
  EXPECT_TRUE(CutsOf(Safetensors(R"({"a":7})")).empty());
  EXPECT_TRUE(CutsOf(std::string("\x93NUMPY\x09\x00", 8) + std::string(20, ' ')).empty());
  std::string cut_short;
  AppendLe(cut_short, std::uint64_t{1} << 60);
  EXPECT_TRUE(CutsOf(cut_short + "{}").empty());
}

TEST(TensorCuts, ATensorThatGrewLeavesTheOthersDeduplicated) {
  testing::ObjectFixture fixture;
  const auto checkpoint = [](std::size_t first_bytes, std::uint64_t seed) {
    const std::string header =
        R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0,)" + std::to_string(first_bytes) +
        R"(]},"b":{"dtype":"U8","shape":[],"data_offsets":[)" + std::to_string(first_bytes) + "," +
        std::to_string(first_bytes + 200'000) + "]}}";
    return Safetensors(header) + RandomBytes(first_bytes, seed) + RandomBytes(200'000, 99);
  };
  fixture.Store(checkpoint(100'000, 1));
  const auto writer = fixture.NewWriter();
  ASSERT_TRUE(writer->Put(AsBytes(checkpoint(150'000, 2))).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_LT(writer->stats().new_bytes, 151'000U);  // The header and the first tensor.
}

}  // namespace
}  // namespace reprise::storage
