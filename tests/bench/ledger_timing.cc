// Appends entries to a ledger, with the waits for the disk that it always has, grows it to a given
// length without them, and times proofs about entries all over it.  Prints one JSON record.
//
//   ledger_timing STORE TIMED_ENTRIES BATCH TOTAL_ENTRIES PROOFS
//
// STORE is created.  Times of proofs are those of the library; a command opens the store besides.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "storage/crypto/sha256.h"
#include "storage/ledger.h"
#include "tests/bench/timer.h"
#include "tests/bench/unsynced_files.h"

namespace reprise::storage {
namespace {

constexpr std::int64_t kStartMs = 1'700'000'000'000;

using bench::Timer;

// Entries as runs make them, each about something new.
std::vector<LedgerEntry> Batch(std::uint64_t from, std::uint64_t count) {
  std::vector<LedgerEntry> entries(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    LedgerEntry& entry = entries[i];
    const std::string number = std::to_string(from + i);
    entry.time_unix_ms = kStartMs + static_cast<std::int64_t>(from + i);
    entry.kind = "run";
    entry.subject = "01HF7YAT00" + std::string(16 - number.size(), '0') + number;
    entry.actor = "anna";
    entry.payload = crypto::Sha256(number);
  }
  return entries;
}

Result<double> Append(FileSystem& files, const std::string& store, std::uint64_t count,
                      std::uint64_t batch) {
  REPRISE_ASSIGN_OR_RETURN(const auto ledger, Ledger::Open(files, store));
  double seconds = 0;
  for (std::uint64_t done = 0; done < count; done += batch) {
    const auto entries = Batch(ledger->size(), std::min(batch, count - done));
    const Timer timer;
    REPRISE_TRY(ledger->Append(entries));
    seconds += timer.Seconds();
  }
  return seconds;
}

struct Proofs {
  double median_ms = 0;
  double slow_ms = 0;  // 99 of 100 are faster: what remains is the machine's, when it is busy.
};

// `prove` of places spread over the whole log.
template <typename F>
Result<Proofs> TimeProofs(std::uint64_t count, std::uint64_t size, F prove) {
  std::vector<double> times;
  constexpr std::uint64_t kStep = 2654435761;  // Knuth's multiplicative hash: no order on disk.
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t place = i * kStep % size;
    const Timer timer;
    REPRISE_TRY(prove(place));
    times.push_back(timer.Seconds() * 1e3);
  }
  std::sort(times.begin(), times.end());
  return Proofs{times[times.size() / 2], times[times.size() * 99 / 100]};
}

Result<void> Run(const std::string& store, const std::vector<std::uint64_t>& numbers) {
  const std::uint64_t timed = numbers[0], batch = numbers[1], total = numbers[2];
  FileSystem& files = PosixFileSystem();
  REPRISE_TRY(CreateDirectories(files, store));
  REPRISE_TRY(Ledger::Create(files, store, Ulid::Generate()));
  REPRISE_ASSIGN_OR_RETURN(const double append_s, Append(files, store, timed, batch));
  bench::UnsyncedFileSystem unsynced;
  constexpr std::uint64_t kFillBatch = 20'000;
  REPRISE_ASSIGN_OR_RETURN(const double fill_s, Append(unsynced, store, total - timed, kFillBatch));
  const Timer opening;
  REPRISE_ASSIGN_OR_RETURN(const auto ledger, Ledger::Open(files, store));
  const double open_ms = opening.Seconds() * 1e3;
  const std::uint64_t size = ledger->size();
  REPRISE_ASSIGN_OR_RETURN(const Proofs inclusion,
                           TimeProofs(numbers[3], size, [&](std::uint64_t place) {
                             return ledger->ProveInclusion(place, size);
                           }));
  REPRISE_ASSIGN_OR_RETURN(const Proofs consistency,
                           TimeProofs(numbers[3], size, [&](std::uint64_t place) {
                             return ledger->ProveConsistency(place + 1, size);
                           }));
  std::printf(
      "{\"entries\": %llu, \"append_per_s\": %.0f, \"fill_per_s\": %.0f, \"open_ms\": %.3f, "
      "\"inclusion_ms\": %.4f, \"inclusion_slow_ms\": %.4f, \"consistency_ms\": %.4f, "
      "\"consistency_slow_ms\": %.4f}\n",
      static_cast<unsigned long long>(size), static_cast<double>(timed) / append_s,
      static_cast<double>(total - timed) / std::max(fill_s, 1e-9), open_ms, inclusion.median_ms,
      inclusion.slow_ms, consistency.median_ms, consistency.slow_ms);
  return {};
}

}  // namespace
}  // namespace reprise::storage

int main(int argc, char** argv) {
  constexpr int kArguments = 6;
  std::vector<std::uint64_t> numbers;
  for (int i = 2; i < argc; ++i) numbers.push_back(std::strtoull(argv[i], nullptr, 10));
  const bool usable = argc == kArguments && numbers[0] > 0 && numbers[1] > 0 &&
                      numbers[2] >= numbers[0] && numbers[3] > 0;
  if (!usable) {
    std::fprintf(stderr, "usage: %s STORE TIMED_ENTRIES BATCH TOTAL_ENTRIES PROOFS\n", argv[0]);
    return 2;
  }
  const auto done = reprise::storage::Run(argv[1], numbers);
  if (!done.ok()) std::fprintf(stderr, "%s: %s\n", argv[0], done.error().message.c_str());
  return done.ok() ? 0 : 1;
}
