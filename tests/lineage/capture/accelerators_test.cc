#include "lineage/capture/accelerators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "capture_testing.h"

namespace reprise::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TempFolder;

class AcceleratorsTest : public ::testing::Test {
 protected:
  void AddNvidia(const std::string& bus, const std::string& model) {
    root.Write("proc/driver/nvidia/gpus/" + bus + "/information", "Model: \t\t " + model + "\n");
    root.Write("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX 535.104.05\nGCC: 12\n");
  }
  void AddAmd(const std::string& node, const std::string& name, const std::string& properties) {
    root.Write("sys/class/kfd/kfd/topology/nodes/" + node + "/name", name + "\n");
    root.Write("sys/class/kfd/kfd/topology/nodes/" + node + "/properties", properties);
  }

  TempFolder root;
  SystemView view{PosixFileSystem(), root.path()};
  const NvmlFacts nvml{"535.1", "12.2", {{"A100", "sm_80"}, {"V100", std::nullopt}}};
};

TEST_F(AcceleratorsTest, NvmlIsAskedThroughItsLibrary) {
  const auto facts = ReadNvml(REPRISE_FAKE_NVML);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->driver, "535.104.05");
  EXPECT_EQ(facts->cuda_version, "12.2");
  EXPECT_THAT(facts->devices,
              ElementsAre(NvmlFacts::Device{"NVIDIA A100-SXM4-40GB", "sm_80"},
                          NvmlFacts::Device{"Tesla V100", {}}, NvmlFacts::Device{"unknown", {}}));
}

TEST_F(AcceleratorsTest, WithoutALibraryOrADriverThereAreNoFacts) {
  EXPECT_EQ(ReadNvml("/nowhere/libnvidia-ml.so.1"), std::nullopt);
  EXPECT_EQ(ReadNvml("libc.so.6"), std::nullopt);  // A library without these functions.
  setenv("FAKE_NVML_NO_DRIVER", "1", 1);
  EXPECT_EQ(ReadNvml(REPRISE_FAKE_NVML), std::nullopt);
  unsetenv("FAKE_NVML_NO_DRIVER");
}

TEST_F(AcceleratorsTest, AMachineWithoutAnyHasNone) {
  EXPECT_EQ(ReadAccelerators(view, std::nullopt), Accelerators{});
  EXPECT_FALSE(HasNvidiaDriver(view));
}

TEST_F(AcceleratorsTest, NvidiasModelsComeFromProcAndTheirArchitecturesFromNvml) {
  AddNvidia("0000:07:00.0", "Tesla V100");
  AddNvidia("0000:06:00.0", "NVIDIA A100");
  EXPECT_TRUE(HasNvidiaDriver(view));
  Accelerators found = ReadAccelerators(view, nvml);
  EXPECT_THAT(found.models, ElementsAre("NVIDIA A100", "Tesla V100"));
  EXPECT_THAT(found.architectures, ElementsAre("sm_80", "unknown"));
  EXPECT_EQ(found.driver, "NVIDIA UNIX 535.104.05");
  EXPECT_EQ(found.cuda_version, "12.2");
  found = ReadAccelerators(view, std::nullopt);
  EXPECT_THAT(found.architectures, IsEmpty());
}

TEST_F(AcceleratorsTest, WhereProcShowsNoneNvmlTellsAll) {
  const Accelerators found = ReadAccelerators(view, nvml);
  EXPECT_THAT(found.models, ElementsAre("A100", "V100"));
  EXPECT_THAT(found.architectures, ElementsAre("sm_80", "unknown"));
  EXPECT_EQ(found.driver, "535.1");
}

TEST_F(AcceleratorsTest, ArchitecturesOfOtherDevicesAreNotTakenForThese) {
  AddNvidia("0000:06:00.0", "NVIDIA A100");
  const Accelerators found = ReadAccelerators(view, nvml);
  EXPECT_THAT(found.models, ElementsAre("NVIDIA A100"));
  EXPECT_THAT(found.architectures, IsEmpty());
}

TEST_F(AcceleratorsTest, AmdsNodesAreNamedByTheirInstructionSet) {
  AddAmd("0", "", "cpu_cores_count 64\nsimd_count 0\ngfx_target_version 0\n");
  AddAmd("10", "navi21", "simd_count 144\nsimd_per_cu 2\ngfx_target_version 100300\n");
  AddAmd("9", "aldebaran", "simd_count 416\nsimd_per_cu 4\ngfx_target_version 90010\n");
  root.Write("sys/module/amdgpu/version", "6.3.6\n");
  const Accelerators found = ReadAccelerators(view, std::nullopt);
  EXPECT_THAT(found.models, ElementsAre("AMD aldebaran", "AMD navi21"));
  EXPECT_THAT(found.architectures,
              ElementsAre("gfx90a, 104 compute units", "gfx1030, 72 compute units"));
  EXPECT_EQ(found.driver, "amdgpu 6.3.6");
}

}  // namespace
}  // namespace reprise::capture
