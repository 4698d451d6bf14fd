// The class of each file that a run uses.

#include "tracker/recorder/file_classes.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

using lineage::FileClass;

class FileClassesTest : public ::testing::Test {
 protected:
  FileClassesTest() {
    for (const char* name : {"project/.git", "home", "tmp"}) {
      std::filesystem::create_directories(folder_.Path(name));
    }
    host_.Set("variables",
              Json().Set("HOME", folder_.Path("home")).Set("TMPDIR", folder_.Path("tmp")));
    v1::CodeFile& file = *code_.add_files();
    file.set_path("train.py");
    file.set_tracked(true);
  }

  FileClasses Load(const std::string& project = "project") {
    return FileClasses::Load(files_, folder_.Path(project), folder_.Path("project/.reprise"), host_,
                             &code_, {});
  }

  FileSystem& files_ = PosixFileSystem();
  const testing::TempDir folder_;
  Json host_;
  v1::CodeCaptured code_;
};

TEST_F(FileClassesTest, TrackedFilesOfTheProjectAreCodeAndOthersData) {
  const FileClasses classes = Load();
  EXPECT_EQ(classes.ClassOf(folder_.Path("project/train.py")), FileClass::kCode);
  EXPECT_EQ(classes.ClassOf(folder_.Path("project/train.csv")), FileClass::kData);
  EXPECT_EQ(classes.problem(), std::nullopt);
}

TEST_F(FileClassesTest, AProjectNamedByASymlinkHasTheSameClasses) {
  std::filesystem::create_symlink(folder_.Path("project"), folder_.Path("link"));
  const FileClasses classes = Load("link");
  EXPECT_EQ(classes.project_folder(), folder_.Path("project"));
  EXPECT_EQ(classes.ClassOf(folder_.Path("project/train.py")), FileClass::kCode);
}

TEST_F(FileClassesTest, TheTemporaryFolderIsThatOfTheCommand) {
  EXPECT_EQ(Load().ClassOf(folder_.Path("tmp/x")), FileClass::kScratch);
}

TEST_F(FileClassesTest, ADamagedRuleFileCostsItsRulesAndSaysSo) {
  ASSERT_TRUE(WriteFileAtomically(files_, folder_.Path("project/reprise.toml"), "[[[").ok());
  const FileClasses classes = Load();
  EXPECT_TRUE(classes.problem().has_value());
  EXPECT_EQ(classes.ClassOf(folder_.Path("project/train.py")), FileClass::kCode);
}

}  // namespace
}  // namespace reprise::tracker
