// What the catalog on disk promises beyond the contract: that it keeps, survives a kill at any
// time, stays small in files however often it is opened, and calls damage by its name.

#include "storage/rocksdb/rocksdb_catalog.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/file.h"
#include "tests/storage/rocksdb/catalog_rows.h"
#include "tests/support/temp_dir.h"

namespace reprise::storage {
namespace {

class RocksdbCatalog : public ::testing::Test {
 protected:
  std::unique_ptr<Catalog> Open() {
    auto catalog = OpenRocksdbCatalog(path_);
    EXPECT_TRUE(catalog.ok()) << catalog.error().message;
    return catalog.ok() ? *std::move(catalog) : nullptr;
  }

  static void Write(Catalog& catalog, int first, int rows, std::size_t value_bytes = 100) {
    const auto written = reprise::testing::WriteRows(catalog, first, rows, value_bytes);
    ASSERT_TRUE(written.ok()) << written.error().message;
  }

  // The rows from 0 on, which must be the same in all spaces.
  static int CountRows(Catalog& catalog) {
    const std::string rows = catalog.Get(Space::kMeta, "rows")->value_or("0");
    int counts[2] = {0, 0};
    for (const Space space : {Space::kRun, Space::kChunk}) {
      int& count = counts[space == Space::kRun ? 0 : 1];
      EXPECT_TRUE(catalog
                      .Scan(space, {},
                            [&](std::string_view, std::string_view) {
                              ++count;
                              return true;
                            })
                      .ok());
    }
    EXPECT_EQ(std::to_string(counts[0]), rows);
    EXPECT_EQ(counts[0], counts[1]);
    return counts[0];
  }

  void KillWhoWritesBatchesOf(int batch_rows);

  // Twice so many changes are given to the database as tables.
  static constexpr int kLoadedRows = 5000;

