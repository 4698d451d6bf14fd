// From made-up traces to closures, inputs and outputs.

#include "tracker/recorder/traced_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "storage/crypto/sha256.h"
#include "tests/tracker/recorder/session_fixture.h"

namespace reprise::tracker {
namespace {

using lineage::ClosureFile;
using lineage::FileClass;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TracedFilesTest : public testing::SessionFixture {
 protected:
  void SetUp() override {
    SessionFixture::SetUp();
    session_ = Create(Started());
    options_.project_folder = project();
    options_.store_folder = store();
    options_.session_folder = session_folder();
    options_.rule_of = [](const std::string& path) -> const capture::FileRule& {
      static const capture::FileRule kernel{"/proc/", FileClass::kKernel, "kernel", "built in"};
      static const capture::FileRule system{"*.so", FileClass::kSystem, "libraries", "built in"};
      static const capture::FileRule data{"/", FileClass::kData, "everything else", "built in"};
      if (path.starts_with("/proc/")) return kernel;
      return path.ends_with(".so") ? system : data;
    };
    Write("a", "one\n");
  }

  std::string In(const std::string& name) const { return JoinPath(project(), name); }
  void Write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(files(), In(name), content).ok());
  }

  Access& Uses(const std::string& path, std::uint32_t uses, std::uint32_t changes = 0) {
    Access& access = trace_.accesses[path];
    access = {.path = path, .uses = uses, .changes = changes};
    const auto stat = files().Stat(path);
    if (!stat.ok()) return access;
    access.stat = *stat;
    access.state = stat->kind == FileKind::kDirectory ? NameState::kFolder : NameState::kFile;
    return access;
  }

  void Keep(Access& access, const std::string& content) {
    access.kept = "kept.1";
    ASSERT_TRUE(WriteFileAtomically(files(), JoinPath(session_folder(), "kept.1"), content).ok());
  }

  TracedFiles Capture() {
    auto writer = session_->NewWriter(nullptr, 1);
    EXPECT_TRUE(writer.ok());
    auto captured = CaptureTracedFiles(files(), files(), trace_, options_, **writer);
    EXPECT_TRUE(captured.ok()) << captured.error().message;
    EXPECT_TRUE(session_->FinishWriter(*std::move(writer)).ok());
    return captured.ok() ? *std::move(captured) : TracedFiles{};
  }

  static ClosureFile FileOf(const TracedFiles& captured, const std::string& path) {
    for (const ClosureFile& file : captured.closure.files) {
      if (file.path == path) return file;
    }
    ADD_FAILURE() << path << " is not in the closure";
    return {};
  }

  Trace trace_;
  TracedFilesOptions options_;
  std::unique_ptr<Session> session_;
};

TEST_F(TracedFilesTest, WhatWasReadIsAnInputAndStored) {
  Uses(In("a"), kUseRead);
  const TracedFiles captured = Capture();
  const ClosureFile file = FileOf(captured, In("a"));
  EXPECT_EQ(file.digest, crypto::Sha256("one\n"));
  EXPECT_TRUE(file.stored);
  EXPECT_FALSE(file.unstable);
  EXPECT_EQ(file.uses, lineage::kFileRead);
  ASSERT_EQ(captured.inputs.size(), 1U);
  EXPECT_EQ(captured.inputs[0].path(), In("a"));
  EXPECT_THAT(captured.outputs, IsEmpty());
  EXPECT_THAT(captured.warnings, IsEmpty());
}

TEST_F(TracedFilesTest, NamesThatAreNoTextAreKeptAsTheyAre) {
  Write("caf\xe9\n", "x");
  Uses(In("caf\xe9\n"), kUseRead);
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, In("caf\xe9\n")).digest, crypto::Sha256("x"));
  EXPECT_EQ(captured.inputs.at(0).path(), In("caf\xe9\n"));
}

TEST_F(TracedFilesTest, AnInputThatAnotherProgramChangedIsUnstable) {
  Uses(In("a"), kUseRead);
  Write("a", "two\n");
  const TracedFiles captured = Capture();
  EXPECT_TRUE(FileOf(captured, In("a")).unstable);
  EXPECT_TRUE(captured.inputs.at(0).unstable());
}

TEST_F(TracedFilesTest, AnInputThatVanishedIsWarnedOfAndNotStored) {
  Uses(In("a"), kUseRead);
  std::filesystem::remove(In("a"));
  const TracedFiles captured = Capture();
  EXPECT_FALSE(FileOf(captured, In("a")).stored);
  EXPECT_THAT(captured.warnings, ElementsAre(HasSubstr("could not be read")));
  EXPECT_TRUE(captured.inputs.at(0).digest().empty());
}

