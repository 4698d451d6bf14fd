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
    storage::StatCache(files, folder.path(), "/data").Save({{stat, Digest()}}, 1'000'000'000);
    const auto entries = files.List(folder.path());
    REPRISE_ASSERT(entries.ok() && entries->size() == 1);
    return folder.Path(entries->front().name);
  }();
  REPRISE_ASSERT(
      WriteFileAtomically(files, path, AsText(std::as_bytes(std::span(data, size))), 0600).ok());
  const storage::StatCache cache(files, folder.path(), "/data");
  (void)cache.Find(stat);
  REPRISE_ASSERT(cache.size() <= size);
  return 0;
}
