#include "lineage/capture/python.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture_testing.h"

namespace reprise::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TempFolder;

class PythonTest : public ::testing::Test {
 protected:
  PythonTest() {
    root.Write("usr/bin/python3.11", "", 0755);
    root.Link("usr/bin/python3", "python3.11");
    root.Write("usr/lib/python3/dist-packages/six-1.16.0.egg-info", "");
    root.Write("usr/local/lib/python3.11/dist-packages/numpy-1.24.2.dist-info/METADATA", "");
    root.Write("home/me/.local/lib/python3.11/site-packages/numpy-2.0.0.dist-info/METADATA", "");
    root.Write("venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n");
    root.Link("venv/bin/python", "/usr/bin/python3");
    root.Write("venv/lib/python3.11/site-packages/torch-2.1.0+cpu.dist-info/METADATA", "");
  }

  std::vector<Distribution> List(const std::string& interpreter, const Variables& variables = {}) {
    return ListDistributions(view, SiteFolders(view, interpreter, {{}, "/work", variables}));
  }

  TempFolder root;
  SystemView view{PosixFileSystem(), root.path()};
};

TEST_F(PythonTest, InterpretersAreKnownByName) {
  for (const char* name : {"python", "/usr/bin/python3", "python3.11", "pypy3"}) {
    EXPECT_TRUE(IsPython(name)) << name;
  }
  for (const char* name : {"python-config", "ipython", "python3.11-config", "bash", ""}) {
    EXPECT_FALSE(IsPython(name)) << name;
  }
}

TEST_F(PythonTest, DebiansFoldersAreSearched) {
  EXPECT_THAT(List("/usr/bin/python3"),
              ElementsAre(Distribution{"numpy", "1.24.2", {}}, Distribution{"six", "1.16.0", {}}));
}

TEST_F(PythonTest, TheUsersPackagesComeFirstUnlessSwitchedOff) {
  const Variables home = {{"HOME", "/home/me"}};
  EXPECT_EQ(List("/usr/bin/python3", home)[0].version, "2.0.0");
  const Variables off = {{"HOME", "/home/me"}, {"PYTHONNOUSERSITE", "1"}};
  EXPECT_EQ(List("/usr/bin/python3", off)[0].version, "1.24.2");
}

TEST_F(PythonTest, AVenvSeesItsOwnPackagesAndTheSystemsOnlyIfAsked) {
  const Distribution torch{"torch", "2.1.0+cpu", {}};
  EXPECT_THAT(List("/venv/bin/python", {{"HOME", "/home/me"}}), ElementsAre(torch));
  root.Write("venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = true\n");
  EXPECT_THAT(List("/venv/bin/python"), ElementsAre(Distribution{"numpy", "1.24.2", {}},
                                                    Distribution{"six", "1.16.0", {}}, torch));
}

TEST_F(PythonTest, PythonPathComesFirst) {
  root.Write("work/deps/six-9.dist-info/METADATA", "");
  EXPECT_EQ(List("/usr/bin/python3", {{"PYTHONPATH", "deps:/none"}})[1].version, "9");
}

TEST_F(PythonTest, EditableInstallationsNameTheirFolder) {
  root.Write("venv/lib/python3.11/site-packages/mine-0.1.dist-info/direct_url.json",
             R"({"dir_info": {"editable": true}, "url": "file:///work/my%20lib"})");
  root.Write("venv/lib/python3.11/site-packages/other-0.1.dist-info/direct_url.json",
             R"({"dir_info": {}, "url": "file:///work/other"})");
  const auto packages = List("/venv/bin/python");
  ASSERT_EQ(packages.size(), 3U);
  EXPECT_EQ(packages[0], (Distribution{"mine", "0.1", "/work/my lib"}));
  EXPECT_EQ(packages[1].editable_folder, std::nullopt);
}

TEST_F(PythonTest, FoldersOfPthFilesAreSearchedLast) {
  root.Write("venv/lib/python3.11/site-packages/a.pth",
             "# comment\nimport os; os\n\n/work/extra\r\nrelative\n/none\n");
  root.Write("venv/lib/python3.11/site-packages/relative/rel-2.dist-info/METADATA", "");
  root.Write("work/extra/torch-9.dist-info/METADATA", "");
  root.Write("work/extra/only-1.dist-info/METADATA", "");
  EXPECT_THAT(List("/venv/bin/python"),
              ElementsAre(Distribution{"only", "1", {}}, Distribution{"rel", "2", {}},
                          Distribution{"torch", "2.1.0+cpu", {}}));
  // Those of PYTHONPATH are not followed.
  root.Write("path/b.pth", "/work/more\n");
  root.Write("work/more/more-1.dist-info/METADATA", "");
  EXPECT_EQ(List("/venv/bin/python", {{"PYTHONPATH", "/path"}}).size(), 3U);
}

TEST_F(PythonTest, EggLinksNameTheFolderOfTheCodeAndItsVersion) {
  root.Write("venv/lib/python3.11/site-packages/my-tool.egg-link", "/work/tool\n.\n");
  root.Write("venv/lib/python3.11/site-packages/easy-install.pth", "/work/tool\n");
  root.Write("work/tool/my_tool.egg-info/PKG-INFO",
             "Metadata-Version: 2.1\nVersion: 0.3\n\nVersion: 9\n");
  root.Write("venv/lib/python3.11/site-packages/empty.egg-link", "");
  EXPECT_THAT(List("/venv/bin/python"), ElementsAre(Distribution{"my_tool", "0.3", "/work/tool"},
                                                    Distribution{"torch", "2.1.0+cpu", {}}));
}

TEST_F(PythonTest, OddNamesAreNoPackagesAndNoCrash) {
  for (const char* name : {".dist-info", "~umpy-1.dist-info", "x.txt", "-.dist-info"}) {
    root.Write("odd/" + std::string(name) + "/METADATA", "");
  }
  root.Write("odd/bare.egg-info/PKG-INFO", "");
  root.Write("odd/e-1.0-py3.11.egg-info/PKG-INFO", "");
  EXPECT_THAT(ListDistributions(view, {"/odd"}),
              ElementsAre(Distribution{"bare", "", {}}, Distribution{"e", "1.0", {}}));
  EXPECT_THAT(ListDistributions(view, {"/none"}), IsEmpty());
}

}  // namespace
}  // namespace reprise::capture
