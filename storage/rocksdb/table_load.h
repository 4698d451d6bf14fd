// Gives very many changes to a database as finished tables.
//
// A change that goes by the write-ahead log and the memtable is copied four times before it lies in
// a table; of an import, that is half of the catalog's work.

#pragma once

#include <rocksdb/db.h>

#include <span>
#include <string>

#include "storage/rocksdb/sorted_changes.h"

namespace reprise::storage {

// The folder, in that of the database, in which tables are written before the database takes them.
// What lies in it when the database is opened is left from a process that ended meanwhile.
std::string LoadFolder(const std::string& database_folder);
bool IsInLoadFolder(std::string_view path);

// Makes tables of `changes`, one for each space, and gives all of them to the database at once: a
// crash leaves all of the changes or none, and they survive the loss of power.  So does what this
// process wrote before.  `families` is by Space.  Sorts `changes`.
//
// Errors: those of RocksDB; nothing was changed then.
rocksdb::Status LoadTables(rocksdb::DB& database,
                           std::span<rocksdb::ColumnFamilyHandle* const> families,
                           ChangesBySpace& changes);

}  // namespace reprise::storage
