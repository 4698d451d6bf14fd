// Real commands, recorded, restored and run again in a store of their own.

#include "tracker/replay/rerun.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "storage/crypto/sha256.h"
#include "tests/support/temp_dir.h"
#include "tracker/replay/restore.h"

namespace reprise::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RerunTest : public ::testing::Test {
 protected:
  RerunTest() {
    setenv("TMPDIR", Path("tmp").c_str(), 1);
    unsetenv("REPRISE_TEST_SECRET_KEY");
    for (const char* name : {"project", "tmp"}) {
      EXPECT_TRUE(CreateDirectories(files_, Path(name)).ok());
    }
    EXPECT_TRUE(Store::Create(files_, Path("project")).ok());
    Write("project/data.txt", "c\na\nb\n");
    Write("project/train.sh", "sort data.txt > model\n");
  }
  ~RerunTest() override { setenv("TMPDIR", "/tmp", 1); }

  std::string Path(std::string_view name) const { return folder_.Path(name); }
  void Write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(files_, Path(name), content).ok());
  }
  std::string Read(const std::string& name) {
    const auto content = ReadFile(files_, Path(name));
    return content.ok() ? *content : "cannot be read: " + content.error().message;
  }

  RunRequest Training(std::vector<std::string> command = {"sh", "train.sh"}) const {
    RunRequest request;
    request.store_folder = Path("project/.reprise");
    request.project_folder = Path("project");
    request.working_directory = Path("project");
    request.command = std::move(command);
    request.inputs = {Path("project/data.txt")};
    request.outputs = {Path("project/model")};
    return request;
  }
  Ulid Record(const RunRequest& request) {
    const auto outcome = RecordRun(files_, request, {});
    EXPECT_TRUE(outcome.ok() && outcome->run.has_value());
    return outcome.ok() ? outcome->id : Ulid();
  }

  RerunRequest Again(const Ulid& run) const {
    return {.store_folder = Path("project/.reprise"), .run = run, .on_host = true};
  }
  RerunOutcome Rerun(const RerunRequest& request) {
    auto outcome = tracker::Rerun(files_, request, {});
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(*files_.List(Path("tmp")), IsEmpty()) << "a folder was left behind";
    return outcome.ok() ? *std::move(outcome) : RerunOutcome{};
  }
  Error Refused(const RerunRequest& request) {
    const auto outcome = tracker::Rerun(files_, request, {});
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? Error{} : outcome.error();
  }
  static std::string_view ResultOf(const RerunOutcome& outcome) {
    return outcome.verdict.has_value() ? VerdictName(outcome.verdict->result) : "none";
  }

  FileSystem& files_ = PosixFileSystem();
  testing::TempDir folder_;
};

TEST_F(RerunTest, WhatIsDeterministicIsIdenticalWhateverTheProjectHoldsToday) {
  const Ulid run = Record(Training());
  Write("project/data.txt", "other\n");
  Write("project/train.sh", "exit 3\n");
  const RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "identical");
  ASSERT_THAT(outcome.runs, SizeIs(1));
  EXPECT_EQ(outcome.runs[0].run->record.reproduces, run.ToString());
  EXPECT_EQ(outcome.runs[0].run->record.derived_from, std::nullopt);
  EXPECT_THAT(outcome.verdict->environment, IsEmpty());
}

TEST_F(RerunTest, TheRerunHasTheRecipeOfTheOriginal) {
  Write("outside.txt", "outside\n");
  RunRequest training = Training({"sh", "-c", "cat data.txt \"$0\" > model", Path("outside.txt")});
  training.inputs.push_back(Path("outside.txt"));
  const Ulid run = Record(training);
  const RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "identical");
  const auto store = Store::Open(files_, Path("project/.reprise"));
  ASSERT_TRUE(store.ok());
  EXPECT_EQ((*store)->GetRun(run)->record.recipe, outcome.runs[0].run->record.recipe);
}

TEST_F(RerunTest, ARunFromOutsideOfTheProjectIsNotRepeatedThere) {
  ASSERT_TRUE(CreateDirectories(files_, Path("elsewhere")).ok());
  RunRequest training = Training({"sh", "-c", "echo again >> ran"});
  training.working_directory = Path("elsewhere");
  training.outputs.clear();
  const Ulid run = Record(training);
  ASSERT_EQ(Read("elsewhere/ran"), "again\n");
  const RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "incomplete");
  ASSERT_THAT(outcome.verdict->missing, SizeIs(1));
  EXPECT_THAT(outcome.verdict->missing[0], HasSubstr("outside of the project"));
  EXPECT_EQ(Read("elsewhere/ran"), "again\n");
}

