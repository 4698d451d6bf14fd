// The catalog in RocksDB: one column family per space, "default" being kMeta.
//
// The database is opened for one transaction and closed again, so the tuning serves the opening.
// Every open replays the write-ahead logs (WALs) and begins a new one; closing does not flush
// unless the WALs have grown past kWalBytesMax or kWalFilesMax, which bounds the next replay and
// spares most sessions the writing of tables.  Flushing makes sorted runs; universal compaction
// merges runs of like size, so their number stays bounded while each row is rewritten a logarithmic
// number of times.  Whoever flushed at closing also waits for the compaction that this made due,
// because nobody else lives long enough.  Figures: docs/decisions/0003-catalog-tuning.md.
//
// Few changes go to the WAL, very many into tables of their own (table_load.h).
//
// Writes go to the WAL without a sync: a killed process loses nothing, a power cut loses the newest
// batches, which are replayed from the ledger.  atomic_flush keeps a batch whole over all spaces
// even then, when some tables are newer than the surviving WAL.

#include "storage/rocksdb/rocksdb_catalog.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/table.h>
#include <rocksdb/threadpool.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/signal_mask.h"
#include "storage/rocksdb/sorted_changes.h"
#include "storage/rocksdb/table_load.h"

namespace reprise::storage {
namespace {

// A replay costs about 1 µs a row and 60 µs a file.
constexpr std::uint64_t kWalBytesMax = 512 * 1024;
constexpr int kWalFilesMax = 16;

// Compaction is due above it, for each space.
constexpr int kSortedRunsMax = 4;

// While tables are loaded one after another: merged later, each row is merged less often.
constexpr int kSortedRunsWhileLoading = 10;

// A merge of a gigabyte takes some 10 s; one that takes longer is left to the next session.
constexpr auto kCompactionWaitMax = std::chrono::seconds(60);

// Once so many rows of a space are loaded at once, tables that lie beside each other, as those of
// runs and of the ledger do, are not merged: they need only be called tables of the last level.
// Tables of fewer rows are merged, so that their number stays bounded.
constexpr std::size_t kRowsNotMergedMin = 1 << 11;

// So many changes at once become tables without the write-ahead log.  Fewer are written sooner than
// the syncs of up to nine tables take.
constexpr std::size_t kLoadedChangesMin = 1 << 13;

constexpr std::size_t kMultiGetKeysMax = 1024;  // At once: each costs some 150 bytes on the way.

// Drops what RocksDB has to say: its errors come back as statuses, and a LOG file for each opening
// would cost more than the opening.
class SilentLogger final : public rocksdb::Logger {
 public:
  SilentLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// A table that is written to be given to the database, which syncs it once more when it takes it.
class UnsyncedTable final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using rocksdb::FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& /*options*/,
                         rocksdb::IODebugContext* /*debug*/) override {
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }
};

// The default file system, but for two kinds of files.  It refuses the OPTIONS file that RocksDB
// writes, syncs and reads back at every opening, and tolerates the lack of
// (fail_if_options_file_error is off): our options are in this file.
class CatalogFiles final : public rocksdb::FileSystemWrapper {
 public:
  CatalogFiles() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "reprise.CatalogFiles"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path,
                                    const rocksdb::FileOptions& file_options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (path.find("/OPTIONS-", path.rfind('/')) != std::string::npos) {
      return rocksdb::IOStatus::NotSupported("no OPTIONS file");
    }
    auto made = rocksdb::FileSystemWrapper::NewWritableFile(path, file_options, file, debug);
    if (made.ok() && IsInLoadFolder(path)) {
      *file = std::make_unique<UnsyncedTable>(std::move(*file));
    }
    return made;
  }
};

// Without threads: OwnThreads has them.
rocksdb::Env* Environment() {
  static rocksdb::Env* const env =
      rocksdb::NewCompositeEnv(std::make_shared<CatalogFiles>()).release();
  return env;
}

