#include "tracker/fsck.h"

#include <set>

#include "storage/object_rows.h"
#include "storage/pack_reader.h"
#include "storage/tree.h"
#include "tracker/packs_on_disk.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using storage::Space;

class Checker {
 public:
  Checker(Store& store, const FsckOptions& options) : store_(store), options_(options) {}

  Result<FsckReport> Check() {
    REPRISE_TRY(CheckLedger());
    REPRISE_TRY(CheckPacks());
    REPRISE_TRY(CheckObjects());
    REPRISE_TRY(CheckReferences());
    REPRISE_TRY(MarkDamage());
    return std::move(report_);
  }

 private:
  void Report(const std::string& kind, const std::optional<Digest>& digest, std::string message) {
    report_.problems.push_back({kind, digest, std::move(message)});
  }

  Result<void> CheckLedger() {
    REPRISE_ASSIGN_OR_RETURN(const auto verified, store_.ledger().Verify(std::nullopt));
    for (const std::string& problem : verified.problems) Report("ledger", std::nullopt, problem);
    return {};
  }

  // Every pack can be read to its index, and every pack of the catalog is there.
  Result<void> CheckPacks() {
    REPRISE_ASSIGN_OR_RETURN(const auto packs, PacksOnDisk(store_.files(), store_.folder()));
    std::set<std::string> on_disk;
    for (const Ulid& pack : packs) {
      on_disk.insert(UlidBytes(pack));
      ++report_.packs;
      const std::string path = storage::PackPath(store_.folder(), pack);
      const auto reader = storage::PackReader::Open(store_.files(), path);
      const auto index = reader.ok() ? (*reader)->ReadIndex()
                                     : Result<std::vector<storage::PackEntry>>(reader.error());
      if (!index.ok()) Report("pack", std::nullopt, index.error().message);
    }
    return store_.catalog().Scan(Space::kPack, {}, [&](std::string_view key, std::string_view) {
      if (!on_disk.contains(std::string(key))) {
        Report("pack", std::nullopt,
               "the pack " + Ulid::FromBytes(AsBytes(key)).ToString() + " is missing");
      }
      return true;
    });
  }

  bool IsChosen(const Digest& digest) const {
    // The first bytes of a digest are uniformly distributed.
    const auto value = LoadLe<std::uint32_t>(digest.bytes());
    return value % 100 < options_.read_data_percent;
  }

  Result<void> CheckObjects() {
    std::vector<Digest> digests;
    REPRISE_TRY(
        store_.catalog().Scan(Space::kObject, {}, [&](std::string_view key, std::string_view) {
          const auto digest = Digest::FromStored(AsBytes(key));
          if (digest.ok()) digests.push_back(*digest);
          return true;
        }));
    report_.objects = digests.size();
    for (const Digest& digest : digests) REPRISE_TRY(CheckObject(digest));
    return {};
  }

  Result<void> CheckObject(const Digest& digest) {
    const auto checked = [&]() -> Result<void> {
      if (!IsChosen(digest)) {
        REPRISE_TRY(store_.objects().Describe(digest));
        return {};
      }
      return store_.objects().Read(digest, [&](ByteSpan part) -> Result<void> {
        report_.bytes_read += part.size();
        return {};
      });
    }();
    ++checked_;
    if (options_.progress) options_.progress(checked_, report_.bytes_read);
    if (!checked.ok()) {
      Report("object", digest, checked.error().message);
      damaged_.push_back(digest);
    }
    return {};
  }

  void Need(const std::optional<Digest>& digest, const std::string& what) {
    if (!digest.has_value() || known_.contains(*digest)) return;
    const auto value = store_.catalog().Get(Space::kObject, digest->ToStored());
    if (value.ok() && value->has_value()) {
      known_.insert(*digest);
    } else {
      Report("missing", *digest, what + " is not in the store");
    }
  }

  // A folder and everything in it.
  void NeedTree(const Digest& tree, const std::string& what) {
    if (!trees_.insert(tree).second) return;
    Need(tree, what);
    const auto walked = storage::WalkTree(
        store_.objects(), tree,
        [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
          if (entry.kind != FileKind::kSymlink) {
            Need(entry.digest, what + ", '" + Printable(path) + "'");
          }
          return {};
        });
    if (!walked.ok() && walked.error().code != ErrorCode::kNotFound) {
      Report("object", tree, what + ": " + walked.error().message);
    }
  }

  void NeedArtifact(const lineage::ArtifactUse& use, const std::string& what) {
    const std::string named = what + " '" + Printable(use.path) + "'";
    if (use.kind == lineage::ArtifactKind::kFolder) {
      NeedTree(use.digest, named);
    } else {
      Need(use.digest, named);
    }
  }

  Result<void> CheckReferences() {
    REPRISE_TRY(store_.ledger().ForEach(0, [&](const storage::LedgerEntry& entry) -> Result<void> {
      Need(entry.payload, "the document of ledger entry " + std::to_string(entry.sequence));
      return {};
    }));
    REPRISE_TRY(store_.ForEachRun([&](const StoredRun& run) {
      CheckRun(run);
      return true;
    }));
    REPRISE_ASSIGN_OR_RETURN(const auto datasets, store_.Datasets());
    for (const Dataset& dataset : datasets) NeedArtifact(dataset.artifact, "the dataset");
    return {};
  }

  void CheckRun(const StoredRun& run) {
    const std::string of_run = " of run " + run.record.id.ToString();
    Need(run.record.recipe, "the recipe" + of_run);
    Need(run.record.code, "the state of the code" + of_run);
    if (run.record.stdout_log.has_value()) Need(run.record.stdout_log->digest, "stdout" + of_run);
    if (run.record.stderr_log.has_value()) Need(run.record.stderr_log->digest, "stderr" + of_run);
    for (const auto& [key, metric] : run.record.metrics) {
      Need(metric.series, "the metric '" + Printable(key) + "'" + of_run);
    }
    for (const auto& output : run.record.outputs) NeedArtifact(output, "the output" + of_run);
    if (!run.recipe.has_value()) return;
    Need(run.recipe->environment, "the environment" + of_run);
    for (const auto& input : run.recipe->inputs) NeedArtifact(input, "the input" + of_run);
    if (run.recipe->code.has_value()) NeedTree(*run.recipe->code, "the code" + of_run);
  }

  Result<void> MarkDamage() {
    if (damaged_.empty()) return {};
    storage::CatalogBatch batch;
    // An object is stored anew with all its chunks, so naming the object is enough to heal it.
    REPRISE_TRY(storage::MarkDamaged(store_.catalog(), damaged_, damaged_, batch));
    return store_.catalog().Apply(batch);
  }

  Store& store_;
  const FsckOptions& options_;
  FsckReport report_;
  std::uint64_t checked_ = 0;
  std::vector<Digest> damaged_;
  std::set<Digest> known_;
  std::set<Digest> trees_;
};

}  // namespace

Result<FsckReport> CheckStore(Store& store, const FsckOptions& options) {
  return Checker(store, options).Check();
}

}  // namespace reprise::tracker