TEST_F(TracedFilesTest, AnInputInWhosePlaceIsNoFileAnyMoreIsWarnedOf) {
  Uses(In("a"), kUseRead);
  std::filesystem::remove(In("a"));
  ASSERT_EQ(mkfifo(In("a").c_str(), 0600), 0);
  EXPECT_THAT(Capture().warnings, ElementsAre(HasSubstr("is no regular file any more")));
}

TEST_F(TracedFilesTest, OfAnInputThatTheRunChangedTheKeptContentCounts) {
  Keep(Uses(In("a"), kUseRead, kChangeWritten), "before\n");
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, In("a")).digest, crypto::Sha256("before\n"));
  EXPECT_EQ(FileOf(captured, In("a")).uses, lineage::kFileRead | lineage::kFileChanged);
  EXPECT_FALSE(FileOf(captured, In("a")).unstable);
  ASSERT_EQ(captured.outputs.size(), 1U);
  EXPECT_EQ(captured.outputs[0].digest(), crypto::Sha256("one\n").ToStored());
}

TEST_F(TracedFilesTest, AnInputThatTheRunRemovedIsNoOutput) {
  Keep(Uses(In("a"), kUseRead, kChangeRemoved), "one\n");
  std::filesystem::remove(In("a"));
  const TracedFiles captured = Capture();
  EXPECT_TRUE(FileOf(captured, In("a")).stored);
  EXPECT_THAT(captured.outputs, IsEmpty());
}

TEST_F(TracedFilesTest, ContentThatCouldNotBeKeptIsUnstableAndToldOf) {
  Uses(In("a"), kUseRead, kChangeWritten).lost = true;
  const TracedFiles captured = Capture();
  EXPECT_TRUE(FileOf(captured, In("a")).unstable);
  EXPECT_EQ(FileOf(captured, In("a")).digest, std::nullopt);
  EXPECT_THAT(captured.warnings, ElementsAre(HasSubstr("could not be kept")));
}

TEST_F(TracedFilesTest, WhatWentWithAFolderIsReadAtItsNewPlace) {
  std::filesystem::create_directories(In("old"));
  Write("old/a", "moved\n");
  Access& access = Uses(In("old/a"), kUseRead, kChangeRemoved);
  access.moved_to = In("new/a");
  std::filesystem::rename(In("old"), In("new"));
  TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, In("old/a")).digest, crypto::Sha256("moved\n"));
  EXPECT_FALSE(FileOf(captured, In("old/a")).unstable);
  EXPECT_EQ(captured.inputs.at(0).path(), In("old/a"));
  Write("new/a", "changed by another\n");
  EXPECT_TRUE(FileOf(Capture(), In("old/a")).unstable);
}

TEST_F(TracedFilesTest, AFolderCountsAsChangedOnlyWhenItIsRemovedOrRenamed) {
  std::filesystem::create_directories(In("d"));
  Uses(In("d"), kUseLookedUp, kChangeAttributes);
  EXPECT_EQ(FileOf(Capture(), In("d")).uses, lineage::kFileLookedUp);
  Uses(In("d"), kUseLookedUp, kChangeRemoved);
  EXPECT_EQ(FileOf(Capture(), In("d")).uses, lineage::kFileLookedUp | lineage::kFileChanged);
}

TEST_F(TracedFilesTest, WhatIsNamedWithMinusIOrMinusOIsNotCapturedTwice) {
  Write("out", "result\n");
  std::filesystem::create_symlink(In("a"), In("link"));
  std::filesystem::create_symlink(In("out"), In("outlink"));
  Uses(In("a"), kUseRead);
  Uses(In("out"), 0, kChangeMade);
  options_.known_inputs = {In("link")};
  options_.known_outputs = {In("outlink")};
  const TracedFiles captured = Capture();
  EXPECT_THAT(captured.inputs, IsEmpty());
  EXPECT_THAT(captured.outputs, IsEmpty());
  EXPECT_TRUE(FileOf(captured, In("a")).stored);
}

TEST_F(TracedFilesTest, AProjectNamedByASymlinkKeepsThatName) {
  const std::string named = project() + ".link";
  std::filesystem::create_symlink(project(), named);
  options_.project_folder = named;
  Uses(In("a"), kUseRead);
  const TracedFiles captured = Capture();
  std::filesystem::remove(named);
  EXPECT_EQ(captured.inputs.at(0).path(), JoinPath(named, "a"));
  EXPECT_EQ(FileOf(captured, In("a")).path, In("a"));
}

