// A store of objects in a temporary folder, with a catalog in memory: what tests of storage need to
// put, adopt and read content.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/object_store.h"
#include "tests/support/temp_dir.h"

namespace reprise::testing {

// `size_bytes` bytes that do not compress, the same for each `seed`.
std::string RandomBytes(std::size_t size_bytes, std::uint64_t seed);
// `size_bytes` bytes of text that compresses about as prose does.
std::string TextBytes(std::size_t size_bytes, std::uint64_t seed);

class ObjectFixture {
 public:
  explicit ObjectFixture(FileSystem& files = PosixFileSystem());

  // A writer into a new session's folder.
  std::unique_ptr<storage::ObjectWriter> NewWriter(unsigned threads = 2);
  // Finishes `writer`, adopts its packs and indexes them.
  Result<std::vector<Ulid>> Adopt(storage::ObjectWriter& writer);
  // Puts, finishes and adopts one object in a session of its own; returns its digest.
  Digest Store(std::string_view content);
  std::unique_ptr<storage::ObjectReader> NewReader() const;

  std::string PackPath(const Ulid& pack) const { return storage::PackPath(store, pack); }

  FileSystem& files;
  TempDir folder;
  std::string store;
  std::string session;  // Of the newest writer.
  Ulid store_id = Ulid::Generate();
  std::unique_ptr<storage::Catalog> catalog = storage::NewMemoryCatalog();
  std::unique_ptr<storage::PresenceIndex> presence = storage::NewCatalogPresence(*catalog);

 private:
  int sessions_ = 0;
};

}  // namespace reprise::testing
