#include "tracker/content_digest.h"

#include "storage/crypto/sha256.h"

namespace reprise::tracker {
namespace {

// Names content and keeps nothing.
class DigestingWriter final : public storage::ObjectWriter {
 public:
  Result<storage::PutResult> Put(ByteSpan content) override {
    return storage::PutResult{crypto::Sha256(content), content.size()};
  }

  Result<storage::PutResult> PutStream(const storage::ContentSource& source) override {
    crypto::Sha256Stream stream;
    std::string buffer(1 << 20, '\0');
    std::uint64_t offset = 0;
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                               source(offset, std::as_writable_bytes(std::span(buffer))));
      stream.Update(AsBytes(std::string_view(buffer).substr(0, count)));
      offset += count;
      if (count < buffer.size()) return storage::PutResult{stream.Finish(), offset};
    }
  }

  Result<std::vector<Ulid>> Finish() override { return std::vector<Ulid>(); }
  storage::WriterStats stats() const override { return {}; }
};

}  // namespace

Result<storage::Imported> DigestContent(
    FileSystem& files, const std::string& path,
    const std::function<void(const std::string& path, const storage::TreeEntry& entry)>& on_entry) {
  DigestingWriter writer;
  return storage::Import(files, path, writer, {.on_entry = on_entry});
}

}  // namespace reprise::tracker
