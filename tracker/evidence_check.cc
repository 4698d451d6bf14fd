#include "tracker/evidence_check.h"

#include "lineage/governance/evidence.h"
#include "lineage/governance/evidence_content.h"
#include "lineage/governance/model_card.h"

namespace reprise::tracker {

Result<void> CheckEvidenceFile(FileSystem& files, const std::string& kind, const std::string& path,
                               const std::string& named) {
  REPRISE_TRY(lineage::CheckEvidenceKind(kind));
  if (kind == lineage::kModelCardKind) {
    REPRISE_ASSIGN_OR_RETURN(const std::string card,
                             ReadFile(files, path, lineage::kModelCardBytesMax));
    return lineage::CheckEvidenceContent(kind, card, named);
  }
  const auto stat = files.StatFollowing(path);
  const bool is_small = stat.ok() && stat->kind == FileKind::kFile &&
                        stat->size_bytes <= lineage::kTypedEvidenceBytesMax;
  if (!is_small) return {};
  REPRISE_ASSIGN_OR_RETURN(const std::string content,
                           ReadFile(files, path, lineage::kTypedEvidenceBytesMax));
  return lineage::CheckEvidenceContent(kind, content, named);
}

}  // namespace reprise::tracker
