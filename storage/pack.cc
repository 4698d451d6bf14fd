#include "storage/pack.h"

#include <algorithm>
#include <tuple>

#include "storage/base/crc32c.h"
#include "storage/crypto/sha256.h"
#include "storage/zstd/codec.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kPackMagic{"RPRPACK\n", 8};
constexpr std::string_view kTrailerMagic{"RPREND1\n", 8};
constexpr std::uint32_t kRecordMagic = 0x63527052;  // "RpRc"
constexpr std::uint32_t kFlagIsObject = 1;

Error Damaged(std::string what) { return {ErrorCode::kCorruption, std::move(what)}; }

std::string EncodeRecordHead(const RecordHeader& header, std::string_view table) {
  std::string out;
  out.reserve(kRecordHeaderBytes + table.size() + header.stored_bytes);
  AppendLe(out, kRecordMagic);
  AppendLe(out, static_cast<std::uint8_t>(header.type));
  AppendLe(out, static_cast<std::uint8_t>(header.codec));
  AppendLe(out, std::uint16_t{0});
  AppendLe(out, header.chunks);
  AppendLe(out, header.raw_bytes);
  AppendLe(out, header.stored_bytes);
  AppendLe(out, header.payload_crc);
  AppendLe(out, std::uint32_t{0});
  AppendLe(out, Crc32c(AsBytes(table), Crc32c(AsBytes(out))));
  out += table;
  return out;
}

Result<void> CheckHead(const RecordHeader& header, ByteSpan record) {
  if (record.size() < header.head_bytes()) return Damaged("a record is cut short in its head");
  const ByteSpan table = record.subspan(kRecordHeaderBytes, header.chunks * kBlockEntryBytes);
  if (Crc32c(table, Crc32c(record.first(kRecordHeaderBytes - 4))) != header.head_crc) {
    return Damaged("the head of a record does not match its checksum");
  }
  return {};
}

// The payload of a record of `type` whose checksums hold.
Result<ByteSpan> CheckedPayload(const RecordHeader& header, RecordType type, ByteSpan record) {
  if (header.type != type) return Damaged("a record is of another type than the index says");
  REPRISE_TRY(CheckHead(header, record));
  if (record.size() < header.record_bytes()) return Damaged("a record is cut short");
  const ByteSpan payload = record.subspan(header.head_bytes(), header.stored_bytes);
  if (Crc32c(payload) != header.payload_crc) {
    return Damaged("the content of a record does not match its checksum");
  }
  return payload;
}

Digest LoadDigest(ByteSpan bytes, std::size_t position) {
  return Digest::FromSha256(bytes.subspan(position, Digest::kSizeBytes));
}

}  // namespace

std::string EncodePackHeader(const PackHeader& header) {
  std::string out(kPackMagic);
  AppendLe(out, kPackVersion);
  AppendLe(out, std::uint32_t{0});
  out += AsText(header.store_id.bytes());
  out += AsText(header.pack_id.bytes());
  out.append(12, '\0');
  AppendLe(out, Crc32c(AsBytes(out)));
  return out;
}

Result<PackHeader> DecodePackHeader(ByteSpan bytes) {
  if (bytes.size() < kPackHeaderBytes || !AsText(bytes).starts_with(kPackMagic)) {
    return Damaged("it does not begin as a pack does");
  }
  // The checksum comes first: a flipped bit in the version must not read as a newer release.
  if (Crc32c(bytes.first(kPackHeaderBytes - 4)) !=
      LoadLe<std::uint32_t>(bytes, kPackHeaderBytes - 4)) {
    return Damaged("its header does not match its checksum");
  }
  const auto version = LoadLe<std::uint32_t>(bytes, 8);
  if (version != kPackVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "it has pack format " + std::to_string(version) + ", this release reads " +
                     std::to_string(kPackVersion) + "; use a newer release"};
  }
  return PackHeader{Ulid::FromBytes(bytes.subspan(16, Ulid::kSizeBytes)),
                    Ulid::FromBytes(bytes.subspan(32, Ulid::kSizeBytes))};
}