TEST_F(TracedFilesTest, AnOutputThatWasChangedAfterwardsIsNotTheRuns) {
  Uses(In("a"), 0, kChangeMade);
  options_.changed_afterwards = [](const std::string&) { return true; };
  const TracedFiles captured = Capture();
  ASSERT_EQ(captured.outputs.size(), 1U);
  EXPECT_TRUE(captured.outputs[0].digest().empty());
  EXPECT_THAT(captured.outputs[0].problem(), HasSubstr("changed after the run"));
}

TEST_F(TracedFilesTest, FilesOfTheStoreAreNoneOfTheRun) {
  Uses(JoinPath(session_folder(), "journal"), kUseRead);
  EXPECT_THAT(Capture().closure.files, IsEmpty());
}

TEST_F(TracedFilesTest, EntriesOfProcessesAreOneWhateverTheirNumber) {
  for (const std::string number : {"12", "345"}) {
    Access& access = Uses("/proc/" + number + "/maps", kUseRead);
    access.state = NameState::kFile;
  }
  const TracedFiles captured = Capture();
  ASSERT_EQ(captured.closure.files.size(), 1U);
  EXPECT_EQ(captured.closure.files[0].path, "/proc/self/maps");
  EXPECT_EQ(captured.closure.files[0].digest, std::nullopt);
}

// The head of an ELF file of the given e_type: 1 an object file, 3 a shared library.
std::string Elf(char type) { return "\177ELF" + std::string(12, '\0') + type + '\0'; }

TEST_F(TracedFilesTest, ALibraryInTheProjectIsNoInputAndAnObjectFileIs) {
  Write("plugin.bin", Elf(3));
  Write("main.bin", Elf(1));
  Uses(In("plugin.bin"), kUseRead);
  Uses(In("main.bin"), kUseRead);
  const TracedFiles captured = Capture();
  EXPECT_THAT(captured.libraries, ElementsAre(In("plugin.bin")));
  EXPECT_EQ(FileOf(captured, In("plugin.bin")).file_class, lineage::FileClass::kSystem);
  ASSERT_EQ(captured.inputs.size(), 1U);
  EXPECT_EQ(captured.inputs[0].path(), In("main.bin"));
}

TEST_F(TracedFilesTest, SystemFilesAreNamedAndNotStoredWhereThatIsAskedFor) {
  Write("libx.so", Elf(3));
  Uses(In("libx.so"), kUseRead);
  Uses(In("a"), kUseRead);
  options_.stores_system = false;
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, In("libx.so")).digest, crypto::Sha256(Elf(3)));
  EXPECT_FALSE(FileOf(captured, In("libx.so")).stored);
  EXPECT_TRUE(FileOf(captured, In("a")).stored);
  EXPECT_THAT(captured.libraries, ElementsAre(In("libx.so")));
}

TEST_F(TracedFilesTest, InASandboxAnotherDeviceAndInodeAreNoChange) {
  Access& access = Uses(In("a"), kUseRead);
  access.stat.device += 1;
  access.stat.inode += 1;
  options_.in_sandbox = true;
  EXPECT_FALSE(FileOf(Capture(), In("a")).unstable);
  options_.in_sandbox = false;
  EXPECT_TRUE(FileOf(Capture(), In("a")).unstable);
}

TEST_F(TracedFilesTest, MissingNamesAndListingsAreTold) {
  Uses(In("gone"), kUseLookedUp);
  trace_.listings[project()] = {{"a", NameState::kFile},
                                {"d", NameState::kFolder},
                                {"l", NameState::kSymlink},
                                {"s", NameState::kOther}};
  const TracedFiles captured = Capture();
  EXPECT_THAT(captured.closure.missing, ElementsAre(In("gone")));
  ASSERT_EQ(captured.closure.listings.size(), 1U);
  EXPECT_THAT(captured.closure.listings[0].files, ElementsAre("a"));
  EXPECT_THAT(captured.closure.listings[0].folders, ElementsAre("d"));
  EXPECT_THAT(captured.closure.listings[0].symlinks, ElementsAre("l"));
  EXPECT_THAT(captured.closure.listings[0].others, ElementsAre("s"));
}

}  // namespace
}  // namespace reprise::tracker