TEST_F(RerunTest, TheVerdictIsInTheLedger) {
  const Ulid run = Record(Training());
  const RerunOutcome outcome = Rerun(Again(run));
  const auto store = Store::Open(files_, Path("project/.reprise"));
  ASSERT_TRUE(store.ok());
  const auto entry = (*store)->ledger().Read((*store)->ledger().size() - 1);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry->kind, "verdict");
  EXPECT_EQ(entry->subject, run.ToString());
  const auto document = (*store)->objects().Get(entry->payload);
  ASSERT_TRUE(document.ok());
  EXPECT_THAT(*document, HasSubstr("\"result\":\"identical\""));
  EXPECT_THAT(*document, HasSubstr("\"reruns\":[\"" + outcome.runs[0].id.ToString() + "\"]"));
}

TEST_F(RerunTest, RandomResultsDivergeAndSeveralRerunsShowThatTheyVary) {
  const Ulid run = Record(Training({"sh", "-c", "od -N8 -tx1 /dev/urandom > model"}));
  EXPECT_EQ(ResultOf(Rerun(Again(run))), "diverged");
  RerunRequest thrice = Again(run);
  thrice.times = 3;
  const RerunOutcome outcome = Rerun(thrice);
  EXPECT_EQ(ResultOf(outcome), "diverged");  // No metric tells how near the bits are.
  EXPECT_THAT(outcome.runs, SizeIs(3));
  EXPECT_TRUE(outcome.verdict->outputs[0].varies);
}

TEST_F(RerunTest, WhatDiffersOfFilesAndFoldersIsInTheVerdictAndItsDocument) {
  RunRequest request =
      Training({"sh", "-c",
                "mkdir d; echo same > d/a; pwd > d/b; printf 'k,v\nx,1\npwd,%s\n' $PWD > t.csv"});
  request.outputs = {Path("project/d"), Path("project/t.csv")};
  const Ulid run = Record(request);
  const RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "diverged");
  ASSERT_THAT(outcome.verdict->outputs, SizeIs(2));
  const auto& folder = outcome.verdict->outputs[0].difference;
  ASSERT_TRUE(folder.has_value());
  EXPECT_EQ(folder->kind, "folder");
  EXPECT_THAT(folder->sentence, HasSubstr("1 entry differs; 'b': text, line 1: "));
  const auto& table = outcome.verdict->outputs[1].difference;
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->kind, "csv");
  EXPECT_THAT(table->sentence, HasSubstr("row 2, column 'v': "));
  const auto store = Store::Open(files_, Path("project/.reprise"));
  ASSERT_TRUE(store.ok());
  const auto entry = (*store)->ledger().Read((*store)->ledger().size() - 1);
  ASSERT_TRUE(entry.ok());
  EXPECT_THAT(*(*store)->objects().Get(entry->payload), HasSubstr("row 2, column 'v': "));
}

TEST_F(RerunTest, AnotherExitStatusIsNoReproduction) {
  const Ulid run = Record(Training({"sh", "-c", "cat data.txt > model; test -e .reprise"}));
  const RerunOutcome outcome = Rerun(Again(run));  // The restored project has no store.
  EXPECT_EQ(ResultOf(outcome), "diverged");
  EXPECT_FALSE(outcome.verdict->same_exit);
}

TEST_F(RerunTest, AFailureThatRepeatsIsReproduced) {
  const Ulid run = Record(Training({"sh", "-c", "cat data.txt > model; exit 7"}));
  EXPECT_EQ(ResultOf(Rerun(Again(run))), "identical");
}

TEST_F(RerunTest, ACommandThatIsGoneMakesItIncomplete) {
  const std::string tool = Path("tool");
  Write("tool", "#!/bin/sh\ncat data.txt > model\n");
  ASSERT_TRUE(files_.SetPermissions(tool, 0755).ok());
  const Ulid run = Record(Training({tool}));
  ASSERT_TRUE(files_.RemoveFile(tool).ok());
  const RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "incomplete");
  EXPECT_THAT(outcome.verdict->missing, ElementsAre(HasSubstr("cannot run")));
}

