// A store of very many runs, made in bulk and asked, to measure the lineage graph.
//
//   graph_store make PROJECT RUNS   makes PROJECT/.reprise with the first RUNS of the model
//   graph_store chain PROJECT RUNS  likewise, of one chain: all others are ancestors of the last
//   run graph_store ask PROJECT RUNS    asks it; RUNS is what it was made with graph_store edges
//   RUNS          prints the same graph, for other programs to take in
//
// make, chain and ask print one JSON record.  Durability is as always: every file is synced.

#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "lineage/graph_query.h"
#include "lineage/graph_writer.h"
#include "storage/base/canonical.h"
#include "storage/base/json.h"
#include "storage/crypto/sha256.h"
#include "storage/tree.h"
#include "tests/bench/graph_model.h"
#include "tracker/bulk_recorder.h"
#include "tracker/lineage_view.h"
#include "tracker/store.h"
#include "tracker/store_folder.h"

namespace reprise::bench {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Of all threads of this process, its children left out.
double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::int64_t PeakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

storage::Tree TreeOf(const ModelFolder& folder) {
  storage::Tree tree;
  for (const auto& [name, digest] : folder.files) {
    storage::TreeEntry entry;
    entry.name = name;
    entry.size_bytes = 1000;
    entry.digest = digest;
    tree.entries.push_back(std::move(entry));
  }
  return tree;
}

class Maker {
 public:
  explicit Maker(tracker::Store& store) : recorder_(store) {}

  Result<void> Make(GraphModel model, std::uint64_t runs) {
    for (std::uint64_t i = 0; i < runs; ++i) REPRISE_TRY(Add(model.Next()));
    return recorder_.Commit();
  }
  std::uint64_t edges() const { return edges_; }

 private:
  Result<void> Add(const ModelRun& run) {
    lineage::RunRecord record;
    record.id = run.id;
    record.experiment = "experiment-" + std::to_string(run.group / 50);
    record.status =
        run.number % 20 == 7 ? lineage::RunStatus::kFailed : lineage::RunStatus::kFinished;
    record.exit_code = run.number % 20 == 7 ? 1 : 0;
    record.started_at_unix_ms = static_cast<std::int64_t>(run.id.unix_ms());
    record.ended_at_unix_ms = record.started_at_unix_ms + 900;
    record.actor = "bench";
    for (const auto& [path, digest] : run.outputs) record.outputs.push_back(Use(path, digest));
    REPRISE_TRY(TakeFolders(run.output_folders, record.outputs));
    if (run.derived_from.has_value()) record.derived_from = run.derived_from->ToString();
    lineage::Recipe recipe;
    recipe.command = {"python3", "train.py", "--config", "config.yaml"};
    recipe.working_directory = ".";
    for (const auto& [path, digest] : run.inputs) recipe.inputs.push_back(Use(path, digest));
    REPRISE_TRY(TakeFolders(run.input_folders, recipe.inputs));
    recipe.parameters["eta"] = lineage::ParamValue::Real(0.1);
    recipe.parameters["seed"] = lineage::ParamValue::Int(static_cast<std::int64_t>(run.number));
    edges_ += run.inputs.size() + run.outputs.size() + 2 + (run.derived_from ? 1 : 0);
    REPRISE_TRY(TakeCode(run.code));
    REPRISE_TRY(TakeEnvironment(run.environment));
    recipe.code = code_.tree;
    recipe.environment = environment_;
    return recorder_.AddRun(std::move(record), std::move(recipe), &code_);
  }

  static lineage::ArtifactUse Use(const std::string& path, const Digest& digest) {
    lineage::ArtifactUse use;
    use.path = path;
    use.digest = digest;
    use.size_bytes = 1000;
    return use;
  }

  Result<void> TakeFolders(const std::vector<ModelFolder>& folders,
                           std::vector<lineage::ArtifactUse>& uses) {
    for (const ModelFolder& folder : folders) {
      ++edges_;
      auto& [last, digest] = last_folders_[folder.path];
      if (folder.files != last.files) {
        const std::string document = storage::EncodeTree(TreeOf(folder));
        last = folder;
        digest = crypto::Sha256(document);
        if (folders_.insert(digest).second) {
          REPRISE_TRY(recorder_.Put(AsBytes(document)));
          edges_ += folder.files.size();
        }
      }
      lineage::ArtifactUse use = Use(folder.path, digest);
      use.kind = lineage::ArtifactKind::kFolder;
      use.size_bytes = 1000 * folder.files.size();
      uses.push_back(std::move(use));
    }
    return {};
  }