// The environment of one database, whose background threads end with it.  Those of the default
// environment would outlive the catalog, and whoever forks later must have one thread only.
class OwnThreads final : public rocksdb::EnvWrapper {
 public:
  OwnThreads() : rocksdb::EnvWrapper(Environment()), pool_(rocksdb::NewThreadPool(kThreads)) {}
  ~OwnThreads() override { pool_->JoinAllThreads(); }
  const char* Name() const override { return "reprise.OwnThreads"; }

  void Schedule(void (*function)(void*), void* argument, Priority /*priority*/, void* /*tag*/,
                void (* /*on_unschedule*/)(void*)) override {
    pool_->SubmitJob([function, argument] { function(argument); });
  }
  // What is scheduled is run: a database that is being closed waits for it, and it ends at once.
  int UnSchedule(void* /*tag*/, Priority /*priority*/) override { return 0; }
  unsigned int GetThreadPoolQueueLen(Priority /*priority*/) const override {
    return pool_->GetQueueLen();
  }
  void SetBackgroundThreads(int /*number*/, Priority /*priority*/) override {}
  int GetBackgroundThreads(Priority /*priority*/) override { return kThreads; }
  void IncBackgroundThreadsIfNeeded(int /*number*/, Priority /*priority*/) override {}
  int ReserveThreads(int /*number*/, Priority /*priority*/) override { return 0; }
  int ReleaseThreads(int /*number*/, Priority /*priority*/) override { return 0; }

 private:
  static constexpr int kThreads = 2;  // One flushes, one compacts.

  const std::unique_ptr<rocksdb::ThreadPool> pool_;
};

Error ToError(const rocksdb::Status& status, std::string_view action, const std::string& path) {
  const std::string what = "cannot " + std::string(action) + " the catalog '" + Printable(path) +
                           "': " + Printable(status.ToString());
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit) {
    return {ErrorCode::kNoSpace, what + "; free some space and try again"};
  }
  // A file that the database names and that is not there is damage, not a refusal of the device.
  if (status.IsIOError() && !status.IsPathNotFound()) return {ErrorCode::kIoError, what};
  return {ErrorCode::kCorruption, what + "; it can be rebuilt by 'reprise fsck --rebuild-index'"};
}

// RocksDB reports by statuses, but memory and threads can still run out beneath it.
template <typename F>
auto Guarded(std::string_view action, const std::string& path, F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& exception) {
    return Error{ErrorCode::kIoError, "cannot " + std::string(action) + " the catalog '" +
                                          Printable(path) + "': " + exception.what()};
  }
}

std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

rocksdb::DBOptions DatabaseOptions(rocksdb::Env* environment) {
  rocksdb::DBOptions options;
  options.env = environment;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.info_log = std::make_shared<SilentLogger>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // Opening and closing: no flush, no look at any table that is not read.
  options.avoid_flush_during_recovery = true;
  options.avoid_flush_during_shutdown = true;
  options.skip_stats_update_on_db_open = true;
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.max_open_files = 256;
  options.max_file_opening_threads = 1;
  options.table_cache_numshardbits = 2;
  // Small files stay small; the defaults preallocate megabytes for each opening.
  options.allow_fallocate = false;
  options.manifest_preallocation_size = 4096;
  options.keep_log_file_num = 1;
  // Bounds for a long session, such as an import.
  options.max_background_jobs = 2;
  options.max_subcompactions = 2;  // Of a large merge, for which whoever closes waits.
  options.db_write_buffer_size = 32 << 20;
  options.max_total_wal_size = 16 << 20;
  options.atomic_flush = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return options;
}