  // The paths whose names match the end (".sst") or the beginning.
  std::vector<std::string> FilesNamed(std::string_view part) const {
    std::vector<std::string> paths;
    const auto entries = PosixFileSystem().List(path_);
    EXPECT_TRUE(entries.ok());
    for (const DirectoryEntry& entry : entries.value_or(std::vector<DirectoryEntry>())) {
      if (!entry.name.ends_with(part) && !entry.name.starts_with(part)) continue;
      paths.push_back(JoinPath(path_, entry.name));
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  // Opening the catalog or reading all of it must end in kCorruption.
  void ExpectCorruption(const std::string& what) {
    auto catalog = OpenRocksdbCatalog(path_);
    if (!catalog.ok()) {
      EXPECT_EQ(catalog.error().code, ErrorCode::kCorruption) << catalog.error().message;
      EXPECT_NE(catalog.error().message.find("--rebuild-index"), std::string::npos);
      return;
    }
    for (std::size_t i = 0; i < kSpaceCount; ++i) {
      const auto scanned = (*catalog)->Scan(
          static_cast<Space>(i), {}, [](std::string_view, std::string_view) { return true; });
      if (scanned.ok()) continue;
      EXPECT_EQ(scanned.error().code, ErrorCode::kCorruption) << scanned.error().message;
      return;
    }
    ADD_FAILURE() << what << ": nobody noticed";
  }

  reprise::testing::TempDir folder_;
  const std::string path_ = folder_.Path("catalog");
};

TEST_F(RocksdbCatalog, ReopeningKeepsEverything) {
  for (int session = 0; session < 5; ++session) {
    const auto catalog = Open();
    EXPECT_EQ(CountRows(*catalog), session * 10);
    Write(*catalog, session * 10, 10);
  }
  EXPECT_EQ(CountRows(*Open()), 50);
}

TEST_F(RocksdbCatalog, ASecondOpenerIsTurnedAwayAndTheFirstGoesOn) {
  const auto first = Open();
  const auto second = OpenRocksdbCatalog(path_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kIoError);
  EXPECT_NE(second.error().message.find("another session has it open"), std::string::npos)
      << second.error().message;
  Write(*first, 0, 1);
  EXPECT_EQ(CountRows(*first), 1);
}

TEST_F(RocksdbCatalog, AnOpenerInAnotherProcessIsTurnedAway) {
  int is_open[2];
  ASSERT_EQ(pipe(is_open), 0);
  const pid_t child = fork();  // Before RocksDB has threads, which a child would lack.
  if (child == 0) {
    close(is_open[1]);
    char end;
    if (read(is_open[0], &end, 1) != 0) _exit(2);
    const auto second = OpenRocksdbCatalog(path_);
    _exit(!second.ok() && second.error().code == ErrorCode::kIoError ? 0 : 1);
  }
  const auto first = Open();
  close(is_open[0]);
  close(is_open[1]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(RocksdbCatalog, ALackOfDescriptorsIsNotTakenForAnotherSession) {
  const pid_t child = fork();  // Before RocksDB has threads, which a child would lack.
  if (child == 0) {
    alarm(60);
    if (!OpenRocksdbCatalog(path_).ok()) _exit(5);
    rlimit limit = {};
    getrlimit(RLIMIT_NOFILE, &limit);
    const int next = dup(STDERR_FILENO);
    bool refused = false;
    bool opened = false;
    for (int most = next; most < next + 64 && !opened; ++most) {
      limit.rlim_cur = static_cast<rlim_t>(most);
      if (setrlimit(RLIMIT_NOFILE, &limit) != 0) _exit(2);
      const auto catalog = OpenRocksdbCatalog(path_);
      opened = catalog.ok();
      if (opened) continue;
      refused = true;
      if (catalog.error().message.find("another session") != std::string::npos) _exit(3);
    }
    _exit(refused && opened ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(RocksdbCatalog, WhoOpensForReadingSeesEverythingAndWritesNothing) {
  EXPECT_EQ(OpenRocksdbCatalogForReading(path_).error().code, ErrorCode::kNotFound);
  Write(*Open(), 0, 50);
  const auto before = FilesNamed("");
  {
    const auto catalog = OpenRocksdbCatalogForReading(path_);
    ASSERT_TRUE(catalog.ok()) << catalog.error().message;
    EXPECT_EQ(CountRows(**catalog), 50);
    CatalogBatch batch;
    batch.Put(Space::kRun, "x", "y");
    EXPECT_EQ((*catalog)->Apply(batch).error().code, ErrorCode::kReadOnly);
  }
  EXPECT_EQ(FilesNamed(""), before);
}

TEST_F(RocksdbCatalog, AnImpossibleFolderIsAnErrorNotACrash) {
  ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), path_, "a file").ok());
  EXPECT_FALSE(OpenRocksdbCatalog(path_).ok());
  EXPECT_FALSE(OpenRocksdbCatalog(folder_.Path("absent/deep/catalog")).ok());
}

TEST_F(RocksdbCatalog, ManySessionsLeaveFewFiles) {
  for (int session = 0; session < 120; ++session) Write(*Open(), session * 3, 3, 2000);
  EXPECT_EQ(CountRows(*Open()), 360);
  EXPECT_LE(FilesNamed(".log").size(), 17U);
  EXPECT_LE(FilesNamed(".sst").size(), 5U * 3);
}

TEST_F(RocksdbCatalog, SessionsThatOnlyReadLeaveNoFiles) {
  Write(*Open(), 0, 1);
  for (int session = 0; session < 20; ++session) EXPECT_EQ(CountRows(*Open()), 1);
  EXPECT_LE(FilesNamed(".log").size(), 3U);
}

TEST_F(RocksdbCatalog, ALargeSessionLeavesNoLongLog) {
  {
    const auto catalog = Open();
    for (int i = 0; i < 50; ++i) Write(*catalog, i * 100, 100, 1000);
  }
  std::uint64_t size_bytes = 0;
  for (const std::string& log : FilesNamed(".log")) {
    size_bytes += PosixFileSystem().Stat(log)->size_bytes;
  }
  EXPECT_LE(size_bytes, 512U * 1024);
  EXPECT_EQ(CountRows(*Open()), 5000);
}

// What is applied before a kill is there, and batches are whole.
void RocksdbCatalog::KillWhoWritesBatchesOf(int batch_rows) {
  int rows = 0;
  const std::string batch_rows_text = std::to_string(batch_rows);
  for (int round = 0; round < 25; ++round) {
    int told[2];
    ASSERT_EQ(pipe2(told, O_CLOEXEC), 0);
    const std::string first_row = std::to_string(rows);
    const auto begun = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child == 0) {
      dup2(told[1], 3);
      execl(REPRISE_CATALOG_VICTIM, "catalog_victim", path_.c_str(), first_row.c_str(),
            batch_rows_text.c_str(), nullptr);
      _exit(1);
    }
    close(told[1]);
    int acknowledged = rows;
    int done = 0;
    // The first batch, or two, say that it runs, and how busy the machine is; what follows is cut
    // at a random moment.
    for (int batch = 0; batch <= round % 2; ++batch) {
      ASSERT_EQ(read(told[0], &done, sizeof(done)), static_cast<ssize_t>(sizeof(done)));
    }
    const std::chrono::nanoseconds first_batch = std::chrono::steady_clock::now() - begun;
    std::this_thread::sleep_for(round * std::max<std::chrono::nanoseconds>(
                                            first_batch / 8, std::chrono::microseconds(2300)));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    do {
      acknowledged = done;
    } while (read(told[0], &done, sizeof(done)) == sizeof(done));
    close(told[0]);
    const auto catalog = Open();
    ASSERT_NE(catalog, nullptr);
    rows = CountRows(*catalog);
    ASSERT_GE(rows, acknowledged);
    ASSERT_LE(rows, acknowledged + batch_rows);
  }
}

TEST_F(RocksdbCatalog, AKillLeavesSmallBatchesWhole) { KillWhoWritesBatchesOf(7); }

// Of so many rows tables are made.
TEST_F(RocksdbCatalog, AKillLeavesLargeBatchesWhole) { KillWhoWritesBatchesOf(kLoadedRows); }

TEST_F(RocksdbCatalog, ALargeBatchGoesIntoTablesWithoutTheLog) {
  {
    const auto catalog = Open();
    Write(*catalog, 0, 3);
    Write(*catalog, 3, kLoadedRows);
    EXPECT_LT(PosixFileSystem().Stat(FilesNamed(".log").back())->size_bytes, 10'000U);
    EXPECT_EQ(FilesNamed("load").size(), 0U);
    EXPECT_EQ(CountRows(*catalog), kLoadedRows + 3);
    Write(*catalog, kLoadedRows + 3, 4);
  }
  EXPECT_EQ(CountRows(*Open()), kLoadedRows + 7);
}

TEST_F(RocksdbCatalog, LargeBatchesOfTheSameRowsLeaveFewTables) {
  {
    const auto catalog = Open();
    for (int i = 0; i < 20; ++i) Write(*catalog, 0, kLoadedRows);
  }
  EXPECT_LE(FilesNamed(".sst").size(), 5U * 3);
  EXPECT_EQ(CountRows(*Open()), kLoadedRows);
}

TEST_F(RocksdbCatalog, WhatAKilledProcessLeftOfALargeBatchIsRemoved) {
  Write(*Open(), 0, 3);
  const std::string folder = JoinPath(path_, "load");
  ASSERT_TRUE(PosixFileSystem().CreateDirectory(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), JoinPath(folder, "run.sst"), "half").ok());
  const auto catalog = Open();
  EXPECT_EQ(FilesNamed("load").size(), 0U);
  Write(*catalog, 3, kLoadedRows);
  EXPECT_EQ(CountRows(*catalog), kLoadedRows + 3);
}

TEST_F(RocksdbCatalog, ALargeBatchThatDoesNotFitChangesNothing) {
  const pid_t child = fork();  // Before RocksDB has threads, which a child would lack.
  if (child == 0) {
    alarm(60);
    const auto catalog = OpenRocksdbCatalog(path_);
    if (!catalog.ok() || !reprise::testing::WriteRows(**catalog, 0, 3, 10).ok()) _exit(2);
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {20'000, 20'000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(3);
    _exit(reprise::testing::WriteRows(**catalog, 3, kLoadedRows, 100).ok() ? 4 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto catalog = Open();
  ASSERT_NE(catalog, nullptr);
  EXPECT_EQ(CountRows(*catalog), 3);
  EXPECT_EQ(FilesNamed("load").size(), 0U);
}

// As where links cannot be made: then the log takes it.
TEST_F(RocksdbCatalog, ALargeBatchIsWrittenWhereNoTableCanBe) {
  ASSERT_TRUE(PosixFileSystem().CreateDirectory(path_).ok());
  ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), JoinPath(path_, "load"), "a file").ok());
  const auto start = std::chrono::steady_clock::now();
  for (int session = 0; session < 8; ++session) {
    const auto catalog = Open();
    ASSERT_NE(catalog, nullptr);
    Write(*catalog, 2 * session * kLoadedRows, kLoadedRows);
    Write(*catalog, (2 * session + 1) * kLoadedRows, kLoadedRows);
  }
  EXPECT_EQ(CountRows(*Open()), 16 * kLoadedRows);
  // Whoever closes it waits for no compaction that nobody has begun, which would be a minute.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(50));
}

// Earlier sessions leave rows in logs that are not synced.
TEST_F(RocksdbCatalog, ALargeBatchIsLoadedBesideTheLogsOfEarlierSessions) {
  for (int session = 0; session < 5; ++session) Write(*Open(), session * 3, 3);
  {
    const auto catalog = Open();
    ASSERT_GT(FilesNamed(".log").size(), 1U);
    Write(*catalog, 15, kLoadedRows);
    EXPECT_LE(FilesNamed(".log").size(), 2U);
  }
  EXPECT_EQ(CountRows(*Open()), kLoadedRows + 15);
}

TEST_F(RocksdbCatalog, AMissingTableIsCorruption) {
  Write(*Open(), 0, 2000, 1000);
  const auto tables = FilesNamed(".sst");
  ASSERT_FALSE(tables.empty());
  ASSERT_TRUE(PosixFileSystem().RemoveFile(tables.front()).ok());
  ExpectCorruption("removed table");
}

TEST_F(RocksdbCatalog, AMissingManifestIsCorruption) {
  Write(*Open(), 0, 2000, 1000);
  for (const std::string& manifest : FilesNamed("MANIFEST")) {
    ASSERT_TRUE(PosixFileSystem().RemoveFile(manifest).ok());
  }
  ExpectCorruption("removed manifest");
}

TEST_F(RocksdbCatalog, AMissingRootIsCorruptionAndTheTablesAreNotDeleted) {
  Write(*Open(), 0, 2000, 1000);
  const auto tables = FilesNamed(".sst");
  ASSERT_FALSE(tables.empty());
  ASSERT_TRUE(PosixFileSystem().RemoveFile(JoinPath(path_, "CURRENT")).ok());
  // With a log in the folder RocksDB itself notices.
  for (const std::string& log : FilesNamed(".log")) {
    ASSERT_TRUE(PosixFileSystem().RemoveFile(log).ok());
  }
  ExpectCorruption("removed CURRENT");
  EXPECT_EQ(FilesNamed(".sst"), tables);
}

TEST_F(RocksdbCatalog, FlippedBytesInATableAreCorruptionNotContent) {
  Write(*Open(), 0, 2000, 1000);
  for (const std::string& table : FilesNamed(".sst")) {
    const std::string whole = *ReadFile(PosixFileSystem(), table);
    for (const std::size_t position : {std::size_t{10}, whole.size() / 2, whole.size() - 20}) {
      std::string damaged = whole;
      damaged[position] = static_cast<char>(damaged[position] ^ 0x40);
      ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), table, damaged).ok());
      auto catalog = OpenRocksdbCatalog(path_);
      if (!catalog.ok()) {
        EXPECT_EQ(catalog.error().code, ErrorCode::kCorruption) << catalog.error().message;
        continue;
      }
      // A filter or property may be ignored; a row may not be wrong.
      int rows = 0;
      const auto visit = [&](std::string_view, std::string_view value) {
        EXPECT_TRUE(value == "c" || value == std::string(1000, 'r'));
        ++rows;
        return true;
      };
      for (const Space space : {Space::kRun, Space::kChunk}) {
        const auto scanned = (*catalog)->Scan(space, {}, visit);
        if (scanned.ok()) continue;
        EXPECT_EQ(scanned.error().code, ErrorCode::kCorruption);
      }
    }
    ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), table, whole).ok());
  }
  EXPECT_EQ(CountRows(*Open()), 2000);
}

