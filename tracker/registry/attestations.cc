#include "tracker/registry/attestations.h"

#include <algorithm>
#include <limits>

#include "lineage/export/lineage_export.h"
#include "lineage/governance/model_manifest.h"
#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "storage/tree.h"
#include "tracker/registry/provenance.h"

namespace reprise::tracker {
namespace {

using lineage::Attestation;
using lineage::AttestationKind;

// The files of a folder by their paths in it, as the bytes that they are.
Result<std::vector<lineage::StatementSubject>> SignedFilesOf(Store& store,
                                                             const RegisteredModel& model) {
  std::vector<lineage::StatementSubject> files;
  REPRISE_TRY(storage::WalkTree(
      store.objects(), model.version.artifact.digest,
      [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
        if (entry.kind == FileKind::kDirectory || lineage::IsPathNotSigned(path)) return {};
        if (entry.kind == FileKind::kSymlink) {
          return Error{ErrorCode::kInvalidArgument,
                       "the files of " + model.Name() + " cannot be signed: '" + Printable(path) +
                           "' is a symbolic link, which the standard does not follow; put the "
                           "file itself there and register the model anew"};
        }
        files.push_back({path, entry.digest});
        return {};
      }));
  std::ranges::sort(files);
  return files;
}

Result<std::string> DraftManifest(Store& store, const RegisteredModel& model) {
  const lineage::ArtifactUse& artifact = model.version.artifact;
  lineage::ModelManifest manifest;
  manifest.about = StatementVersionOf(model);
  manifest.name = lineage::BaseName(artifact.path);
  if (artifact.kind == lineage::ArtifactKind::kFile) {
    manifest.files = {{manifest.name, artifact.digest}};
  } else {
    REPRISE_ASSIGN_OR_RETURN(manifest.files, SignedFilesOf(store, model));
  }
  // The project itself has no name that would be one elsewhere.
  if (manifest.name.empty() || manifest.name == ".") manifest.name = model.version.name;
  return lineage::EncodeModelManifest(manifest);
}

Result<std::string> DraftProvenance(Store& store, const RegisteredModel& model,
                                    const std::string& version) {
  REPRISE_ASSIGN_OR_RETURN(const Made made, MakingOf(store, model));
  REPRISE_ASSIGN_OR_RETURN(const Provenance provenance,
                           GatherProvenance(store, made, StatementVersionOf(model), version));
  if (!provenance.missing.empty()) {
    return Error{ErrorCode::kNotFound,
                 "the provenance of " + model.Name() +
                     " has holes and cannot be signed: " + provenance.missing[0]};
  }
  return lineage::EncodeInToto(provenance.statement);
}

// The key of the ring that made the signature, which does not say whose it is; nullptr: none.
const KnownKey* SignerOf(const KeyRing& ring, Attestation& attestation) {
  for (const KnownKey& key : ring.keys()) {
    attestation.envelope.key_id =
        lineage::AttestationKeyId(attestation.content.kind, key.newest().key);
    if (lineage::IsSignedBy(attestation, key.newest().key)) return &key;
  }
  return nullptr;
}

void Describe(const KnownKey* key, const RecordedAt& recorded, FiledAttestation& filed) {
  const lineage::TrustedKey* const record =
      key == nullptr ? nullptr : key->Before(recorded.ledger_sequence);
  if (record == nullptr) return;
  filed.key = key->fingerprint;
  filed.owner = record->owner;
  filed.printed_name = record->printed_name;
}

}  // namespace

FiledAttestation JudgeAttestation(const KeyRing& ring, const RegisteredModel& model,
                                  const Attestation& attestation, FiledDocument document) {
  const RecordedAt recorded{document.time_unix_ms, document.ledger_sequence};
  const auto named = std::ranges::find_if(ring.keys(), [&](const KnownKey& key) {
    return attestation.envelope.key_id ==
           lineage::AttestationKeyId(attestation.content.kind, key.newest().key);
  });
  const KnownKey* const key = named == ring.keys().end() ? nullptr : &*named;
  FiledAttestation filed;
  filed.kind = attestation.content.kind;
  filed.subjects = attestation.content.subjects;
  filed.resources = attestation.content.resources;
  filed.document = std::move(document.document);
  filed.digest = document.digest;
  filed.recorded_at_unix_ms = recorded.time_unix_ms;
  filed.ledger_sequence = recorded.ledger_sequence;
  Describe(key, recorded, filed);
  filed.void_because = KeyRing::WhyVoid(
      key, key != nullptr && lineage::IsSignedBy(attestation, key->newest().key), recorded);
  if (!filed.void_because.has_value() &&
      attestation.content.about.registration != model.registration) {
    filed.void_because = "it is about what another store calls " + model.Name();
  }
  return filed;
}

Result<storage::DssePayload> DraftAttestation(Store& store, const RegisteredModel& model,
                                              AttestationKind kind, const std::string& version) {
  REPRISE_ASSIGN_OR_RETURN(std::string content, kind == AttestationKind::kModelSigning
                                                    ? DraftManifest(store, model)
                                                    : DraftProvenance(store, model, version));
  if (content.size() > lineage::kAttestationPayloadBytesMax) {
    return Error{ErrorCode::kInvalidArgument,
                 model.Name() +
                     " has too many files to be signed: what says which they are would "
                     "have " +
                     std::to_string(content.size()) + " bytes, and may have " +
                     std::to_string(lineage::kAttestationPayloadBytesMax)};
  }
  return storage::DssePayload{std::string(storage::kInTotoPayloadType), std::move(content)};
}

Result<std::vector<FiledAttestation>> AttestationsOf(const storage::Catalog& catalog,
                                                     const KeyRing& ring,
                                                     const RegisteredModel& model) {
  REPRISE_ASSIGN_OR_RETURN(auto documents, AttestationDocuments(catalog, model.version.name));
  std::vector<FiledAttestation> attestations;
  for (FiledDocument& document : documents) {
    REPRISE_ASSIGN_OR_RETURN(const Attestation attestation,
                             lineage::DecodeAttestation(document.document));
    if (attestation.content.about.version != model.version.version) continue;
    attestations.push_back(JudgeAttestation(ring, model, attestation, std::move(document)));
  }
  return attestations;
}

Json FiledAttestationToJson(const FiledAttestation& attestation) {
  const bool is_known = attestation.key.has_value();
  return Json()
      .Set("digest", attestation.digest.ToString())
      .Set("kind", lineage::AttestationKindName(attestation.kind))
      .Set("key", is_known ? Json(attestation.key->ToHex()) : Json())
      .Set("printed_name", is_known ? Json(attestation.printed_name) : Json())
      .Set("owner", is_known ? Json(attestation.owner) : Json())
      .Set("recorded_at", FormatTime(attestation.recorded_at_unix_ms))
      .Set("ledger_sequence", attestation.ledger_sequence)
      .Set("void", attestation.void_because);
}

Result<FiledAttestation> FileAttestation(Store& store, const NewAttestation& given,
                                         const std::string& version, std::int64_t now_unix_ms) {
  const auto refuse = [](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument, "the attestation cannot be recorded: " + why};
  };
  Attestation attestation;
  attestation.envelope.payload = given.payload;
  attestation.envelope.signature = given.signature;
  auto content = lineage::ReadAttestedPayload(given.payload.content);
  if (!content.ok()) return refuse(content.error().message);
  attestation.content = *std::move(content);
  const lineage::StatementVersion& about = attestation.content.about;
  const std::string name = lineage::ModelVersionName(about.model, about.version);
  REPRISE_ASSIGN_OR_RETURN(const auto model, FindModel(store.catalog(), name));
  if (!model.has_value()) return refuse("there is no model '" + about.model + "'");
  REPRISE_ASSIGN_OR_RETURN(const auto draft,
                           DraftAttestation(store, *model, attestation.content.kind, version));
  if (draft != given.payload) {
    return refuse("what was signed is not what this store says of " + name +
                  " now; draft it anew with --detached");
  }
  REPRISE_ASSIGN_OR_RETURN(const KeyRing ring, KeyRing::Load(store.catalog()));
  const KnownKey* const key = SignerOf(ring, attestation);
  const RecordedAt now{now_unix_ms, std::numeric_limits<std::uint64_t>::max()};
  if (const auto why = KeyRing::WhyVoid(key, key != nullptr, now)) return refuse(*why);
  FiledAttestation filed;
  filed.kind = attestation.content.kind;
  Describe(key, now, filed);
  REPRISE_ASSIGN_OR_RETURN(const auto before, AttestationsOf(store.catalog(), ring, *model));
  for (const FiledAttestation& one : before) {
    if (one.void_because.has_value() || one.kind != filed.kind || one.key != filed.key) continue;
    REPRISE_ASSIGN_OR_RETURN(const Attestation said, lineage::DecodeAttestation(one.document));
    if (said.envelope.payload == given.payload) {
      return refuse(Printable(filed.printed_name) + " has signed this already");
    }
  }
  REPRISE_ASSIGN_OR_RETURN(filed.document, lineage::EncodeAttestation(attestation));
  REPRISE_TRY(store.AddFact(std::string(kAttestationEntry), name, filed.document));
  filed.digest = crypto::Sha256(AsBytes(filed.document));
  filed.recorded_at_unix_ms = now_unix_ms;
  return filed;
}

}  // namespace reprise::tracker
