// A ledger one of whose files holds arbitrary bytes.  The first byte of the input says which file,
// the rest is its content.  docs/formats/ledger.md.
//
// Whatever `hashes` and `index` say, opening succeeds and every entry is the one that was appended:
// they are derived.  Whatever `entries` and `checkpoint` say, no other entry is read for one that
// the true checkpoint covers: the log is damaged, or begins as it did.

#include <array>
#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/ledger.h"
#include "storage/ledger_files.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/ledgers.h"

namespace {

using reprise::ReadFile;
using reprise::WriteFileAtomically;
using reprise::storage::Ledger;
using reprise::storage::LedgerEntry;
using reprise::storage::LedgerPaths;
using reprise::testing::FaultFileSystem;

struct Part {
  std::string path;
  std::string content;
};

const LedgerPaths& Paths() {
  static const LedgerPaths paths("/store");
  return paths;
}

// The files of a ledger of three entries, in two batches.
struct Whole {
  Whole() {
    FaultFileSystem files;
    REPRISE_ASSERT(files.CreateDirectory("/store").ok());
    reprise::testing::MakeLedger(files, "/store", {2, 1});
    for (const std::string& path : {Paths().entries, Paths().hashes, Paths().index,
                                    Paths().checkpoint, Paths().private_key, Paths().public_key}) {
      parts.push_back({path, *ReadFile(files, path)});
    }
    const auto ledger = Ledger::Open(files, "/store");
    REPRISE_ASSERT(ledger.ok());
    for (std::uint64_t i = 0; i < (*ledger)->size(); ++i) entries.push_back(*(*ledger)->Read(i));
  }
  std::vector<Part> parts;
  std::vector<LedgerEntry> entries;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Whole whole;
  if (size == 0) return 0;
  constexpr std::string_view kNames = "ehic";  // entries, hashes, index, checkpoint
  const std::size_t chosen = kNames.find(static_cast<char>(data[0]));
  if (chosen == std::string_view::npos) return 0;
  FaultFileSystem files;
  for (const std::string& folder : {Paths().store, Paths().ledger, Paths().keys}) {
    REPRISE_ASSERT(files.CreateDirectory(folder).ok());
  }
  for (const Part& part : whole.parts) {
    REPRISE_ASSERT(WriteFileAtomically(files, part.path, part.content).ok());
  }
  const std::string_view content = reprise::AsText(std::as_bytes(std::span(data + 1, size - 1)));
  REPRISE_ASSERT(WriteFileAtomically(files, whole.parts[chosen].path, content).ok());

  const auto ledger = Ledger::Open(files, "/store");
  const bool is_derived = chosen == 1 || chosen == 2;
  REPRISE_ASSERT(ledger.ok() || !is_derived);
  if (!ledger.ok()) return 0;
  for (std::size_t i = 0; i < whole.entries.size(); ++i) {
    const auto entry = (*ledger)->Read(i);
    REPRISE_ASSERT(entry.ok() || !is_derived);
    const bool covered = chosen != 3 || (*ledger)->size() == whole.entries.size();
    if (entry.ok() && covered) REPRISE_ASSERT(*entry == whole.entries[i]);
  }
  return 0;
}