EncodedRecord EncodeBlock(const std::vector<BlockChunk>& chunks, ByteSpan raw, int level) {
  REPRISE_ASSERT(!chunks.empty() && chunks.size() <= kBlockChunksMax);
  REPRISE_ASSERT(raw.size() <= kBlockBytesMax);
  std::optional<ByteSpan> compressed;
  if (level != 0) compressed = CompressZstd(raw, level, raw.size() - raw.size() / 20);
  const ByteSpan payload = compressed.value_or(raw);
  RecordHeader header;
  header.codec = compressed.has_value() ? Codec::kZstd : Codec::kRaw;
  header.chunks = static_cast<std::uint32_t>(chunks.size());
  header.raw_bytes = static_cast<std::uint32_t>(raw.size());
  header.stored_bytes = static_cast<std::uint32_t>(payload.size());
  header.payload_crc = Crc32c(payload);
  std::string table;
  table.reserve(chunks.size() * kBlockEntryBytes);
  EncodedRecord record;
  record.entries.reserve(chunks.size());
  for (const BlockChunk& chunk : chunks) {
    table += AsText(chunk.digest.bytes());
    AppendLe(table, chunk.size_bytes);
    AppendLe(table, chunk.is_object ? kFlagIsObject : 0U);
    record.entries.push_back(
        {.digest = chunk.digest,
         .size_bytes = chunk.size_bytes,
         .record_bytes = static_cast<std::uint32_t>(header.record_bytes()),
         .position = static_cast<std::uint16_t>(record.entries.size()),
         .kind = chunk.is_object ? EntryKind::kChunkAndObject : EntryKind::kChunk});
  }
  record.bytes = EncodeRecordHead(header, table);
  record.bytes += AsText(payload);
  return record;
}

EncodedRecord EncodeManifest(const Manifest& manifest) {
  REPRISE_ASSERT(manifest.digests.size() <= kManifestDigestsMax && manifest.depth <= 1);
  std::string payload(AsText(manifest.object.bytes()));
  AppendLe(payload, manifest.size_bytes);
  AppendLe(payload, manifest.depth);
  AppendLe(payload, static_cast<std::uint32_t>(manifest.digests.size()));
  for (const Digest& digest : manifest.digests) payload += AsText(digest.bytes());
  RecordHeader header;
  header.type = RecordType::kManifest;
  header.raw_bytes = header.stored_bytes = static_cast<std::uint32_t>(payload.size());
  header.payload_crc = Crc32c(AsBytes(payload));
  EncodedRecord record;
  record.bytes = EncodeRecordHead(header, {});
  record.bytes += payload;
  record.entries.push_back({.digest = manifest.object,
                            .size_bytes = manifest.size_bytes,
                            .record_bytes = static_cast<std::uint32_t>(record.bytes.size()),
                            .kind = EntryKind::kManifest});
  return record;
}

Result<RecordHeader> DecodeRecordHeader(ByteSpan bytes) {
  if (bytes.size() < kRecordHeaderBytes || LoadLe<std::uint32_t>(bytes) != kRecordMagic) {
    return Damaged("there is no record where the index says");
  }
  RecordHeader header;
  const auto type = LoadLe<std::uint8_t>(bytes, 4);
  const auto codec = LoadLe<std::uint8_t>(bytes, 5);
  header.chunks = LoadLe<std::uint32_t>(bytes, 8);
  header.raw_bytes = LoadLe<std::uint32_t>(bytes, 12);
  header.stored_bytes = LoadLe<std::uint32_t>(bytes, 16);
  header.payload_crc = LoadLe<std::uint32_t>(bytes, 20);
  header.head_crc = LoadLe<std::uint32_t>(bytes, 28);
  const bool is_block = type == static_cast<std::uint8_t>(RecordType::kBlock);
  const bool is_manifest = type == static_cast<std::uint8_t>(RecordType::kManifest);
  if ((!is_block && !is_manifest) || codec > static_cast<std::uint8_t>(Codec::kZstd) ||
      (is_block && (header.chunks == 0 || header.chunks > kBlockChunksMax)) ||
      (is_manifest && (header.chunks != 0 || codec != 0)) || header.raw_bytes > kBlockBytesMax ||
      header.stored_bytes > header.raw_bytes) {
    return Damaged("a record's header is not plausible");
  }
  header.type = static_cast<RecordType>(type);
  header.codec = static_cast<Codec>(codec);
  return header;
}

