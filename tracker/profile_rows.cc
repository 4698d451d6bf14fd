#include "tracker/profile_rows.h"

#include "lineage/profile/profile.h"
#include "storage/base/bytes.h"

namespace reprise::tracker {
namespace {

using storage::Space;

constexpr std::string_view kProfilePrefix = "profile/";
constexpr std::string_view kColumnPrefix = "column/";

std::string ProfileKey(const Digest& content) {
  return std::string(kProfilePrefix) + content.ToStored();
}

Error DamagedRow() {
  return Error{ErrorCode::kCorruption,
               "a row of a profile is damaged in the catalog; `reprise fsck --rebuild-index` mends "
               "it"};
}

}  // namespace

Result<void> IndexProfile(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                          storage::CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const std::string document, objects.Get(entry.payload));
  REPRISE_ASSIGN_OR_RETURN(const lineage::Profile profile, lineage::DecodeProfile(document));
  if (profile.content.ToString() != entry.subject) {
    return Error{ErrorCode::kCorruption, "the profile is of other content than its entry says"};
  }
  std::string sequence;
  AppendLe(sequence, entry.sequence);
  batch.Put(Space::kName, ProfileKey(profile.content), entry.payload.ToStored() + sequence);
  for (const lineage::ColumnProfile& column : profile.columns) {
    if (!column.digest.has_value()) continue;
    batch.Put(Space::kName,
              std::string(kColumnPrefix) + column.digest->ToStored() + profile.content.ToStored() +
                  column.name,
              sequence);
  }
  return {};
}

Result<void> ForgetProfiles(const storage::Catalog& catalog, const std::set<Digest>& contents,
                            storage::CatalogBatch& batch) {
  for (const Digest& content : contents) batch.Delete(Space::kName, ProfileKey(content));
  constexpr std::size_t kContentAt = kColumnPrefix.size() + Digest::kStoredSizeBytes;
  return catalog.Scan(Space::kName, {.prefix = std::string(kColumnPrefix)},
                      [&](std::string_view key, std::string_view) {
                        if (key.size() < kContentAt + Digest::kStoredSizeBytes) return true;
                        const auto content = Digest::FromStored(
                            AsBytes(key.substr(kContentAt, Digest::kStoredSizeBytes)));
                        if (content.ok() && contents.contains(*content)) {
                          batch.Delete(Space::kName, std::string(key));
                        }
                        return true;
                      });
}

Result<std::optional<ProfilePlace>> FindProfile(const storage::Catalog& catalog,
                                                const Digest& content) {
  REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(Space::kName, ProfileKey(content)));
  if (!value.has_value()) return std::optional<ProfilePlace>();
  if (value->size() != Digest::kStoredSizeBytes + sizeof(std::uint64_t)) return DamagedRow();
  const ByteSpan bytes = AsBytes(*value);
  ProfilePlace place;
  REPRISE_ASSIGN_OR_RETURN(place.document,
                           Digest::FromStored(bytes.first(Digest::kStoredSizeBytes)));
  place.sequence = LoadLe<std::uint64_t>(bytes, Digest::kStoredSizeBytes);
  return std::optional(place);
}

Result<std::vector<ColumnPlace>> FindColumns(const storage::Catalog& catalog,
                                             const Digest& column_digest, std::size_t count_max) {
  const std::string prefix = std::string(kColumnPrefix) + column_digest.ToStored();
  std::vector<ColumnPlace> places;
  bool is_damaged = false;
  REPRISE_TRY(catalog.Scan(
      Space::kName, {.prefix = prefix}, [&](std::string_view key, std::string_view value) {
        key.remove_prefix(prefix.size());
        const auto content = Digest::FromStored(AsBytes(key.substr(0, Digest::kStoredSizeBytes)));
        is_damaged = !content.ok() || value.size() != sizeof(std::uint64_t);
        if (is_damaged) return false;
        places.push_back({*content, std::string(key.substr(Digest::kStoredSizeBytes)),
                          LoadLe<std::uint64_t>(AsBytes(value))});
        return places.size() < count_max;
      }));
  if (is_damaged) return DamagedRow();
  return places;
}

}  // namespace reprise::tracker
