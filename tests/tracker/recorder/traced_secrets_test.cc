// Secrets of a trace: what is recorded of them, and that their bytes go nowhere.

#include "tracker/recorder/traced_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "tests/tracker/recorder/session_fixture.h"
#include "tracker/recorder/traced_files.h"

namespace reprise::tracker {
namespace {

using lineage::ClosureFile;
using lineage::FileClass;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kContent = "machine example.org password hunter2\n";

class TracedSecretsTest : public testing::SessionFixture {
 protected:
  void SetUp() override {
    SessionFixture::SetUp();
    session_ = Create(Started());
    ASSERT_TRUE(CreateDirectories(files(), In("home")).ok());
    Write("home/.netrc", kContent);
  }

  std::string In(const std::string& name) const { return JoinPath(project(), name); }
  void Write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(files(), In(name), content).ok());
  }

  // Adds what is there now to the trace.
  Access& Uses(const std::string& name, std::uint32_t uses, std::uint32_t changes = 0) {
    Access& access = trace_.accesses[In(name)];
    access.path = In(name);
    access.uses = uses;
    access.changes = changes;
    const auto stat = files().Stat(access.path);
    if (!stat.ok()) return access;
    access.stat = *stat;
    access.state = NameState::kFile;
    if (stat->kind == FileKind::kDirectory) access.state = NameState::kFolder;
    if (stat->kind == FileKind::kSymlink) {
      access.state = NameState::kSymlink;
      access.target = *files().ReadLink(access.path);
    }
    return access;
  }

  TracedFiles Capture() {
    TracedFilesOptions options;
    options.project_folder = project();
    options.store_folder = store();
    options.session_folder = session_folder();
    options.rule_of = [](const std::string& path) -> const capture::FileRule& {
      static const capture::FileRule secret{"*", FileClass::kSecret, "credentials", "built in"};
      static const capture::FileRule data{"/", FileClass::kData, "everything else", "built in"};
      const std::string name = BaseName(path);
      const bool is_secret =
          name == ".netrc" || name == ".env" || path.find("/.aws/") != std::string::npos;
      return is_secret ? secret : data;
    };
    options.code_file = [&](const std::string& path) {
      const auto found = code_.find(path);
      return found != code_.end() ? &found->second : nullptr;
    };
    options.known_inputs = known_inputs_;
    auto writer = session_->NewWriter(nullptr, 1);
    EXPECT_TRUE(writer.ok());
    auto captured = CaptureTracedFiles(files(), files(), trace_, options, **writer);
    EXPECT_TRUE(captured.ok()) << captured.error().message;
    EXPECT_TRUE(session_->FinishWriter(*std::move(writer)).ok());
    return captured.ok() ? *std::move(captured) : TracedFiles{};
  }

  ClosureFile FileOf(const TracedFiles& captured, const std::string& name) const {
    for (const ClosureFile& file : captured.closure.files) {
      if (file.path == In(name)) return file;
    }
    ADD_FAILURE() << name << " is not in the closure";
    return {};
  }

  std::string KeyedDigest(std::string_view content) {
    const auto key = LoadStoreKey(files(), store());
    EXPECT_TRUE(key.ok() && key->has_value());
    return key.ok() && key->has_value() ? (*key)->DigestOf(content) : "";
  }

  void ExpectSecret(const TracedFiles& captured, const std::string& name) {
    const ClosureFile file = FileOf(captured, name);
    EXPECT_EQ(file.file_class, FileClass::kSecret);
    EXPECT_EQ(file.digest, std::nullopt);
    EXPECT_FALSE(file.stored);
    EXPECT_EQ(file.keyed_digest, KeyedDigest(kContent));
    EXPECT_THAT(captured.warnings, Contains("'" + In(name) +
                                            "' is a secret: it is not stored, and must be supplied "
                                            "again for a rerun"));
    EXPECT_THAT(captured.inputs, IsEmpty());
    EXPECT_THAT(captured.outputs, IsEmpty());
  }

  Trace trace_;
  std::map<std::string, v1::CodeFile> code_;
  std::set<std::string> known_inputs_;
  std::unique_ptr<Session> session_;
};

TEST_F(TracedSecretsTest, OneThatWasReadHasAKeyedDigestAndNoOther) {
  Uses("home/.netrc", kUseRead);
  const TracedFiles captured = Capture();
  ExpectSecret(captured, "home/.netrc");
  EXPECT_THAT(captured.kept_secrets, IsEmpty());
  EXPECT_FALSE(FileOf(captured, "home/.netrc").unstable);
}

TEST_F(TracedSecretsTest, OneThatWasOnlyLookedUpIsNotReadAndNoKeyIsMade) {
  Uses("home/.netrc", kUseLookedUp);
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, "home/.netrc").keyed_digest, std::nullopt);
  EXPECT_THAT(captured.warnings, IsEmpty());
  EXPECT_FALSE(Exists(files(), StorePaths(store()).digest_key()));
}

TEST_F(TracedSecretsTest, WhatALinkOfSuchANameLeadsToIsOne) {
  std::filesystem::create_directories(In("dotfiles/aws"));
  Write("dotfiles/netrc", kContent);
  Write("dotfiles/aws/credentials", kContent);
  std::filesystem::remove(In("home/.netrc"));
  std::filesystem::create_symlink("../dotfiles/netrc", In("home/.netrc"));
  std::filesystem::create_symlink(In("dotfiles/aws"), In("home/.aws"));
  Uses("home/.netrc", kUseLookedUp);
  Uses("home/.aws", kUseLookedUp);
  Uses("dotfiles/netrc", kUseRead);
  Uses("dotfiles/aws/credentials", kUseRead);
  const TracedFiles captured = Capture();
  ExpectSecret(captured, "dotfiles/netrc");
  ExpectSecret(captured, "dotfiles/aws/credentials");
}