TEST_F(RerunTest, AChangedOrMissingInputFromOutsideMakesItIncomplete) {
  Write("outside.txt", "outside\n");
  RunRequest training = Training({"cp", "data.txt", "model"});
  training.inputs.push_back(Path("outside.txt"));
  const Ulid run = Record(training);
  Write("outside.txt", "changed\n");
  RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "incomplete");
  EXPECT_THAT(outcome.verdict->missing, ElementsAre(HasSubstr("is not what it was")));
  EXPECT_THAT(outcome.runs, IsEmpty());
  ASSERT_TRUE(files_.RemoveFile(Path("outside.txt")).ok());
  outcome = Rerun(Again(run));
  EXPECT_THAT(outcome.verdict->missing, ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(RerunTest, ARedactedValueIsAskedForAndTakenFromTodaysVariables) {
  RunRequest training =
      Training({"sh", "-c", "echo \"$REPRISE_TEST_SECRET_KEY\" | sha256sum > model"});
  training.variables["REPRISE_TEST_SECRET_KEY"] = "hunter2";
  const Ulid run = Record(training);
  RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "incomplete");
  EXPECT_THAT(outcome.verdict->missing, ElementsAre(HasSubstr("REPRISE_TEST_SECRET_KEY")));
  setenv("REPRISE_TEST_SECRET_KEY", "hunter2", 1);
  EXPECT_EQ(ResultOf(Rerun(Again(run))), "identical");
  setenv("REPRISE_TEST_SECRET_KEY", "hunter3", 1);
  EXPECT_EQ(ResultOf(Rerun(Again(run))), "diverged");
}

TEST_F(RerunTest, RetrainingHasAnotherParameterAndNoVerdict) {
  RunRequest training = Training({"sh", "-c", "head -n $0 data.txt > model", "{n}"});
  training.params.emplace("n", lineage::ParamValue::Int(1));
  const Ulid run = Record(training);
  RerunRequest request = Again(run);
  request.set["n"] = "2";
  const RerunOutcome outcome = Rerun(request);
  EXPECT_EQ(outcome.verdict, std::nullopt);
  const StoredRun& retrained = *outcome.runs.at(0).run;
  EXPECT_EQ(retrained.record.derived_from, run.ToString());
  EXPECT_EQ(retrained.record.reproduces, std::nullopt);
  EXPECT_EQ(retrained.recipe->parameters.at("n").text(), "2");
  EXPECT_EQ(retrained.record.outputs.at(0).digest, crypto::Sha256("c\na\n"));
  request.set["n"] = "two";
  EXPECT_EQ(Refused(request).code, ErrorCode::kInvalidArgument);
}

TEST_F(RerunTest, ASettingThatReachesNothingIsRefused) {
  const Ulid run = Record(Training());
  RerunRequest request = Again(run);
  request.set["eta"] = "1";
  EXPECT_THAT(Refused(request).message, HasSubstr("would change nothing"));
  Write("project/train.sh", "echo \"$REPRISE_PARAM_ETA\" > model\n");
  request.run = Record(Training());
  EXPECT_EQ(Rerun(request).runs.at(0).run->record.outputs.at(0).digest, crypto::Sha256("1\n"));
}

TEST_F(RerunTest, OtherDataIsCopiedSoThatTheCallersIsLeftAlone) {
  const Ulid run = Record(Training({"sh", "-c", "echo more >> data.txt; cat data.txt > model"}));
  Write("new.txt", "new\n");
  RerunRequest request = Again(run);
  request.inputs["data.txt"] = Path("new.txt");
  const RerunOutcome outcome = Rerun(request);
  EXPECT_EQ(Read("new.txt"), "new\n");
  const StoredRun& retrained = *outcome.runs.at(0).run;
  EXPECT_EQ(retrained.recipe->inputs.at(0).digest, crypto::Sha256("new\n"));
  EXPECT_EQ(retrained.record.outputs.at(0).digest, crypto::Sha256("new\nmore\n"));
}

