// A store that version 1 of the formats left behind is still understood, byte for byte: packs,
// ledger, key, names, and the session of a run whose recorder was killed.
//
// tests/golden/store_v1 was made by these commands, the last of which was killed with all of its
// processes; catalog and cache were removed:
//
//   reprise add data.csv --name german-credit --tag licence=public
//   reprise run -e scoring --name first-model -p eta=0.25 -i data.csv -o model.txt --tag team=risk
//       -- sh -c 'minimal; cat data.csv > model.txt; echo trained; echo careful >&2'
//   reprise run -e scoring -i model.txt -o report.txt --name second
//       -- sh -c 'cp model.txt report.txt; exit 3'
//   reprise note @last 'looked at it'
//   reprise tag first-model stage=qa
//   reprise ledger checkpoint
//   reprise run --name interrupted -p eta=0.5 -- sh -c 'minimal; sleep 30'

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tracker/fsck.h"
#include "tracker/recorder/recovery.h"
#include "tracker/session.h"
#include "tracker/store.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using lineage::RunStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Version control keeps no sockets, and nothing here is one.
void CopyTree(FileSystem& files, const std::string& from, const std::string& to) {
  ASSERT_TRUE(CreateDirectories(files, to).ok());
  const auto entries = files.List(from);
  ASSERT_TRUE(entries.ok()) << entries.error().message;
  for (const DirectoryEntry& entry : *entries) {
    const std::string source = JoinPath(from, entry.name);
    const std::string target = JoinPath(to, entry.name);
    if (entry.stat.kind == FileKind::kDirectory) {
      CopyTree(files, source, target);
    } else if (entry.stat.kind == FileKind::kSymlink) {
      const auto link = files.ReadLink(source);
      ASSERT_TRUE(link.ok() && files.CreateSymlink(*link, target).ok());
    } else {
      const auto content = ReadFile(files, source);
      ASSERT_TRUE(content.ok() && WriteFileAtomically(files, target, *content, 0600).ok());
    }
  }
}

class StoreOfVersion1 : public ::testing::Test {
 protected:
  void SetUp() override {
    CopyTree(files(), JoinPath(REPRISE_GOLDEN_DIR, "store_v1"), folder());
    RecoverRuns(files(), folder(), {});
    auto opened = Store::Open(files(), folder());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = *std::move(opened);
  }

  static FileSystem& files() { return PosixFileSystem(); }
  std::string folder() const { return temp_.Path(".reprise"); }

  StoredRun Run(std::string_view id) {
    auto run = store_->GetRun(*Ulid::Parse(id));
    EXPECT_TRUE(run.ok()) << run.error().message;
    return *std::move(run);
  }
  std::string Content(const Digest& digest) {
    const auto content = store_->objects().Get(digest);
    return content.ok() ? *content : content.error().message;
  }

  const reprise::testing::TempDir temp_;
  std::unique_ptr<Store> store_;
};

constexpr std::string_view kFirst = "01M8DWMM95G3FRAS1XMN3G0EQY";
constexpr std::string_view kSecond = "01M8DWMMGC8KWV3SWB1JEDZ21J";
constexpr std::string_view kInterrupted = "01M8DWMMK1MZH64K1CC3343QTA";

TEST_F(StoreOfVersion1, HasItsRunsWithWhatTheyUsedAndMade) {
  const StoredRun first = Run(kFirst);
  EXPECT_EQ(first.record.name, "first-model");
  EXPECT_EQ(first.record.experiment, "scoring");
  EXPECT_EQ(first.record.status, RunStatus::kFinished);
  EXPECT_EQ(first.recipe->parameters.at("eta").text(), "0.25");
  ASSERT_EQ(first.recipe->inputs.size(), 1U);
  EXPECT_EQ(Content(first.recipe->inputs[0].digest), "age,amount\n30,100\n41,250\n");
  ASSERT_EQ(first.record.outputs.size(), 2U);
  EXPECT_EQ(first.record.outputs[0].path, "model.txt");
  EXPECT_EQ(Content(first.record.stdout_log->digest), "trained\n");
  EXPECT_EQ(Content(first.record.stderr_log->digest), "careful\n");
  const StoredRun second = Run(kSecond);
  EXPECT_EQ(second.record.status, RunStatus::kFailed);
  EXPECT_EQ(second.record.exit_code, 3);
  EXPECT_EQ(second.recipe->inputs[0].digest, first.record.outputs[0].digest);
}

TEST_F(StoreOfVersion1, HasItsDatasetsTagsAndNotes) {
  const auto datasets = store_->Datasets();
  ASSERT_TRUE(datasets.ok()) << datasets.error().message;
  ASSERT_EQ(datasets->size(), 1U);
  EXPECT_EQ(datasets->front().name, "german-credit");
  EXPECT_THAT(datasets->front().tags, ElementsAre(Pair("licence", "public")));
  EXPECT_THAT(Run(kFirst).tags, ElementsAre(Pair("stage", "qa"), Pair("team", "risk")));
  const StoredRun second = Run(kSecond);
  ASSERT_EQ(second.notes.size(), 1U);
  EXPECT_EQ(second.notes[0].text, "looked at it");
}

TEST_F(StoreOfVersion1, FinishesTheRunWhoseRecorderWasKilled) {
  const StoredRun run = Run(kInterrupted);
  EXPECT_EQ(run.record.status, RunStatus::kLost);
  EXPECT_FALSE(run.record.ended_at_unix_ms.has_value());
  EXPECT_EQ(run.recipe->parameters.at("eta").text(), "0.5");
  ASSERT_EQ(run.record.metrics.size(), 1U);
  EXPECT_EQ(run.record.metrics.begin()->first, "loss");
  EXPECT_EQ(run.record.metrics.begin()->second.count, 100U);
  EXPECT_THAT(*ListSessions(files(), folder()), IsEmpty());
}

TEST_F(StoreOfVersion1, Promise6AStoreOfAnOlderFormatOpensAndIsWhole) {
  store_.reset();
  const auto report = CheckStore(files(), folder(), {}, {.read_data_percent = 100});
  ASSERT_TRUE(report.ok()) << report.error().message;
  for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
  EXPECT_GT(report->objects, 20U);
}

}  // namespace
}  // namespace reprise::tracker
