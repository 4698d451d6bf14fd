// Rows of tables in the order of their keys, in bounded memory: what is too much is sorted in runs
// that lie in a temporary file, and merged (Knuth, *The Art of Computer Programming* 3, 5.4.1).
//
// The file has no name once it is open, so that nothing is left of it however the process ends.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct SortedRow {
  std::array<std::uint64_t, 2> key{};  // What the row holds, hashed.
  std::uint64_t tag = 0;               // What the caller tells rows apart by.
  std::uint64_t row = 0;

  friend bool operator==(const SortedRow&, const SortedRow&) = default;
  friend auto operator<=>(const SortedRow&, const SortedRow&) = default;
};

struct RowSorterOptions {
  FileSystem* files = &PosixFileSystem();
  std::string folder;                            // Of the temporary file; empty: TMPDIR, or /tmp.
  std::size_t held_bytes_max = 64U << 20;        // Of rows that are held at once.
  std::function<bool()> is_cancelled = nullptr;  // Asked now and then.
};

class RowSorter {
 public:
  explicit RowSorter(RowSorterOptions options = {});
  RowSorter(const RowSorter&) = delete;
  RowSorter& operator=(const RowSorter&) = delete;

  // Errors: of writing the temporary file; kInterrupted  it is cancelled.
  Result<void> Add(const SortedRow& row);

  // Calls `visit` for each row that was added, in order.  Call it once, at the end.
  // Errors: as Add(); those of `visit`.
  Result<void> Finish(const std::function<Result<void>(const SortedRow& row)>& visit);

 private:
  struct Run {  // Rows [next, end) of the file are left of it, besides those in `read`.
    std::uint64_t next = 0;
    std::uint64_t end = 0;
    std::vector<SortedRow> read;
    std::size_t taken = 0;  // Of `read`.
  };

  Result<void> Spill();
  Result<void> OpenFile();
  Result<void> ReadOn(Run& run, std::size_t rows_max) const;
  Result<void> Merge(const std::function<Result<void>(const SortedRow& row)>& visit);
  Result<void> CheckCancelled() const;

  const RowSorterOptions options_;
  const std::size_t held_max_;
  std::vector<SortedRow> held_;
  std::unique_ptr<File> file_;
  std::vector<Run> runs_;
};

}  // namespace reprise::lineage
