// Fills a new store with runs as a tuning of hyperparameters leaves them, to measure lists of runs.
//
//   fill_store PROJECT RUNS [rows|unindexed-rows]
//
// Makes the store PROJECT/.reprise.  Every run is recorded as `reprise run` does it: a session with
// its journal, sealed into documents and packs, adopted into ledger and catalog.  Only the command
// is made up: its parameters, its six metric series of fifty points, its output and its log.
//
// With "rows", a million runs are there in a minute: the catalog alone has them, by the rows that
// lists are made of, as adoption writes them (two years of runs, one after another).  Such a store
// answers `runs`, and nothing that needs a run's documents.  "unindexed-rows" leaves out those of
// the index, to see what they weigh.

#include <sys/wait.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include "lineage/metric_series.h"
#include "storage/base/clock.h"
#include "storage/rocksdb/rocksdb_catalog.h"
#include "storage/tree_builder.h"
#include "tests/bench/unsynced_files.h"
#include "tracker/recorder/environment_capture.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/sealer.h"
#include "tracker/run_index.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store.h"
#include "tracker/store_folder.h"

namespace reprise::bench {
namespace {

using tracker::Session;
namespace v1 = tracker::v1;

constexpr int kCodeFiles = 20;
constexpr int kPoints = 50;
constexpr int kRunsPerAdoption = 500;
constexpr std::string_view kExperiments[] = {"credit", "fraud", "churn", "default"};

class Filler {
 public:
  Filler(FileSystem& files, std::string project)
      : files_(files), project_(std::move(project)), store_folder_(project_ + "/.reprise") {}

  Result<void> Fill(int runs) {
    REPRISE_TRY(CreateDirectories(files_, project_ + "/out"));
    REPRISE_TRY(tracker::Store::Create(files_, project_));
    REPRISE_ASSIGN_OR_RETURN(const auto store, tracker::Store::Open(files_, store_folder_));
    presence_ = storage::NewCatalogPresence(store->catalog());
    for (int number = 0; number < runs; ++number) {
      REPRISE_TRY(AddRun(number));
      if (number % kRunsPerAdoption == kRunsPerAdoption - 1) REPRISE_TRY(store->Adopt());
    }
    return store->Adopt();
  }

 private:
  std::string OutputPath() const { return project_ + "/out/model.json"; }

  double Random(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }

  Result<void> AddRun(int number) {
    const Ulid id = Ulid::Generate();
    REPRISE_ASSIGN_OR_RETURN(const auto name, tracker::InventRunName(files_, store_folder_, id));
    const double eta = std::round(Random(0.01, 0.3) * 1000) / 1000;
    const double quality = Random(0.6, 0.99);
    REPRISE_ASSIGN_OR_RETURN(
        const auto session, Session::Create(files_, store_folder_, id, Started(number, name, eta)));
    REPRISE_ASSIGN_OR_RETURN(auto writer, session->NewWriter(presence_.get(), 1));
    v1::Frame code;
    REPRISE_ASSIGN_OR_RETURN(const Digest environment, Environment(session->started(), *writer));
    REPRISE_ASSIGN_OR_RETURN(*code.mutable_code(), Code(environment, *writer));
    v1::Frame observed;
    *observed.mutable_observed() = Observed(quality);
    REPRISE_TRY(session->FinishWriter(std::move(writer)));
    REPRISE_TRY(session->Append(code));
    REPRISE_TRY(session->Append(observed));
    const std::string log = "run " + std::to_string(number) + " ended well\n";
    REPRISE_TRY(WriteFileAtomically(files_, session->folder() + "/stdout", log));
    const std::string model = "model of run " + std::to_string(number);
    REPRISE_ASSIGN_OR_RETURN(const auto output, files_.Open(OutputPath(), OpenMode::kCreate));
    REPRISE_TRY(output->Truncate(0));
    REPRISE_TRY(output->WriteAt(0, AsBytes(model)));
    // One run in twenty fails.
    REPRISE_TRY(tracker::WriteExitReport(
        files_, session->folder(),
        {.wait_status = number % 20 == 7 ? W_EXITCODE(1, 0) : 0,
         .ended_at_unix_ms = NowUnixMs() + static_cast<std::int64_t>(Random(1e3, 1e6)),
         .user_ms = 1200,
         .system_ms = 80,
         .rss_bytes_max = 300 << 20}));
    REPRISE_TRY(tracker::SealRun(files_, *session, {.presence = presence_.get()}));
    return {};
  }

