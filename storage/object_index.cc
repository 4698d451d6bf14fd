#include "storage/object_index.h"

#include <algorithm>
#include <set>

#include "storage/object_store.h"
#include "storage/pack_reader.h"

namespace reprise::storage {
namespace {

Result<std::optional<PlaceRow>> DecodeOptional(const std::optional<std::string>& value) {
  if (!value.has_value()) return std::optional<PlaceRow>();
  REPRISE_ASSIGN_OR_RETURN(const PlaceRow row, DecodePlaceRow(*value));
  return std::optional<PlaceRow>(row);
}

class CatalogIndex final : public ObjectIndex {
 public:
  CatalogIndex(std::string store_folder, const Catalog& catalog)
      : store_folder_(std::move(store_folder)), catalog_(catalog) {}

  Result<std::optional<PlaceRow>> FindObject(const Digest& digest) const override {
    REPRISE_ASSIGN_OR_RETURN(const auto value, catalog_.Get(Space::kObject, digest.ToStored()));
    return DecodeOptional(value);
  }

  Result<std::vector<std::optional<PlaceRow>>> FindChunks(
      std::span<const Digest> digests) const override {
    std::vector<std::string> keys;
    for (const Digest& digest : digests) keys.push_back(digest.ToStored());
    REPRISE_ASSIGN_OR_RETURN(const auto values, catalog_.MultiGet(Space::kChunk, keys));
    std::vector<std::optional<PlaceRow>> rows;
    for (const auto& value : values) {
      REPRISE_ASSIGN_OR_RETURN(auto row, DecodeOptional(value));
      rows.push_back(row);
    }
    return rows;
  }

  Result<std::optional<ErasedRow>> FindErasure(const Digest& digest) const override {
    return FindErased(catalog_, digest);
  }

  std::string PathOf(const Ulid& pack) const override { return PackPath(store_folder_, pack); }

 private:
  const std::string store_folder_;
  const Catalog& catalog_;
};

class SessionIndex final : public ObjectIndex {
 public:
  SessionIndex(std::string folder, std::unique_ptr<ObjectIndex> fallback)
      : folder_(std::move(folder)), fallback_(std::move(fallback)) {}

  Result<void> Load(FileSystem& files, const Ulid& pack) {
    packs_.insert(pack);
    REPRISE_ASSIGN_OR_RETURN(const auto reader, PackReader::Open(files, PathOf(pack)));
    REPRISE_ASSIGN_OR_RETURN(const auto entries, reader->ReadIndex());
    for (const PackEntry& entry : entries) {
      if (entry.kind != EntryKind::kManifest) chunks_.push_back({entry.digest, pack, entry});
      if (entry.kind != EntryKind::kChunk) objects_.push_back({entry.digest, pack, entry});
    }
    return {};
  }
  void Sort() {
    std::sort(chunks_.begin(), chunks_.end(), Row::Less);
    std::sort(objects_.begin(), objects_.end(), Row::Less);
  }

  Result<std::optional<PlaceRow>> FindObject(const Digest& digest) const override {
    std::optional<PlaceRow> row = Find(objects_, digest);
    if (row.has_value() || fallback_ == nullptr) return row;
    return fallback_->FindObject(digest);
  }

  Result<std::vector<std::optional<PlaceRow>>> FindChunks(
      std::span<const Digest> digests) const override {
    std::vector<std::optional<PlaceRow>> rows;
    std::vector<Digest> missing;
    for (const Digest& digest : digests) {
      rows.push_back(Find(chunks_, digest));
      if (!rows.back().has_value()) missing.push_back(digest);
    }
    if (missing.empty() || fallback_ == nullptr) return rows;
    REPRISE_ASSIGN_OR_RETURN(const auto found, fallback_->FindChunks(missing));
    std::size_t next = 0;
    for (auto& row : rows) {
      if (!row.has_value()) row = found[next++];
    }
    return rows;
  }

  Result<std::optional<ErasedRow>> FindErasure(const Digest& digest) const override {
    if (fallback_ == nullptr) return std::optional<ErasedRow>();
    return fallback_->FindErasure(digest);
  }

  std::string PathOf(const Ulid& pack) const override {
    if (!packs_.contains(pack) && fallback_ != nullptr) return fallback_->PathOf(pack);
    return JoinPath(folder_, pack.ToString() + ".pack");
  }

 private:
  struct Row {
    Digest digest;
    Ulid pack;
    PackEntry entry;
    static bool Less(const Row& a, const Row& b) { return a.digest < b.digest; }
  };

  static std::optional<PlaceRow> Find(const std::vector<Row>& rows, const Digest& digest) {
    const auto row = std::lower_bound(rows.begin(), rows.end(), Row{digest, {}, {}}, Row::Less);
    if (row == rows.end() || row->digest != digest) return std::nullopt;
    return PlaceOf(row->pack, row->entry);
  }

  const std::string folder_;
  const std::unique_ptr<ObjectIndex> fallback_;
  std::set<Ulid> packs_;
  std::vector<Row> chunks_;
  std::vector<Row> objects_;
};

class CatalogPresence final : public PresenceIndex {
 public:
  explicit CatalogPresence(const Catalog& catalog) : catalog_(catalog) {}

  Result<bool> HasTree(const Digest& tree) override { return HasWholeTree(catalog_, tree); }
  Result<std::vector<bool>> HasChunks(std::span<const Digest> digests) override {
    return Has(Space::kChunk, digests);
  }
  Result<std::vector<bool>> HasObjects(std::span<const Digest> digests) override {
    return Has(Space::kObject, digests);
  }

 private:
  // Asks in the order of the keys, which is what makes MultiGet cheap.
  Result<std::vector<bool>> Has(Space space, std::span<const Digest> digests) const {
    std::vector<std::size_t> order(digests.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return digests[a] < digests[b]; });
    std::vector<std::string> keys;
    for (const std::size_t i : order) keys.push_back(digests[i].ToStored());
    REPRISE_ASSIGN_OR_RETURN(const auto values, catalog_.MultiGet(space, keys));
    std::vector<bool> result(digests.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      REPRISE_ASSIGN_OR_RETURN(const auto row, DecodeOptional(values[i]));
      result[order[i]] = row.has_value() && !row->damaged;
    }
    return result;
  }

  const Catalog& catalog_;
};

}  // namespace

std::unique_ptr<ObjectIndex> NewCatalogIndex(std::string store_folder, const Catalog& catalog) {
  return std::make_unique<CatalogIndex>(std::move(store_folder), catalog);
}

Result<std::unique_ptr<ObjectIndex>> NewSessionIndex(FileSystem& files, const std::string& folder,
                                                     std::span<const Ulid> packs,
                                                     std::unique_ptr<ObjectIndex> fallback) {
  auto index = std::make_unique<SessionIndex>(folder, std::move(fallback));
  for (const Ulid& pack : packs) REPRISE_TRY(index->Load(files, pack));
  index->Sort();
  return std::unique_ptr<ObjectIndex>(std::move(index));
}

std::unique_ptr<PresenceIndex> NewCatalogPresence(const Catalog& catalog) {
  return std::make_unique<CatalogPresence>(catalog);
}

}  // namespace reprise::storage
