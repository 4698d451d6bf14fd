#include "tracker/registry/inventory.h"

namespace reprise::tracker {

std::optional<lineage::ModelCard> CardOf(Store& store,
                                         const std::vector<lineage::FiledEvidence>& evidence) {
  const lineage::FiledEvidence* newest = nullptr;
  for (const lineage::FiledEvidence& filed : evidence) {
    if (filed.evidence.kind == lineage::kModelCardKind) newest = &filed;
  }
  if (newest == nullptr) return std::nullopt;
  const lineage::ArtifactUse& artifact = newest->evidence.artifact;
  if (artifact.size_bytes > lineage::kModelCardBytesMax) return std::nullopt;
  const auto text = store.objects().Get(artifact.digest);
  if (!text.ok()) return std::nullopt;
  auto card = lineage::ParseModelCard(*text, artifact.path);
  if (!card.ok()) return std::nullopt;
  return *std::move(card);
}

}  // namespace reprise::tracker