  v1::SessionStarted Started(int number, const std::string& name, double eta) {
    v1::SessionStarted started;
    started.set_kind(v1::SessionStarted::KIND_RUN);
    started.set_started_at_unix_ms(NowUnixMs());
    started.set_project_folder(project_);
    started.set_working_directory(project_);
    for (const char* const argument : {"sh", "train.sh", "--eta", "{eta}", "--depth", "{depth}"}) {
      started.add_arguments(argument);
    }
    started.set_experiment(std::string(kExperiments[number % std::size(kExperiments)]));
    started.set_name(name);
    AddParam(started, "eta", "real", std::to_string(eta));
    AddParam(started, "depth", "int", std::to_string(2 + number % 9));
    AddParam(started, "rounds", "int", "50");
    AddParam(started, "objective", "string", "binary:logistic");
    AddParam(started, "subsample", "real", "0.8");
    AddParam(started, "seed", "int", std::to_string(number));
    v1::Tag* const tag = started.add_tags();
    tag->set_key("sweep");
    tag->set_value("sweep-" + std::to_string(number / 1000));
    started.add_declared_outputs(OutputPath());
    started.set_actor("bench");
    return started;
  }

  static void AddParam(v1::SessionStarted& started, const char* key, const char* type,
                       const std::string& value) {
    v1::Param* const param = started.add_params();
    param->set_key(key);
    param->set_type(type);
    param->set_value(value);
  }

  // Captured once: the program and the machine stay the same.
  Result<Digest> Environment(const v1::SessionStarted& started, storage::ObjectWriter& writer) {
    if (!environment_.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(
          const tracker::CapturedEnvironment captured,
          tracker::CaptureEnvironment(files_, started, {"PATH=/usr/bin"}, {},
                                      tracker::StorePaths(store_folder_).cache(), writer));
      environment_ = captured.document;
    }
    return *environment_;
  }

  // The same twenty files each time: all but the first run find them stored.
  Result<v1::CodeCaptured> Code(const Digest& environment, storage::ObjectWriter& writer) {
    v1::CodeCaptured code;
    code.set_environment(environment.ToStored());
    code.set_host(R"({"cpus":8,"kernel":"6.1.0","memory_bytes":16777216000})");
    for (int i = 0; i < kCodeFiles; ++i) {
      const std::string text(static_cast<std::size_t>(1000 + 100 * i), static_cast<char>('a' + i));
      REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer.Put(AsBytes(text)));
      v1::CodeFile* const file = code.add_files();
      file->set_path("src/file_" + std::to_string(i) + ".py");
      file->set_digest(put.digest.ToStored());
      file->set_size_bytes(text.size());
    }
    return code;
  }

  v1::Observed Observed(double quality) {
    v1::Observed observed;
    for (const char* const key : {"train/loss", "train/auc", "loss", "auc", "ks", "seconds"}) {
      std::vector<lineage::MetricPoint> points;
      for (int step = 0; step < kPoints; ++step) {
        const double value = quality * (1 - std::exp(-step / 10.0)) + Random(0, 0.001);
        points.push_back({step, NowUnixMs() + step, value});
      }
      v1::Observed::Points* const series = observed.add_points();
      series->set_key(key);
      series->set_block(lineage::EncodeSeries(points));
    }
    return observed;
  }

