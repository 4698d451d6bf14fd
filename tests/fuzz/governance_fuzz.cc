// The readers of keys, evidence and signed statements (docs/formats/key.md,
// docs/formats/evidence.md, docs/formats/statement.md) on arbitrary bytes: what they accept is what
// their writers write.

#include <cstddef>
#include <cstdint>

#include "lineage/governance/approval.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/signing_key.h"
#include "storage/base/bytes.h"
#include "storage/dsse.h"
#include "tests/fuzz/same_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  using fuzz::ExpectSame;
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  ExpectSame(lineage::DecodeTrustedKey(text), text, lineage::EncodeTrustedKey);
  ExpectSame(lineage::DecodeKeyRevocation(text), text, lineage::EncodeKeyRevocation);
  ExpectSame(lineage::DecodeEvidence(text), text, lineage::EncodeEvidence);
  ExpectSame(lineage::DecodeApproval(text), text, lineage::EncodeApproval);
  ExpectSame(storage::DecodeDsse(text), text, storage::EncodeDsse);
  ExpectSame(storage::ParseDsseSignedBytes(text), text,
             [](const storage::DssePayload& payload) -> Result<std::string> {
               return storage::DsseSignedBytes(payload);
             });
  if (!text.starts_with("-----BEGIN")) return 0;  // Reading keys is slow.
  (void)crypto::P256PublicKey::FromPem(text);
  // A guess at a pass phrase is slow on purpose.
  if (!crypto::IsEncryptedPem(text)) (void)crypto::P256PrivateKey::FromPem(text, std::nullopt);
  return 0;
}
