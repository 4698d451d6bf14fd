// The folder that a dead recorder leaves in the inbox, torn and damaged at every byte: a clear
// error that leaves it as it is, or a recovered run with everything that can still be read.  Never
// a crash, never a loss in silence.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <optional>

#include "tests/sdk/segment_builder.h"
#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/fsck.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/recovery.h"
#include "tracker/recorder/segment_drain.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using sdk::testing::SegmentBuilder;
using testing::CatalogDisk;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";
constexpr std::int64_t kUnixNs = 1'700'000'000'000'000'000;

// Files by path; a folder has no content.
using Tree = std::map<std::string, std::optional<std::string>>;

void Collect(FileSystem& files, const std::string& folder, Tree& tree) {
  tree[folder] = std::nullopt;
  const auto entries = files.List(folder);
  for (const DirectoryEntry& entry : *entries) {
    const std::string path = JoinPath(folder, entry.name);
    if (entry.stat.kind == FileKind::kDirectory) {
      Collect(files, path, tree);
    } else {
      tree[path] = *ReadFile(files, path);
    }
  }
}

Tree TreeOf(FileSystem& files, const std::string& folder) {
  Tree tree;
  Collect(files, folder, tree);
  return tree;
}

void Put(FileSystem& files, const std::string& path, std::string_view content) {
  const auto file = files.Open(path, OpenMode::kCreate);
  ASSERT_TRUE(file.ok() && (*file)->WriteAt(0, AsBytes(content)).ok() &&
              (*file)->Truncate(content.size()).ok());
}

void Fill(FileSystem& files, const Tree& tree) {
  for (const auto& [path, content] : tree) {
    if (content.has_value()) {
      Put(files, path, *content);
    } else if (!Exists(files, path)) {
      ASSERT_TRUE(files.CreateDirectory(path).ok());
    }
  }
}

// What becomes of a folder in the inbox.
struct Outcome {
  std::optional<StoredRun> run;
  int entries = 0;         // Of the run, in the ledger.
  bool has_model = false;  // The content of the output, whether the run still names it or not.
  std::string told;
  Tree left;  // Of the session's folder, if it stayed.
  std::vector<FsckProblem> problems;

  bool is_kept() const { return !run.has_value() && !left.empty() && !told.empty(); }
  std::size_t params() const { return run->recipe->parameters.size(); }
};

