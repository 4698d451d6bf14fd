#include "tracker/oci/image_contents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_objects.h"

namespace reprise::tracker {
namespace {

using lineage::FileClass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ImageContentsTest : public ::testing::Test {
 protected:
  RootEntry& Add(const std::string& path, FileClass file_class, FileKind kind = FileKind::kFile) {
    RootEntry& entry = root.entries[path];
    entry.file_class = file_class;
    entry.kind = kind;
    if (kind == FileKind::kFile) {
      entry.digest = objects.Put(path);
      entry.size_bytes = path.size();
    }
    return entry;
  }
  void AddName(const std::string& path) { root.entries[path] = {}; }

  ImageContents Sorted() {
    auto contents = ContentsOfImage(objects, root, "/home/me/project");
    EXPECT_TRUE(contents.ok());
    return contents.ok() ? *std::move(contents) : ImageContents();
  }
  // Names of folders end in a slash.
  static std::vector<std::string> Paths(const LayerContents& layer) {
    std::vector<std::string> paths;
    for (const LayerEntry& entry : layer.entries) {
      const bool is_folder = entry.header.kind == FileKind::kDirectory;
      paths.push_back(entry.header.path + (is_folder ? "/" : ""));
    }
    return paths;
  }

  testing::MemoryObjects objects;
  RootContents root;
};

TEST_F(ImageContentsTest, TheMachineAndTheRunHaveLayersOfTheirOwn) {
  Add("/usr/bin/sort", FileClass::kSystem);
  Add("/etc/hosts", FileClass::kConfiguration);
  Add("/lib", FileClass::kSystem, FileKind::kSymlink).target = "usr/lib";
  Add("/home", FileClass::kSystem, FileKind::kDirectory);
  Add("/home/me/project/x.py", FileClass::kCode);
  Add("/home/me/project/lib.so", FileClass::kSystem);  // Of the project, whatever it is.
  Add("/data/census.csv", FileClass::kData);
  const ImageContents contents = Sorted();
  ASSERT_EQ(contents.layers.size(), 2U);
  EXPECT_EQ(contents.layers[0].name, "system");
  EXPECT_THAT(Paths(contents.layers[0]),
              ElementsAre("etc/", "etc/hosts", "lib", "usr/", "usr/bin/", "usr/bin/sort"));
  EXPECT_EQ(contents.layers[1].name, "project");
  EXPECT_THAT(Paths(contents.layers[1]),
              ElementsAre("data/", "data/census.csv", "home/", "home/me/", "home/me/project/",
                          "home/me/project/lib.so", "home/me/project/x.py"));
}

TEST_F(ImageContentsTest, AFolderLiesInTheLayerOfTheMachineIfAnythingInItDoes) {
  Add("/opt", FileClass::kData, FileKind::kDirectory).mode = 0700;
  Add("/opt/python", FileClass::kSystem);
  Add("/opt/data", FileClass::kData);
  Add("/empty", FileClass::kSystem, FileKind::kDirectory);
  Add("/tmp", FileClass::kData, FileKind::kDirectory).mode = 01777;
  const ImageContents contents = Sorted();
  ASSERT_EQ(contents.layers.size(), 2U);
  EXPECT_THAT(Paths(contents.layers[0]), ElementsAre("empty/", "opt/", "opt/python"));
  EXPECT_EQ(contents.layers[0].entries[1].header.mode, 0700U);
  EXPECT_THAT(Paths(contents.layers[1]), ElementsAre("opt/data", "tmp/"));
  EXPECT_EQ(contents.layers[1].entries[1].header.mode, 01777U);
}

TEST_F(ImageContentsTest, TheLayerOfTheMachineDoesNotFollowFromTheProject) {
  Add("/usr/bin/sort", FileClass::kSystem);
  Add("/home", FileClass::kSystem, FileKind::kDirectory);
  Add("/home/me", FileClass::kSystem, FileKind::kDirectory);
  Add("/home/me/project/x.py", FileClass::kCode);
  const std::vector<std::string> first = Paths(Sorted().layers[0]);
  root.entries.erase("/home/me/project/x.py");
  Add("/home/me/project/data/y.csv", FileClass::kData);
  EXPECT_EQ(Paths(Sorted().layers[0]), first);
}

TEST_F(ImageContentsTest, ANameAloneIsAnEmptyFileOfTheFolderThatWasListed) {
  Add("/usr/lib/python3", FileClass::kSystem, FileKind::kDirectory);
  AddName("/usr/lib/python3/os.py");
  Add("/data", FileClass::kData, FileKind::kDirectory);
  AddName("/data/unread.csv");
  const ImageContents contents = Sorted();
  EXPECT_THAT(Paths(contents.layers[0]),
              ElementsAre("usr/", "usr/lib/", "usr/lib/python3/", "usr/lib/python3/os.py"));
  EXPECT_THAT(Paths(contents.layers[1]), ElementsAre("data/", "data/unread.csv"));
  EXPECT_EQ(contents.layers[1].entries[1].header.size_bytes, 0U);
  EXPECT_FALSE(contents.layers[1].entries[1].content.has_value());
  EXPECT_THAT(contents.missing, IsEmpty());
}

TEST_F(ImageContentsTest, TimesAreWholeSecondsAndLinksHaveTheModeOfLinks) {
  Add("/a", FileClass::kSystem).modified_at_unix_ns = 1'700'000'000'999'999'999;
  Add("/b", FileClass::kSystem).modified_at_unix_ns = -1;
  Add("/c", FileClass::kSystem, FileKind::kSymlink).mode = 0;
  const ImageContents contents = Sorted();
  const std::vector<LayerEntry>& entries = contents.layers[0].entries;
  EXPECT_EQ(entries[0].header.modified_at_unix_s, 1'700'000'000);
  EXPECT_EQ(entries[1].header.modified_at_unix_s, -1);
  EXPECT_EQ(entries[2].header.mode, 0777U);
  EXPECT_EQ(contents.size_bytes, 4U);
}

TEST_F(ImageContentsTest, SecretsAreLeftOutAndAreNoReasonToRefuse) {
  Add("/home/me/.netrc", FileClass::kSecret).digest.reset();
  Add("/home/me/project/x", FileClass::kCode);
  root.missing = {"'/home/me/.netrc' is a secret, which is not stored; supply it again",
                  "'/usr/lib/x.so', which the run used, is not stored"};
  const ImageContents contents = Sorted();
  EXPECT_THAT(contents.secrets, ElementsAre("/home/me/.netrc"));
  EXPECT_THAT(contents.missing, ElementsAre(HasSubstr("/usr/lib/x.so")));
  EXPECT_THAT(Paths(contents.layers[0]),
              ElementsAre("home/", "home/me/", "home/me/project/", "home/me/project/x"));
}

TEST_F(ImageContentsTest, ContentThatIsGoneFromTheStoreIsMissing) {
  const RootEntry entry = Add("/usr/bin/sort", FileClass::kSystem);
  objects.Remove(*entry.digest);
  const ImageContents contents = Sorted();
  EXPECT_THAT(contents.missing, ElementsAre(HasSubstr("'/usr/bin/sort' is not in the store")));
  EXPECT_FALSE(contents.layers[0].entries.back().content.has_value());
}

TEST_F(ImageContentsTest, AnImageHasNoNamesThatMeanThatSomethingIsGone) {
  Add("/data/.wh.x", FileClass::kData);
  Add("/data/x.wh.", FileClass::kData);
  const ImageContents contents = Sorted();
  EXPECT_THAT(contents.missing, ElementsAre(HasSubstr("'/data/.wh.x' cannot be in an image")));
  EXPECT_THAT(Paths(contents.layers[0]), ElementsAre("data/", "data/x.wh."));
}

TEST_F(ImageContentsTest, NothingIsAnEmptyLayer) {
  const ImageContents contents = Sorted();
  ASSERT_EQ(contents.layers.size(), 1U);
  EXPECT_THAT(contents.layers[0].entries, IsEmpty());
}

TEST_F(ImageContentsTest, PathsThatLeadOutOfARootAreCorruption) {
  for (const std::string path : {"", "x", "/../x", "/x/", "//x", "/./x"}) {
    root.entries.clear();
    Add(path, FileClass::kSystem);
    const auto contents = ContentsOfImage(objects, root, "/p");
    ASSERT_FALSE(contents.ok()) << path;
    EXPECT_EQ(contents.error().code, ErrorCode::kCorruption);
  }
}

TEST_F(ImageContentsTest, AnEntryBelowALinkOrFileIsCorruption) {
  for (const FileKind kind : {FileKind::kSymlink, FileKind::kFile}) {
    root.entries.clear();
    Add("/a", FileClass::kSystem, kind).target = "/etc";
    Add("/a/passwd", FileClass::kSystem);
    const auto contents = ContentsOfImage(objects, root, "/p");
    ASSERT_FALSE(contents.ok());
    EXPECT_EQ(contents.error().code, ErrorCode::kCorruption);
    EXPECT_THAT(contents.error().message, HasSubstr("'/a/passwd' lies below '/a'"));
  }
}

}  // namespace
}  // namespace reprise::tracker
