// What scripts rely on: the exact keys and types of every record that --json prints.

#include <algorithm>

#include "tests/tracker/cli/cli_testing.h"

namespace reprise::cli {
namespace {

const std::string kUse = "{digest: text, kind: text, path: text, role: text, size_bytes: number}";
const std::string kHost =
    "{accelerator_architectures: [], accelerator_driver: null, accelerators: [], "
    "cuda_version: null, kernel: text, keyed_variables: {}, memory_bytes: number, "
    "memory_limit_bytes: null, microcode: text, name: text, operating_system: text, process: "
    "{group_id: number, groups: [number], limits: {address_space_bytes: text, open_files: number, "
    "stack_bytes: number}, nice: number, umask: text, user_id: number}, processor: text, "
    "processor_affinity: text, processor_limit: null, processor_signature: text, processors: "
    "number, project_folder: text, store_key: text, thread_variables: {}, usable_processors: "
    "number, user: text, variables: {}}";
const std::string kNote = "{actor: text, text: text, time: text}";

// The shape of a run outside of git, with the parts that differ from run to run.
struct RunShape {
  std::string params = "{}";
  std::string tags = "{}";
  std::string notes = "[]";
  std::string inputs = "[]";
  std::string outputs = "[]";
  std::string metrics = "{}";
  std::string reproduces = "null";
  std::string derived_from = "null";

  std::string Text() const {
    return "{actor: text, capture: {blind_spots: [], closure: text, level: text, tracer: text}, "
           "code: {branch: null, commit: null, dirty: null, patch: null, tree: text}, command: "
           "[text], "
           "derived_from: " +
           derived_from +
           ", document: text, ended_at: text, environment: text, evidence: [], exit_code: number, "
           "experiment: "
           "text, host: {}, id: text, inputs: " +
           inputs + ", ledger_sequence: number, metrics: " + metrics +
           ", missing_outputs: [], name: text, notes: " + notes + ", outputs: " + outputs +
           ", params: " + params + ", recipe: text, redacted: bool, reproduces: " + reproduces +
           ", signal: null, started_at: text, status: text, tags: " + tags +
           ", warnings: [], working_directory: text}";
  }
};

// The facts of the machine differ from machine to machine; their keys are checked apart.
Json WithoutHost(Json run) {
  const Json* const host = run.Find("host");
  EXPECT_NE(host, nullptr);
  if (host != nullptr) {
    for (const auto& [key, value] : host->as_object()) {
      EXPECT_NE(kHost.find(key + ": "), std::string::npos) << key;
    }
  }
  return run.Set("host", Json::Object{});
}

std::string RunShapeOf(const Json& record) {
  EXPECT_EQ(record.as_object().size(), 2U);
  EXPECT_EQ(*record.Find("awaiting_adoption"), Json());
  return Shape(WithoutHost(*record.Find("run")));
}

class JsonContract : public CliStoreTest {
 protected:
  JsonContract() {
    Write("data.csv", "a,b\n1,2\n");
    full.params = "{eta: number}";
    full.tags = "{team: text}";
    full.notes = "[" + kNote + "]";
    full.inputs = full.outputs = "[" + kUse + "]";
  }

  Answer RecordFull(const std::string& name) {
    return Done({"run",     "--json", "-n",       name, "-e",       "credit", "-p",
                 "eta=0.1", "-i",     "data.csv", "-o", "model",    "--tag",  "team=risk",
                 "--note",  "a note", "--",       "cp", "data.csv", "model"});
  }

