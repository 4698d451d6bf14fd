// That the keys of people are those of the ledger, and what they signed is as it says.

#include <algorithm>

#include "lineage/governance/signing_key.h"
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

}  // namespace

Result<std::string> CheckPeople(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(bundle.people, ReadKeys(bundle));
  bundle.content.governance.keys = bundle.people.keys();
  std::set<std::string> envelopes;
  std::vector<std::string> versions;  // In the order in which somebody first signed of them.
  for (const BundleEvent& event : bundle.content.events) {
    if (event.entry.kind != kStatementEntry) continue;
    REPRISE_ASSIGN_OR_RETURN(CheckedStatement statement, ReadStatement(bundle, event.entry));
    envelopes.insert("attest/" + statement.digest.ToHex() + ".dsse.json");
    bundle.content.envelopes.emplace(statement.digest, bundle.envelopes.at(statement.digest));
    if (std::ranges::find(versions, statement.name) == versions.end()) {
      versions.push_back(statement.name);
    }
    bundle.statements.push_back(std::move(statement));
  }
  REPRISE_TRY(CheckKeyFiles(bundle));
  for (const std::string& version : versions) {
    for (const CheckedStatement& statement : bundle.statements) {
      if (statement.name != version) continue;
      const auto why =
          bundle.people.WhyVoid(statement.envelope, statement.approval, statement.recorded);
      if (!why.has_value()) continue;
      bundle.notes.push_back(statement.what + " by " + statement.approval.printed_name +
                             " counts for nothing: " + *why);
    }
  }
  REPRISE_TRY(RequireFiles(bundle, "attest/", envelopes, "a statement that is not in the ledger"));
  return std::to_string(bundle.people.keys().size()) + " keys of people, " +
         std::to_string(bundle.statements.size()) + " signed statements";
}

}  // namespace reprise::tracker
