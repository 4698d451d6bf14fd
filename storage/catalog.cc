#include "storage/catalog.h"

#include <cstring>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"

namespace reprise::storage {

std::string_view SpaceName(Space space) {
  switch (space) {
    case Space::kMeta:
      return "meta";
    case Space::kChunk:
      return "chunk";
    case Space::kObject:
      return "object";
    case Space::kPack:
      return "pack";
    case Space::kRun:
      return "run";
    case Space::kName:
      return "name";
    case Space::kEdge:
      return "edge";
    case Space::kLedger:
      return "ledger";
    case Space::kNode:
      return "node";
  }
  REPRISE_ASSERT(false);
  return "";
}

std::string_view CatalogBatch::Keep(std::string_view bytes) {
  constexpr std::size_t kFirstBytes = 1024;  // The next parts are larger each.
  if (bytes.empty()) return {};
  if (memory_ == nullptr) {
    memory_ = std::make_unique<std::pmr::monotonic_buffer_resource>(kFirstBytes);
  }
  auto* const kept = static_cast<char*>(memory_->allocate(bytes.size(), 1));
  std::memcpy(kept, bytes.data(), bytes.size());
  return {kept, bytes.size()};
}

void CatalogBatch::Put(Space space, std::string_view key, std::string_view value) {
  changes_.push_back({space, Keep(key), Keep(value)});
}

void CatalogBatch::Delete(Space space, std::string_view key) {
  changes_.push_back({space, Keep(key), std::nullopt});
}

void CatalogBatch::Require(Space space, std::string key, std::optional<std::string> value) {
  preconditions_.push_back({space, std::move(key), std::move(value)});
}

void CatalogBatch::CutBack(const Position& position) {
  REPRISE_ASSERT(position.changes <= changes_.size());
  REPRISE_ASSERT(position.preconditions <= preconditions_.size());
  changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(position.changes), changes_.end());
  preconditions_.erase(preconditions_.begin() + static_cast<std::ptrdiff_t>(position.preconditions),
                       preconditions_.end());
}

Result<void> Catalog::ScanPrefixes(
    Space space, std::span<const std::string> prefixes,
    const std::function<bool(std::size_t prefix, std::string_view key, std::string_view value)>&
        visit) const {
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    REPRISE_TRY(
        Scan(space, {.prefix = prefixes[i]},
             [&](std::string_view key, std::string_view value) { return visit(i, key, value); }));
  }
  return {};
}

std::optional<std::string> EndOfPrefix(std::string_view prefix) {
  const std::size_t last = prefix.find_last_not_of('\xff');
  if (last == std::string_view::npos) return std::nullopt;
  std::string end(prefix.substr(0, last + 1));
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

Error PreconditionFailed(const CatalogBatch::Precondition& precondition) {
  return {ErrorCode::kAlreadyExists,
          "cannot change the catalog: the " + std::string(SpaceName(precondition.space)) +
              " key '" + Printable(precondition.key) +
              (precondition.value.has_value() ? "' was changed meanwhile" : "' exists already")};
}

}  // namespace reprise::storage
