#include "lineage/document_writer.h"

#include <gtest/gtest.h>

#include "lineage/document.h"
#include "storage/base/canonical.h"
#include "storage/crypto/sha256.h"

namespace reprise::lineage {
namespace {

TEST(DocumentWriter, WritesAnArtifactAsItsJsonIs) {
  ArtifactUse use;
  use.path = "data/caf\xe9.csv";
  use.role = "train \"set\"";
  use.digest = crypto::Sha256("content");
  use.size_bytes = std::uint64_t{1} << 53;
  for (const bool is_marked : {false, true}) {
    use.kind = is_marked ? ArtifactKind::kFolder : ArtifactKind::kFile;
    use.executable = use.unstable = is_marked;
    CanonicalWriter writer;
    WriteArtifactUse(use, writer);
    EXPECT_EQ(*writer.Finish(), *Canonicalize(ArtifactUseToJson(use)));
  }
}

TEST(DocumentWriter, WritesDigestsAndTextsAsTheirJsonIs) {
  const std::vector<std::string> texts = {"", "one", "\xff"};
  CanonicalWriter writer;
  writer.BeginArray();
  WriteDigest(std::nullopt, writer);
  WriteDigest(crypto::Sha256("content"), writer);
  WriteTexts(texts, writer);
  writer.EndArray();
  const Json array = Json::Array{DigestToJson(std::nullopt),
                                 DigestToJson(crypto::Sha256("content")), TextsToJson(texts)};
  EXPECT_EQ(*writer.Finish(), *Canonicalize(array));
}

}  // namespace
}  // namespace reprise::lineage
