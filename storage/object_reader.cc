// An object's chunks are looked up a list at a time and read in order; each is hashed before it is
// handed out, and the whole along with it unless it is a single chunk, whose digest is the same.

#include "storage/block_cache.h"
#include "storage/chunk_reader.h"
#include "storage/crypto/sha256.h"
#include "storage/crypto/sha256_parts.h"
#include "storage/object_store.h"

namespace reprise::storage {
namespace {

class Reader final : public ObjectReader, public ChunkReader {
 public:
  Reader(FileSystem& files, std::unique_ptr<ObjectIndex> index)
      : index_(std::move(index)), blocks_(files, *index_) {}

  Result<ObjectInfo> Describe(const Digest& digest) override {
    ObjectInfo info;
    info.digest = digest;
    const auto add = [&](const Digest&, const PlaceRow& place) -> Result<void> {
      ++info.chunks;
      info.size_bytes += place.size_bytes;
      // A chunk's share of its block; the block's head is small against it.
      REPRISE_ASSIGN_OR_RETURN(const std::uint64_t stored_bytes, StoredShare(place));
      info.stored_bytes += stored_bytes;
      return {};
    };
    REPRISE_TRY(VisitPlaces(digest, add, nullptr));
    return info;
  }

  Result<std::string> Get(const Digest& digest) override {
    REPRISE_ASSIGN_OR_RETURN(const PlaceRow object, Find(digest));
    if (object.size_bytes > kObjectSizeBytesMax) {
      return Error{ErrorCode::kInvalidArgument,
                   "object " + digest.ToString() + " is too long to be held in memory: " +
                       std::to_string(object.size_bytes) + " bytes; read it in parts"};
    }
    std::string content;
    REPRISE_TRY(Read(digest, [&](ByteSpan part) -> Result<void> {
      content += AsText(part);
      return {};
    }));
    return content;
  }

  Result<void> Read(const Digest& digest,
                    const std::function<Result<void>(ByteSpan part)>& sink) override {
    REPRISE_ASSIGN_OR_RETURN(const PlaceRow object, Find(digest));
    if (object.kind == EntryKind::kChunkAndObject) return ReadChunk(digest, digest, object, sink);
    const auto digests = crypto::NewSha256Parts();
    const auto hash = [&](ByteSpan part) { return digests->Add(part); };
    const auto read = [&](const Digest& chunk, const PlaceRow& place) {
      return ReadChunk(digest, chunk, place, sink, hash);
    };
    REPRISE_TRY(VisitPlaces(digest, read, nullptr));
    if (digests->Finish() != digest) {
      return Damaged(digest, object, "its chunks do not add up to it");
    }
    return {};
  }

  Result<std::unique_ptr<ObjectStream>> Open(const Digest& digest) override {
    REPRISE_ASSIGN_OR_RETURN(const PlaceRow place, Find(digest));
    auto stream = std::make_unique<Stream>(*this, digest, place);
    REPRISE_TRY(stream->Start());
    return std::unique_ptr<ObjectStream>(std::move(stream));
  }

  Result<void> VisitChunks(const Digest& digest, const ChunkVisit& visit,
                           const ChunkVisit& visit_list) override {
    const auto plain = [](const ChunkVisit& told) {
      return [&told](const Digest& chunk, const PlaceRow& place) {
        return told(chunk, place.size_bytes);
      };
    };
    return VisitPlaces(digest, plain(visit), visit_list ? Visit(plain(visit_list)) : nullptr);
  }

  Result<std::vector<Digest>> ListChunks(const Digest& object) override {
    REPRISE_ASSIGN_OR_RETURN(const PlaceRow place, Find(object));
    if (place.kind == EntryKind::kChunkAndObject) return std::vector{object};
    REPRISE_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(object, place));
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
    std::string content;
    REPRISE_TRY(ReadChunk(chunk, chunk, *places.front(), [&](ByteSpan part) -> Result<void> {
      content = AsText(part);
      return {};
    }));
    return content;
  }

 private:
  using Visit = std::function<Result<void>(const Digest& chunk, const PlaceRow& place)>;
  using Hash = std::function<Digest(ByteSpan content)>;

  // Holds the digests of the chunks of one list, and no content.
  class Stream final : public ObjectStream {
   public:
    Stream(Reader& reader, const Digest& object, const PlaceRow& place)
        : reader_(reader), object_(object), place_(place) {}

