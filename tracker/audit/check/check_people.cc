// That the keys of people are those of the ledger, and what they signed is as it says.

#include <algorithm>

#include "lineage/governance/signing_key.h"
#include "lineage/model_version.h"
#include "tracker/audit/check/checked_bundle.h"
#include "tracker/governance_rows.h"

namespace reprise::tracker {
namespace {

// The keys as the ledger tells of them.
Result<KeyRing> ReadKeys(const CheckedBundle& bundle) {
  std::vector<FiledDocument> documents;
  for (const BundleEvent& event : bundle.content.events) {
    const storage::LedgerEntry& entry = event.entry;
    if (entry.kind != kKeyEntry) continue;
    const std::string what = "ledger entry " + std::to_string(entry.sequence);
    const std::string document(bundle.documents.at(entry.payload));
    Digest fingerprint;
    if (lineage::IsKeyRevocation(document)) {
      const auto revocation = lineage::DecodeKeyRevocation(document);
      if (!revocation.ok()) return Annotate(revocation.error(), what);
      fingerprint = revocation->fingerprint;
    } else {
      const auto key = lineage::DecodeTrustedKey(document);
      if (!key.ok()) return Annotate(key.error(), "the key of " + what);
      fingerprint = key->key.Fingerprint();
    }
    if (entry.subject != lineage::KeySubject(fingerprint)) {
      return Failed(what + " is about another key than its document");
    }
    documents.push_back({document, entry.payload, entry.time_unix_ms, entry.actor, entry.sequence});
  }
  return KeyRing::Of(documents);
}

Result<CheckedStatement> ReadStatement(const CheckedBundle& bundle,
                                       const storage::LedgerEntry& entry) {
  CheckedStatement statement;
  statement.what = "the statement of ledger entry " + std::to_string(entry.sequence);
  statement.recorded = {entry.time_unix_ms, entry.sequence};
  statement.digest = entry.payload;
  auto envelope = storage::DecodeDsse(bundle.envelopes.at(entry.payload));
  if (!envelope.ok()) return Annotate(envelope.error(), statement.what);
  statement.envelope = *std::move(envelope);
  if (statement.envelope.payload.type != storage::kInTotoPayloadType) {
    return Failed(statement.what + " is no in-toto statement");
  }
  auto approval = lineage::DecodeApproval(statement.envelope.payload.content);
  if (!approval.ok()) return Annotate(approval.error(), statement.what);
  statement.approval = *std::move(approval);
  statement.name = lineage::ModelVersionName(statement.approval.model, statement.approval.version);
  if (statement.name != entry.subject) {
    return Failed(statement.what + " is about " + statement.name + ", and was recorded about " +
                  entry.subject + ": it was moved");
  }
  return statement;
}

Result<CheckedAttestation> ReadAttestation(const CheckedBundle& bundle,
                                           const storage::LedgerEntry& entry) {
  CheckedAttestation checked;
  checked.what = "the attestation of ledger entry " + std::to_string(entry.sequence);
  checked.document = {std::string(bundle.attestations.at(entry.payload)), entry.payload,
                      entry.time_unix_ms, entry.actor, entry.sequence};
  auto attestation = lineage::DecodeAttestation(checked.document.document);
  if (!attestation.ok()) return Annotate(attestation.error(), checked.what);
  checked.attestation = *std::move(attestation);
  const lineage::StatementVersion& about = checked.attestation.content.about;
  checked.name = lineage::ModelVersionName(about.model, about.version);
  if (checked.name != entry.subject) {
    return Failed(checked.what + " is about " + checked.name + ", and was recorded about " +
                  entry.subject + ": it was moved");
  }
  return checked;
}

// The keys are here as files, for whoever verifies signatures with other tools.
Result<void> CheckKeyFiles(const CheckedBundle& bundle) {
  std::set<std::string> names;
  for (const KnownKey& key : bundle.people.keys()) {
    names.insert("keys/people/" + key.fingerprint.ToHex() + ".pem");
  }
  REPRISE_TRY(RequireFiles(bundle, "keys/people/", names, "a key that the ledger does not know"));
  for (const KnownKey& key : bundle.people.keys()) {
    const std::string name = "keys/people/" + key.fingerprint.ToHex() + ".pem";
    if (*bundle.files.Find(name) != key.newest().key.ToPem()) {
      return Failed(name + " is not the key that the ledger has");
    }
  }
  return {};
}

// What was signed, by the versions that it is about, in the order in which somebody first signed.
template <typename Signed>
std::vector<std::vector<const Signed*>> ByVersion(const std::vector<Signed>& signed_documents) {
  std::vector<std::vector<const Signed*>> versions;
  std::map<std::string_view, std::size_t> places;
  for (const Signed& one : signed_documents) {
    const auto [place, is_new] = places.emplace(one.name, versions.size());
    if (is_new) versions.emplace_back();
    versions[place->second].push_back(&one);
  }
  return versions;
}

void NoteVoidStatements(CheckedBundle& bundle) {
  for (const auto& version : ByVersion(bundle.statements)) {
    for (const CheckedStatement* const statement : version) {
      const auto why =
          bundle.people.WhyVoid(statement->envelope, statement->approval, statement->recorded);
      if (!why.has_value()) continue;
      bundle.notes.push_back(statement->what + " by " + statement->approval.printed_name +
                             " counts for nothing: " + *why);
    }
  }
}

void NoteVoidAttestations(CheckedBundle& bundle) {
  for (const auto& version : ByVersion(bundle.attested)) {
    for (const CheckedAttestation* const one : version) {
      // That it is about what was registered is for another check.
      RegisteredModel model;
      model.registration = one->attestation.content.about.registration;
      const FiledAttestation judged =
          JudgeAttestation(bundle.people, model, one->attestation, one->document);
      if (!judged.void_because.has_value()) continue;
      bundle.notes.push_back(one->what + " by " +
                             (judged.printed_name.empty() ? "somebody" : judged.printed_name) +
                             " counts for nothing: " + *judged.void_because);
    }
  }
}

}  // namespace

Result<std::string> CheckPeople(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(bundle.people, ReadKeys(bundle));
  bundle.content.governance.keys = bundle.people.keys();
  std::set<std::string> files;
  for (const BundleEvent& event : bundle.content.events) {
    const storage::LedgerEntry& entry = event.entry;
    if (entry.kind == kStatementEntry) {
      REPRISE_ASSIGN_OR_RETURN(CheckedStatement statement, ReadStatement(bundle, entry));
      files.insert("attest/" + entry.payload.ToHex() + ".dsse.json");
      bundle.content.envelopes.emplace(entry.payload, bundle.envelopes.at(entry.payload));
      bundle.statements.push_back(std::move(statement));
    } else if (entry.kind == kAttestationEntry) {
      REPRISE_ASSIGN_OR_RETURN(CheckedAttestation attestation, ReadAttestation(bundle, entry));
      files.insert("attest/" + entry.payload.ToHex() + ".json");
      bundle.attested.push_back(std::move(attestation));
    }
  }
  REPRISE_TRY(CheckKeyFiles(bundle));
  NoteVoidStatements(bundle);
  NoteVoidAttestations(bundle);
  REPRISE_TRY(RequireFiles(bundle, "attest/", files, "a statement that is not in the ledger"));
  std::string said = std::to_string(bundle.people.keys().size()) + " keys of people, " +
                     std::to_string(bundle.statements.size()) + " signed statements";
  if (!bundle.attested.empty()) {
    said += ", " + std::to_string(bundle.attested.size()) + " attestations";
  }
  return said;
}

}  // namespace reprise::tracker
