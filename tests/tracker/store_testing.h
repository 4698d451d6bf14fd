// What tests of the store share: stores with a catalog in memory whose fate at a crash the test
// decides, and runs that are recorded without a recorder.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lineage/closure.h"
#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/file.h"
#include "storage/catalog.h"
#include "storage/crypto/sha256.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store.h"
#include "tracker/store_folder.h"

namespace reprise::tracker::testing {

// A catalog on a disk of its own, as RocksDB's: it keeps what was applied, and a loss of power may
// take the newest batches.
class CatalogDisk {
 public:
  // Its folder in `files` stands for it: when that is removed, the rows are gone.
  StoreOptions Options(FileSystem& files) {
    StoreOptions options;
    options.lock_wait_ms_max = 0;
    options.open_catalog = [this, &files](const std::string& folder) {
      if (files.CreateDirectory(folder).ok()) batches_.clear();
      return Open();
    };
    options.notify = [this](const std::string& sentence) { notices.push_back(sentence); };
    return options;
  }

  // Keeps only the first `count` batches.
  void Keep(std::size_t count) { batches_.resize(std::min(count, batches_.size())); }
  std::size_t batches() const { return batches_.size(); }
  // Fails every Apply() from now on.
  void FailWrites(bool fail) { fails_ = fail; }

  std::vector<std::string> notices;

 private:
  class Opened final : public storage::Catalog {
   public:
    Opened(CatalogDisk& disk, std::unique_ptr<Catalog> rows)
        : disk_(disk), rows_(std::move(rows)) {}
    Result<std::optional<std::string>> Get(storage::Space space,
                                           std::string_view key) const override {
      return rows_->Get(space, key);
    }
    Result<std::vector<std::optional<std::string>>> MultiGet(
        storage::Space space, std::span<const std::string> keys) const override {
      return rows_->MultiGet(space, keys);
    }
    Result<void> Scan(
        storage::Space space, const storage::ScanOptions& options,
        const std::function<bool(std::string_view, std::string_view)>& visit) const override {
      return rows_->Scan(space, options, visit);
    }
    Result<void> Apply(const storage::CatalogBatch& batch) override {
      if (disk_.fails_) return Error{ErrorCode::kNoSpace, "the catalog's device is full"};
      REPRISE_TRY(rows_->Apply(batch));
      disk_.batches_.push_back(CopyOf(batch));
      return {};
    }

   private:
    CatalogDisk& disk_;
    std::unique_ptr<Catalog> rows_;
  };

  Result<std::unique_ptr<storage::Catalog>> Open() {
    auto rows = storage::NewMemoryCatalog();
    for (const auto& batch : batches_) REPRISE_TRY(rows->Apply(*batch));
    return std::unique_ptr<storage::Catalog>(std::make_unique<Opened>(*this, std::move(rows)));
  }

  static std::shared_ptr<const storage::CatalogBatch> CopyOf(const storage::CatalogBatch& batch) {
    auto copy = std::make_shared<storage::CatalogBatch>();
    for (const auto& change : batch.changes()) {
      if (change.value.has_value()) {
        copy->Put(change.space, change.key, *change.value);
      } else {
        copy->Delete(change.space, change.key);
      }
    }
    return copy;
  }