    Result<void> Start() {
      if (place_.kind == EntryKind::kChunkAndObject) {
        chunks_ = {object_};
        return {};
      }
      digests_ = crypto::NewSha256Parts();
      REPRISE_ASSIGN_OR_RETURN(Manifest manifest, reader_.ReadManifest(object_, place_));
      (manifest.depth == 0 ? chunks_ : lists_) = std::move(manifest.digests);
      return {};
    }

    Result<bool> Next(std::string& out) override {
      if (failure_.has_value()) return *failure_;
      auto next = ReadNext(out);
      if (!next.ok()) failure_ = next.error();
      return next;
    }

   private:
    Result<bool> ReadNext(std::string& out) {
      while (next_chunk_ == chunks_.size() && next_list_ < lists_.size()) {
        std::string list;
        REPRISE_TRY(Append(lists_[next_list_++], list));
        REPRISE_ASSIGN_OR_RETURN(chunks_, DecodeDigestList(AsBytes(list)));
        next_chunk_ = 0;
      }
      if (next_chunk_ < chunks_.size()) {
        const auto hash = [&](ByteSpan part) { return digests_->Add(part); };
        REPRISE_TRY(Append(chunks_[next_chunk_++], out, hash));
        return true;
      }
      if (digests_ != nullptr && std::exchange(digests_, nullptr)->Finish() != object_) {
        return reader_.Damaged(object_, place_, "its chunks do not add up to it");
      }
      return false;
    }

    Result<void> Append(const Digest& chunk, std::string& out, const Hash& hash = Sha256Of) {
      const auto append = [&](ByteSpan content) -> Result<void> {
        out += AsText(content);
        return {};
      };
      // Such an object has its chunk's digest, by which that is verified.
      if (digests_ == nullptr) return reader_.ReadChunk(object_, chunk, place_, append);
      const auto read = [&](const Digest& digest, const PlaceRow& place) {
        return reader_.ReadChunk(object_, digest, place, append, hash);
      };
      return reader_.VisitAll(object_, place_, {&chunk, 1}, read);
    }

    Reader& reader_;
    const Digest object_;
    const PlaceRow place_;
    std::vector<Digest> lists_;  // Of a very long object, its list chunks.
    std::vector<Digest> chunks_;
    std::size_t next_list_ = 0;
    std::size_t next_chunk_ = 0;
    std::unique_ptr<crypto::Sha256Parts> digests_;  // Until the end, of several chunks.
    std::optional<Error> failure_;
  };

  Error Damaged(const Digest& object, const PlaceRow& place, std::string_view why) const {
    return {ErrorCode::kCorruption, "object " + object.ToString() + " in pack " +
                                        place.pack.ToString() + " is damaged: " + std::string(why) +
                                        "; run 'reprise fsck'"};
  }

  Result<PlaceRow> Find(const Digest& digest) const {
    REPRISE_ASSIGN_OR_RETURN(const auto place, index_->FindObject(digest));
    if (place.has_value()) return *place;
    REPRISE_ASSIGN_OR_RETURN(const auto erased, index_->FindErasure(digest));
    if (!erased.has_value()) {
      return Error{ErrorCode::kNotFound, "there is no object " + digest.ToString()};
    }
    return Error{ErrorCode::kNotFound,
                 "the content " + digest.ToString() + " " + SentenceOfErasure(*erased)};
  }

  // Between a look-up and the reading an erasure may have put another pack in a pack's place.
  static bool HasMoved(const PlaceRow& place, const std::optional<PlaceRow>& now) {
    return now.has_value() && now->pack != place.pack;
  }

  Result<Manifest> ReadManifest(const Digest& object, const PlaceRow& place) {
    const auto pack = blocks_.Pack(place.pack);
    if (!pack.ok()) {
      REPRISE_ASSIGN_OR_RETURN(const auto now, index_->FindObject(object));
      return HasMoved(place, now) ? ReadManifest(object, *now) : pack.error();
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string record,
                             (*pack)->ReadRecord(place.offset, place.record_bytes));
    Result<Manifest> manifest = DecodeManifest(AsBytes(record));
    if (!manifest.ok()) return Damaged(object, place, manifest.error().message);
    if (manifest->object != object) return Damaged(object, place, "the index points elsewhere");
    return manifest;
  }

