// What is said of .npy and .safetensors files: those that NumPy wrote, and bytes made by hand.

#include <cmath>

#include "storage/base/file.h"
#include "tests/lineage/compare/comparing.h"

namespace reprise::lineage {
namespace {

using testing::At;
using testing::Compare;
using testing::Told;

// What NumPy wrote: tests/golden/numpy/README.md.
std::string NumPy(const std::string& name) {
  const auto content = ReadFile(PosixFileSystem(), JoinPath(REPRISE_GOLDEN_DIR, "numpy/" + name));
  EXPECT_TRUE(content.ok()) << name;
  return content.value_or("");
}

std::string Npy(const std::string& dictionary, const std::string& data) {
  std::string out("\x93NUMPY\x01\x00", 8);
  AppendLe(out, static_cast<std::uint16_t>(dictionary.size()));
  return out + dictionary + data;
}

template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string Safetensors(const std::string& header, const std::string& data) {
  std::string out;
  AppendLe(out, std::uint64_t{header.size()});
  return out + header + data;
}

TEST(CompareNpy, NamesTheElementTheCountAndTheDistances) {
  const auto difference = Compare(NumPy("f4.npy"), NumPy("f4_changed.npy"));
  EXPECT_EQ(difference.kind, "npy");
  EXPECT_EQ(difference.sentence,
            "<f4 (3, 4): 2 of 12 elements differ, first at [1, 2]: 0.75 became 0.75000006; by up "
            "to 0.5, relatively 0.266667, 4194304 ULP");
  EXPECT_EQ(At(difference.details, "values/first"), "[1,2]");
  EXPECT_EQ(At(difference.details, "values/absolute_max/at"), "[2,3]");
  EXPECT_EQ(At(difference.details, "values/ulp_max"), "4194304");
  EXPECT_EQ(At(difference.details, "expected/shape"), "[3,4]");
}

TEST(CompareNpy, PlacesInFortranOrderAreThoseOfTheArray) {
  const auto difference = Compare(NumPy("f4_fortran.npy"), NumPy("f4_fortran_changed.npy"));
  EXPECT_EQ(At(difference.details, "values/first"), "[1,2]");
  EXPECT_EQ(At(difference.details, "values/absolute_max/at"), "[2,3]");
}

TEST(CompareNpy, HeadersThatDifferAreNamed) {
  EXPECT_EQ(Told(NumPy("f4.npy"), NumPy("f8.npy")), "npy: dtype '<f4' became '<f8'");
  EXPECT_EQ(Told(NumPy("f4.npy"), NumPy("f4_fortran.npy")), "npy: order C became Fortran");
  EXPECT_EQ(Told(NumPy("f4.npy"), NumPy("c8.npy")),
            "npy: dtype '<f4' became '<c8'; shape (3, 4) became (3,)");
}

TEST(CompareNpy, TheOtherByteOrderIsNoOtherValue) {
  EXPECT_EQ(Told(NumPy("f4.npy"), NumPy("f4_big_endian.npy")),
            "npy: dtype '<f4' became '>f4'; the same elements");
  EXPECT_EQ(Told(NumPy("f4_big_endian.npy"), NumPy("f4_changed.npy")),
            "npy: dtype '>f4' became '<f4'; >f4 (3, 4): 2 of 12 elements differ, first at [1, 2]: "
            "0.75 became 0.75000006; by up to 0.5, relatively 0.266667, 4194304 ULP");
}

TEST(CompareNpy, ComplexNumbersAndNan) {
  EXPECT_EQ(Told(NumPy("c8.npy"), NumPy("c8_changed.npy")),
            "npy: <c8 (3,): 1 of 3 elements differs, first at [1]: (3,-4) became (3,-4.5); by up "
            "to 0.5, relatively 0.09245, 1048576 ULP");
}

TEST(CompareNpy, ElementsOfSeveralFieldsAreBytes) {
  const auto difference = Compare(NumPy("records.npy"), NumPy("records_changed.npy"));
  EXPECT_EQ(difference.kind, "npy");
  EXPECT_NE(difference.sentence.find("as bytes: byte 52: 0x03 became 0x04; 1 of 56 bytes differs"),
            std::string::npos)
      << difference.sentence;
}

TEST(CompareNpy, AnotherSpellingOfTheHeaderIsNoOtherArray) {
  const std::string data = BytesOf<std::int16_t>({1, 2});
  EXPECT_EQ(Told(Npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }\n", data),
                 Npy("{'shape': (2L,), 'fortran_order': False, 'descr': \"<i2\"}", data)),
            "npy: the same elements; only the header is written otherwise");
}

TEST(CompareNpy, EmptyAndScalarArrays) {
  const auto scalar = [](double value) {
    return Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", BytesOf<double>({value}));
  };
  EXPECT_EQ(Told(scalar(1), scalar(2)),
            "npy: <f8 (): 1 of 1 element differs, first at []: 1 became 2; by up to 1, relatively "
            "0.5, 4503599627370496 ULP");
  EXPECT_EQ(Told(Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }", ""),
                 Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 0), }", "")),
            "npy: shape (0, 3) became (3, 0)");
}

