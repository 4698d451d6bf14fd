#include "tracker/audit/report_json_models.h"

#include <map>

#include "lineage/document.h"
#include "lineage/governance/optional_time.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "storage/dsse.h"
#include "tracker/audit/csv_table.h"
#include "tracker/audit/report_json.h"
#include "tracker/registry/statements.h"

namespace reprise::tracker {
namespace {

using lineage::DigestToJson;
using lineage::OptionalTimeToJson;

Json EvidenceToJson(const BundleEvidence& evidence) {
  const lineage::FiledEvidence& filed = evidence.filed;
  const lineage::ArtifactUse& artifact = filed.evidence.artifact;
  return Json()
      .Set("kind", filed.evidence.kind)
      .Set("artifact", lineage::ArtifactUseToJson(artifact))
      .Set("reason", BytesToJson(filed.evidence.reason))
      .Set("digest", filed.document.ToString())
      .Set("recorded_at", FormatTime(filed.recorded_at_unix_ms))
      .Set("actor", evidence.actor)
      .Set("ledger_sequence", filed.ledger_sequence)
      .Set("file", evidence.bytes.has_value() ? Json(EvidencePath(artifact.digest)) : Json());
}

// Whose key an envelope names; null where it is not in the bundle.
Json KeyIdOf(const BundleContent& content, const Digest& digest) {
  const auto bytes = content.envelopes.find(digest);
  if (bytes == content.envelopes.end()) return {};
  const auto envelope = storage::DecodeDsse(bytes->second);
  return envelope.ok() ? Json(envelope->key_id) : Json();
}

Json StatementToJson(const BundleContent& content, const lineage::FiledApproval& filed) {
  return FiledApprovalToJson(filed).Set("key", KeyIdOf(content, filed.envelope));
}

Json SubjectsToJson(const std::vector<lineage::StatementSubject>& subjects) {
  Json list = Json::Array{};
  for (const lineage::StatementSubject& subject : subjects) {
    list.Append(Json().Set("name", subject.name).Set("digest", subject.digest.ToString()));
  }
  return list;
}

Json AttestationToJson(const FiledAttestation& attestation) {
  return FiledAttestationToJson(attestation)
      .Set("predicate_type", lineage::PredicateTypeOf(attestation.kind))
      .Set("subjects", SubjectsToJson(attestation.subjects))
      .Set("resources", SubjectsToJson(attestation.resources));
}

Json KeyToJson(const KnownKey& key) {
  Json records = Json::Array{};
  for (const KeyRecord& record : key.records) {
    records.Append(Json()
                       .Set("owner", record.key.owner)
                       .Set("printed_name", record.key.printed_name)
                       .Set("roles", lineage::TextsToJson(record.key.roles))
                       .Set("valid_from", OptionalTimeToJson(record.key.valid_from_unix_ms))
                       .Set("valid_until", OptionalTimeToJson(record.key.valid_until_unix_ms))
                       .Set("reason", BytesToJson(record.key.reason))
                       .Set("recorded_at", FormatTime(record.time_unix_ms))
                       .Set("actor", record.actor)
                       .Set("ledger_sequence", record.ledger_sequence));
  }
  Json revoked;
  if (key.revoked.has_value()) {
    revoked.Set("reason", BytesToJson(key.revoked->reason))
        .Set("recorded_at", FormatTime(key.revoked->time_unix_ms))
        .Set("actor", key.revoked->actor)
        .Set("ledger_sequence", key.revoked->ledger_sequence);
  }
  return Json()
      .Set("fingerprint", key.fingerprint.ToHex())
      .Set("records", std::move(records))
      .Set("revoked", std::move(revoked));
}

// A table of which each row is about a version, or about something of it.
class VersionTable {
 public:
  explicit VersionTable(std::vector<std::string> columns) : columns_(std::move(columns)) {
    std::vector<std::string> names = {"model", "version"};
    names.insert(names.end(), columns_.begin(), columns_.end());
    table_ = Table(names);
  }

  // The cells are those members of `record` that the columns name.
  void Add(const Json& model, const Json& record) {
    std::vector<std::string> cells = {CellText(lineage::MemberOrNull(model, "name")),
                                      CellText(lineage::MemberOrNull(model, "version"))};
    for (const std::string& column : columns_) {
      cells.push_back(CellText(lineage::MemberOrNull(record, column)));
    }
    table_.Add(cells);
  }

  std::string Take() { return table_.Take(); }

