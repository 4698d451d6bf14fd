#include "storage/erased_content.h"

#include "storage/base/bytes.h"
#include "storage/base/clock.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kErasedPrefix = "objects/erased/";
constexpr std::string_view kTreePrefix = "objects/tree/";
constexpr std::size_t kHeadBytes = 20;  // time:u64 sequence:u64 actor-bytes:u32

std::string ErasedKey(const Digest& digest) {
  return std::string(kErasedPrefix) + digest.ToStored();
}

}  // namespace

std::string EncodeErasedRow(const ErasedRow& row) {
  std::string out;
  AppendLe(out, static_cast<std::uint64_t>(row.time_unix_ms));
  AppendLe(out, row.sequence);
  AppendLe(out, static_cast<std::uint32_t>(row.actor.size()));
  return out + row.actor + row.reason;
}

Result<ErasedRow> DecodeErasedRow(std::string_view value) {
  const ByteSpan bytes = AsBytes(value);
  const std::size_t actor_bytes =
      bytes.size() < kHeadBytes ? bytes.size() : LoadLe<std::uint32_t>(bytes, 16);
  if (bytes.size() < kHeadBytes || actor_bytes > bytes.size() - kHeadBytes) {
    return Error{ErrorCode::kCorruption,
                 "a row of erased content is damaged in the catalog; rebuild it with 'reprise fsck "
                 "--rebuild-index'"};
  }
  ErasedRow row;
  row.time_unix_ms = static_cast<std::int64_t>(LoadLe<std::uint64_t>(bytes, 0));
  row.sequence = LoadLe<std::uint64_t>(bytes, 8);
  row.actor = value.substr(kHeadBytes, actor_bytes);
  row.reason = value.substr(kHeadBytes + actor_bytes);
  return row;
}

void PutErased(const Digest& digest, const ErasedRow& row, CatalogBatch& batch) {
  batch.Put(Space::kMeta, ErasedKey(digest), EncodeErasedRow(row));
}

Result<std::optional<ErasedRow>> FindErased(const Catalog& catalog, const Digest& digest) {
  REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(Space::kMeta, ErasedKey(digest)));
  if (!value.has_value()) return std::optional<ErasedRow>();
  REPRISE_ASSIGN_OR_RETURN(ErasedRow row, DecodeErasedRow(*value));
  return std::optional(std::move(row));
}

Result<bool> HasErased(const Catalog& catalog) {
  bool has = false;
  REPRISE_TRY(catalog.Scan(Space::kMeta, {.prefix = std::string(kErasedPrefix)},
                           [&](std::string_view, std::string_view) {
                             has = true;
                             return false;
                           }));
  return has;
}

std::string SentenceOfErasure(const ErasedRow& row) {
  return "was erased on " + FormatTime(row.time_unix_ms) + " by " + Printable(row.actor) + ": " +
         Printable(row.reason);
}

Result<void> ForgetWholeTrees(const Catalog& catalog, CatalogBatch& batch) {
  return catalog.Scan(Space::kMeta, {.prefix = std::string(kTreePrefix)},
                      [&](std::string_view key, std::string_view) {
                        batch.Delete(Space::kMeta, std::string(key));
                        return true;
                      });
}

}  // namespace reprise::storage
