#include "lineage/capture/conda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture_testing.h"

namespace reprise::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TempFolder;

TEST(Conda, PackagesAreNamedByTheirFilesAndTheirChannelByTheContent) {
  TempFolder root;
  const SystemView view(PosixFileSystem(), root.path());
  root.Write("c/conda-meta/history", "");
  root.Write("c/conda-meta/numpy-1.26.4-py311h64a7726_0.json",
             "{\n  \"build\": \"x\",\n  \"channel\": "
             "\"https://conda.anaconda.org/conda-forge/linux-64\",\n  \"files\": [" +
                 std::string(100'000, ' ') + "]\n}\n");
  root.Write("c/conda-meta/ca-certificates-2024.2.2-hbcca054_0.json", "{\"files\": []}");
  root.Write("c/conda-meta/bad.json", "");
  root.Write("c/conda-meta/-1-2.json", "");
  EXPECT_THAT(ListCondaPackages(view, "/c"),
              ElementsAre(CondaPackage{"ca-certificates", "2024.2.2", "hbcca054_0", {}},
                          CondaPackage{"numpy", "1.26.4", "py311h64a7726_0",
                                       "conda.anaconda.org/conda-forge"}));
  EXPECT_THAT(ListCondaPackages(view, "/none"), IsEmpty());
  EXPECT_EQ(CondaPrefix(view, "/c/bin/python3.11"), "/c");
  EXPECT_EQ(CondaPrefix(view, "/usr/bin/python3.11"), std::nullopt);
}

TEST(Conda, ChannelsHaveNoCredentialsAndNoPlatform) {
  EXPECT_EQ(ChannelName("defaults"), "defaults");
  EXPECT_EQ(ChannelName("https://conda.anaconda.org/conda-forge/noarch"),
            "conda.anaconda.org/conda-forge");
  EXPECT_EQ(ChannelName("https://conda.anaconda.org/t/se-cr3t/lab/linux-aarch64/"),
            "conda.anaconda.org/lab");
  EXPECT_EQ(ChannelName("https://me:pass@host:8443/own?token=1#x"), "host:8443/own");
  EXPECT_EQ(ChannelName(""), "");
  EXPECT_EQ(ChannelName("https://host/t/"), "host");
}

}  // namespace
}  // namespace reprise::capture
