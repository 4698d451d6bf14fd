#include "tracker/import/sqlite_database.h"

#include <sqlite3.h>

#include <cstring>

namespace reprise::tracker {
namespace {

constexpr int kBusyWaitMsMax = 5000;
constexpr int kValueBytesMax = 64 << 20;  // Of a text; MLflow's longest are some kilobytes.

Error ErrorOf(sqlite3* database, int code) {
  const std::string why = sqlite3_errmsg(database);
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
      return {ErrorCode::kInvalidArgument, "it is not an SQLite database"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kTimeout, "another process writes it; try again (" + why + ")"};
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
      return {ErrorCode::kCorruption, "the SQLite database is damaged: " + why};
    default:
      return {ErrorCode::kIoError, "the SQLite database cannot be read: " + why};
  }
}

}  // namespace

void SqliteQuery::Finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqliteDatabase::Closer::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<bool> SqliteQuery::Next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return ErrorOf(database_, code);
}

std::optional<std::string> SqliteQuery::Text(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  const void* const text = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (text == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(text), static_cast<std::size_t>(size));
}

std::optional<std::int64_t> SqliteQuery::Integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<double> SqliteQuery::Real(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(statement_.get(), column);
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& path) {
  auto database = std::make_unique<SqliteDatabase>();
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  database->database_.reset(opened);
  if (code != SQLITE_OK) return ErrorOf(opened, code);
  return Prepare(std::move(database));
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::OpenBytes(ByteSpan bytes) {
  auto database = std::make_unique<SqliteDatabase>();
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database->database_.reset(opened);
  if (code != SQLITE_OK) return ErrorOf(opened, code);
  auto* const copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size() + 1));
  if (copy == nullptr) return Error{ErrorCode::kIoError, "there is no memory for the database"};
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  const int given =
      sqlite3_deserialize(opened, "main", copy, size, size,
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
  if (given != SQLITE_OK) return ErrorOf(opened, given);
  return Prepare(std::move(database));
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Prepare(
    std::unique_ptr<SqliteDatabase> database) {
  sqlite3* const opened = database->database_.get();
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, kBusyWaitMsMax);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, kValueBytesMax);
  for (const char* const sql : {"PRAGMA cell_size_check = ON", "PRAGMA mmap_size = 0", "BEGIN",
                                "SELECT count(*) FROM sqlite_master"}) {
    const int code = sqlite3_exec(opened, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return ErrorOf(opened, code);
  }
  return database;
}

Result<SqliteQuery> SqliteDatabase::Query(const std::string& sql,
                                          const std::optional<std::string>& argument) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.c_str(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  SqliteQuery query(database_.get(), statement);
  if (code != SQLITE_OK) return ErrorOf(database_.get(), code);
  if (argument.has_value()) {
    const int bound = sqlite3_bind_text(statement, 1, argument->data(),
                                        static_cast<int>(argument->size()), SQLITE_TRANSIENT);
    if (bound != SQLITE_OK) return ErrorOf(database_.get(), bound);
  }
  return query;
}

Result<std::set<std::string>> SqliteDatabase::Columns(const std::string& table) const {
  std::set<std::string> columns;
  // A virtual table has no root page.
  REPRISE_ASSIGN_OR_RETURN(
      SqliteQuery ordinary,
      Query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?",
            table));
  REPRISE_ASSIGN_OR_RETURN(const bool is_ordinary, ordinary.Next());
  if (!is_ordinary) return columns;
  REPRISE_ASSIGN_OR_RETURN(SqliteQuery query,
                           Query("SELECT name FROM pragma_table_info(?)", table));
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return columns;
    if (const auto name = query.Text(0); name.has_value()) columns.insert(*name);
  }
}

}  // namespace reprise::tracker