class TornSession : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
    v1::SessionStarted started;
    started.set_kind(v1::SessionStarted::KIND_RUN);
    started.set_project_folder(kProject);
    started.set_working_directory(kProject);
    started.set_started_at_unix_ms(kUnixNs / 1'000'000);
    started.add_arguments("./train");
    started.set_experiment("default");
    started.set_actor("tester");
    auto session = Session::Create(files_, kStore, id_, started);
    ASSERT_TRUE(session.ok()) << session.error().message;
    session_ = *std::move(session);
    Checkpoint();
  }

  std::string folder() const { return StorePaths(kStore).session(id_); }
  std::string journal() const { return JournalPath(folder()); }

  SegmentBuilder Segment(std::uint32_t thread) const {
    SegmentBuilder segment(1024);
    segment.header().thread = thread;
    const std::string key = "p" + std::to_string(thread);
    segment.Add(wire::RecordKind::kParam,
                wire::ParamPayload{kUnixNs, 2, 2, 0,
                                   static_cast<std::uint8_t>(wire::ParamType::kInt), 0, 0},
                {key, "10"});
    segment.AddKey(0, "loss").AddPoint(0, {thread, kUnixNs, 0.5});
    const wire::TagPayload tag{kUnixNs, 2, 1};
    return segment.Add(wire::RecordKind::kTag, tag, {key, "t"});
  }

  std::string SegmentPath(std::uint32_t thread) const {
    return JoinPath(folder(), wire::FormatSegmentName({4711, 123456, thread, 1}));
  }

  // Into the journal, which is then the only place of what the segment said.
  void Drain(SegmentBuilder segment) {
    segment.header().closed = 1;
    Put(files_, SegmentPath(segment.header().thread), segment.bytes());
    const auto drain = SegmentDrain::Open(files_, *session_, {});
    ASSERT_TRUE(drain.ok() && (*drain)->Drain(Writer::kMayLive).ok());
    ASSERT_FALSE(Exists(files_, SegmentPath(segment.header().thread)));
    Checkpoint();
  }

  // Three segments drained, one of which named an output, and one that nobody drained.
  void MakeUnfinishedRun() {
    Drain(Segment(1));
    Put(files_, kProject + "/model", "weights");
    const FileStat stat = *files_.StatFollowing(kProject + "/model");
    const wire::FilePayload output{kUnixNs,
                                   stat.device,
                                   stat.inode,
                                   stat.size_bytes,
                                   stat.mtime_unix_ns,
                                   stat.ctime_unix_ns,
                                   S_IFREG | 0644,
                                   14,
                                   0,
                                   0};
    Drain(Segment(2).Add(wire::RecordKind::kOutput, output, {"/project/model"}));
    Drain(Segment(3));
    Put(files_, SegmentPath(4), Segment(4).bytes());
    session_.reset();
  }

  void Checkpoint() { ends_.push_back(files_.Stat(journal())->size_bytes); }
  // How many segments' facts lie in the first `size_bytes` of the journal.
  std::size_t DrainedBefore(std::uint64_t size_bytes) const {
    std::size_t drained = 0;
    while (drained + 1 < ends_.size() && ends_[drained + 1] <= size_bytes) ++drained;
    return drained;
  }

  // What the next process that opens a store with these files makes of the session.
  Outcome Open(const Tree& tree) const {
    FaultFileSystem files;
    Fill(files, tree);
    CatalogDisk disk;
    Outcome outcome;
    RecoverRuns(files, kStore, [&](const std::string& text) { outcome.told += text; });
    {
      const auto store = Store::Open(files, kStore, disk.Options(files));
      EXPECT_TRUE(store.ok()) << store.error().message;
      if (!store.ok()) return outcome;
      outcome.entries = testing::CountEntries(**store, "run", id_.ToString());
      if (auto run = (*store)->GetRun(id_); run.ok()) outcome.run = *std::move(run);
      outcome.has_model = (*store)->objects().Get(crypto::Sha256("weights")).ok();
    }
    for (const std::string& notice : disk.notices) outcome.told += notice;
    if (Exists(files, folder())) outcome.left = TreeOf(files, folder());
    auto report = CheckStore(files, kStore, disk.Options(files), {.read_data_percent = 100});
    EXPECT_TRUE(report.ok());
    if (report.ok()) outcome.problems = std::move(report->problems);
    return outcome;
  }

  // A run that is in the store is there alone; a folder that is kept is whole, and named.
  static void ExpectRecoveredOrKept(const Outcome& outcome, const Tree& tree) {
    if (outcome.run.has_value()) {
      EXPECT_TRUE(outcome.left.empty());
      for (const FsckProblem& problem : outcome.problems) ADD_FAILURE() << problem.message;
      return;
    }
    EXPECT_TRUE(outcome.is_kept()) << outcome.told;
    EXPECT_FALSE(outcome.problems.empty());
    for (const FsckProblem& problem : outcome.problems) EXPECT_EQ(problem.kind, "session");
    for (const auto& [path, content] : outcome.left) {
      const auto before = tree.find(path);
      EXPECT_TRUE(before == tree.end() || content == before->second) << path;
    }
  }

  FaultFileSystem files_;
  const Ulid id_ = *Ulid::Parse("01J00000000000000000000000");
  std::unique_ptr<Session> session_;
  std::vector<std::uint64_t> ends_;  // Of the journal, after its first frame and each drain.
};

