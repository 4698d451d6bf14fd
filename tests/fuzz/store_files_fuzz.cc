// The small files of a store on arbitrary bytes: `format`, `produced`, the key of keyed digests and
// the header of the ledger.
// docs/formats/store.md.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/ledger_files.h"
#include "tests/support/fault_file_system.h"
#include "tracker/produced_paths.h"
#include "tracker/store_folder.h"
#include "tracker/store_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  testing::FaultFileSystem files;
  const tracker::StorePaths paths("/store");
  for (const std::string& folder : {paths.folder, paths.packs(), paths.ledger(), paths.keys()}) {
    REPRISE_ASSERT(files.CreateDirectory(folder).ok());
  }
  const std::string entries = JoinPath(paths.ledger(), "entries");
  for (const std::string& path : {paths.format(), paths.produced(), entries}) {
    REPRISE_ASSERT(WriteFileAtomically(files, path, text).ok());
  }
  if (const auto format = tracker::ReadStoreFormat(files, paths.folder); format.ok()) {
    REPRISE_ASSERT(format->format == tracker::kStoreFormat);
    REPRISE_ASSERT(text == R"({"format":1,"id":")" + format->id.ToString() +
                               R"(","type":"reprise/store/v1"})" + "\n");
  }
  for (const std::string& path : tracker::ProducedPaths(files, paths.folder)) {
    // Each stands there as a line, in digits of either case.
    REPRISE_ASSERT(!path.empty() && path.size() * 2 < size);
  }
  if (const auto key = tracker::StoreKey::Parse(text); key.ok()) {
    REPRISE_ASSERT(key->ToText() == text);
  }
  const auto file = files.Open(entries, OpenMode::kRead);
  REPRISE_ASSERT(file.ok());
  if (const auto id = storage::ReadLedgerHeader(**file); id.ok()) {
    REPRISE_ASSERT(text.starts_with(storage::EncodeLedgerHeader(*id)));
  }
  return 0;
}