  FileSystem& files_;
  std::string project_;
  std::string store_folder_;
  std::unique_ptr<storage::PresenceIndex> presence_;
  std::optional<Digest> environment_;
  std::mt19937_64 random_{1};  // The same runs each time.
};

// Fills the catalog alone.
class RowFiller {
 public:
  Result<void> Fill(FileSystem& files, const std::string& project, int runs, bool with_index) {
    REPRISE_TRY(tracker::Store::Create(files, project));
    REPRISE_TRY(tracker::Store::Open(files, project + "/.reprise"));  // Makes what is in it.
    REPRISE_ASSIGN_OR_RETURN(
        const auto catalog,
        storage::OpenRocksdbCatalog(tracker::StorePaths(project + "/.reprise").catalog()));
    storage::CatalogBatch batch;
    for (int number = 0; number < runs; ++number) {
      const tracker::ListedRun run = MakeRun(number);
      batch.Put(storage::Space::kName, tracker::ListedKey(run.id), tracker::EncodeListedRun(run));
      if (with_index) tracker::PutIndexRows(nullptr, run, batch);
      if (number % kRunsPerBatch != kRunsPerBatch - 1 && number + 1 < runs) continue;
      REPRISE_TRY(catalog->Apply(batch));
      batch = {};
    }
    return {};
  }

 private:
  static constexpr int kRunsPerBatch = 1'000;
  static constexpr std::int64_t kFirstStart = 1'700'000'000'000;
  static constexpr std::int64_t kMsBetween = 63'000;

  double Random(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }

  tracker::ListedRun MakeRun(int number) {
    tracker::ListedRun run;
    const std::int64_t start = kFirstStart + number * kMsBetween;
    std::array<std::byte, 10> bits{};
    for (std::byte& byte : bits) byte = static_cast<std::byte>(random_());
    run.id = Ulid::FromParts(static_cast<std::uint64_t>(start), bits);
    run.started_at_unix_ms = start + static_cast<std::int64_t>(Random(0, 50));
    run.ended_at_unix_ms = start + static_cast<std::int64_t>(Random(1e3, 1e6));
    run.name = "brave-otter-" + std::to_string(number);
    // One run in ten thousand is of an experiment that few are of.
    run.experiment =
        number % 10'000 == 17
            ? "rare-" + std::to_string(number / 100'000)
            : std::string(kExperiments[static_cast<std::size_t>(number) % std::size(kExperiments)]);
    const bool failed = number % 20 == 7;
    run.status = failed ? lineage::RunStatus::kFailed : lineage::RunStatus::kFinished;
    run.exit_code = failed ? 1 : 0;
    run.actor = "bench";
    run.commit = std::string(36, 'c') + std::to_string(1000 + number / 200 % 9000);
    run.branch = "main";
    run.dirty = number % 3 == 0;
    run.host = "node-" + std::to_string(number % 16);
    const double quality = Random(0.6, 0.99);
    for (const char* const key : {"train/loss", "train/auc", "loss", "auc", "ks", "seconds"}) {
      run.metrics[key] = quality + Random(0, 0.001);
    }
    for (const auto& [key, last] : run.metrics) run.metric_bounds.push_back({0, last, kPoints});
    run.params = {{"eta", std::to_string(std::round(Random(0.01, 0.3) * 1000) / 1000)},
                  {"depth", std::to_string(2 + number % 9)},
                  {"rounds", "50"},
                  {"objective", "binary:logistic"},
                  {"subsample", "0.8"},
                  {"seed", std::to_string(number)}};
    run.tags = {{"sweep", "sweep-" + std::to_string(number / 1000)}};
    return run;
  }

  std::mt19937_64 random_{1};
};

Result<void> Fill(FileSystem& files, const std::string& project, int runs, std::string_view how) {
  if (how.empty()) return Filler(files, project).Fill(runs);
  return RowFiller().Fill(files, project, runs, /*with_index=*/how == "rows");
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  int runs = 0;
  const std::string_view count = argc == 3 || argc == 4 ? argv[2] : "";
  const std::string_view how = argc == 4 ? argv[3] : "";
  const bool is_known = how.empty() || how == "rows" || how == "unindexed-rows";
  if (!is_known ||
      std::from_chars(count.data(), count.data() + count.size(), runs).ec != std::errc()) {
    std::fprintf(stderr, "usage: %s PROJECT RUNS [rows|unindexed-rows]\n", argv[0]);
    return 2;
  }
  reprise::bench::UnsyncedFileSystem files;
  const auto filled = reprise::bench::Fill(files, argv[1], runs, how);
  if (filled.ok()) return 0;
  std::fprintf(stderr, "%s\n", filled.error().message.c_str());
  return 1;
}
