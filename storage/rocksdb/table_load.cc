#include "storage/rocksdb/table_load.h"

#include <rocksdb/env.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <array>
#include <exception>
#include <vector>

#include "storage/base/file.h"
#include "storage/parallel.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kLoadFolderName = "load";

std::string TablePath(const rocksdb::DB& database, std::size_t space) {
  return JoinPath(LoadFolder(database.GetName()),
                  std::string(SpaceName(static_cast<Space>(space))) + ".sst");
}

// Of several changes of a key the last counts.
rocksdb::Status WriteTable(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* family,
                           const std::string& path, std::vector<SortedChange>& changes) {
  // What is left there may be another name of a table that the database has.
  rocksdb::Status status = database.GetEnv()->DeleteFile(path);
  if (!status.ok() && !status.IsNotFound() && !status.IsPathNotFound()) return status;
  SortByKey(changes);
  const rocksdb::Options options = database.GetOptions(family);
  rocksdb::SstFileWriter table(rocksdb::EnvOptions(options), options, family,
                               /*invalidate_page_cache=*/false);
  status = table.Open(path);
  for (std::size_t i = 0; status.ok() && i < changes.size(); ++i) {
    const CatalogBatch::Change& change = changes[i].change();
    if (i + 1 < changes.size() && changes[i + 1].change().key == change.key) continue;
    status =
        change.value.has_value() ? table.Put(change.key, *change.value) : table.Delete(change.key);
  }
  return status.ok() ? table.Finish() : status;
}

rocksdb::IngestExternalFileOptions IngestOptions() {
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;  // The MANIFEST has it: the table need not be written again.
  return options;
}

}  // namespace

std::string LoadFolder(const std::string& database_folder) {
  return JoinPath(database_folder, kLoadFolderName);
}

bool IsInLoadFolder(std::string_view path) { return BaseName(ParentPath(path)) == kLoadFolderName; }

rocksdb::Status LoadTables(rocksdb::DB& database,
                           std::span<rocksdb::ColumnFamilyHandle* const> families,
                           ChangesBySpace& changes) {
  rocksdb::Env* const env = database.GetEnv();
  if (auto made = env->CreateDirIfMissing(LoadFolder(database.GetName())); !made.ok()) return made;
  std::array<rocksdb::Status, kSpaceCount> written;
  (void)ParallelFor(kSpaceCount, ThreadCount(0), [&](std::size_t space) -> Result<void> {
    if (changes[space].empty()) return {};
    try {
      written[space] =
          WriteTable(database, families[space], TablePath(database, space), changes[space]);
    } catch (const std::exception& exception) {  // Memory: nobody catches it in a thread.
      written[space] = rocksdb::Status::IOError(exception.what());
    }
    return {};
  });
  const auto failed = std::ranges::find_if_not(written, &rocksdb::Status::ok);
  rocksdb::Status status = failed == written.end() ? rocksdb::Status::OK() : *failed;
  // The tables survive a loss of power at once: what came before them has to as well.
  if (status.ok()) status = database.FlushWAL(/*sync=*/true);
  if (status.ok()) {
    std::vector<rocksdb::IngestExternalFileArg> tables;
    for (std::size_t space = 0; space < kSpaceCount; ++space) {
      if (changes[space].empty()) continue;
      rocksdb::IngestExternalFileArg table;
      table.column_family = families[space];
      table.external_files = {TablePath(database, space)};
      table.options = IngestOptions();
      tables.push_back(std::move(table));
    }
    status = database.IngestExternalFiles(tables);
  }
  for (std::size_t space = 0; space < kSpaceCount; ++space) {
    (void)env->DeleteFile(TablePath(database, space));  // Of one that was taken, the other name.
  }
  (void)env->DeleteDir(LoadFolder(database.GetName()));
  return status;
}

}  // namespace reprise::storage