  std::vector<std::shared_ptr<const storage::CatalogBatch>> batches_;
  bool fails_ = false;
};

using Rows = std::map<std::pair<storage::Space, std::string>, std::string>;

inline Rows AllRows(const storage::Catalog& catalog) {
  Rows rows;
  for (std::size_t i = 0; i < storage::kSpaceCount; ++i) {
    const auto space = static_cast<storage::Space>(i);
    const auto scanned = catalog.Scan(space, {}, [&](std::string_view key, std::string_view value) {
      rows[{space, std::string(key)}] = value;
      return true;
    });
    EXPECT_TRUE(scanned.ok()) << scanned.error().message;
  }
  return rows;
}

inline lineage::ArtifactUse FileUse(const std::string& path, const std::string& content) {
  lineage::ArtifactUse use;
  use.path = path;
  use.digest = crypto::Sha256(content);
  use.size_bytes = content.size();
  return use;
}

// A run that read and wrote files of these contents.
struct TestRun {
  Ulid id = Ulid::Generate();
  std::string name = {};
  std::string experiment = "default";
  std::map<std::string, std::string> inputs = {};  // Path → content.
  std::map<std::string, std::string> outputs = {};
  std::map<std::string, std::string> evidence = {};  // Kind → content.
  std::int64_t started_at_unix_ms = 1'700'000'000'000;
  std::map<std::string, double> metrics = {};  // Last values.
  // Documents and logs that the record names, though nobody stored them: a code document with this
  // tree and patch, and a log.
  bool names_absent_content = false;
  std::string log = {};    // Of the SDK; "": none.
  std::string patch = {};  // Likewise, of the work against a commit.
  std::map<std::string, std::string> configuration =
      {};  // In its closure: absolute path → content.
  Json host = Json::Object{};
  std::string actor = {};
  std::optional<std::string> reproduces = {};  // The id of the original.
};

inline const Digest kAbsentTree = crypto::Sha256("an absent tree");
inline const Digest kAbsentPatch = crypto::Sha256("an absent patch");
inline const Digest kAbsentLog = crypto::Sha256("an absent log");

// Records `run` as a recorder does, up to and including the seal.
inline Result<void> SealRun(FileSystem& files, const std::string& store_folder, const TestRun& run,
                            storage::PresenceIndex* presence = nullptr) {
  if (!run.name.empty()) REPRISE_TRY(ReserveRunName(files, store_folder, run.name, run.id));
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_RUN);
  started.set_name(run.name);
  started.set_experiment(run.experiment);
  started.set_started_at_unix_ms(run.started_at_unix_ms);
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::Create(files, store_folder, run.id, started));
  v1::Frame frame;
  frame.mutable_code()->set_host("{}");
  REPRISE_TRY(session->Append(frame));
  REPRISE_TRY(session->Sync());
  REPRISE_ASSIGN_OR_RETURN(auto writer, session->NewWriter(presence, 1));
  lineage::Recipe recipe;
  recipe.command = {"./train"};
  recipe.working_directory = ".";
  lineage::RunRecord record;
  record.id = run.id;
  record.name = run.name;
  record.experiment = run.experiment;
  record.status = lineage::RunStatus::kFinished;
  record.exit_code = 0;
  record.host = run.host;
  record.actor = run.actor;
  record.reproduces = run.reproduces;
  record.started_at_unix_ms = run.started_at_unix_ms;
  record.ended_at_unix_ms = run.started_at_unix_ms + 1'000;
  for (const auto& [path, content] : run.inputs) {
    REPRISE_TRY(writer->Put(AsBytes(content)));
    recipe.inputs.push_back(FileUse(path, content));
  }
  for (const auto& [path, content] : run.outputs) {
    REPRISE_TRY(writer->Put(AsBytes(content)));
    record.outputs.push_back(FileUse(path, content));
  }
  for (const auto& [kind, content] : run.evidence) {
    REPRISE_TRY(writer->Put(AsBytes(content)));
    record.evidence.push_back({kind, FileUse(kind + ".json", content)});
  }
  for (const auto& [key, value] : run.metrics) {
    REPRISE_ASSIGN_OR_RETURN(const auto series, writer->Put(AsBytes("series of " + key)));
    lineage::MetricSummary& metric = record.metrics[key];
    metric.count = 1;
    metric.last = metric.min = metric.max = value;
    metric.series = metric.values = series.digest;
  }
  if (!run.log.empty()) {
    REPRISE_ASSIGN_OR_RETURN(const auto log, writer->Put(AsBytes(run.log)));
    record.sdk_log = lineage::StreamRecord{log.digest, log.size_bytes};
  }
  if (!run.configuration.empty()) {
    lineage::Closure closure;
    for (const auto& [path, content] : run.configuration) {
      REPRISE_ASSIGN_OR_RETURN(const auto put, writer->Put(AsBytes(content)));
      lineage::ClosureFile file;
      file.path = path;
      file.file_class = lineage::FileClass::kConfiguration;
      file.uses = lineage::kFileRead;
      file.digest = put.digest;
      file.size_bytes = put.size_bytes;
      file.stored = true;
      closure.files.push_back(file);
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string closure_document, lineage::EncodeClosure(closure));
    REPRISE_ASSIGN_OR_RETURN(const auto put, writer->Put(AsBytes(closure_document)));
    record.capture.closure = put.digest;
  }
  if (run.names_absent_content || !run.patch.empty()) {
    lineage::Code code;
    code.tree = kAbsentTree;
    code.patch = kAbsentPatch;
    if (run.names_absent_content) record.sdk_log = lineage::StreamRecord{kAbsentLog, 1};
    if (!run.patch.empty()) {
      REPRISE_ASSIGN_OR_RETURN(const auto patch, writer->Put(AsBytes(run.patch)));
      code.patch = patch.digest;
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string code_document, lineage::EncodeCode(code));
    REPRISE_ASSIGN_OR_RETURN(const auto stored_code, writer->Put(AsBytes(code_document)));
    record.code = stored_code.digest;
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string recipe_document, lineage::EncodeRecipe(recipe));
  REPRISE_ASSIGN_OR_RETURN(const auto stored_recipe, writer->Put(AsBytes(recipe_document)));
  record.recipe = stored_recipe.digest;
  REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeRunRecord(record));
  REPRISE_ASSIGN_OR_RETURN(const auto stored, writer->Put(AsBytes(document)));
  REPRISE_TRY(session->FinishWriter(std::move(writer)));
  v1::LedgerFact fact;
  fact.set_kind("run");
  fact.set_subject(run.id.ToString());
  fact.set_payload(stored.digest.ToStored());
  fact.set_time_unix_ms(run.started_at_unix_ms + 1'000);
  fact.set_actor("tester");
  return session->Seal({fact});
}

// How many entries of the ledger are of `kind` and about `subject`.
inline int CountEntries(Store& store, const std::string& kind, const std::string& subject) {
  int count = 0;
  const auto read = store.ledger().ForEach(0, [&](const storage::LedgerEntry& entry) {
    count += entry.kind == kind && entry.subject == subject ? 1 : 0;
    return Result<void>();
  });
  EXPECT_TRUE(read.ok()) << read.error().message;
  return count;
}

}  // namespace reprise::tracker::testing
