#include "lineage/document_writer.h"

namespace reprise::lineage {

void WriteDigest(const std::optional<Digest>& digest, CanonicalWriter& writer) {
  digest.has_value() ? writer.DigestText(*digest) : writer.Null();
}

void WriteTexts(const std::vector<std::string>& texts, CanonicalWriter& writer) {
  writer.BeginArray();
  for (const std::string& text : texts) writer.Bytes(text);
  writer.EndArray();
}

void WriteArtifactUse(const ArtifactUse& use, CanonicalWriter& writer) {
  writer.BeginObject();
  writer.Name("digest").DigestText(use.digest);
  if (use.executable) writer.Name("executable").Bool(true);
  writer.Name("kind").Text(ArtifactKindName(use.kind));
  writer.Name("path").Bytes(use.path);
  writer.Name("role").Bytes(use.role);
  writer.Name("size_bytes").Number(static_cast<double>(use.size_bytes));
  if (use.unstable) writer.Name("unstable").Bool(true);
  writer.EndObject();
}

}  // namespace reprise::lineage
