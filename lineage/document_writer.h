// Writes the parts that documents share, as lineage/document.h makes them of JSON.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "storage/base/canonical_writer.h"
#include "storage/base/digest.h"

namespace reprise::lineage {

void WriteDigest(const std::optional<Digest>& digest, CanonicalWriter& writer);   // Absent is null.
void WriteTexts(const std::vector<std::string>& texts, CanonicalWriter& writer);  // Raw bytes each.
void WriteArtifactUse(const ArtifactUse& use, CanonicalWriter& writer);  // As ArtifactUseToJson().

}  // namespace reprise::lineage