TEST(CompareNpy, WhatIsMalformedIsBytesAndSaysWhy) {
  const std::string good = NumPy("f4.npy");
  for (const std::string& bad :
       {good.substr(0, good.size() - 1), good.substr(0, 11), good.substr(0, 60),
        Npy("{'descr': '<f4', 'shape': (1,), }", "abcd"), Npy("{", ""), Npy("", ""),
        Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", ""),
        Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,), }", ""),
        Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "")}) {
    const auto difference = Compare(good, bad);
    EXPECT_EQ(difference.kind, "bytes");
    EXPECT_NE(difference.sentence.find("(not as .npy: "), std::string::npos);
  }
}

const std::string kHeader = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                            R"("b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}})";

TEST(CompareSafetensors, NamesTheTensorTheElementAndTheDistances) {
  const std::string a = BytesOf<float>({1, 2});
  const auto difference =
      Compare(Safetensors(kHeader, a + BytesOf<std::uint16_t>({0x3F80, 0x4000})),
              Safetensors(kHeader, a + BytesOf<std::uint16_t>({0x3F80, 0x4001})));
  EXPECT_EQ(difference.kind, "safetensors");
  EXPECT_EQ(difference.sentence,
            "tensor 'b', BF16 (1, 2): 1 of 2 elements differs, first at [0, 1]: 2 became 2.015625; "
            "by up to 0.015625, relatively 0.00775194, 1 ULP; 1 of 2 tensors differs");
  EXPECT_EQ(At(difference.details, "values/0/name"), R"("b")");
  EXPECT_EQ(At(difference.details, "values/0/first"), "[0,1]");
  EXPECT_EQ(At(difference.details, "same_metadata"), "true");
}

TEST(CompareSafetensors, SaysWhichOfSeveralTensorsIsFarthest) {
  const auto file = [](float x, std::uint16_t y) {
    return Safetensors(kHeader, BytesOf<float>({1, x}) + BytesOf<std::uint16_t>({0, y}));
  };
  const auto difference = Compare(file(2, 0x3F80), file(2.5, 0x4080));
  EXPECT_NE(difference.sentence.find("; 2 of 2 tensors differ; by up to 3 in 'b'"),
            std::string::npos)
      << difference.sentence;
}

TEST(CompareSafetensors, NamesTensorsThatCameWentOrChangedType) {
  const std::string expected = R"({"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},)"
                               R"("b":{"dtype":"I8","shape":[2],"data_offsets":[1,3]}})";
  const std::string actual = R"({"c":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})";
  EXPECT_EQ(Told(Safetensors(expected, "xyz"), Safetensors(actual, "xyz")),
            "safetensors: 1 tensor, as 'a', removed; 1 tensor, as 'c', added; 1 tensor of another "
            "type or shape, as 'b' from I8 (2,) to U8 (2,)");
}

TEST(CompareSafetensors, AnotherLayoutIsNoOtherModel) {
  const std::string one = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                          R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})";
  const std::string other = R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                            R"("a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})";
  EXPECT_EQ(Told(Safetensors(one, "abb"), Safetensors(other, "bba")),
            "safetensors: the same tensors; only the header is written otherwise");
  const std::string noted = R"({"__metadata__":{"format":"pt"},)" + one.substr(1);
  EXPECT_EQ(Told(Safetensors(one, "abb"), Safetensors(noted, "abb")),
            "safetensors: other metadata");
}

TEST(CompareSafetensors, WhatIsMalformedIsBytesAndSaysWhy) {
  const std::string data(12, '\0');
  const std::string good = Safetensors(kHeader, data);
  for (const std::string& bad :
       {Safetensors(kHeader, data + "x"), Safetensors(kHeader, data.substr(1)),
        Safetensors("{\"a\":7}", ""), Safetensors("{not json", ""),
        Safetensors(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", data.substr(4)),
        Safetensors(R"({"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,8]}})",
                    data.substr(4))}) {
    const auto difference = Compare(good, bad);
    EXPECT_EQ(difference.kind, "bytes");
    EXPECT_NE(difference.sentence.find("(not as .safetensors: "), std::string::npos);
  }
}

}  // namespace
}  // namespace reprise::lineage