TEST_F(RocksdbCatalog, ALogCutAnywhereGivesAPrefixOfTheBatches) {
  {
    const auto catalog = Open();
    for (int i = 0; i < 10; ++i) Write(*catalog, i * 3, 3);
  }
  const auto logs = FilesNamed(".log");
  ASSERT_EQ(logs.size(), 1U);
  const std::uint64_t size_bytes = PosixFileSystem().Stat(logs.front())->size_bytes;
  int rows_before = 0;
  for (std::uint64_t size = 0; size < size_bytes; size += 97) {
    const std::string copy = folder_.Path("copy" + std::to_string(size));
    ASSERT_TRUE(PosixFileSystem().CreateDirectory(copy).ok());
    for (const std::string& file : FilesNamed("")) {
      std::string content = *ReadFile(PosixFileSystem(), file);
      if (file == logs.front()) content.resize(size);
      const std::string path = JoinPath(copy, BaseName(file));
      ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), path, content).ok());
    }
    const auto catalog = OpenRocksdbCatalog(copy);
    ASSERT_TRUE(catalog.ok()) << size << ": " << catalog.error().message;
    const int rows = CountRows(**catalog);
    EXPECT_EQ(rows % 3, 0);
    EXPECT_GE(rows, rows_before);
    rows_before = rows;
  }
  EXPECT_GT(rows_before, 20);
}

TEST_F(RocksdbCatalog, EndsItsThreadsWithItself) {
  const auto threads = [] { return PosixFileSystem().List("/proc/self/task")->size(); };
  // The thread sanitizer begins one of its own with the first, and that one is listed a moment
  // longer than it lives.
  std::thread([] {}).join();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const std::size_t before = threads();
  auto catalog = Open();
  Write(*catalog, 0, 10'000, 200);  // Enough to be flushed at the end.
  EXPECT_GT(threads(), before);
  catalog.reset();
  // One that was joined may be listed a moment longer.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (threads() > before && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace reprise::storage