Result<std::vector<BlockChunk>> DecodeBlockHead(const RecordHeader& header, ByteSpan bytes) {
  REPRISE_TRY(CheckHead(header, bytes));
  std::vector<BlockChunk> chunks(header.chunks);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const ByteSpan entry =
        bytes.subspan(kRecordHeaderBytes + i * kBlockEntryBytes, kBlockEntryBytes);
    chunks[i].digest = LoadDigest(entry, 0);
    chunks[i].size_bytes = LoadLe<std::uint32_t>(entry, 32);
    chunks[i].is_object = (LoadLe<std::uint32_t>(entry, 36) & kFlagIsObject) != 0;
    total += chunks[i].size_bytes;
  }
  if (total != header.raw_bytes) return Damaged("a block's chunks do not add up to its length");
  return chunks;
}

Result<Block> DecodeBlock(ByteSpan record) {
  REPRISE_ASSIGN_OR_RETURN(const RecordHeader header, DecodeRecordHeader(record));
  REPRISE_ASSIGN_OR_RETURN(const ByteSpan payload,
                           CheckedPayload(header, RecordType::kBlock, record));
  Block block;
  REPRISE_ASSIGN_OR_RETURN(block.chunks, DecodeBlockHead(header, record));
  std::uint32_t start = 0;
  for (const BlockChunk& chunk : block.chunks) {
    block.starts.push_back(start);
    start += chunk.size_bytes;
  }
  block.stored_bytes = header.stored_bytes;
  if (header.codec == Codec::kRaw) {
    if (payload.size() != header.raw_bytes) return Damaged("an uncompressed block is cut short");
    block.raw = AsText(payload);
    return block;
  }
  block.raw.resize(header.raw_bytes);
  REPRISE_TRY(DecompressZstd(payload, std::as_writable_bytes(std::span(block.raw))));
  return block;
}

Result<Manifest> DecodeManifest(ByteSpan record) {
  REPRISE_ASSIGN_OR_RETURN(const RecordHeader header, DecodeRecordHeader(record));
  REPRISE_ASSIGN_OR_RETURN(const ByteSpan payload,
                           CheckedPayload(header, RecordType::kManifest, record));
  if (payload.size() < kManifestHeadBytes) return Damaged("a manifest is cut short");
  Manifest manifest;
  manifest.object = LoadDigest(payload, 0);
  manifest.size_bytes = LoadLe<std::uint64_t>(payload, 32);
  manifest.depth = LoadLe<std::uint32_t>(payload, 40);
  const auto count = LoadLe<std::uint32_t>(payload, 44);
  if (manifest.depth > 1) return Damaged("a manifest has an unknown form");
  if (count > kManifestDigestsMax ||
      payload.size() != kManifestHeadBytes + count * Digest::kSizeBytes) {
    return Damaged("a manifest's length is not that of its list");
  }
  REPRISE_ASSIGN_OR_RETURN(manifest.digests, DecodeDigestList(payload.subspan(kManifestHeadBytes)));
  return manifest;
}

Result<std::vector<Digest>> DecodeDigestList(ByteSpan content) {
  if (content.size() % Digest::kSizeBytes != 0 ||
      content.size() > kManifestDigestsMax * Digest::kSizeBytes) {
    return Damaged("a list of chunks has a length that none can have");
  }
  std::vector<Digest> digests;
  digests.reserve(content.size() / Digest::kSizeBytes);
  for (std::size_t i = 0; i < content.size(); i += Digest::kSizeBytes) {
    digests.push_back(LoadDigest(content, i));
  }
  return digests;
}