rocksdb::ColumnFamilyOptions SpaceOptions(Space space,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 16 << 20;
  options.arena_block_size = 32 << 10;
  // Batches are sorted: where a row goes in the memtable is next to where the last one went.
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(1));
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = kSortedRunsMax;
  options.target_file_size_base = 64 << 20;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.block_cache = cache;
  // Through the cache, so that memory is bounded and a table's filter is read when it is needed.
  table.cache_index_and_filter_blocks = true;
  const bool has_digest_keys =
      space == Space::kChunk || space == Space::kObject || space == Space::kNode;
  // Where what is looked for is mostly absent; of kMeta, the rows of the ledger's entries.
  if (has_digest_keys || space == Space::kMeta) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  if (has_digest_keys) {
    options.compression = rocksdb::kNoCompression;  // Digests and places do not compress.
  } else {
    table.block_size = 16 << 10;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// What the next opening would replay.
struct WalUse {
  int files = 0;
  std::uint64_t size_bytes = 0;
};

// Removes the WALs of sessions that wrote nothing, which RocksDB keeps until the next flush, and
// measures the others.  Only for a database that we have open and not yet written to: then every
// WAL but the newest is closed.
WalUse InspectWals(const std::string& path) {
  std::vector<rocksdb::Env::FileAttributes> files;
  WalUse use;
  if (!Environment()->GetChildrenFileAttributes(path, &files).ok()) return use;
  std::erase_if(files, [](const auto& file) { return !file.name.ends_with(".log"); });
  // Numbers are padded, and longer ones are larger.
  std::sort(files.begin(), files.end(), [](const auto& left, const auto& right) {
    return std::pair(left.name.size(), left.name) < std::pair(right.name.size(), right.name);
  });
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool is_ours = i + 1 == files.size();
    if (files[i].size_bytes == 0 && !is_ours) {
      (void)Environment()->DeleteFile(path + "/" + files[i].name);  // It costs time only.
    } else {
      ++use.files;
      use.size_bytes += files[i].size_bytes;
    }
  }
  return use;
}

// Whether the database has lost its root: RocksDB would take the folder for a new database and
// delete the tables.
bool HasTablesButNoRoot(const std::string& path) {
  if (Environment()->FileExists(path + "/CURRENT").ok()) return false;
  std::vector<std::string> names;
  if (!Environment()->GetChildren(path, &names).ok()) return false;
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.ends_with(".sst"); });
}

class RocksdbCatalog final : public Catalog {
 public:
  explicit RocksdbCatalog(std::string path) : path_(std::move(path)) {}

  ~RocksdbCatalog() override {
    if (db_ == nullptr) return;
    const ThreadsTakeNoSignals scope;
    // Best effort: what could not be flushed is in the WAL, for the next session.
    (void)Guarded("close", path_, [&]() -> Result<void> {
      for (std::size_t space = 0; space < kSpaceCount; ++space) {
        if (may_wait_[space]) SetSortedRunsMax(space, kSortedRunsMax);
      }
      if (WalIsLong() || has_loaded_) FlushAndCompact();
      for (rocksdb::ColumnFamilyHandle* const handle : handles_) {
        (void)db_->DestroyColumnFamilyHandle(handle);
      }
      (void)db_->Close();
      return {};
    });
  }

  enum class Access { kWrite, kRead };

