// Adds a folder to a throw-away store, adds it again unchanged, and lays it out: the times and
// bytes to compare with other tools.
//
//   object_timing FOLDER STORE [export FOLDER2]
//
// STORE is created; a later run with the same STORE measures the unchanged folder.

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "storage/importer.h"
#include "storage/rocksdb/rocksdb_catalog.h"
#include "tests/bench/timer.h"

namespace reprise::storage {
namespace {

using bench::Timer;

Result<Digest> Add(FileSystem& files, const std::string& folder, const std::string& store) {
  const Timer timer;
  REPRISE_ASSIGN_OR_RETURN(const auto catalog, OpenRocksdbCatalog(JoinPath(store, "catalog")));
  const auto presence = NewCatalogPresence(*catalog);
  const std::string session = JoinPath(store, "inbox/" + Ulid::Generate().ToString());
  REPRISE_TRY(CreateDirectories(files, session));
  REPRISE_ASSIGN_OR_RETURN(const auto writer,
                           NewObjectWriter(files, {.folder = session, .presence = presence.get()}));
  REPRISE_ASSIGN_OR_RETURN(
      const Imported imported,
      Import(files, folder, *writer,
             {.cache_folder = JoinPath(store, "cache"), .presence = presence.get()}));
  const double imported_s = timer.Seconds();
  REPRISE_ASSIGN_OR_RETURN(const auto packs, writer->Finish());
  REPRISE_TRY(AdoptPacks(files, store, session, packs, *catalog));
  const WriterStats stats = writer->stats();
  std::printf(
      "add: %.2f s (import %.2f s), logical %.1f MB, new %.1f MB, stored %.1f MB, %zu packs\n",
      timer.Seconds(), imported_s, stats.logical_bytes / 1e6, stats.new_bytes / 1e6,
      stats.stored_bytes / 1e6, packs.size());
  return imported.digest;
}

Result<void> Run(int argc, char** argv) {
  FileSystem& files = PosixFileSystem();
  const std::string folder = argv[1];
  const std::string store = argv[2];
  REPRISE_TRY(CreateDirectories(files, JoinPath(store, "cache")));
  REPRISE_ASSIGN_OR_RETURN(const Digest tree, Add(files, folder, store));
  if (argc > 4) {
    const Timer timer;
    REPRISE_ASSIGN_OR_RETURN(const auto catalog, OpenRocksdbCatalog(JoinPath(store, "catalog")));
    const auto reader = NewObjectReader(files, store, *catalog);
    REPRISE_TRY(ExportTree(files, *reader, tree, argv[4], {}));
    std::printf("export: %.2f s\n", timer.Seconds());
  }
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("user %ld.%02ld s, system %ld.%02ld s, peak memory %.1f MiB\n", usage.ru_utime.tv_sec,
              usage.ru_utime.tv_usec / 10000, usage.ru_stime.tv_sec, usage.ru_stime.tv_usec / 10000,
              usage.ru_maxrss / 1024.0);
  return {};
}

}  // namespace
}  // namespace reprise::storage

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s FOLDER STORE [export FOLDER2]\n", argv[0]);
    return 2;
  }
  const auto done = reprise::storage::Run(argc, argv);
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}
