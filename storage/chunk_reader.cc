#include "storage/chunk_reader.h"

#include "storage/block_cache.h"
#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

class Reader final : public ChunkReader {
 public:
  Reader(FileSystem& files, std::unique_ptr<ObjectIndex> index)
      : index_(std::move(index)), blocks_(files, *index_) {}

  Result<std::vector<Digest>> ListChunks(const Digest& object) override {
    REPRISE_ASSIGN_OR_RETURN(const auto place, index_->FindObject(object));
    if (!place.has_value()) {
      return Error{ErrorCode::kNotFound, "there is no object " + object.ToString()};
    }
    if (place->kind == EntryKind::kChunkAndObject) return std::vector{object};
    REPRISE_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(object, *place));
    if (manifest.depth == 0) return std::move(manifest.digests);
    std::vector<Digest> chunks;
    for (const Digest& list : manifest.digests) {
      REPRISE_ASSIGN_OR_RETURN(const std::string content, ReadChunk(list));
      REPRISE_ASSIGN_OR_RETURN(const std::vector<Digest> part, DecodeDigestList(AsBytes(content)));
      chunks.insert(chunks.end(), part.begin(), part.end());
    }
    return chunks;
  }

  Result<std::string> ReadChunk(const Digest& chunk) override {
    REPRISE_ASSIGN_OR_RETURN(const auto places, index_->FindChunks({&chunk, 1}));
    if (!places.front().has_value()) {
      return Error{ErrorCode::kCorruption,
                   "chunk " + chunk.ToString() + " is missing; run 'reprise fsck'"};
    }
    const PlaceRow& place = *places.front();
    REPRISE_ASSIGN_OR_RETURN(const auto block, blocks_.Get(place));
    if (place.position >= block->chunks.size()) return Damaged(chunk, place);
    std::string content =
        block->raw.substr(block->starts[place.position], block->chunks[place.position].size_bytes);
    if (crypto::Sha256(content) != chunk) return Damaged(chunk, place);
    return content;
  }

 private:
  static Error Damaged(const Digest& digest, const PlaceRow& place) {
    return {ErrorCode::kCorruption, digest.ToString() + " in pack " + place.pack.ToString() +
                                        " is damaged; run 'reprise fsck'"};
  }

  Result<Manifest> ReadManifest(const Digest& object, const PlaceRow& place) {
    REPRISE_ASSIGN_OR_RETURN(const auto pack, blocks_.Pack(place.pack));
    REPRISE_ASSIGN_OR_RETURN(const std::string record,
                             pack->ReadRecord(place.offset, place.record_bytes));
    REPRISE_ASSIGN_OR_RETURN(Manifest manifest, DecodeManifest(AsBytes(record)));
    if (manifest.object != object) return Damaged(object, place);
    return manifest;
  }

  const std::unique_ptr<ObjectIndex> index_;
  BlockCache blocks_;
};

}  // namespace

std::unique_ptr<ChunkReader> NewChunkReader(FileSystem& files, std::string store_folder,
                                            const Catalog& catalog) {
  return std::make_unique<Reader>(files, NewCatalogIndex(std::move(store_folder), catalog));
}

}  // namespace reprise::storage
