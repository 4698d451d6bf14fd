#include "tests/tracker/audit/test_bundle.h"

#include <cmath>
#include <limits>

#include "lineage/graph.h"
#include "lineage/graph_writer.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"
#include "storage/crypto/sha256.h"
#include "storage/ledger_proof.h"
#include "tests/support/ledgers.h"
#include "tests/support/memory_objects.h"
#include "tracker/index.h"

namespace reprise::testing {
namespace {

using lineage::ArtifactKind;
using lineage::ArtifactUse;
using lineage::ParamValue;
using tracker::StoredRun;

constexpr std::string_view kPatch =
    "diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n"
    "-eta = 0.1\n+eta = 0.05  # <b>&\n";
constexpr std::int64_t kStart = 1'795'000'000'000;

ArtifactUse UseOf(const std::string& path, const std::string& role, const Digest& digest,
                  ArtifactKind kind = ArtifactKind::kFile) {
  ArtifactUse use;
  use.path = path;
  use.role = role;
  use.kind = kind;
  use.digest = digest;
  use.size_bytes = 5;
  return use;
}

// Encodes what a StoredRun needs encoded.
template <typename T>
T Value(Result<T> result) {
  REPRISE_ASSERT(result.ok());
  return *std::move(result);
}

Ulid Id(std::uint64_t number) {
  return Ulid::FromParts(static_cast<std::uint64_t>(kStart) + number, AsBytes("abcdefghij"));
}

}  // namespace

TestBundle::TestBundle(const std::optional<crypto::Ed25519PrivateKey>& key, Rewrite rewrite)
    : rewrite_(rewrite) {
  FileSystem& files = PosixFileSystem();
  content.store = Id(0);
  REPRISE_ASSERT(CreateDirectories(files, folder_.Path("ledger")).ok());
  REPRISE_ASSERT(CreateDirectories(files, folder_.Path("keys")).ok());
  REPRISE_ASSERT(storage::Ledger::Create(files, folder_.path(), content.store, key).ok());
  ledger_ = Value(storage::Ledger::Open(files, folder_.path()));
  checkpoints_.push_back(Value(ledger_->Checkpoint()));
  AddRuns();
  AddFacts();
  AddLineage();
  TakeLog();
}

TestBundle::~TestBundle() = default;

Digest TestBundle::Document(const std::string& bytes) {
  const Digest digest = crypto::Sha256(bytes);
  content.documents[digest] = bytes;
  return digest;
}

std::int64_t TestBundle::NextTime() const {
  return kStart + static_cast<std::int64_t>(ledger_->size()) * 1000;
}

Digest TestBundle::Fact(const std::string& kind, const std::string& subject,
                        const std::string& document) {
  storage::LedgerEntry entry;
  entry.time_unix_ms = NextTime();
  entry.kind = kind;
  entry.subject = subject;
  entry.actor = "anna";
  if (ledger_->size() == 1) {
    if (rewrite_ == Rewrite::kActor) entry.actor = "otto";
    if (rewrite_ == Rewrite::kTime) entry.time_unix_ms -= 86'400'000;
  }
  entry.payload = crypto::Sha256(document);
  for (std::uint64_t i = 0; i < ledger_->size(); ++i) {
    if (Value(ledger_->Read(i)).subject == subject) entry.previous = i;
  }
  REPRISE_ASSERT(ledger_->Append(std::vector{entry}).ok());
  checkpoints_.push_back(Value(ledger_->Checkpoint()));
  return entry.payload;
}

void TestBundle::AddMetric(StoredRun& run, const std::string& key,
                           std::vector<lineage::MetricPoint> points) {
  lineage::MetricSummary& metric = run.record.metrics[key];
  metric.count = points.size();
  metric.last = points.back().value;
  metric.min = points.front().value;  // Points of this bundle rise.
  metric.max = points.back().value;
  metric.last_step = points.back().step;
  metric.series = crypto::Sha256(lineage::EncodeSeries(points));
  metric.values = lineage::SeriesValuesDigest(points);
  content.series[run.record.id][key] = std::move(points);
}

void TestBundle::AddRuns() {
  const Digest model = crypto::Sha256("model");
  const Digest inner = Document(storage::EncodeTree({{FileEntry("m.bin", model)}}));
  const Digest models = Document(storage::EncodeTree({{FolderEntry("best", inner)}}));
  const Digest sources =
      Document(storage::EncodeTree({{FileEntry("train.py", crypto::Sha256("source"))}}));
  const Digest environment = Document(
      R"({"architecture":"x86_64","files":[{"build_id":null,"digest":null,"package":"python3",)"
      R"("path":"/usr/bin/python3","role":"executable","size_bytes":1,"version":"3.11"}],)"
      R"("type":"reprise/environment/v1","variables":[]})");
  content.patches[crypto::Sha256(kPatch)] = kPatch;

  const auto make = [&](std::uint64_t number, const std::string& name, lineage::Recipe recipe,
                        std::vector<ArtifactUse> outputs, bool with_code) {
    StoredRun run;
    run.record.id = Id(number);
    run.record.name = name;
    run.record.experiment = "credit";
    run.record.status = lineage::RunStatus::kFinished;
    run.record.exit_code = 0;
    run.record.started_at_unix_ms = kStart;
    run.record.ended_at_unix_ms = kStart + 1234;
    run.record.outputs = std::move(outputs);
    run.record.actor = "anna";
    run.record.host = Json().Set("hostname", "box");
    if (with_code) {
      run.code = lineage::Code{.commit = std::string(40, 'a'),
                               .branch = "main",
                               .dirty = true,
                               .tree = sources,
                               .patch = crypto::Sha256(kPatch)};
      run.record.code = Document(Value(lineage::EncodeCode(*run.code)));
      recipe.code = sources;
      recipe.environment = environment;
    }
    run.record.recipe = Document(Value(lineage::EncodeRecipe(recipe)));
    run.recipe = std::move(recipe);
    return run;
  };
  const auto finish = [&](StoredRun run) {
    const std::string document = Value(lineage::EncodeRunRecord(run.record));
    run.document = Document(document);
    run.ledger_sequence = ledger_->size();
    Fact("run", run.record.id.ToString(), document);
    return run;
  };

  lineage::Recipe training;
  training.command = {"python3", "train.py"};
  training.working_directory = ".";
  training.inputs = {UseOf("raw,\"1\".csv", "train", crypto::Sha256("raw"))};
  training.parameters = {{"seed", ParamValue::Int(42)}};
  content.upstream.push_back(finish(make(0, "first try", {}, {}, false)));
  StoredRun train =
      make(1, "train", training, {UseOf("models", "", models, ArtifactKind::kFolder)}, true);
  train.record.derived_from = Id(0).ToString();
  content.upstream.push_back(finish(std::move(train)));

  lineage::Recipe scoring;
  scoring.command = {"python3", "score.py", "--on=caf\xe9"};
  scoring.working_directory = ".";
  scoring.inputs = {UseOf("model.bin", "model", model),
                    UseOf("x\xff.csv", "", crypto::Sha256("x"))};
  scoring.parameters = {{"eta", ParamValue::Real(0.1)},
                        {"big", ParamValue::Int(9007199254740993)},
                        {"layers", *ParamValue::FromJsonText("[1,{\"a\":2.5}]")},
                        {"limit", ParamValue::Real(INFINITY)},
                        {"long", ParamValue::String(std::string(150'000, 'x'))},
                        {"on", ParamValue::Bool(true)},
                        {"seed", ParamValue::Int(7)},
                        {"text", ParamValue::String("a,\"b\"\nc")}};
  StoredRun score =
      make(2, "score", scoring, {UseOf("score.txt", "", crypto::Sha256("score"))}, true);
  AddMetric(score, "auc",
            {{1, kStart, 0.5}, {2, kStart + 10, std::nan("")}, {3, kStart + 20, 0.75}});
  // A step that no double holds is text in JSON.
  AddMetric(score, "loss", {{std::numeric_limits<std::int64_t>::max(), kStart, 0.75}});
  score.record.tags = {{"team", "risk"}};
  score.record.notes = {"first"};
  score.record.capture.blind_spots = {"io_uring was used, whose reads were not seen"};
  content.subject = tracker::SubjectOfRun(score.record.id);
  content.runs.push_back(finish(std::move(score)));
  content.runs[0].tags = content.runs[0].record.tags;
  content.runs[0].notes = {{kStart, "anna", "first"}};

  StoredRun rerun =
      make(3, "score again", scoring, {UseOf("score.txt", "", crypto::Sha256("score"))}, true);
  rerun.record.reproduces = Id(2).ToString();
  content.reruns.push_back(finish(std::move(rerun)));
}

void TestBundle::AddFacts() {
  const std::string subject = Id(2).ToString();
  const auto add_other = [&] {
    Fact("run", Id(9).ToString(), "a run that is no part of the bundle");
  };
  if (rewrite_ != Rewrite::kOrder && rewrite_ != Rewrite::kDropped) add_other();
  if (rewrite_ == Rewrite::kInserted) Fact("run", Id(8).ToString(), "a run that nobody made");
  const std::string note = Value(tracker::EncodeNote({subject, "looks good"}));
  Document(note);
  const std::int64_t note_time = NextTime();
  Fact("note", subject, note);
  if (rewrite_ == Rewrite::kOrder) add_other();
  content.runs[0].notes.push_back({note_time, "anna", "looks good"});
  const std::string tags = Value(tracker::EncodeTags({subject, {{"stage", "qa"}}}));
  Document(tags);
  Fact("tags", subject, tags);
  content.runs[0].tags["stage"] = "qa";
  Json output = Json()
                    .Set("path", "score.txt")
                    .Set("state", "identical")
                    .Set("expected", crypto::Sha256("score").ToString())
                    .Set("actual", crypto::Sha256("score").ToString());
  const std::string verdict =
      Value(Canonicalize(Json()
                             .Set("type", "reprise/verdict/v1")
                             .Set("result", "identical")
                             .Set("original", subject)
                             .Set("rerun", Id(3).ToString())
                             .Set("reruns", Json::Array{Json(Id(3).ToString())})
                             .Set("outputs", Json::Array{std::move(output)})
                             .Set("metrics", Json::Array{})
                             .Set("environment", Json::Array{Json("libc6 is newer")})));
  Document(verdict);
  Fact("verdict", subject, verdict);
}

void TestBundle::AddLineage() {
  const auto catalog = storage::NewMemoryCatalog();
  MemoryObjects objects;
  for (const auto& [digest, bytes] : content.documents) objects.Put(bytes);
  for (const StoredRun* const run :
       {&content.upstream[0], &content.upstream[1], &content.runs[0], &content.reruns[0]}) {
    storage::CatalogBatch batch;
    REPRISE_ASSERT(lineage::GraphWriter(*catalog)
                       .AddRun(run->record, *run->recipe, nullptr, objects, batch)
                       .ok());
    REPRISE_ASSERT(catalog->Apply(batch).ok());
  }
  const auto start = lineage::NodeId::Run(Id(2));
  content.lineage =
      Value(lineage::Traverse(*catalog, start, lineage::Direction::kUp, std::nullopt));
  for (const lineage::Edge& edge : Value(lineage::EdgesFrom(*catalog, start))) {
    content.lineage.nodes.push_back(edge.to);
    content.lineage.edges.push_back(edge);
  }
  for (const lineage::NodeId& node : content.lineage.nodes) {
    const bool is_run = node.kind == lineage::NodeId::Kind::kRun;
    content.drawing.nodes.push_back(
        {node.ToString(),
         is_run ? lineage::RenderNodeKind::kRun : lineage::RenderNodeKind::kArtifact,
         is_run ? "run " + node.ToString().substr(8, 4) : node.ToString().substr(7, 8), ""});
  }
  for (const lineage::Edge& edge : content.lineage.edges) {
    content.drawing.edges.push_back(
        {edge.from.ToString(), edge.to.ToString(), std::string(lineage::EdgeKindName(edge.kind))});
  }
}

void TestBundle::TakeLog() {
  content.checkpoint = Value(ledger_->Checkpoint());
  const storage::NoteKey key = Value(ledger_->Key());
  content.key = key.ToText();
  content.key_fingerprint = key.key.Fingerprint().ToString();
  content.signed_state =
      Value(storage::ParseCheckpoint(Value(storage::OpenNote(content.checkpoint, key))));
  content.headers.clear();
  content.events.clear();
  content.proofs.clear();
  for (std::uint64_t i = 0; i < ledger_->size(); ++i) {
    tracker::BundleEvent event{Value(ledger_->Read(i)), Value(ledger_->ReadBytes(i))};
    content.headers.push_back(event.leaf);
    if (!content.documents.contains(event.entry.payload)) continue;
    content.proofs[i] = Value(ledger_->ProofDocument(i));
    content.events.push_back(std::move(event));
  }
}

void TestBundle::GrowLog() {
  Fact("run", Id(100 + ledger_->size()).ToString(), "another run");
  TakeLog();
}

void TestBundle::BeginFrom(std::uint64_t size) {
  const std::string& note = checkpoints_[size];
  const auto state = Value(storage::OpenCheckpoint(note, Value(ledger_->Key())));
  const auto proof = Value(ledger_->ProveConsistency(size, ledger_->size()));
  content.since = tracker::BundleSince{
      note, state, storage::EncodeConsistencyProof(size, proof, content.checkpoint)};
}

void TestBundle::SealAndChangeKey() {
  const crypto::Ed25519PrivateKey witness = TestKey(0x51);
  const storage::WitnessKey witness_key{"witness.example/w1", witness.PublicKey()};
  storage::Seal seal;
  seal.size = ledger_->size();
  seal.checkpoint_note = Value(ledger_->Checkpoint());
  const std::string text = Value(storage::SignedNote::Parse(seal.checkpoint_note)).text;
  seal.cosignatures = {storage::Cosign(text, witness_key.name, witness, kStart / 1000)};
  const std::string document = Value(ledger_->PrepareKeyChange("the yearly change", kStart));
  Fact(std::string(storage::kKeyChangeEntry), ledger_->keys().newest().name, document);
  GrowLog();
  content.key_steps = ledger_->keys().steps();
  for (const auto& step : content.key_steps) {
    content.proofs[step.entry] = Value(ledger_->ProofDocument(step.entry));
  }
  const auto proof = Value(ledger_->ProveConsistency(seal.size, ledger_->size()));
  const std::string consistency =
      storage::EncodeConsistencyProof(seal.size, proof, content.checkpoint);
  content.seals = {{std::move(seal), consistency}};
  content.witnesses = witness_key.ToText() + "\n";
}

Result<std::vector<tracker::BundleFile>> TestBundle::Files() {
  return tracker::BundleFiles(content, [&](std::string_view text) { return ledger_->Sign(text); });
}

std::string TestBundle::SigningKey() const {
  return Value(ReadFile(PosixFileSystem(), folder_.Path("keys/checkpoint.key")));
}

void WriteBundle(const std::vector<tracker::BundleFile>& files, const std::string& folder) {
  for (const tracker::BundleFile& file : files) {
    const std::string path = JoinPath(folder, file.path);
    REPRISE_ASSERT(CreateDirectories(PosixFileSystem(), ParentPath(path)).ok());
    REPRISE_ASSERT(WriteFileAtomically(PosixFileSystem(), path, file.bytes).ok());
  }
}

}  // namespace reprise::testing
