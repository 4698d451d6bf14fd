// The files of a sandbox by the paths that they have in it.

#include "tracker/sandbox/sandbox_files.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/tracker/sandbox/sandbox_testing.h"

namespace reprise::tracker {
namespace {

using ::testing::ElementsAre;

class SandboxFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"root/d", "written", "host"}) {
      ASSERT_TRUE(CreateDirectories(host_, folder_.Path(name)).ok());
    }
    Write("root/d/a", "one");
    Write("host/bound", "bound");
    std::filesystem::create_symlink("/d/a", folder_.Path("root/link"));
    std::filesystem::create_symlink("loop", folder_.Path("root/loop"));
    auto sandbox = Sandbox::Prepare(
        host_, {.base = folder_.Path("root"),
                .scratch = folder_.Path("written"),
                .binds = {{.source = folder_.Path("host/bound"), .target = "/d/bound"}}});
    if (!sandbox.ok()) GTEST_SKIP() << "SKIPPED: " << sandbox.error().message;
    sandbox_ = *std::move(sandbox);
    files_ = std::make_unique<SandboxFiles>(host_, *sandbox_);
  }
  void Write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(host_, folder_.Path(name), content).ok());
  }

  FileSystem& host_ = PosixFileSystem();
  reprise::testing::TempDir folder_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<SandboxFiles> files_;
};

TEST_F(SandboxFilesTest, PathsAreThoseOfTheSandbox) {
  EXPECT_EQ(*ReadFile(*files_, "/d/a"), "one");
  EXPECT_EQ(*ReadFile(*files_, "/d/bound"), "bound");
  EXPECT_EQ(files_->Stat(folder_.Path("root/d/a")).error().code, ErrorCode::kNotFound);
}

TEST_F(SandboxFilesTest, LinksAreFollowedInsideAndCirclesAreAnError) {
  EXPECT_EQ(*ReadFile(*files_, "/link"), "one");
  EXPECT_EQ(*files_->ReadLink("/link"), "/d/a");
  EXPECT_EQ(files_->Stat("/link")->kind, FileKind::kSymlink);
  EXPECT_EQ(files_->StatFollowing("/link")->kind, FileKind::kFile);
  EXPECT_FALSE(files_->StatFollowing("/loop").ok());
}

TEST_F(SandboxFilesTest, AFolderHasTheNamesOfAllLayers) {
  std::vector<std::string> names;
  const auto entries = files_->List("/d");
  ASSERT_TRUE(entries.ok());
  for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
  EXPECT_THAT(names, ElementsAre("a", "bound"));
  EXPECT_EQ(files_->List("/d/a").error().code, ErrorCode::kNotFound);
}

TEST_F(SandboxFilesTest, NothingIsWritten) {
  EXPECT_EQ(files_->Open("/d/a", OpenMode::kReadWrite, 0).error().code, ErrorCode::kReadOnly);
  EXPECT_EQ(files_->Rename("/d/a", "/d/b").error().code, ErrorCode::kReadOnly);
  EXPECT_EQ(files_->RemoveFile("/d/a").error().code, ErrorCode::kReadOnly);
  EXPECT_EQ(files_->CreateDirectory("/e", 0755).error().code, ErrorCode::kReadOnly);
}

}  // namespace
}  // namespace reprise::tracker