  RunShape full;
};

TEST_F(JsonContract, OfRun) {
  EXPECT_EQ(RunShapeOf(RecordFull("one").json()), full.Text());
  EXPECT_EQ(RunShapeOf(Done({"run", "--json", "--", "true"}).json()), RunShape().Text());
}

TEST_F(JsonContract, OfShowOfARunIsThatOfRun) {
  const Json recorded = RecordFull("one").json();
  const Json shown = Done({"show", "one", "--json"}).json();
  ASSERT_EQ(shown.as_object().size(), 5U);
  EXPECT_EQ(Shape(*shown.Find("erased")), "[]");
  EXPECT_EQ(*shown.Find("run"), *recorded.Find("run"));
  EXPECT_EQ(Shape(*shown.Find("verdicts")), "[]");
  EXPECT_EQ(Shape(*shown.Find("proven_by")), "[]");
  const std::string rule = "{origin: text, pattern: text, reason: text}";
  const std::string classes =
      "classes: [{class: text, count: number, rules: [{count: number, rule: " + rule +
      ", size_bytes: number}], size_bytes: number}]";
  EXPECT_EQ(Shape(*shown.Find("files")), "{" + classes + ", listed: null}");
  const Json listed = Done({"show", "one", "--json", "--files=input"}).json();
  EXPECT_EQ(Shape(*listed.Find("files")),
            "{" + classes + ", listed: [{class: text, digest: text, path: text, rule: " + rule +
                ", size_bytes: number, state: text, unstable: bool, uses: [text]}]}");
}

TEST_F(JsonContract, OfShowOfARunThatWasNotTracedHasNoFiles) {
  Done({"run", "-n", "plain", "--capture", "declared", "--", "true"});
  EXPECT_EQ(*Done({"show", "plain", "--json"}).json().Find("files"), Json());
}

TEST_F(JsonContract, OfShowOfWhatWasRunAgain) {
  RecordFull("one");
  const Json rerun = Done({"rerun", "one", "--on-host", "--json"}).json();
  const Json of_original = Done({"show", "one", "--json"}).json();
  EXPECT_EQ(
      Shape(*of_original.Find("verdicts")),
      "[{actor: text, ledger_sequence: number, on_host: bool, original: text, reruns: [text], "
      "result: text, time: text}]");
  const std::string id = rerun.Find("run")->Find("id")->as_string();
  const Json of_rerun = Done({"show", id, "--json"}).json();
  EXPECT_EQ(*of_rerun.Find("verdicts"), *of_original.Find("verdicts"));
}

TEST_F(JsonContract, OfRuns) {
  RecordFull("one");
  const Json record = Done({"--json", "runs"}).json();
  ASSERT_EQ(record.as_object().size(), 2U);
  ASSERT_EQ(record.Find("runs")->as_array().size(), 1U);
  EXPECT_EQ(Shape(WithoutHost(record.Find("runs")->as_array()[0])), full.Text());
  EXPECT_TRUE(record.Find("truncated")->is_bool());
}

TEST_F(JsonContract, OfRerun) {
  RecordFull("one");
  Json record = Done({"rerun", "one", "--on-host", "--json"}).json();
  ASSERT_EQ(record.as_object().size(), 3U);
  EXPECT_EQ(record.Find("reruns")->as_array().size(), 1U);
  RunShape rerun = full;
  rerun.reproduces = "text";
  rerun.tags = "{}";
  rerun.notes = "[]";
  EXPECT_EQ(Shape(WithoutHost(*record.Find("run"))), rerun.Text());
  EXPECT_EQ(Shape(*record.Find("verdict")),
            "{environment: [], hardware: [], metrics: [], missing: [], outputs: [{actual: text, "
            "difference: null, expected: text, path: text, state: text, varies: bool}], "
            "outside_reads: [], "
            "result: text, same_exit: bool}");
}

TEST_F(JsonContract, OfARetrainingHasNoVerdict) {
  Record("one", "echo $REPRISE_PARAM_N >o", {"-p", "n=1", "-o", "o"});
  RunShape retraining;
  retraining.params = "{n: number}";
  retraining.outputs = "[" + kUse + "]";
  retraining.derived_from = "text";
  EXPECT_EQ(RunShapeOf(Done({"rerun", "one", "--on-host", "--set", "n=2", "--json"}).json()),
            retraining.Text());
}

TEST_F(JsonContract, OfShowOfAnArtifactAndWhence) {
  RecordFull("one");
  Done({"add", "data.csv", "--name", "loans"});
  Done({"note", "data.csv", "checked"});
  Done({"tag", "data.csv", "source=uci"});
  const std::string head =
      "{artifact: {digest: text, erased: null, kind: text, models: [], names: [text], notes: [" +
      kNote + "], produced_by: [{path: text, run: text}], ";
  const std::string tail =
      "size_bytes: number, tags: {source: text}, used_by: [{path: text, run: text}]}";
  const std::string profile =
      "profile: {columns: [{digest: text, distinct: number, distinct_is_exact: bool, max: number, "
      "mean: number, min: number, missing: number, name: text, quantiles: {points: [[number]], "
      "rank_error: number}, standard_deviation: null, tags: [], type: text, values: text}], "
      "delimiter: text, has_header: bool, repeated_names: bool, rows: number}, ";
  EXPECT_EQ(Shape(Done({"show", "data.csv", "--json"}).json()), head + profile + tail + "}");
  EXPECT_EQ(Shape(Done({"whence", "data.csv", "--json"}).json()),
            head + tail + ", file_of: [], package: null, part_of: [], truncated: bool}");
  Write("tool.sh", "true");
  Record("two", "true");
  EXPECT_EQ(Shape(*Done({"whence", "tool.sh", "--json"}).json().Find("part_of")),
            "[{digest: text, kind: text, newest_runs: [text], path: text, runs: number}]");
}

TEST_F(JsonContract, OfAddNoteAndTag) {
  EXPECT_EQ(Shape(Done({"add", "data.csv", "--name", "loans", "--json"}).json()),
            "{artifacts: [{digest: text, kind: text, name: text, new_bytes: number, path: text, "
            "role: text, size_bytes: number, stored_bytes: number}]}");
  EXPECT_EQ(Shape(Done({"note", "data.csv", "x", "--json"}).json()), "{subject: text}");
  EXPECT_EQ(Shape(Done({"tag", "data.csv", "x=y", "--json"}).json()), "{subject: text}");
}

TEST_F(JsonContract, OfLineage) {
  RecordFull("one");
  for (const char* const way : {"up", "down"}) {
    EXPECT_EQ(
        Shape(Done({"lineage", way, "data.csv", "--json"}).json()),
        "{edges: [{from: text, kind: text, to: text}], nodes: [{detail: text, id: text, kind: "
        "text, label: text}], partial: [], truncated: bool}");
  }
}

TEST_F(JsonContract, OfLineagePath) {
  RecordFull("one");
  EXPECT_EQ(Shape(Done({"lineage", "path", "data.csv", "one", "--json"}).json()),
            "{direction: text, edges: [{from: text, kind: text, to: text}], length: number, nodes: "
            "[{detail: text, id: text, kind: text, label: text}], partial: [], truncated: bool, "
            "ways: [[{from: text, kind: text, path: text, to: text}]]}");
  Record("two", "true");
  Record("three", "true");
  EXPECT_EQ(Shape(Run({"lineage", "path", "two", "three", "--json"}).json()),
            "{direction: null, edges: [], length: null, nodes: [], partial: [], truncated: bool, "
            "ways: []}");
}

TEST_F(JsonContract, OfLineageImpact) {
  RecordFull("one");
  EXPECT_EQ(
      Shape(Done({"lineage", "impact", "data.csv", "--json"}).json()),
      "{counts: {artifact: number, code: number, commit: number, environment: number, library: "
      "number, "
      "model: number, run: number}, edges: [{from: text, kind: text, to: text}], "
      "experiments: [{by_status: {finished: number}, name: text, newest_run: text, runs: "
      "number}], from: [text], models: [], nodes: [{detail: text, id: text, kind: text, "
      "label: text}], partial: [], truncated: bool}");
}

TEST_F(JsonContract, OfOverlapLeakAndTheLineageOfAColumn) {
  Write("train.csv", "a,b\n1,2\n3,4\n");
  Write("test.csv", "a,b\n3,4\n");
  Done({"run", "-n", "one", "-i", "train.csv", "-i", "test.csv", "--", "true"});
  EXPECT_EQ(Shape(Done({"lineage", "overlap", "train.csv", "train.csv", "--json"}).json()),
            "{a_bytes: number, b_bytes: number, files: [{a: text, b: text, is_same_file: bool, "
            "shared_bytes: number}], shared_bytes: number, unread: []}");
  const std::string file =
      "{digest: text, path: text, role: text, role_is_given: bool, size_bytes: number}";
  const Answer leak = Run({"lineage", "leak", "one", "--json"});
  EXPECT_EQ(leak.status, 1);
  EXPECT_EQ(Shape(leak.json()),
            "{leak: {by_chance: [], complete: bool, files: [" + file +
                "], found: bool, not_checked: [], pairs: [{a: " + file + ", b: " + file +
                ", is_same_file: bool, rows: {a_repeated: number, a_rows: number, a_shared: "
                "number, b_expected_by_chance: number, b_rows: number, b_shared: number, columns: "
                "[text], first: [{a: number, b: number}]}, shared_bytes: number}]}, run: text}");
  EXPECT_EQ(Shape(Done({"lineage", "up", "train.csv#a", "--json"}).json()),
            "{edges: [], nodes: [{artifact: text, column: text, id: text, kind: text, label: "
            "text}], truncated: bool}");
}

TEST_F(JsonContract, OfCompare) {
  RecordFull("one");
  Record("two", "true");
  EXPECT_EQ(Shape(Done({"compare", "one", "two", "--json"}).json()),
            "{rows: [{differs: bool, group: text, key: text, values: [text]}], runs: [{id: text, "
            "name: text}]}");
}

TEST_F(JsonContract, OfLogCatMetricsAndExperiments) {
  RecordFull("one");
  EXPECT_EQ(Shape(Done({"log", "one", "--json"}).json()), "{run: text, stream: text, text: text}");
  EXPECT_EQ(Shape(Done({"cat", "one:model", "--json"}).json()),
            "{content: text, digest: text, size_bytes: number}");
  EXPECT_EQ(Shape(Done({"metrics", "one", "--json"}).json()), "{metrics: {}, run: text}");
  EXPECT_EQ(
      Shape(Done({"experiments", "--json"}).json()),
      "{experiments: [{last_started_at: text, live_runs: number, name: text, runs: number}]}");
}

TEST_F(JsonContract, OfStatusAndFsck) {
  EXPECT_EQ(Shape(Done({"status", "--json"}).json()),
            "{format: number, id: text, ledger_entries: number, live_runs: number, logical_bytes: "
            "number, objects: number, packs: number, runs: number, store: text, stored_bytes: "
            "number}");
  const Json fsck = Done({"fsck", "--json"}).json();
  EXPECT_TRUE(fsck.GetBool("ok").ok());
  EXPECT_TRUE(fsck.GetArray("problems").ok());
}

TEST_F(JsonContract, OfTheLedger) {
  RecordFull("one");
  EXPECT_EQ(Shape(Done({"ledger", "show", "--json"}).json()),
            "{entries: [{actor: text, kind: text, payload: text, previous: null, sequence: number, "
            "subject: text, time: text}]}");
  EXPECT_EQ(Shape(Done({"ledger", "checkpoint", "--json"}).json()),
            "{checkpoint: text, cosignatures: [], size: number, timestamps: []}");
  EXPECT_EQ(Shape(Done({"ledger", "verify", "--json"}).json()),
            "{ok: bool, problems: [], quorum_size: null, root: text, seals: [], size: number}");
  const Json proofs = Done({"ledger", "prove", "one"}).json();
  EXPECT_TRUE(proofs.GetString("subject").ok());
  EXPECT_TRUE(proofs.GetArray("proofs").ok());
}

TEST_F(JsonContract, OfInitRestoreExportAndHelp) {
  RecordFull("one");
  EXPECT_EQ(Shape(Done({"init", "elsewhere", "--json"}).json()), "{store: text}");
  EXPECT_EQ(Shape(Done({"restore", "one", "restored", "--json"}).json()),
            "{folder: text, restored: text}");
  EXPECT_EQ(Shape(Done({"audit", "export", "one", "-o", "bundle", "--json"}).json()),
            "{bundle: text, run: text, subject: {artifacts: [], kind: text, name: text, runs: "
            "[text], versions: []}}");
  EXPECT_EQ(Shape(Done({"help", "init", "--json"}).json()),
            "{commands: [{name: text, options: [], summary: text, usage: text}]}");
  EXPECT_EQ(Shape(Done({"--version", "--json"}).json()), "{version: text}");
  EXPECT_EQ(Shape(Done({"completion", "bash", "--json"}).json()), "{script: text, shell: text}");
}

TEST_F(JsonContract, OfErrorsOfEveryKind) {
  const std::vector<std::pair<int, std::vector<std::string>>> wrong = {
      {2, {"--json"}},
      {2, {"--json", "nonsense"}},
      {2, {"show", "--json"}},
      {2, {"--json", "runs", "--nonsense"}},
      {2, {"runs", "--where", "x", "--json"}},
      {3, {"show", "nonsense", "--json"}},
      {3, {"--json", "--store", "/nonexistent", "runs"}},
      {2, {"--store", "--json"}},
      {2, {"run", "--json"}},
      {127, {"run", "--json", "--", "no-such-command"}},
      {126, {"run", "--json", "--", "/"}},
      {2, {"log", "x", "--follow", "--json"}},
  };
  for (const auto& [status, arguments] : wrong) {
    const Answer answer = Run(arguments);
    EXPECT_EQ(answer.status, status) << answer.err;
    EXPECT_EQ(Shape(answer.json()), "{error: {code: text, message: text}}") << answer.out;
    EXPECT_EQ(answer.err, "reprise: " + *answer.json().Find("error")->GetString("message") + "\n");
  }
}

TEST_F(JsonContract, TypesParametersAndKeepsWhatJsonHasNoNumberFor) {
  const Json record = Done({"run", "--json",
                            "-p",  "int=3",
                            "-p",  "real=0.5",
                            "-p",  "bool=true",
                            "-p",  "word=tree",
                            "-p",  "list:=[1,null]",
                            "-p",  "big=9007199254740993",
                            "-p",  "nan=NaN",
                            "-p",  "up=Infinity",
                            "-p",  "down=-Infinity",
                            "-p",  "empty=",
                            "-p",  "equals=a=b",
                            "--",  "true"})
                          .json();
  EXPECT_EQ(
      *record.Find("run")->Find("params"),
      *ParseJson(R"({"big": "9007199254740993", "bool": true, "down": "-Infinity", "empty": "",
                          "equals": "a=b", "int": 3, "list": [1, null], "nan": "NaN", "real": 0.5,
                          "up": "Infinity", "word": "tree"})"));
}

TEST_F(JsonContract, KeepsTextThatIsNotUtf8) {
  const std::string name = "new\nline\xff";
  Write(name, "x");
  const Json record = Done({"run", "--json", "-i", name, "-p", "bytes=\xff\xfe", "--tag", "k=\xff",
                            "--note", "\xff", "--", "true"})
                          .json();
  const Json bytes = *ParseJson(R"({"type": "bytes", "value": "/w=="})");
  const Json& run = *record.Find("run");
  EXPECT_EQ(*run.Find("tags")->Find("k"), bytes);
  EXPECT_EQ(*run.Find("notes")->as_array()[0].Find("text"), bytes);
  EXPECT_EQ(*run.Find("params")->Find("bytes"),
            *ParseJson(R"({"type": "bytes", "value": "//4="})"));
  EXPECT_EQ(*run.Find("inputs")->as_array()[0].Find("path"),
            *ParseJson(R"({"type": "bytes", "value": "bmV3CmxpbmX/"})"));
}

}  // namespace
}  // namespace reprise::cli