  Result<void> TakeCode(std::uint64_t number) {
    if (code_number_ == number) return {};
    code_number_ = number;
    storage::Tree tree;
    for (std::uint64_t place = 0; place < GraphModel::kCodeFiles; ++place) {
      storage::TreeEntry entry;
      entry.name = "file_" + std::to_string(100 + place) + ".py";
      entry.size_bytes = 1000;
      entry.digest = GraphModel::Content(GraphModel::CodeFile(number, place));
      tree.entries.push_back(std::move(entry));
    }
    REPRISE_ASSIGN_OR_RETURN(code_.tree, recorder_.Put(AsBytes(storage::EncodeTree(tree))));
    code_.commit = GraphModel::Content("commit " + std::to_string(number)).ToHex().substr(0, 40);
    code_.dirty = false;
    edges_ += GraphModel::kCodeFiles + 1;
    return {};
  }

  Result<void> TakeEnvironment(std::uint64_t number) {
    if (environment_number_ == number) return {};
    environment_number_ = number;
    Json files = Json::Array{};
    for (std::uint64_t place = 0; place < GraphModel::kLibraries; ++place) {
      const Digest digest = GraphModel::Content(GraphModel::Library(number, place));
      files.Append(Json()
                       .Set("path", "/usr/lib/library" + std::to_string(place) + ".so")
                       .Set("role", "library")
                       .Set("digest", digest.ToString())
                       .Set("size_bytes", 1000)
                       .Set("build_id", Json())
                       .Set("package", "libbench" + std::to_string(place))
                       .Set("version", "1.0"));
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string document,
                             Canonicalize(Json()
                                              .Set("type", "reprise/environment/v1")
                                              .Set("architecture", "x86_64")
                                              .Set("files", std::move(files))
                                              .Set("variables", Json::Array{})));
    REPRISE_ASSIGN_OR_RETURN(environment_, recorder_.Put(AsBytes(document)));
    edges_ += GraphModel::kLibraries;
    return {};
  }

