#include "lineage/governance/attestation.h"

#include <algorithm>
#include <utility>

#include "lineage/document.h"
#include "lineage/governance/model_manifest.h"
#include "storage/base/bytes.h"
#include "storage/base/words.h"
#include "storage/sigstore_bundle.h"

namespace reprise::lineage {
namespace {

Result<void> CheckProvenance(const InTotoStatement& statement) {
  const Json& definition = MemberOrNull(statement.predicate, "buildDefinition");
  const Json& builder = MemberOrNull(MemberOrNull(statement.predicate, "runDetails"), "builder");
  REPRISE_TRY(definition.GetString("buildType"));
  REPRISE_TRY(definition.GetObject("externalParameters"));
  REPRISE_TRY(builder.GetString("id"));
  return {};
}

}  // namespace

std::string_view AttestationKindName(AttestationKind kind) {
  return kAttestationKinds[static_cast<std::size_t>(kind)];
}

std::string_view PredicateTypeOf(AttestationKind kind) {
  return kind == AttestationKind::kModelSigning ? kModelSigningType : kSlsaProvenanceType;
}

Result<AttestationKind> ParseAttestationKind(std::string_view name) {
  const auto found = std::ranges::find(kAttestationKinds, name);
  if (found != kAttestationKinds.end()) {
    return static_cast<AttestationKind>(found - kAttestationKinds.begin());
  }
  return Error{ErrorCode::kInvalidArgument, "there is no kind of attestation '" + Printable(name) +
                                                "'; there are " + Enumerated(kAttestationKinds)};
}

Result<AttestedPayload> ReadAttestedPayload(std::string_view payload) {
  if (payload.size() > kAttestationPayloadBytesMax) {
    return Error{ErrorCode::kCorruption, "it is too long to be an attestation"};
  }
  REPRISE_ASSIGN_OR_RETURN(InTotoStatement statement, DecodeInToto(payload));
  AttestedPayload content;
  if (statement.predicate_type == kModelSigningType) {
    REPRISE_ASSIGN_OR_RETURN(ModelManifest manifest, DecodeModelManifest(payload));
    content.kind = AttestationKind::kModelSigning;
    content.about = std::move(manifest.about);
    content.subjects = std::move(statement.subjects);
    content.resources = std::move(manifest.files);
    return content;
  }
  if (statement.predicate_type == kSlsaProvenanceType && statement.about.has_value() &&
      CheckProvenance(statement).ok()) {
    content.about = *std::move(statement.about);
    content.subjects = std::move(statement.subjects);
    return content;
  }
  return Error{ErrorCode::kCorruption,
               "it is neither provenance nor a list of files of a model's version"};
}

std::string AttestationKeyId(AttestationKind kind, const crypto::P256PublicKey& key) {
  return kind == AttestationKind::kModelSigning ? storage::SigstoreKeyHint(key)
                                                : key.Fingerprint().ToHex();
}

bool IsSignedBy(const Attestation& attestation, const crypto::P256PublicKey& key) {
  const storage::DsseEnvelope& envelope = attestation.envelope;
  return envelope.key_id == AttestationKeyId(attestation.content.kind, key) &&
         key.Verify(AsBytes(storage::DsseSignedBytes(envelope.payload)),
                    AsBytes(envelope.signature));
}

Result<std::string> EncodeAttestation(const Attestation& attestation) {
  return attestation.content.kind == AttestationKind::kModelSigning
             ? storage::EncodeSigstoreBundle(attestation.envelope)
             : storage::EncodeDsse(attestation.envelope);
}

Result<Attestation> DecodeAttestation(std::string_view document) {
  // Canonical form has the envelope of a bundle first, and that of an envelope its payload.
  const bool is_bundle = document.starts_with("{\"dsseEnvelope\"");
  Attestation attestation;
  REPRISE_ASSIGN_OR_RETURN(attestation.envelope, is_bundle ? storage::DecodeSigstoreBundle(document)
                                                           : storage::DecodeDsse(document));
  const storage::DssePayload& payload = attestation.envelope.payload;
  if (payload.type != storage::kInTotoPayloadType) {
    return Error{ErrorCode::kCorruption, "an attestation is an in-toto statement"};
  }
  REPRISE_ASSIGN_OR_RETURN(attestation.content, ReadAttestedPayload(payload.content));
  if (is_bundle != (attestation.content.kind == AttestationKind::kModelSigning)) {
    return Error{ErrorCode::kCorruption,
                 "an attestation is not in the kind of file that is written for it"};
  }
  return attestation;
}

}  // namespace reprise::lineage