std::string Flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
  return bytes;
}

TEST_F(TornSession, WhatLiesInWholeFramesBeforeTheCutIsKept) {
  MakeUnfinishedRun();
  Tree tree = TreeOf(files_, kProject);
  const std::string whole = *tree[journal()];
  std::size_t params = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    tree[journal()] = whole.substr(0, size);
    const Outcome outcome = Open(tree);
    ExpectRecoveredOrKept(outcome, tree);
    ASSERT_EQ(outcome.run.has_value(), size >= ends_.front()) << outcome.told;
    if (!outcome.run.has_value()) continue;
    EXPECT_EQ(outcome.run->record.status, lineage::RunStatus::kLost);
    EXPECT_EQ(outcome.params(), DrainedBefore(size) + 1);  // And the segment that was left.
    EXPECT_EQ(outcome.run->tags.size(), outcome.params());
    EXPECT_EQ(outcome.run->record.metrics.at("loss").count, outcome.params());
    EXPECT_EQ(outcome.run->record.outputs.size(), DrainedBefore(size) >= 2 ? 1U : 0U);
    EXPECT_GE(outcome.params(), params);
    params = outcome.params();
  }
  EXPECT_EQ(params, 4U);
}

TEST_F(TornSession, AFlippedBitOfTheJournalCostsAtMostItsFrame) {
  MakeUnfinishedRun();
  Tree tree = TreeOf(files_, kProject);
  const std::string whole = *tree[journal()];
  int recovered = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    SCOPED_TRACE(at);
    tree[journal()] = Flipped(whole, at);
    const Outcome outcome = Open(tree);
    ExpectRecoveredOrKept(outcome, tree);
    EXPECT_TRUE(at < ends_.front() || outcome.run.has_value());
    if (!outcome.run.has_value()) continue;
    ++recovered;
    const bool is_whole = outcome.params() == 4 && outcome.run->record.outputs.size() == 1;
    EXPECT_GE(outcome.params(), 3U);
    EXPECT_TRUE(is_whole || outcome.run->record.warnings.size() > 1);  // One says that it is lost.
  }
  EXPECT_GT(recovered, 100);
}

TEST_F(TornSession, ATornOrDamagedSegmentCostsNothingElse) {
  MakeUnfinishedRun();
  Tree tree = TreeOf(files_, kProject);
  const std::string whole = *tree[SegmentPath(4)];
  const std::size_t end = Segment(4).offset() + 8;
  const auto expect = [&](const std::string& bytes, bool holds_all) {
    tree[SegmentPath(4)] = bytes;
    const Outcome outcome = Open(tree);
    ExpectRecoveredOrKept(outcome, tree);
    ASSERT_TRUE(outcome.run.has_value()) << outcome.told;
    const auto& record = outcome.run->record;
    EXPECT_GE(outcome.params(), 3U);
    EXPECT_EQ(record.outputs.size(), 1U);
    const bool has_all = outcome.params() == 4 && outcome.run->tags.size() == 4 &&
                         record.metrics.at("loss").count == 4;
    EXPECT_TRUE(has_all || !holds_all);
    EXPECT_TRUE(has_all || record.warnings.size() > 1 || bytes.empty());
  };
  for (std::size_t at = 0; at < end; ++at) {
    SCOPED_TRACE(at);
    const bool is_version = at >= 8 && at < 12;  // Of another release's segment nothing is read.
    expect(Flipped(whole, at), at < sizeof(wire::SegmentHeader) && !is_version);
    expect(whole.substr(0, at), false);
  }
  expect(whole.substr(0, end), true);
}

