// An SQLite file of somebody else, read only.
//
// The file is outside bytes: its schema is not trusted (no views, no virtual tables and no
// functions of it are run), cells are checked as they are read, and nothing is ever written, not
// even beside it unless SQLite has to recover a journal.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace reprise::tracker {

// A query under way.  Not to be used after its database.
class SqliteQuery {
 public:
  // To the next row; false at the end.
  // Errors: kCorruption  the file is damaged.  kTimeout  another process writes it.
  Result<bool> Next();

  // Columns of the row, from 0.  Absent: NULL.
  std::optional<std::string> Text(int column) const;
  std::optional<std::int64_t> Integer(int column) const;
  std::optional<double> Real(int column) const;

 private:
  friend class SqliteDatabase;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqliteQuery(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

class SqliteDatabase {
 public:
  // All queries see the file as it is now, whoever writes it meanwhile.
  // Errors: kNotFound         no such file.
  //         kInvalidArgument  not an SQLite file.
  //         kCorruption       a damaged one.
  //         kIoError, kTimeout.
  static Result<std::unique_ptr<SqliteDatabase>> Open(const std::string& path);
  // The same for the bytes of a file, which are copied.
  static Result<std::unique_ptr<SqliteDatabase>> OpenBytes(ByteSpan bytes);

  // The columns of an ordinary table; empty: there is no such table.
  Result<std::set<std::string>> Columns(const std::string& table) const;

  // `sql` with "?" replaced by `argument`, if there is one.
  Result<SqliteQuery> Query(const std::string& sql,
                            const std::optional<std::string>& argument = std::nullopt) const;

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
  };
  static Result<std::unique_ptr<SqliteDatabase>> Prepare(std::unique_ptr<SqliteDatabase> database);

  std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace reprise::tracker