  // Calls `visit` for the chunks of the object, and `visit_list`, if any, for its list chunks.
  Result<void> VisitPlaces(const Digest& object, const Visit& visit, const Visit& visit_list) {
    REPRISE_ASSIGN_OR_RETURN(const PlaceRow place, Find(object));
    if (place.kind == EntryKind::kChunkAndObject) return visit(object, place);
    REPRISE_ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(object, place));
    if (manifest.depth == 0) return VisitAll(object, place, manifest.digests, visit);
    const auto descend = [&](const Digest& list, const PlaceRow& list_place) -> Result<void> {
      if (visit_list) REPRISE_TRY(visit_list(list, list_place));
      std::vector<Digest> digests;
      const auto decode = [&](ByteSpan content) -> Result<void> {
        REPRISE_ASSIGN_OR_RETURN(digests, DecodeDigestList(content));
        return {};
      };
      REPRISE_TRY(ReadChunk(object, list, list_place, decode));
      return VisitAll(object, list_place, digests, visit);
    };
    return VisitAll(object, place, manifest.digests, descend);
  }

  Result<void> VisitAll(const Digest& object, const PlaceRow& parent,
                        std::span<const Digest> digests, const Visit& visit) {
    constexpr std::size_t kLookupMax = 1024;
    for (; !digests.empty(); digests = digests.subspan(std::min(digests.size(), kLookupMax))) {
      const auto part = digests.first(std::min(digests.size(), kLookupMax));
      REPRISE_ASSIGN_OR_RETURN(const auto places, index_->FindChunks(part));
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (!places[i].has_value()) {
          return Damaged(object, parent, "its chunk " + part[i].ToString() + " is missing");
        }
        REPRISE_TRY(visit(part[i], *places[i]));
      }
    }
    return {};
  }

  static Digest Sha256Of(ByteSpan content) { return crypto::Sha256(content); }

  // Hands the content of `chunk` to `sink` after verifying it by `hash`, which is called once.
  Result<void> ReadChunk(const Digest& object, const Digest& chunk, const PlaceRow& place,
                         const std::function<Result<void>(ByteSpan part)>& sink,
                         const Hash& hash = Sha256Of) {
    const Result<std::shared_ptr<const Block>> block = blocks_.Get(place);
    if (!block.ok()) {
      REPRISE_ASSIGN_OR_RETURN(const auto now, index_->FindChunks({&chunk, 1}));
      if (HasMoved(place, now.front())) return ReadChunk(object, chunk, *now.front(), sink, hash);
      if (block.error().code != ErrorCode::kCorruption) return block.error();
      return Damaged(object, place, block.error().message);
    }
    if (place.position >= (*block)->chunks.size()) {
      return Damaged(object, place, "the index points beyond a block");
    }
    const ByteSpan content =
        AsBytes((*block)->raw)
            .subspan((*block)->starts[place.position], (*block)->chunks[place.position].size_bytes);
    if (hash(content) != chunk) {
      return Damaged(object, place, "chunk " + chunk.ToString() + " does not match its digest");
    }
    return sink(content);
  }

  // Of the bytes of its record, as many as the chunk has of the block's content.
  Result<std::uint64_t> StoredShare(const PlaceRow& place) {
    REPRISE_ASSIGN_OR_RETURN(const auto pack, blocks_.Pack(place.pack));
    REPRISE_ASSIGN_OR_RETURN(const std::string head,
                             pack->ReadRecord(place.offset, kRecordHeaderBytes));
    REPRISE_ASSIGN_OR_RETURN(const RecordHeader header, DecodeRecordHeader(AsBytes(head)));
    if (header.raw_bytes == 0) return std::uint64_t{0};
    return place.size_bytes * header.stored_bytes / header.raw_bytes;
  }

  const std::unique_ptr<ObjectIndex> index_;
  BlockCache blocks_;
};

}  // namespace

std::unique_ptr<ChunkReader> NewChunkReader(FileSystem& files, std::string store_folder,
                                            const Catalog& catalog) {
  return std::make_unique<Reader>(files, NewCatalogIndex(std::move(store_folder), catalog));
}

std::unique_ptr<ObjectReader> NewObjectReader(FileSystem& files, std::string store_folder,
                                              const Catalog& catalog) {
  return std::make_unique<Reader>(files, NewCatalogIndex(std::move(store_folder), catalog));
}

Result<std::unique_ptr<ObjectReader>> NewSessionReader(FileSystem& files, const std::string& folder,
                                                       std::span<const Ulid> packs,
                                                       const std::string& store_folder,
                                                       const Catalog* catalog) {
  std::unique_ptr<ObjectIndex> fallback;
  if (catalog != nullptr) fallback = NewCatalogIndex(store_folder, *catalog);
  REPRISE_ASSIGN_OR_RETURN(auto index, NewSessionIndex(files, folder, packs, std::move(fallback)));
  return std::unique_ptr<ObjectReader>(std::make_unique<Reader>(files, std::move(index)));
}

}  // namespace reprise::storage
