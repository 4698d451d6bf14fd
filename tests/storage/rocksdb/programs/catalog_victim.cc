// The process that a test of the catalog kills: a program of its own, because a forked RocksDB has
// lost its background threads.
//
// catalog_victim FOLDER FIRST_ROW BATCH_ROWS writes batches of so many rows into the catalog in
// FOLDER, from row FIRST_ROW on, and says to descriptor 3 how many rows there are after each.  It
// does not end by itself.

#include <unistd.h>

#include <cstdio>
#include <string>

#include "storage/rocksdb/rocksdb_catalog.h"
#include "tests/storage/rocksdb/catalog_rows.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s FOLDER FIRST_ROW BATCH_ROWS\n", argv[0]);
    return 2;
  }
  int rows = std::stoi(argv[2]);
  const int batch_rows = std::stoi(argv[3]);
  const std::size_t value_bytes = batch_rows < 100 ? 5000 : 50;
  for (int session = 0;; ++session) {
    const auto catalog = reprise::storage::OpenRocksdbCatalog(argv[1]);
    if (!catalog.ok()) {
      std::fprintf(stderr, "%s\n", catalog.error().message.c_str());
      return 1;
    }
    // Some sessions are long, so that kills meet openings, writes, flushes and closings.
    for (int batch = 0; batch <= session % 5 * 3; ++batch) {
      const auto written = reprise::testing::WriteRows(**catalog, rows, batch_rows, value_bytes);
      if (!written.ok()) {
        std::fprintf(stderr, "%s\n", written.error().message.c_str());
        return 1;
      }
      rows += batch_rows;
      if (write(3, &rows, sizeof rows) != static_cast<ssize_t>(sizeof rows)) return 1;
    }
  }
}