TEST_F(TornSession, ASealedJournalThatIsCutIsSealedAgainOrNamed) {
  MakeUnfinishedRun();
  ASSERT_TRUE(WriteExitReport(files_, folder(), {.wait_status = 0}).ok());
  ASSERT_TRUE(RecoverRun(files_, kStore, id_).ok());
  Tree tree = TreeOf(files_, kProject);
  const std::string whole = *tree[journal()];
  ASSERT_FALSE(tree.contains(SegmentPath(4)));
  tree[kProject + "/model"] = "of another run, since";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    tree[journal()] = whole.substr(0, size);
    const Outcome outcome = Open(tree);
    ExpectRecoveredOrKept(outcome, tree);
    ASSERT_EQ(outcome.run.has_value(), size >= ends_.front()) << outcome.told;
    if (!outcome.run.has_value()) continue;
    EXPECT_EQ(outcome.run->record.status, lineage::RunStatus::kFinished);
    EXPECT_GE(outcome.params(), DrainedBefore(size));
    EXPECT_TRUE(outcome.has_model);
  }
  constexpr std::size_t kStride = 11;  // What damage does, the unfinished run has shown.
  for (std::size_t at = ends_.front(); at < whole.size(); at += kStride) {
    SCOPED_TRACE(at);
    tree[journal()] = Flipped(whole, at);
    const Outcome outcome = Open(tree);
    ExpectRecoveredOrKept(outcome, tree);
    ASSERT_TRUE(outcome.run.has_value());
    // The seal names the run's documents: while it is whole, damage before it costs nothing.
    EXPECT_GE(outcome.params(), 3U);
    EXPECT_TRUE(outcome.params() == 4 || outcome.run->record.warnings.size() > 0);
  }
}

TEST_F(TornSession, ARunOfTheLedgerIsNotEnteredAgainBecauseItsFolderStayedAndIsTorn) {
  MakeUnfinishedRun();
  ASSERT_TRUE(RecoverRun(files_, kStore, id_).ok());
  Tree sealed = TreeOf(files_, folder());
  CatalogDisk disk;
  ASSERT_TRUE(Store::Open(files_, kStore, disk.Options(files_)).ok());
  ASSERT_FALSE(Exists(files_, folder()));
  sealed[journal()]->pop_back();
  Fill(files_, sealed);
  const Outcome outcome = Open(TreeOf(files_, kProject));
  EXPECT_TRUE(outcome.run.has_value() && outcome.left.empty());
  EXPECT_EQ(outcome.entries, 1);
  // The journal went first, and the power before the rest.
  Put(files_, JoinPath(folder(), "stdout"), "epoch 1\n");
  ASSERT_TRUE(files_.RemoveFile(journal()).ok());
  const Outcome removed = Open(TreeOf(files_, kProject));
  EXPECT_TRUE(removed.run.has_value() && removed.left.empty()) << removed.told;
  EXPECT_EQ(removed.entries, 1);
  EXPECT_EQ(removed.told.find("inbox"), std::string::npos) << removed.told;
}

TEST_F(TornSession, ASealedFactThatIsCutIsNamedAndKept) {
  session_->ReleaseLock();
  ASSERT_TRUE(session_->Abandon().ok());
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_FACT);
  const auto session = Session::Create(files_, kStore, id_, started);
  ASSERT_TRUE(session.ok());
  const Tree unsealed = TreeOf(files_, kProject);
  v1::LedgerFact fact;
  fact.set_kind("note");
  fact.set_subject("nobody asks");
  ASSERT_TRUE((*session)->Seal({fact}).ok());
  Tree tree = TreeOf(files_, kProject);
  const std::string whole = *tree[journal()];
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    tree[journal()] = whole.substr(0, size);
    const Outcome outcome = Open(tree);
    EXPECT_TRUE(outcome.is_kept()) << outcome.told;
    EXPECT_FALSE(outcome.problems.empty());
  }
  // One that was never sealed was never acknowledged.
  const Outcome outcome = Open(unsealed);
  EXPECT_TRUE(outcome.left.empty() && outcome.told.empty() && outcome.problems.empty());
}

}  // namespace
}  // namespace reprise::tracker