TEST_F(RerunTest, AFolderOfOtherDataIsCopiedWithItsLinksAndPermissions) {
  ASSERT_TRUE(CreateDirectories(files_, Path("project/set/deep")).ok());
  Write("project/set/deep/x", "1\n");
  RunRequest training = Training({"sh", "-c", "cat set/deep/* > model; ls -l set >> model"});
  training.inputs = {Path("project/set")};
  const Ulid run = Record(training);
  ASSERT_TRUE(CreateDirectories(files_, Path("new/deep")).ok());
  Write("new/deep/x", "2\n");
  ASSERT_TRUE(files_.CreateSymlink("deep/x", Path("new/link")).ok());
  ASSERT_EQ(mkfifo(Path("new/fifo").c_str(), 0600), 0);
  RerunRequest request = Again(run);
  request.inputs["set"] = Path("new");
  request.keep_folder = Path("kept");
  ASSERT_TRUE(tracker::Rerun(files_, request, {}).ok());
  EXPECT_EQ(Read("kept/set/deep/x"), "2\n");
  EXPECT_EQ(*files_.ReadLink(Path("kept/set/link")), "deep/x");
  EXPECT_FALSE(Exists(files_, Path("kept/set/fifo")));
}

TEST_F(RerunTest, MistakesInTheRequestAreRefusedBeforeAnythingRuns) {
  const Ulid run = Record(Training());
  RerunRequest request = Again(run);
  request.inputs["other.txt"] = Path("project/data.txt");
  EXPECT_THAT(Refused(request).message, HasSubstr("has no input 'other.txt'"));
  request.inputs = {{"data.txt", Path("project/data.txt")}};
  request.times = 2;
  EXPECT_THAT(Refused(request).message, HasSubstr("--times"));
  request.inputs.clear();
  request.times = 0;
  EXPECT_EQ(Refused(request).code, ErrorCode::kInvalidArgument);
  request = Again(Ulid::Generate());
  EXPECT_EQ(Refused(request).code, ErrorCode::kNotFound);
  request = Again(run);
  request.keep_folder = Path("project");
  EXPECT_EQ(Refused(request).code, ErrorCode::kAlreadyExists);
}

TEST_F(RerunTest, LinksThatLeadOutOfTheProjectAreNotWrittenThrough) {
  for (const char* name : {"scratch", "disk"}) {
    ASSERT_TRUE(CreateDirectories(files_, Path(name)).ok());
  }
  Write("disk/x.csv", "then\n");
  ASSERT_TRUE(files_.CreateSymlink(Path("disk"), Path("project/data")).ok());
  ASSERT_TRUE(files_.CreateSymlink(Path("scratch"), Path("project/out")).ok());
  RunRequest training = Training({"cp", "data/x.csv", "out/model"});
  training.inputs = {Path("project/data/x.csv")};
  training.outputs = {Path("project/out/model")};
  const Ulid run = Record(training);
  Write("disk/x.csv", "now\n");
  Write("scratch/model", "now\n");
  const RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "identical");
  EXPECT_THAT(outcome.warnings, SizeIs(2));
  EXPECT_EQ(Read("disk/x.csv"), "now\n");
  EXPECT_EQ(Read("scratch/model"), "now\n");

  const auto store = Store::Open(files_, Path("project/.reprise"));
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE(RestoreRun(**store, *(*store)->GetRun(run), Path("all"), {}).ok());
  EXPECT_EQ(Read("all/data/x.csv"), "then\n");
  EXPECT_EQ(Read("all/out/model"), "then\n");
  EXPECT_EQ(Read("disk/x.csv"), "now\n");
  EXPECT_EQ(Read("scratch/model"), "now\n");
}

TEST_F(RerunTest, ALinkInsideOfTheProjectIsFollowed) {
  ASSERT_TRUE(CreateDirectories(files_, Path("project/results")).ok());
  Write("project/results/keep", "");
  ASSERT_TRUE(files_.CreateSymlink("results", Path("project/out")).ok());
  RunRequest training = Training({"cp", "data.txt", "out/model"});
  training.outputs = {Path("project/out/model")};
  RerunRequest request = Again(Record(training));
  request.keep_folder = Path("kept");
  EXPECT_EQ(ResultOf(Rerun(request)), "identical");
  EXPECT_EQ(Read("kept/results/model"), "c\na\nb\n");
}

