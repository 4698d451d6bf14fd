#include "tests/support/object_fixture.h"

#include "storage/gear_table.h"

namespace reprise::testing {

std::string RandomBytes(std::size_t size_bytes, std::uint64_t seed) {
  std::string bytes;
  bytes.reserve(size_bytes + 8);
  while (bytes.size() < size_bytes) AppendLe(bytes, storage::SplitMix64(seed));
  bytes.resize(size_bytes);
  return bytes;
}

std::string TextBytes(std::size_t size_bytes, std::uint64_t seed) {
  constexpr std::string_view kWords[] = {"loss ",  "epoch ", "0.",   "train ", "model ",
                                         "step\n", "12 ",    "run ", "data ",  "rate "};
  std::string text;
  while (text.size() < size_bytes) text += kWords[storage::SplitMix64(seed) % std::size(kWords)];
  text.resize(size_bytes);
  return text;
}

ObjectFixture::ObjectFixture(FileSystem& files_in) : files(files_in), store(folder.Path("store")) {
  REPRISE_ASSERT(files.CreateDirectory(store).ok());
}

std::unique_ptr<storage::ObjectWriter> ObjectFixture::NewWriter(unsigned threads) {
  session = folder.Path("session" + std::to_string(sessions_++));
  REPRISE_ASSERT(files.CreateDirectory(session).ok());
  auto writer = storage::NewObjectWriter(
      files,
      {.folder = session, .store_id = store_id, .presence = presence.get(), .threads = threads});
  REPRISE_ASSERT(writer.ok());
  return *std::move(writer);
}

Result<std::vector<Ulid>> ObjectFixture::Adopt(storage::ObjectWriter& writer) {
  REPRISE_ASSIGN_OR_RETURN(const std::vector<Ulid> packs, writer.Finish());
  REPRISE_TRY(storage::AdoptPacks(files, store, session, packs, *catalog));
  return packs;
}

Digest ObjectFixture::Store(std::string_view content) {
  const auto writer = NewWriter();
  const auto put = writer->Put(AsBytes(content));
  REPRISE_ASSERT(put.ok());
  REPRISE_ASSERT(Adopt(*writer).ok());
  return put->digest;
}

std::unique_ptr<storage::ObjectReader> ObjectFixture::NewReader() const {
  return storage::NewObjectReader(files, store, *catalog);
}

}  // namespace reprise::testing
