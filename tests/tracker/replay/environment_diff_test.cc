#include "tracker/replay/environment_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kBefore = R"({"architecture":"x86_64",
    "files":[{"digest":"sha256:aa","package":"libc6","path":"/lib/c.so","version":"2.36-9"},
             {"digest":"sha256:bb","path":"tool"}],
    "instruction_set":["avx"],
    "python_packages":[{"name":"numpy","version":"1.24"},{"name":"pip","version":"23"}],
    "time_zone":"UTC","variables":[{"name":"LANG","value":"C"}]})";
constexpr const char* kAfter = R"({"architecture":"x86_64",
    "files":[{"digest":"sha256:cc","package":"libc6","path":"/lib/c.so","version":"2.36-10"},
             {"digest":"sha256:bb","path":"other"}],
    "instruction_set":["avx","avx2"],
    "python_packages":[{"name":"numpy","version":"1.26"}],
    "time_zone":"Asia/Tokyo","variables":[{"name":"LANG","value":"C"}]})";

TEST(DiffEnvironments, NamesEachFilePackageAndMember) {
  const auto sentences = DiffEnvironments(kBefore, kAfter);
  ASSERT_TRUE(sentences.ok());
  EXPECT_THAT(*sentences,
              ElementsAre("the Python package numpy differs (was 1.24, is 1.26)",
                          "the Python package pip (23) is not part of it now",
                          "the file /lib/c.so differs (was libc6 2.36-9, is libc6 2.36-10)",
                          "the file other is part of it now", "the file tool is not part of it now",
                          "the instruction set was [\"avx\"] and is [\"avx\",\"avx2\"]",
                          "the time zone was UTC and is Asia/Tokyo"));
}

TEST(DiffEnvironments, EqualDocumentsDoNotDiffer) {
  const auto sentences = DiffEnvironments(kBefore, kBefore);
  ASSERT_TRUE(sentences.ok());
  EXPECT_THAT(*sentences, IsEmpty());
}

TEST(DiffEnvironments, NoNameReachesTheTerminalAsItIs) {
  const auto sentences = DiffEnvironments(R"({"a\u001b[2J_b":1,"files":[]})",
                                          R"({"files":[{"path":"\u001bc","version":"\u0007"}]})");
  ASSERT_TRUE(sentences.ok());
  EXPECT_THAT(*sentences, ElementsAre(R"(the file \x1bc (\x07) is part of it now)",
                                      R"(the a\x1b[2J b was 1 and is unknown)"));
}

TEST(DiffEnvironments, DocumentsThatAreNoneAreCorruption) {
  for (const char* document : {"", "[]", "null", "{"}) {
    const auto sentences = DiffEnvironments(kBefore, document);
    ASSERT_FALSE(sentences.ok()) << document;
  }
}

TEST(DiffEnvironments, NamesCondaPackagesAndCompilers) {
  const auto sentences = DiffEnvironments(
      R"({"conda_packages":[{"build":"h1_0","channel":null,"name":"mkl","version":"2024"}],
          "files":[{"compiler":["GCC: 12"],"digest":"sha256:aa","path":"train"}]})",
      R"({"conda_packages":[{"build":"h2_0","channel":null,"name":"mkl","version":"2024"}],
          "files":[{"compiler":["GCC: 13","rustc"],"digest":"sha256:bb","path":"train"}]})");
  ASSERT_TRUE(sentences.ok());
  EXPECT_THAT(
      *sentences,
      ElementsAre("the conda package mkl differs (was 2024 h1_0, is 2024 h2_0)",
                  "the file train differs (was made by GCC: 12, is made by GCC: 13, rustc)"));
}

TEST(DiffHardware, WhatOlderReleasesDoNotSayIsNoDifference) {
  const Json old_host = Json().Set("accelerators", Json::Array{}).Set("accelerator_driver", Json());
  Json one = old_host;
  one.Set("accelerator_architectures", Json::Array{{"sm_80"}}).Set("cuda_version", "12.2");
  Json other = old_host;
  other.Set("accelerator_architectures", Json::Array{{"sm_90"}}).Set("cuda_version", "12.4");
  auto sentences = DiffHardware(kBefore, kBefore, old_host, one);
  ASSERT_TRUE(sentences.ok());
  EXPECT_THAT(*sentences, IsEmpty());
  sentences = DiffHardware(kBefore, kBefore, one, other);
  ASSERT_TRUE(sentences.ok());
  EXPECT_THAT(*sentences,
              ElementsAre("the list of accelerators' architectures was [\"sm_80\"] and is "
                          "[\"sm_90\"]",
                          "the driver's CUDA version was 12.2 and is 12.4"));
}

TEST(DiffHardware, NamesProcessorsAndAccelerators) {
  const Json one = Json().Set("accelerators", Json::Array{}).Set("accelerator_driver", Json());
  Json gpus = Json::Array{};
  gpus.Append("A100");
  const Json other = Json().Set("accelerators", gpus).Set("accelerator_driver", "535.1");
  const auto sentences = DiffHardware(kBefore, kAfter, one, other);
  ASSERT_TRUE(sentences.ok());
  EXPECT_THAT(*sentences, ElementsAre("the instruction set was [\"avx\"] and is [\"avx\",\"avx2\"]",
                                      "the list of accelerators was [] and is [\"A100\"]",
                                      "the accelerators' driver was unknown and is 535.1"));
  const auto none = DiffHardware(kBefore, kBefore, one, one);
  ASSERT_TRUE(none.ok());
  EXPECT_THAT(*none, IsEmpty());
}

}  // namespace
}  // namespace reprise::tracker