TEST_F(RerunTest, AnInputOrOutputThatIsALinkIsNotWrittenThrough) {
  Write("elsewhere", "then\n");
  ASSERT_TRUE(files_.CreateSymlink(Path("elsewhere"), Path("project/in")).ok());
  RunRequest training = Training({"cp", "in", "model"});
  training.inputs = {Path("project/in")};
  const Ulid run = Record(training);
  Write("elsewhere", "now\n");
  EXPECT_EQ(ResultOf(Rerun(Again(run))), "identical");
  EXPECT_EQ(Read("elsewhere"), "now\n");
}

TEST_F(RerunTest, AnOutputOutsideOfTheProjectIsNotWrittenOver) {
  RunRequest training = Training({"cp", "data.txt", Path("model")});
  training.outputs = {Path("model")};
  const Ulid run = Record(training);
  Write("model", "now\n");
  const RerunOutcome outcome = Rerun(Again(run));
  EXPECT_EQ(ResultOf(outcome), "incomplete");
  EXPECT_THAT(outcome.verdict->missing, ElementsAre(HasSubstr("would write over it")));
  EXPECT_EQ(Read("model"), "now\n");
}

TEST_F(RerunTest, KeptFoldersHoldWhatTheRerunMade) {
  RerunRequest request = Again(Record(Training()));
  request.keep_folder = Path("kept");
  EXPECT_EQ(ResultOf(Rerun(request)), "identical");
  EXPECT_EQ(Read("kept/model"), "a\nb\nc\n");
  request.keep_folder = Path("both");
  request.times = 2;
  EXPECT_EQ(ResultOf(Rerun(request)), "identical");
  EXPECT_EQ(Read("both/1/model"), "a\nb\nc\n");
  EXPECT_EQ(Read("both/2/model"), "a\nb\nc\n");
}

TEST_F(RerunTest, RestoringLaysTheProjectOutAndOutsideFilesApart) {
  Write("outside.txt", "outside\n");
  RunRequest training = Training();
  training.inputs.push_back(Path("outside.txt"));
  const Ulid id = Record(training);
  const auto store = Store::Open(files_, Path("project/.reprise"));
  ASSERT_TRUE(store.ok());
  const auto run = (*store)->GetRun(id);
  ASSERT_TRUE(run.ok());
  ASSERT_TRUE(RestoreRun(**store, *run, Path("all"), {}).ok());
  EXPECT_EQ(Read("all/train.sh"), "sort data.txt > model\n");
  EXPECT_EQ(Read("all/data.txt"), "c\na\nb\n");
  EXPECT_EQ(Read("all/model"), "a\nb\nc\n");
  EXPECT_EQ(ReadFile(files_, Path("all") + "/.outside" + Path("outside.txt")).value_or(""),
            "outside\n");
  ASSERT_TRUE(RestoreRun(**store, *run, Path("code"), {.parts = {RunPart::kCode}}).ok());
  EXPECT_FALSE(Exists(files_, Path("code/data.txt")));
  EXPECT_FALSE(Exists(files_, Path("code/model")));
  const auto again = RestoreRun(**store, *run, Path("code"), {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
}

TEST_F(RerunTest, ARecordMadeToLeadElsewhereIsDamage) {
  const Ulid id = Record(Training());
  const auto store = Store::Open(files_, Path("project/.reprise"));
  ASSERT_TRUE(store.ok());
  int number = 0;
  for (const std::string path :
       {"../stolen", "a/../../stolen", "/../../../../stolen", "..", "a//b"}) {
    StoredRun run = *(*store)->GetRun(id);
    run.record.outputs[0].path = path;
    const auto restored = RestoreRun(**store, run, Path("new" + std::to_string(++number)), {});
    ASSERT_FALSE(restored.ok()) << path;
    EXPECT_EQ(restored.error().code, ErrorCode::kCorruption) << path;
    EXPECT_FALSE(Exists(files_, Path("stolen")));
  }
}

TEST(ParseRunParts, TakesNamesJoinedByCommas) {
  EXPECT_EQ(*ParseRunParts("code,outputs"), (std::set{RunPart::kCode, RunPart::kOutputs}));
  for (const char* list : {"", "code,", ",code", "codes", "code, inputs"}) {
    EXPECT_FALSE(ParseRunParts(list).ok()) << list;
  }
}

}  // namespace
}  // namespace reprise::tracker