std::string EncodeFooter(std::vector<PackEntry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const PackEntry& a, const PackEntry& b) {
    return std::tie(a.digest, a.kind, a.offset, a.position) <
           std::tie(b.digest, b.kind, b.offset, b.position);
  });
  std::string out;
  out.reserve(entries.size() * kFooterEntryBytes);
  for (const PackEntry& entry : entries) {
    out += AsText(entry.digest.bytes());
    AppendLe(out, entry.size_bytes);
    AppendLe(out, entry.offset);
    AppendLe(out, entry.record_bytes);
    AppendLe(out, entry.position);
    AppendLe(out, static_cast<std::uint8_t>(entry.kind));
    AppendLe(out, std::uint8_t{0});
  }
  return out;
}

Result<std::vector<PackEntry>> DecodeFooter(ByteSpan footer) {
  if (footer.size() % kFooterEntryBytes != 0) return Damaged("its index has a wrong length");
  std::vector<PackEntry> entries(footer.size() / kFooterEntryBytes);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ByteSpan bytes = footer.subspan(i * kFooterEntryBytes, kFooterEntryBytes);
    PackEntry& entry = entries[i];
    entry.digest = LoadDigest(bytes, 0);
    entry.size_bytes = LoadLe<std::uint64_t>(bytes, 32);
    entry.offset = LoadLe<std::uint32_t>(bytes, 40);
    entry.record_bytes = LoadLe<std::uint32_t>(bytes, 44);
    entry.position = LoadLe<std::uint16_t>(bytes, 48);
    const auto kind = LoadLe<std::uint8_t>(bytes, 50);
    if (kind < 1 || kind > 3) return Damaged("its index has an entry of unknown kind");
    entry.kind = static_cast<EntryKind>(kind);
  }
  return entries;
}

std::string EncodeTrailer(const PackTrailer& trailer) {
  std::string out(kTrailerMagic);
  AppendLe(out, trailer.footer_offset);
  AppendLe(out, trailer.entries);
  AppendLe(out, kPackVersion);
  out += AsText(trailer.footer_sha256.bytes());
  AppendLe(out, std::uint32_t{0});
  AppendLe(out, Crc32c(AsBytes(out)));
  return out;
}

Result<PackTrailer> DecodeTrailer(ByteSpan bytes) {
  if (bytes.size() != kPackTrailerBytes || !AsText(bytes).starts_with(kTrailerMagic) ||
      Crc32c(bytes.first(kPackTrailerBytes - 4)) !=
          LoadLe<std::uint32_t>(bytes, kPackTrailerBytes - 4)) {
    return Damaged("it does not end as a finished pack does");
  }
  PackTrailer trailer;
  trailer.footer_offset = LoadLe<std::uint64_t>(bytes, 8);
  trailer.entries = LoadLe<std::uint32_t>(bytes, 16);
  trailer.footer_sha256 = LoadDigest(bytes, 24);
  return trailer;
}

Result<std::vector<PackEntry>> EntriesOfRecord(ByteSpan record, std::uint32_t offset) {
  REPRISE_ASSIGN_OR_RETURN(const RecordHeader header, DecodeRecordHeader(record));
  const auto record_bytes = static_cast<std::uint32_t>(header.record_bytes());
  std::vector<PackEntry> entries;
  if (header.type == RecordType::kManifest) {
    REPRISE_ASSIGN_OR_RETURN(const Manifest manifest, DecodeManifest(record));
    entries.push_back({.digest = manifest.object,
                       .size_bytes = manifest.size_bytes,
                       .offset = offset,
                       .record_bytes = record_bytes,
                       .kind = EntryKind::kManifest});
    return entries;
  }
  REPRISE_TRY(CheckedPayload(header, RecordType::kBlock, record));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<BlockChunk> chunks, DecodeBlockHead(header, record));
  for (const BlockChunk& chunk : chunks) {
    entries.push_back({.digest = chunk.digest,
                       .size_bytes = chunk.size_bytes,
                       .offset = offset,
                       .record_bytes = record_bytes,
                       .position = static_cast<std::uint16_t>(entries.size()),
                       .kind = chunk.is_object ? EntryKind::kChunkAndObject : EntryKind::kChunk});
  }
  return entries;
}

}  // namespace reprise::storage
