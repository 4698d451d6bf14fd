// Packs: immutable files of about 64 MiB that hold chunks and manifests.  docs/formats/pack.md has
// the byte layout; this header has its parts, their encoding and their checked decoding.
//
//   pack  = header, record…, footer, trailer
//   block = a record of up to 512 KiB of consecutive chunks, compressed together
//   manifest = a record that lists the chunks of one object
//
// An object that is exactly one chunk needs no manifest: its chunk is flagged instead, as both have
// the same digest.  Everything the index knows can be read from the footer, and the footer can be
// rebuilt from the records.
//
// Thread-safety: pure functions and values.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::storage {

inline constexpr std::uint32_t kPackVersion = 1;
inline constexpr std::uint64_t kPackBytesTarget = 64U << 20;  // Begin a new pack beyond it.
inline constexpr std::size_t kPackEntriesMax = 1U << 17;      // Likewise; bounds the footer.
inline constexpr std::size_t kBlockBytesTarget = 512U << 10;  // Of content, before compression.
inline constexpr std::size_t kBlockBytesMax = 1U << 20;       // What a reader accepts.
inline constexpr std::size_t kBlockChunksMax = 4096;
// The digests that one manifest or one list chunk holds: as many as fit the longest chunk.
inline constexpr std::size_t kManifestDigestsMax = 8192;

inline constexpr std::size_t kPackHeaderBytes = 64;
inline constexpr std::size_t kRecordHeaderBytes = 32;
inline constexpr std::size_t kBlockEntryBytes = 40;
inline constexpr std::size_t kManifestHeadBytes = 48;
inline constexpr std::size_t kFooterEntryBytes = 52;
inline constexpr std::size_t kPackTrailerBytes = 64;
inline constexpr std::size_t kRecordBytesMax =
    kRecordHeaderBytes + kBlockChunksMax * kBlockEntryBytes + kBlockBytesMax;

struct PackHeader {
  Ulid store_id;
  Ulid pack_id;
};

struct BlockChunk {
  Digest digest;
  std::uint32_t size_bytes = 0;
  bool is_object = false;  // Also a whole object.
};

// The chunks of an object, in order.
struct Manifest {
  Digest object;
  std::uint64_t size_bytes = 0;
  // 0: `digests` name the chunks.  1: they name list chunks, each of which is the concatenation of
  // up to kManifestDigestsMax digests (32 bytes each) of chunks.
  std::uint32_t depth = 0;
  std::vector<Digest> digests;
};

// What one entry of the footer says: where a chunk or an object lies in its pack.
enum class EntryKind : std::uint8_t { kChunk = 1, kChunkAndObject = 2, kManifest = 3 };
struct PackEntry {
  Digest digest;
  std::uint64_t size_bytes = 0;    // Of the content.
  std::uint32_t offset = 0;        // Of the record in the pack.
  std::uint32_t record_bytes = 0;  // Of the whole record.
  std::uint16_t position = 0;      // Of the chunk in its block.
  EntryKind kind = EntryKind::kChunk;

  friend bool operator==(const PackEntry&, const PackEntry&) = default;
};

struct PackTrailer {
  std::uint64_t footer_offset = 0;
  std::uint32_t entries = 0;
  Digest footer_sha256;
};

// Record types as stored.
enum class RecordType : std::uint8_t { kBlock = 1, kManifest = 2 };
enum class Codec : std::uint8_t { kRaw = 0, kZstd = 1 };

// The fixed part of a record, checked for plausibility but not yet against its checksum.
struct RecordHeader {
  RecordType type = RecordType::kBlock;
  Codec codec = Codec::kRaw;
  std::uint32_t chunks = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t payload_crc = 0;
  std::uint32_t head_crc = 0;
  std::size_t head_bytes() const { return kRecordHeaderBytes + chunks * kBlockEntryBytes; }
  std::size_t record_bytes() const { return head_bytes() + stored_bytes; }
};

// A record ready to be appended, and its entries with offsets still to be set.
struct EncodedRecord {
  std::string bytes;
  std::vector<PackEntry> entries;
};

// A block whose checksums held; `raw` is what the chunks say, one after another.
struct Block {
  std::vector<BlockChunk> chunks;
  std::vector<std::uint32_t> starts;  // Of each chunk in `raw`.
  std::string raw;
  std::uint32_t stored_bytes = 0;
};

std::string EncodePackHeader(const PackHeader& header);
// Errors: kCorruption.  kUnsupportedVersion  a newer release wrote the pack.
Result<PackHeader> DecodePackHeader(ByteSpan bytes);

// `raw` is the chunks' content joined.  Compressed with zstd at `level` (0: not at all) where that
// saves at least 5 %.  At least one chunk, within the limits above.
EncodedRecord EncodeBlock(const std::vector<BlockChunk>& chunks, ByteSpan raw, int level);
EncodedRecord EncodeManifest(const Manifest& manifest);

// Errors of the decoders: kCorruption.  None of them returns content that fails its checksum.
Result<RecordHeader> DecodeRecordHeader(ByteSpan bytes);  // The first kRecordHeaderBytes.
// The chunks that a block's head names, with its checksum verified; `bytes` begins with the record.
Result<std::vector<BlockChunk>> DecodeBlockHead(const RecordHeader& header, ByteSpan bytes);
Result<Block> DecodeBlock(ByteSpan record);
Result<Manifest> DecodeManifest(ByteSpan record);
// The digests in the content of a list chunk.
Result<std::vector<Digest>> DecodeDigestList(ByteSpan content);

// `entries` are sorted by the call.
std::string EncodeFooter(std::vector<PackEntry>& entries);
Result<std::vector<PackEntry>> DecodeFooter(ByteSpan footer);
std::string EncodeTrailer(const PackTrailer& trailer);
Result<PackTrailer> DecodeTrailer(ByteSpan bytes);

// The entries that a record adds to the footer.
Result<std::vector<PackEntry>> EntriesOfRecord(ByteSpan record, std::uint32_t offset);

}  // namespace reprise::storage
