#include "storage/block_cache.h"

namespace reprise::storage {

Result<std::shared_ptr<const PackReader>> BlockCache::Pack(const Ulid& pack) {
  if (auto reader = packs_.Find(pack); reader != nullptr) return reader;
  Result<std::unique_ptr<PackReader>> opened = PackReader::Open(files_, index_.PathOf(pack));
  if (!opened.ok()) {
    Error error = std::move(opened).error();
    if (error.code != ErrorCode::kNotFound) return error;
    return Annotate({ErrorCode::kCorruption, std::move(error.message)},
                    "a pack that the index names is missing");
  }
  std::shared_ptr<const PackReader> reader = *std::move(opened);
  if (reader->header().pack_id != pack) {
    return Error{ErrorCode::kCorruption, "the file '" + Printable(index_.PathOf(pack)) +
                                             "' holds another pack than its name says"};
  }
  packs_.Insert(pack, reader, 1);
  return reader;
}

Result<std::shared_ptr<const Block>> BlockCache::Get(const PlaceRow& place) {
  const std::pair key(place.pack, place.offset);
  if (auto block = blocks_.Find(key); block != nullptr) return block;
  REPRISE_ASSIGN_OR_RETURN(const auto pack, Pack(place.pack));
  REPRISE_ASSIGN_OR_RETURN(const std::string record,
                           pack->ReadRecord(place.offset, place.record_bytes));
  Result<Block> decoded = DecodeBlock(AsBytes(record));
  if (!decoded.ok()) {
    return Annotate(std::move(decoded).error(),
                    "pack " + place.pack.ToString() + " at offset " + std::to_string(place.offset));
  }
  auto block = std::make_shared<const Block>(*std::move(decoded));
  blocks_.Insert(key, block, block->raw.size() + block->chunks.size() * sizeof(BlockChunk));
  return block;
}

}  // namespace reprise::storage
