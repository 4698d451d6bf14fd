// The readers of attestations (docs/formats/attestation.md) on arbitrary bytes: what they accept is
// what their writers write.

#include <cstddef>
#include <cstdint>

#include "lineage/governance/attestation.h"
#include "lineage/governance/model_manifest.h"
#include "lineage/in_toto.h"
#include "storage/base/bytes.h"
#include "storage/sigstore_bundle.h"
#include "tests/fuzz/same_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  using fuzz::ExpectSame;
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  ExpectSame(lineage::DecodeInToto(text), text, lineage::EncodeInToto);
  ExpectSame(lineage::DecodeModelManifest(text), text, lineage::EncodeModelManifest);
  ExpectSame(lineage::DecodeAttestation(text), text, lineage::EncodeAttestation);
  ExpectSame(storage::DecodeSigstoreBundle(text), text, storage::EncodeSigstoreBundle);
  (void)lineage::ReadAttestedPayload(text);  // An error, or not; never more.
  return 0;
}
