#include "lineage/table/row_sorter.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <type_traits>

namespace reprise::lineage {
namespace {

// Rows are written as they lie in memory: only this process reads them.
static_assert(std::is_trivially_copyable_v<SortedRow>);

constexpr std::size_t kRunBufferRowsMin = (64U << 10) / sizeof(SortedRow);

std::string TemporaryFolder() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

}  // namespace

RowSorter::RowSorter(RowSorterOptions options)
    : options_(std::move(options)),
      held_max_(std::max<std::size_t>(1, options_.held_bytes_max / sizeof(SortedRow))) {}

Result<void> RowSorter::CheckCancelled() const {
  if (options_.is_cancelled == nullptr || !options_.is_cancelled()) return {};
  return Error{ErrorCode::kInterrupted, "stopped on request"};
}

Result<void> RowSorter::Add(const SortedRow& row) {
  held_.push_back(row);
  return held_.size() < held_max_ ? Result<void>() : Spill();
}

Result<void> RowSorter::OpenFile() {
  static std::atomic<std::uint64_t> count = 0;
  const std::string folder = options_.folder.empty() ? TemporaryFolder() : options_.folder;
  for (;;) {
    const std::string path = JoinPath(
        folder, "reprise_rows_" + std::to_string(getpid()) + "_" + std::to_string(++count));
    auto opened = options_.files->Open(path, OpenMode::kCreateExclusive, 0600);
    if (!opened.ok() && opened.error().code == ErrorCode::kAlreadyExists) continue;
    if (!opened.ok()) return std::move(opened).error();
    file_ = *std::move(opened);
    return options_.files->RemoveFile(path);
  }
}

Result<void> RowSorter::Spill() {
  REPRISE_TRY(CheckCancelled());
  if (file_ == nullptr) REPRISE_TRY(OpenFile());
  std::ranges::sort(held_);
  const std::uint64_t begin = runs_.empty() ? 0 : runs_.back().end;
  REPRISE_TRY(file_->WriteAt(begin * sizeof(SortedRow), std::as_bytes(std::span(held_))));
  runs_.push_back({.next = begin, .end = begin + held_.size(), .read = {}, .taken = 0});
  held_.clear();
  return {};
}

Result<void> RowSorter::ReadOn(Run& run, std::size_t rows_max) const {
  run.taken = 0;
  run.read.resize(std::min<std::uint64_t>(rows_max, run.end - run.next));
  const auto buffer = std::as_writable_bytes(std::span(run.read));
  REPRISE_ASSIGN_OR_RETURN(const std::size_t size_bytes,
                           file_->ReadAt(run.next * sizeof(SortedRow), buffer));
  if (size_bytes != buffer.size()) {
    return Error{ErrorCode::kIoError, "the temporary file " + file_->path() + " was cut"};
  }
  run.next += run.read.size();
  return {};
}

Result<void> RowSorter::Finish(const std::function<Result<void>(const SortedRow& row)>& visit) {
  if (!runs_.empty() && !held_.empty()) REPRISE_TRY(Spill());
  if (!runs_.empty()) return Merge(visit);
  std::ranges::sort(held_);
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if (i % kRunBufferRowsMin == 0) REPRISE_TRY(CheckCancelled());
    REPRISE_TRY(visit(held_[i]));
  }
  held_ = {};
  return {};
}

Result<void> RowSorter::Merge(const std::function<Result<void>(const SortedRow& row)>& visit) {
  held_ = {};
  const std::size_t rows_max = std::max(kRunBufferRowsMin, held_max_ / runs_.size());
  const auto is_behind = [](const Run* a, const Run* b) {
    return b->read[b->taken] < a->read[a->taken];
  };
  std::vector<Run*> heap;
  for (Run& run : runs_) {
    REPRISE_TRY(ReadOn(run, rows_max));
    heap.push_back(&run);
  }
  std::ranges::make_heap(heap, is_behind);
  while (!heap.empty()) {
    std::ranges::pop_heap(heap, is_behind);
    Run& run = *heap.back();
    REPRISE_TRY(visit(run.read[run.taken++]));
    if (run.taken == run.read.size()) {
      REPRISE_TRY(CheckCancelled());
      REPRISE_TRY(ReadOn(run, rows_max));
    }
    if (run.read.empty()) {
      heap.pop_back();
    } else {
      std::ranges::push_heap(heap, is_behind);
    }
  }
  return {};
}

}  // namespace reprise::lineage