 private:
  std::vector<std::string> columns_;
  Table table_{{}};
};

std::string TableOf(const Json& models, std::string_view list, std::vector<std::string> columns) {
  VersionTable table(std::move(columns));
  for (const Json& model : models.as_array()) {
    for (const Json& record : lineage::MemberOrNull(model, list).as_array()) {
      table.Add(model, record);
    }
  }
  return table.Take();
}

// Evidence, with its artifact's members beside its own.
std::string TableOfEvidence(const Json& models) {
  VersionTable table({"kind", "path", "content", "size_bytes", "reason", "recorded_at", "actor",
                      "ledger_sequence", "digest", "file"});
  for (const Json& model : models.as_array()) {
    for (const Json& evidence : lineage::MemberOrNull(model, "evidence").as_array()) {
      const Json& artifact = lineage::MemberOrNull(evidence, "artifact");
      Json record = evidence;
      record.Set("path", lineage::MemberOrNull(artifact, "path"))
          .Set("content", lineage::MemberOrNull(artifact, "digest"))
          .Set("size_bytes", lineage::MemberOrNull(artifact, "size_bytes"));
      table.Add(model, record);
    }
  }
  return table.Take();
}

// The versions themselves, with what their cards say.
std::string TableOfInventory(const Json& models) {
  VersionTable table({"stage", "registered_at", "actor", "content", "run", "reason", "purpose",
                      "intended_use", "owner", "tier", "materiality", "last_validation",
                      "next_validation", "assumptions", "limits", "restrictions", "findings"});
  for (const Json& model : models.as_array()) {
    Json record = model;
    const Json& card = lineage::MemberOrNull(model, "card");
    if (card.is_object()) {
      for (const auto& [key, value] : card.as_object()) record.Set(key, value);
    }
    record.Set("content",
               lineage::MemberOrNull(lineage::MemberOrNull(model, "artifact"), "digest"));
    table.Add(model, record);
  }
  return table.Take();
}

}  // namespace

std::string EvidencePath(const Digest& digest) { return "evidence/" + digest.ToHex(); }

Json ModelsToJson(const BundleContent& content) {
  Json models = Json::Array{};
  for (const BundleModel& each : content.governance.models) {
    Json evidence = Json::Array{};
    for (const BundleEvidence& one : each.evidence) evidence.Append(EvidenceToJson(one));
    Json statements = Json::Array{};
    for (const lineage::FiledApproval& filed : each.statements) {
      statements.Append(StatementToJson(content, filed));
    }
    Json attestations = Json::Array{};
    for (const auto& one : each.attestations) attestations.Append(AttestationToJson(one));
    models.Append(
        RegisteredModelToJson(each.model)
            .Set("card", each.card.has_value() ? lineage::ModelCardToJson(*each.card) : Json())
            .Set("evidence", std::move(evidence))
            .Set("statements", std::move(statements))
            .Set("attestations", std::move(attestations)));
  }
  return models;
}

Json KeysToJson(const BundleContent& content) {
  Json keys = Json::Array{};
  for (const KnownKey& key : content.governance.keys) keys.Append(KeyToJson(key));
  return keys;
}

Json PoliciesToJson(const BundleContent& content) {
  Json policies = Json::Array{};
  for (const BundlePolicy& policy : content.governance.policies) {
    policies.Append(Json()
                        .Set("digest", policy.digest.ToString())
                        .Set("recorded_at", FormatTime(policy.time_unix_ms))
                        .Set("actor", policy.actor)
                        .Set("ledger_sequence", policy.ledger_sequence));
  }
  return policies;
}

std::vector<BundleFile> ModelTables(const BundleContent& content) {
  const Json models = ModelsToJson(content);
  return {{"data/approvals.csv",
           TableOf(models, "statements",
                   {"decision", "from", "to", "printed_name", "owner", "role", "meaning", "reason",
                    "signed_at", "recorded_at", "expires", "void", "key", "policy", "evidence",
                    "ledger_sequence", "digest"})},
          {"data/attestations.csv",
           TableOf(models, "attestations",
                   {"kind", "predicate_type", "printed_name", "owner", "key", "recorded_at", "void",
                    "subjects", "resources", "ledger_sequence", "digest"})},
          {"data/evidence.csv", TableOfEvidence(models)},
          {"data/inventory.csv", TableOfInventory(models)},
          {"data/promotions.csv", TableOf(models, "changes",
                                          {"from", "to", "at", "actor", "reason", "override",
                                           "policy", "statements", "ledger_sequence"})}};
}

std::vector<BundleFile> GovernanceFiles(const BundleContent& content) {
  std::map<std::string, std::string> files;  // What is there twice is one file.
  for (const auto& [digest, bytes] : content.envelopes) {
    files["attest/" + digest.ToHex() + ".dsse.json"] = bytes;
  }
  for (const BundlePolicy& policy : content.governance.policies) {
    files["policy/" + policy.digest.ToHex() + ".toml"] = policy.text;
  }
  for (const KnownKey& key : content.governance.keys) {
    files["keys/people/" + key.fingerprint.ToHex() + ".pem"] = key.newest().key.ToPem();
  }
  for (const BundleModel& model : content.governance.models) {
    for (const FiledAttestation& attestation : model.attestations) {
      files["attest/" + attestation.digest.ToHex() + ".json"] = attestation.document;
    }
    for (const BundleEvidence& evidence : model.evidence) {
      if (!evidence.bytes.has_value()) continue;
      files[EvidencePath(evidence.filed.evidence.artifact.digest)] = *evidence.bytes;
    }
  }
  std::vector<BundleFile> list;
  for (auto& [path, bytes] : files) list.push_back({path, std::move(bytes)});
  return list;
}

void AddLimitsOfModels(const BundleContent& content, std::vector<std::string>& limits) {
  if (content.governance.models.empty()) return;
  limits.insert(
      limits.end(),
      {"Whose key a key of a person is rests on whoever wrote it into the store. Compare its "
       "fingerprint with its owner, or bring the keys that you know (verify.py --trusted-keys).",
       "That the requirements of a policy were met is checked by Reprise when a version is moved. "
       "What this bundle lets you check is which signatures a move rests on, that they are good, "
       "and what they are about; the policy's text is here to be read beside them.",
       "That no version of a model was left out can be shown of the versions of a whole model, and "
       "not of those that are here because of what they are made of, or of the stage that they "
       "are in: the log does not say either."});
}

}  // namespace reprise::tracker
