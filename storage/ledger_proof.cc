#include "storage/ledger_proof.h"

#include "storage/base/bytes.h"

namespace reprise::storage {

Json LedgerProofToJson(const LedgerProof& proof, std::uint64_t size) {
  Json hashes = Json::Array{};
  for (const Digest& hash : proof.hashes) hashes.Append(ToBase64(hash.bytes()));
  return Json()
      .Set("type", "reprise/inclusion-proof/v1")
      .Set("entry", ToBase64(AsBytes(proof.entry)))
      .Set("index", proof.index)
      .Set("size", size)
      .Set("path", std::move(hashes))
      .Set("checkpoint", proof.checkpoint_note);
}

std::string EncodeConsistencyProof(std::uint64_t old_size, const std::vector<Digest>& hashes,
                                   std::string_view note) {
  std::string text = "old " + std::to_string(old_size) + "\n";
  for (const Digest& hash : hashes) text += ToBase64(hash.bytes()) + "\n";
  return text + "\n" + std::string(note);
}

}  // namespace reprise::storage