  Result<void> Open(Access access) {
    const ThreadsTakeNoSignals scope;
    if (HasTablesButNoRoot(path_)) {
      return Error{ErrorCode::kCorruption,
                   "cannot open the catalog '" + Printable(path_) +
                       "': its file CURRENT is missing; it can be rebuilt by 'reprise fsck "
                       "--rebuild-index'"};
    }
    environment_ = std::make_unique<OwnThreads>();
    const auto cache = rocksdb::NewLRUCache(32 << 20, /*num_shard_bits=*/2);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (std::size_t i = 0; i < kSpaceCount; ++i) {
      const Space space = static_cast<Space>(i);
      families.emplace_back(
          space == Space::kMeta ? rocksdb::kDefaultColumnFamilyName : std::string(SpaceName(space)),
          SpaceOptions(space, cache));
    }
    rocksdb::DB* db = nullptr;
    if (access == Access::kRead) {
      is_read_only_ = true;
      if (!Environment()->FileExists(path_ + "/CURRENT").ok()) {
        return Error{ErrorCode::kNotFound, "there is no catalog at '" + Printable(path_) + "'"};
      }
      const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
          DatabaseOptions(environment_.get()), path_, families, &handles_, &db);
      if (!status.ok()) return OpenError(status);
      db_.reset(db);
      return {};
    }
    const rocksdb::Status status =
        rocksdb::DB::Open(DatabaseOptions(environment_.get()), path_, families, &handles_, &db);
    if (!status.ok()) return OpenError(status);
    db_.reset(db);
    wal_ = InspectWals(path_);
    RemoveLoadFolder();
    return {};
  }

  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override {
    return Guarded("read", path_, [&]() -> Result<std::optional<std::string>> {
      std::string value;
      const rocksdb::Status status = db_->Get({}, FamilyOf(space), key, &value);
      if (status.IsNotFound()) return std::optional<std::string>();
      if (!status.ok()) return ToError(status, "read", path_);
      return std::optional<std::string>(std::move(value));
    });
  }

  Result<std::vector<std::optional<std::string>>> MultiGet(
      Space space, std::span<const std::string> keys) const override {
    return Guarded("read", path_, [&]() -> Result<std::vector<std::optional<std::string>>> {
      std::vector<std::optional<std::string>> values;
      values.reserve(keys.size());
      rocksdb::ManagedSnapshot snapshot(db_.get());
      rocksdb::ReadOptions options;
      options.snapshot = snapshot.snapshot();
      while (!keys.empty()) {
        const auto part = keys.first(std::min(keys.size(), kMultiGetKeysMax));
        REPRISE_TRY(AppendValues(options, space, part, values));
        keys = keys.subspan(part.size());
      }
      return values;
    });
  }

  Result<void> Scan(
      Space space, const ScanOptions& options,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    return Guarded("read", path_, [&]() -> Result<void> {
      const std::optional<std::string> end = EndOfPrefix(options.prefix);
      const rocksdb::Slice lower_bound = options.prefix;
      const rocksdb::Slice upper_bound = end.has_value() ? rocksdb::Slice(*end) : rocksdb::Slice();
      rocksdb::ReadOptions read;
      if (!options.prefix.empty()) read.iterate_lower_bound = &lower_bound;
      if (end.has_value()) read.iterate_upper_bound = &upper_bound;
      const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(read, FamilyOf(space)));
      SeekToFirst(*row, options, end);
      for (; row->Valid(); options.reverse ? row->Prev() : row->Next()) {
        if (!visit(ToView(row->key()), ToView(row->value()))) return {};
      }
      if (!row->status().ok()) return ToError(row->status(), "read", path_);
      return {};
    });
  }

  Result<void> ScanPrefixes(Space space, std::span<const std::string> prefixes,
                            const std::function<bool(std::size_t, std::string_view,
                                                     std::string_view)>& visit) const override {
    if (prefixes.empty()) return {};
    return Guarded("read", path_, [&]() -> Result<void> {
      const std::optional<std::string> end = EndOfPrefix(prefixes.back());
      const rocksdb::Slice upper_bound = end.has_value() ? rocksdb::Slice(*end) : rocksdb::Slice();
      rocksdb::ReadOptions read;
      if (end.has_value()) read.iterate_upper_bound = &upper_bound;
      const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(read, FamilyOf(space)));
      bool is_placed = false;  // At the first row after those of the prefix before.
      for (std::size_t i = 0; i < prefixes.size(); ++i) {
        const rocksdb::Slice prefix = prefixes[i];
        // A row that lies beyond the prefix tells that it has none.
        if (!is_placed || (row->Valid() && row->key().compare(prefix) < 0)) row->Seek(prefix);
        is_placed = true;
        for (; row->Valid() && row->key().starts_with(prefix); row->Next()) {
          if (visit(i, ToView(row->key()), ToView(row->value()))) continue;
          is_placed = false;
          break;
        }
        if (!row->status().ok()) return ToError(row->status(), "read", path_);
      }
      return {};
    });
  }

  Result<void> Apply(const CatalogBatch& batch) override {
    const std::lock_guard lock(apply_mutex_);
    const ThreadsTakeNoSignals scope;
    if (is_read_only_) {
      return Error{ErrorCode::kReadOnly,
                   "the catalog '" + Printable(path_) + "' is open for reading only"};
    }
    for (const CatalogBatch::Precondition& precondition : batch.preconditions()) {
      REPRISE_ASSIGN_OR_RETURN(const auto value, Get(precondition.space, precondition.key));
      if (value != precondition.value) return PreconditionFailed(precondition);
    }
    if (batch.empty()) return {};
    return Guarded("write to", path_, [&]() -> Result<void> {
      ChangesBySpace changes = BySpace(batch);
      if (batch.changes().size() >= kLoadedChangesMin && can_load_) {
        const rocksdb::Status status = Load(changes);
        if (status.ok()) return {};
        // A file system may not know links, or not let us make them.
        if (!status.IsIOError() || status.IsNoSpace()) return ToError(status, "write to", path_);
        can_load_ = false;
      }
      const rocksdb::Status status = Write(changes);
      if (!status.ok()) return ToError(status, "write to", path_);
      return {};
    });
  }

 private:
  // Which a process left that ended while it wrote there.
  void RemoveLoadFolder() const {
    std::vector<std::string> names;
    const std::string folder = LoadFolder(path_);
    if (!Environment()->GetChildren(folder, &names).ok()) return;
    for (const std::string& name : names) (void)Environment()->DeleteFile(JoinPath(folder, name));
    (void)Environment()->DeleteDir(folder);
  }

  rocksdb::ColumnFamilyHandle* FamilyOf(Space space) const {
    return handles_[static_cast<std::size_t>(space)];
  }

  Error OpenError(const rocksdb::Status& status) const {
    // The lock of RocksDB has no code of its own.  A lock file that could not be opened is no lock
    // that another holds.
    const std::string text = status.ToString();
    if (status.IsIOError() && text.find("lock") != std::string::npos &&
        text.find("/LOCK") != std::string::npos && text.find("open a file") == std::string::npos) {
      return {ErrorCode::kIoError, "cannot open the catalog '" + Printable(path_) +
                                       "': another session has it open; try again when that has "
                                       "finished"};
    }
    return ToError(status, "open", path_);
  }

  Result<void> AppendValues(const rocksdb::ReadOptions& options, Space space,
                            std::span<const std::string> keys,
                            std::vector<std::optional<std::string>>& values) const {
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet(options, FamilyOf(space), keys.size(), slices.data(), found.data(),
                  statuses.data(), std::is_sorted(keys.begin(), keys.end()));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) {
        values.emplace_back(std::in_place, ToView(found[i]));
      } else if (statuses[i].IsNotFound()) {
        values.emplace_back(std::nullopt);
      } else {
        return ToError(statuses[i], "read", path_);
      }
    }
    return {};
  }

  // To the first row of the scan in its direction; `row` is bounded to the prefix already.
  static void SeekToFirst(rocksdb::Iterator& row, const ScanOptions& options,
                          const std::optional<std::string>& end) {
    if (!options.from.has_value()) {
      options.reverse ? row.SeekToLast() : row.SeekToFirst();
    } else if (options.reverse) {
      end.has_value() && *options.from >= *end ? row.SeekToLast() : row.SeekForPrev(*options.from);
    } else {
      row.Seek(std::max(*options.from, options.prefix));
    }
  }

  // By the write-ahead log.  Inserting neighbours one after another takes half the time of
  // inserting them scattered.
  rocksdb::Status Write(ChangesBySpace& changes) {
    rocksdb::WriteBatch batch;
    for (std::size_t space = 0; space < kSpaceCount; ++space) {
      SortByKey(changes[space]);
      for (const SortedChange& sorted : changes[space]) {
        const CatalogBatch::Change& change = sorted.change();
        rocksdb::Status status = change.value.has_value()
                                     ? batch.Put(handles_[space], change.key, *change.value)
                                     : batch.Delete(handles_[space], change.key);
        if (!status.ok()) return status;
      }
    }
    wal_.size_bytes += batch.GetDataSize();
    return db_->Write({}, &batch);
  }

  bool WalIsLong() const { return wal_.size_bytes >= kWalBytesMax || wal_.files >= kWalFilesMax; }

  // Files of level 0 overlap, those of one deeper level do not.
  int SortedRuns(rocksdb::ColumnFamilyHandle* family) const {
    int runs = 0;
    for (int level = 0; level < db_->NumberLevels(family); ++level) {
      std::string files;
      db_->GetProperty(
          family, rocksdb::DB::Properties::kNumFilesAtLevelPrefix + std::to_string(level), &files);
      int count = 0;
      std::from_chars(files.data(), files.data() + files.size(), count);
      runs += level == 0 ? count : std::min(count, 1);
    }
    return runs;
  }

  // As long as the database is open.
  void SetOption(std::size_t space, const std::string& name, const std::string& value) {
    (void)db_->SetOptions(handles_[space], {{name, value}});  // For speed alone.
  }
  void SetSortedRunsMax(std::size_t space, int count) {
    SetOption(space, "level0_file_num_compaction_trigger", std::to_string(count));
  }

  // As tables.
  rocksdb::Status Load(ChangesBySpace& changes) {
    // LoadTables() syncs this session's log; what earlier ones left in theirs may not be on disk.
    if (wal_.files > 1) {
      if (auto flushed = db_->Flush({}, handles_); !flushed.ok()) return flushed;
      wal_ = {.files = 1};
    }
    for (std::size_t space = 0; space < kSpaceCount; ++space) {
      if (changes[space].size() >= kRowsNotMergedMin && !std::exchange(may_move_[space], true)) {
        SetOption(space, "compaction_options_universal", "{allow_trivial_move=true}");
      }
      if (!has_loaded_ || changes[space].empty() || std::exchange(may_wait_[space], true)) continue;
      SetSortedRunsMax(space, kSortedRunsWhileLoading);
    }
    rocksdb::Status status = LoadTables(*db_, handles_, changes);
    has_loaded_ = has_loaded_ || status.ok();
    return status;
  }

  void FlushAndCompact() {
    if (!db_->Flush({}, handles_).ok()) return;
    const auto is_due = [&](auto* family) { return SortedRuns(family) > kSortedRunsMax; };
    const auto deadline = std::chrono::steady_clock::now() + kCompactionWaitMax;
    while (std::any_of(handles_.begin(), handles_.end(), is_due)) {
      std::uint64_t failures = 0;
      db_->GetIntProperty(rocksdb::DB::Properties::kBackgroundErrors, &failures);
      if (failures > 0 || std::chrono::steady_clock::now() > deadline) return;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  const std::string path_;
  std::unique_ptr<OwnThreads> environment_;  // Outlives the database.
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // By Space.
  bool is_read_only_ = false;
  std::mutex apply_mutex_;
  WalUse wal_;
  bool can_load_ = true;     // As far as is known: here tables can be given to the database.
  bool has_loaded_ = false;  // Tables, which makes a compaction due as flushing does.
  std::array<bool, kSpaceCount> may_wait_{};  // Those whose compaction waits for more tables.
  std::array<bool, kSpaceCount> may_move_{};  // Those whose tables are not merged needlessly.
};

}  // namespace

Result<std::unique_ptr<Catalog>> OpenRocksdbCatalog(const std::string& path) {
  return Guarded("open", path, [&]() -> Result<std::unique_ptr<Catalog>> {
    auto catalog = std::make_unique<RocksdbCatalog>(path);
    REPRISE_TRY(catalog->Open(RocksdbCatalog::Access::kWrite));
    return std::unique_ptr<Catalog>(std::move(catalog));
  });
}

Result<std::unique_ptr<Catalog>> OpenRocksdbCatalogForReading(const std::string& path) {
  return Guarded("open", path, [&]() -> Result<std::unique_ptr<Catalog>> {
    auto catalog = std::make_unique<RocksdbCatalog>(path);
    REPRISE_TRY(catalog->Open(RocksdbCatalog::Access::kRead));
    return std::unique_ptr<Catalog>(std::move(catalog));
  });
}

}  // namespace reprise::storage