  tracker::BulkRecorder recorder_;
  std::optional<std::uint64_t> code_number_;
  std::optional<std::uint64_t> environment_number_;
  lineage::Code code_;
  Digest environment_;
  std::unordered_set<Digest> folders_;  // That were put.
  // By path: one that many runs read is not hashed for each.
  std::map<std::string, std::pair<ModelFolder, Digest>> last_folders_;
  std::uint64_t edges_ = 0;
};

Result<Json> Make(FileSystem& files, const GraphModel& model, const std::string& project,
                  std::uint64_t runs) {
  REPRISE_TRY(CreateDirectories(files, project));
  REPRISE_TRY(tracker::Store::Create(files, project));
  const auto start = Clock::now();
  std::uint64_t edges = 0;
  {
    REPRISE_ASSIGN_OR_RETURN(const auto store, tracker::Store::Open(files, project + "/.reprise"));
    Maker maker(*store);
    REPRISE_TRY(maker.Make(model, runs));
    edges = maker.edges();
  }
  return Json()
      .Set("runs", runs)
      .Set("edges", edges)
      .Set("seconds", SecondsSince(start))
      .Set("processor_seconds", ProcessorSeconds())
      .Set("peak_bytes", PeakBytes());
}

struct Question {
  std::string name;
  lineage::NodeId start;
  lineage::Direction direction = lineage::Direction::kDown;
  std::optional<std::uint64_t> depth_max = std::nullopt;
  std::optional<std::uint64_t> nodes_max = std::nullopt;
  std::vector<lineage::NodeSort> sorts = {};
  bool only_counts = false;  // As `reprise lineage impact`.
};

// Nodes of which some are used by very many, some are the end of long histories.
std::vector<Question> Questions(std::uint64_t runs) {
  using lineage::Direction;
  using lineage::NodeId;
  const auto artifact = [](const std::string& name) {
    return NodeId::Artifact(GraphModel::Content(name));
  };
  const NodeId library = artifact(GraphModel::Library(0, 39));
  const NodeId common = artifact(GraphModel::Library(0, 0));
  return {
      {"one hop up from a run", NodeId::Run(GraphModel::RunId(runs / 2)), Direction::kUp, 1},
      {"one hop down from a run", NodeId::Run(GraphModel::RunId(runs / 2)), Direction::kDown, 1},
      {"one hop from a file", NodeId::Artifact(GraphModel::Checkpoint(runs / 2)), Direction::kDown,
       1},
      {"100 nodes below a popular library", library, Direction::kDown, std::nullopt, 100},
      {"100 nodes below a popular dataset", artifact("train 1"), Direction::kDown, std::nullopt,
       100},
      {"10,000 nodes below a popular dataset", artifact("train 1"), Direction::kDown, std::nullopt,
       10'000},
      {"10,000 nodes below a checkpoint", NodeId::Artifact(GraphModel::Checkpoint(19)),
       Direction::kDown, std::nullopt, 10'000},
      {"up from the last model", NodeId::Artifact(GraphModel::Checkpoint(runs - 1)), Direction::kUp,
       std::nullopt, 10'000},
      // Nearly everything is walked, and next to nothing shown.
      {.name = "models below a popular library",
       .start = common,
       .sorts = {lineage::NodeSort::kModel}},
      {.name = "how much is below a popular library", .start = common, .only_counts = true}};
}

struct Size {
  std::size_t nodes = 0;
  std::size_t edges = 0;
};

Result<Size> SizeOfAnswer(const storage::Catalog& catalog, const lineage::GraphQuestion& asked,
                          bool only_counts) {
  Size size;
  if (only_counts) {
    REPRISE_TRY(lineage::AskForNodes(
        catalog, asked, [&](std::span<const lineage::GraphNode> nodes) -> Result<void> {
          size.nodes += nodes.size();
          return {};
        }));
    return size;
  }
  REPRISE_ASSIGN_OR_RETURN(const lineage::GraphAnswer answer, lineage::Ask(catalog, asked));
  return Size{answer.nodes.size(), answer.edges.size()};
}

Result<Json> AskOne(const storage::Catalog& catalog, const Question& question, int rounds) {
  lineage::GraphQuestion asked;
  asked.starts = {question.start};
  asked.direction = question.direction;
  asked.depth_max = question.depth_max;
  asked.nodes_max = question.nodes_max;
  asked.sorts = question.sorts;
  double first = 0;
  std::vector<double> seconds;
  const double processor_before = ProcessorSeconds();
  Size size;
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    REPRISE_ASSIGN_OR_RETURN(size, SizeOfAnswer(catalog, asked, question.only_counts));
    seconds.push_back(SecondsSince(start));
    if (round == 0) first = seconds.back();
  }
  std::ranges::sort(seconds);
  return Json()
      .Set("question", question.name)
      .Set("nodes", size.nodes)
      .Set("edges", size.edges)
      .Set("first_seconds", first)
      .Set("seconds", seconds[seconds.size() / 2])
      .Set("processor_seconds", (ProcessorSeconds() - processor_before) / rounds)
      .Set("peak_bytes", PeakBytes());
}

Result<Json> AskAll(FileSystem& files, const std::string& project, std::uint64_t runs) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, tracker::Store::Open(files, project + "/.reprise"));
  Json answers = Json::Array{};
  for (const Question& question : Questions(runs)) {
    REPRISE_ASSIGN_OR_RETURN(Json answer, AskOne(store->catalog(), question, 5));
    answers.Append(std::move(answer));
  }
  return Json().Set("answers", std::move(answers)).Set("peak_bytes", PeakBytes());
}

// "run number", "in|out path content", … of each run on a line of its own, tab-separated.
void PrintEdges(std::uint64_t runs) {
  GraphModel model;
  for (std::uint64_t i = 0; i < runs; ++i) {
    const ModelRun run = model.Next();
    std::string line = std::to_string(run.number);
    const auto add = [&](char kind, const auto& uses) {
      for (const auto& [path, digest] : uses) line += '\t' + (kind + digest.ToHex());
    };
    add('i', run.inputs);
    add('o', run.outputs);
    // A folder is one artifact to those who have no folders.
    const auto add_folders = [&](char kind, const std::vector<ModelFolder>& folders) {
      for (const ModelFolder& folder : folders) {
        line += '\t' + (kind + crypto::Sha256(storage::EncodeTree(TreeOf(folder))).ToHex());
      }
    };
    add_folders('i', run.input_folders);
    add_folders('o', run.output_folders);
    std::puts(line.c_str());
  }
}

int Fail(const Error& error) {
  std::fprintf(stderr, "graph_store: %s\n", error.message.c_str());
  return 1;
}

int Main(const std::vector<std::string>& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  std::uint64_t runs = 0;
  const std::string& count = arguments.empty() ? what : arguments.back();
  const bool is_number =
      std::from_chars(count.data(), count.data() + count.size(), runs).ec == std::errc();
  if (what == "edges" && arguments.size() == 2 && is_number) {
    PrintEdges(runs);
    return 0;
  }
  const bool makes = what == "make" || what == "chain";
  if ((!makes && what != "ask") || arguments.size() != 3 || !is_number || runs == 0) {
    std::fprintf(stderr,
                 "usage: graph_store make|chain|ask PROJECT RUNS\n       graph_store edges RUNS\n");
    return 2;
  }
  FileSystem& files = PosixFileSystem();
  const auto done = makes ? Make(files, GraphModel(what == "chain"), arguments[1], runs)
                          : AskAll(files, arguments[1], runs);
  if (!done.ok()) return Fail(done.error());
  std::cout << FormatJson(*done);
  return 0;
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  return reprise::bench::Main(std::vector<std::string>(argv + 1, argv + argc));
}
