// The stat cache on arbitrary bytes: a damaged one is empty, and no lookup reads outside of it.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/stat_cache.h"
#include "tests/support/temp_dir.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  FileSystem& files = PosixFileSystem();
  static const testing::TempDir folder;  // Needs the above to its end.
  // Where the cache of "/data" lies is learnt from one that was saved.
  FileStat stat;
  stat.inode = 7;
  static const std::string path = [&] {
    storage::StatCache saved(files, folder.path(), "/data", 1'000'000'000);
    saved.Add(stat, Digest());
    saved.Save();
    const auto entries = files.List(folder.path());
    REPRISE_ASSERT(entries.ok() && entries->size() == 1);
    return folder.Path(entries->front().name);
  }();
  REPRISE_ASSERT(
      WriteFileAtomically(files, path, AsText(std::as_bytes(std::span(data, size))), 0600).ok());
  storage::StatCache cache(files, folder.path(), "/data", 1'000'000'000);
  (void)cache.Find(stat);
  cache.Save();  // Of what was found, which may be nothing.
  return 0;
}