TEST_F(TracedSecretsTest, ALinkMakesNoSecretOfTheProject) {
  Write("data.csv", "1,2\n");
  std::filesystem::create_symlink(project(), In("home/.aws"));
  Uses("home/.aws", kUseLookedUp);
  Uses("data.csv", kUseRead);
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, "data.csv").file_class, FileClass::kData);
  ASSERT_EQ(captured.inputs.size(), 1U);
}

TEST_F(TracedSecretsTest, OneThatTheRunRenamedOrLinkedIsNoOutput) {
  Access& moved = Uses("home/.netrc", kUseRead, kChangeRemoved);
  moved.kept = "kept.1";
  ASSERT_TRUE(files().CopyFile(moved.path, JoinPath(session_folder(), "kept.1"), 0600).ok());
  std::filesystem::create_hard_link(In("home/.netrc"), In("linked"));
  std::filesystem::rename(In("home/.netrc"), In("moved"));
  for (const std::string name : {"moved", "linked"}) {
    Access& made = trace_.accesses[In(name)];
    made.path = In(name);
    made.changes = kChangeMade;
  }
  const TracedFiles captured = Capture();
  ExpectSecret(captured, "home/.netrc");
  EXPECT_THAT(captured.kept_secrets, ElementsAre("kept.1"));
  for (const std::string name : {"moved", "linked"}) {
    EXPECT_THAT(captured.warnings, Contains("the output '" + In(name) +
                                            "' is a secret under another name: it is not stored"));
  }
}

TEST_F(TracedSecretsTest, OneThatTheRunWroteToBeforeItRenamedOrLinkedItIsNoOutput) {
  Write("home/.env", kContent);
  Uses("home/.env", kUseRead, kChangeWritten | kChangeRemoved);
  Uses("home/.netrc", kUseRead, kChangeWritten);
  std::ofstream(In("home/.env"), std::ios::app) << "more";
  std::ofstream(In("home/.netrc"), std::ios::app) << "more";
  std::filesystem::create_hard_link(In("home/.netrc"), In("linked"));
  std::filesystem::rename(In("home/.env"), In("moved"));
  Write("model", "fine\n");
  for (const std::string name : {"moved", "linked", "model"}) {
    Access& made = trace_.accesses[In(name)];
    made.path = In(name);
    made.changes = kChangeMade;
  }
  const TracedFiles captured = Capture();
  ASSERT_EQ(captured.outputs.size(), 1U);
  EXPECT_EQ(captured.outputs[0].path(), In("model"));
}

TEST_F(TracedSecretsTest, OneThatIsReadByAHardLinkIsOne) {
  std::filesystem::create_hard_link(In("home/.netrc"), In("linked"));
  Uses("home/.netrc", kUseLookedUp);
  Uses("linked", kUseRead);
  ExpectSecret(Capture(), "linked");
}

TEST_F(TracedSecretsTest, OneThatTheRunWroteIsNoOutputAndItsDigestIsOfBefore) {
  Access& access = Uses("home/.netrc", kUseRead, kChangeWritten);
  access.kept = "kept.1";
  ASSERT_TRUE(files().CopyFile(access.path, JoinPath(session_folder(), "kept.1"), 0600).ok());
  Write("home/.netrc", "other\n");
  const TracedFiles captured = Capture();
  ExpectSecret(captured, "home/.netrc");
  EXPECT_THAT(captured.kept_secrets, ElementsAre("kept.1"));
}

TEST_F(TracedSecretsTest, OneThatAnotherProgramChangedIsUnstable) {
  Uses("home/.netrc", kUseRead);
  Write("home/.netrc", "other\n");
  const ClosureFile file = FileOf(Capture(), "home/.netrc");
  EXPECT_TRUE(file.unstable);
  EXPECT_EQ(file.keyed_digest, KeyedDigest("other\n"));
}

TEST_F(TracedSecretsTest, OneThatIsTooLargeHasNoDigest) {
  ASSERT_EQ(truncate(In("home/.netrc").c_str(), (16 << 20) + 1), 0);
  Uses("home/.netrc", kUseRead);
  EXPECT_EQ(FileOf(Capture(), "home/.netrc").keyed_digest, std::nullopt);
}

TEST_F(TracedSecretsTest, OneInTheRecordedCodeIsCodeAndWarnedOf) {
  Write(".env", kContent);
  code_.try_emplace(In(".env"));
  Uses(".env", kUseRead);
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, ".env").file_class, FileClass::kCode);
  EXPECT_TRUE(FileOf(captured, ".env").stored);
  EXPECT_THAT(captured.warnings,
              ElementsAre("'" + In(".env") +
                          "' looks like a secret, and is stored because it is part of the recorded "
                          "code"));
}

TEST_F(TracedSecretsTest, OneInAFolderThatTheUserNamedAsAnInputIsTheirs) {
  known_inputs_.insert(In("home"));
  Uses("home/.netrc", kUseRead);
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, "home/.netrc").file_class, FileClass::kData);
  EXPECT_TRUE(FileOf(captured, "home/.netrc").stored);
  EXPECT_THAT(captured.warnings, IsEmpty());
}

TEST_F(TracedSecretsTest, ADamagedKeyCostsTheDigestAndNothingElse) {
  ASSERT_TRUE(WriteFileAtomically(files(), StorePaths(store()).digest_key(), "nonsense").ok());
  Uses("home/.netrc", kUseRead);
  const TracedFiles captured = Capture();
  EXPECT_EQ(FileOf(captured, "home/.netrc").keyed_digest, std::nullopt);
  EXPECT_THAT(captured.warnings, Contains(HasSubstr("will not be known")));
}

}  // namespace
}  // namespace reprise::tracker
