#include "tracker/models.h"

#include <algorithm>
#include <charconv>

#include "lineage/document.h"
#include "lineage/governance/evidence.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "storage/crypto/sha256.h"
#include "tracker/catalog_fact.h"
#include "tracker/governance_rows.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using lineage::ModelVersion;
using lineage::ModelVersionName;
using lineage::Promotion;
using storage::Space;

constexpr std::string_view kVersionPrefix = "model/";
constexpr std::string_view kPromotionPrefix = "promotion/";

// PREFIX NAME \0 number: what is said of one model, in order.
std::string RowKey(std::string_view prefix, std::string_view name, std::uint64_t number) {
  std::string key(prefix);
  key += name;
  key += '\0';
  AppendBe(key, number);
  return key;
}

Error Damaged(const std::string& what) {
  return {ErrorCode::kCorruption, "the registry of models is damaged: " + what};
}

Result<void> RequireSubject(const storage::LedgerEntry& entry, std::string_view name,
                            std::uint64_t version) {
  if (entry.subject == ModelVersionName(name, version)) return {};
  return Damaged("an entry about '" + Printable(entry.subject) + "' holds a document about " +
                 ModelVersionName(name, version));
}

Result<void> IndexVersion(const storage::LedgerEntry& entry, std::string document,
                          storage::ObjectReader& objects, const storage::Catalog& catalog,
                          lineage::GraphWriter& graph, storage::CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const ModelVersion version, lineage::DecodeModelVersion(document));
  REPRISE_TRY(RequireSubject(entry, version.name, version.version));
  std::string key = RowKey(kVersionPrefix, version.name, version.version);
  REPRISE_ASSIGN_OR_RETURN(const auto known, catalog.Get(Space::kName, key));
  // A version is what it was registered as, for good: the first entry stays in force.
  if (known.has_value()) return Damaged(entry.subject + " was registered twice");
  REPRISE_TRY(graph.AddModelVersion(version.artifact.digest, version.artifact.kind,
                                    lineage::NodeId::Model(version.name, version.version), objects,
                                    batch));
  batch.Put(Space::kName, std::move(key),
            CatalogFactOf(entry, std::move(document)).SerializeAsString());
  return {};
}

Result<void> IndexPromotion(const storage::LedgerEntry& entry, std::string document,
                            storage::CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const Promotion promotion, lineage::DecodePromotion(document));
  REPRISE_TRY(RequireSubject(entry, promotion.name, promotion.version));
  batch.Put(Space::kName, RowKey(kPromotionPrefix, promotion.name, entry.sequence),
            CatalogFactOf(entry, std::move(document)).SerializeAsString());
  return {};
}

// Calls `take` with the rows of a model, in order, until it fails.
template <typename Take>
Result<void> ForEachRow(const storage::Catalog& catalog, std::string_view prefix,
                        const std::string& name, Take take) {
  std::string of_model(prefix);
  of_model += name;
  of_model += '\0';
  Result<void> taken;
  REPRISE_TRY(catalog.Scan(
      Space::kName, {.prefix = of_model}, [&](std::string_view, std::string_view value) {
        v1::CatalogFact fact;
        taken = fact.ParseFromArray(value.data(), static_cast<int>(value.size()))
                    ? take(fact)
                    : Damaged("a row of '" + name + "' cannot be read");
        return taken.ok();
      }));
  return taken;
}

std::optional<std::uint64_t> NumberOf(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// When it came to the stage that it has, as a place in the ledger.
std::uint64_t ArrivedAt(const RegisteredModel& model) {
  return model.changes.empty() ? model.ledger_sequence : model.changes.back().ledger_sequence;
}

Result<RegisteredModel> Registered(Store& store, const std::string& name, std::uint64_t version) {
  REPRISE_ASSIGN_OR_RETURN(const auto model,
                           FindModel(store.catalog(), ModelVersionName(name, version)));
  if (model.has_value()) return *model;
  return Damaged(ModelVersionName(name, version) + " is in the ledger and not in the catalog");
}

// What the run of a version attached, as evidence for it.
Result<std::vector<lineage::Evidence>> EvidenceOfRun(Store& store, const ModelVersion& version) {
  std::vector<lineage::Evidence> evidence;
  if (!version.run.has_value()) return evidence;
  REPRISE_ASSIGN_OR_RETURN(const StoredRun run, store.GetRun(*version.run));
  for (const lineage::RunEvidence& attached : run.record.evidence) {
    // A newer release may know more kinds.
    if (!lineage::CheckEvidenceKind(attached.kind).ok()) continue;
    evidence.push_back({.model = version.name,
                        .version = version.version,
                        .model_content = version.artifact.digest,
                        .kind = attached.kind,
                        .artifact = attached.artifact,
                        .reason = "attached by run " + run.record.name});
  }
  return evidence;
}

struct FactDocument {
  std::string kind;
  std::string document;
};

// Seals one session with facts about `subject`, and adopts it: all of them, or none.
Result<void> AddFacts(Store& store, const std::string& subject,
                      const std::vector<FactDocument>& facts) {
  if (facts.size() == 1) return store.AddFact(facts[0].kind, subject, facts[0].document);
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::CreateForFacts(store.files(), store.folder()));
  const auto seal = [&]() -> Result<void> {
    const auto presence = storage::NewCatalogPresence(store.catalog());
    REPRISE_ASSIGN_OR_RETURN(auto writer, session->NewWriter(presence.get(), 1));
    std::vector<v1::LedgerFact> sealed;
    for (const FactDocument& fact : facts) {
      REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer->Put(AsBytes(fact.document)));
      sealed.push_back(NewLedgerFact(fact.kind, subject, put.digest));
    }
    REPRISE_TRY(session->FinishWriter(std::move(writer)));
    return session->Seal(sealed);
  };
  if (auto sealed = seal(); !sealed.ok()) {
    (void)session->Abandon();  // The first failure is the one to report.
    return sealed;
  }
  return store.AdoptSession(session->id());
}

}  // namespace

std::string RegisteredModel::stage() const {
  return changes.empty() ? std::string(lineage::kFirstStage) : changes.back().promotion.to;
}

std::string RegisteredModel::Name() const {
  return ModelVersionName(version.name, version.version);
}

Result<void> IndexModelEntry(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                             const storage::Catalog& catalog, lineage::GraphWriter& graph,
                             storage::CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(std::string document, objects.Get(entry.payload));
  return entry.kind == kModelVersionEntry
             ? IndexVersion(entry, std::move(document), objects, catalog, graph, batch)
             : IndexPromotion(entry, std::move(document), batch);
}

Result<std::vector<std::string>> ModelNames(const storage::Catalog& catalog) {
  std::vector<std::string> names;
  REPRISE_TRY(catalog.Scan(Space::kName, {.prefix = std::string(kVersionPrefix)},
                           [&](std::string_view key, std::string_view) {
                             key.remove_prefix(kVersionPrefix.size());
                             const std::string_view name = key.substr(0, key.find('\0'));
                             if (names.empty() || names.back() != name) names.emplace_back(name);
                             return true;
                           }));
  return names;
}

Result<std::vector<RegisteredModel>> VersionsOfModel(const storage::Catalog& catalog,
                                                     const std::string& name) {
  std::vector<RegisteredModel> versions;
  REPRISE_TRY(
      ForEachRow(catalog, kVersionPrefix, name, [&](const v1::CatalogFact& fact) -> Result<void> {
        RegisteredModel model;
        REPRISE_ASSIGN_OR_RETURN(model.version, lineage::DecodeModelVersion(fact.document()));
        model.registration = crypto::Sha256(AsBytes(fact.document()));
        model.registered_at_unix_ms = fact.time_unix_ms();
        model.actor = fact.actor();
        model.ledger_sequence = fact.ledger_sequence();
        versions.push_back(std::move(model));
        return {};
      }));
  REPRISE_TRY(
      ForEachRow(catalog, kPromotionPrefix, name, [&](const v1::CatalogFact& fact) -> Result<void> {
        REPRISE_ASSIGN_OR_RETURN(Promotion promotion, lineage::DecodePromotion(fact.document()));
        const auto of = std::ranges::find_if(versions, [&](const RegisteredModel& model) {
          return model.version.version == promotion.version;
        });
        if (of == versions.end()) return Damaged("a version was promoted that is not registered");
        of->changes.push_back(
            {std::move(promotion), fact.time_unix_ms(), fact.actor(), fact.ledger_sequence()});
        return {};
      }));
  return versions;
}

Result<std::optional<RegisteredModel>> FindModel(const storage::Catalog& catalog,
                                                 std::string_view ref) {
  const std::size_t at = ref.find('@');
  if (at == std::string_view::npos) return std::optional<RegisteredModel>();
  const std::string name(ref.substr(0, at));
  const std::string_view which = ref.substr(at + 1);
  if (!lineage::CheckModelName(name).ok()) return std::optional<RegisteredModel>();
  REPRISE_ASSIGN_OR_RETURN(auto versions, VersionsOfModel(catalog, name));
  if (versions.empty()) return std::optional<RegisteredModel>();
  RegisteredModel* found = nullptr;
  const auto number = NumberOf(which);
  for (RegisteredModel& model : versions) {
    const bool is_meant =
        number.has_value() ? model.version.version == *number : model.stage() == which;
    if (is_meant && (found == nullptr || ArrivedAt(model) > ArrivedAt(*found))) found = &model;
  }
  if (found != nullptr) return std::optional(std::move(*found));
  return Error{ErrorCode::kNotFound, "the model '" + name + "' has no version " +
                                         (number.has_value() ? "" : "in the stage ") + "'" +
                                         Printable(which) + "'; see `reprise model show " + name +
                                         "`"};
}

Result<RegisteredModel> RegisterModel(Store& store, ModelVersion version) {
  REPRISE_TRY(lineage::CheckModelName(version.name));
  REPRISE_ASSIGN_OR_RETURN(const auto versions, VersionsOfModel(store.catalog(), version.name));
  if (version.version == 0) {
    version.version = versions.empty() ? 1 : versions.back().version.version + 1;
  }
  for (const RegisteredModel& known : versions) {
    if (known.version.version == version.version) {
      return Error{ErrorCode::kAlreadyExists, known.Name() + " is registered already"};
    }
  }
  REPRISE_ASSIGN_OR_RETURN(const auto evidence, EvidenceOfRun(store, version));
  REPRISE_ASSIGN_OR_RETURN(std::string document, lineage::EncodeModelVersion(version));
  std::vector<FactDocument> facts = {{std::string(kModelVersionEntry), std::move(document)}};
  for (const lineage::Evidence& attached : evidence) {
    REPRISE_ASSIGN_OR_RETURN(document, lineage::EncodeEvidence(attached));
    facts.push_back({std::string(kEvidenceEntry), std::move(document)});
  }
  REPRISE_TRY(AddFacts(store, ModelVersionName(version.name, version.version), facts));
  return Registered(store, version.name, version.version);
}

Result<void> CheckMovable(const RegisteredModel& model, const std::string& to) {
  const auto refuse = [&](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot move " + model.Name() + " to '" + Printable(to) + "': " + why};
  };
  REPRISE_TRY(lineage::CheckStageName(to));
  if (model.stage() == to) return refuse("it is there");
  if (model.stage() == lineage::kRetiredStage) {
    return refuse("it is retired; register its content anew");
  }
  return {};
}

Result<RegisteredModel> PromoteModel(Store& store, const RegisteredModel& model,
                                     const std::string& to, const std::string& reason,
                                     PromotionBasis basis) {
  REPRISE_TRY(CheckMovable(model, to));
  std::ranges::sort(basis.statements);
  const Promotion promotion{.name = model.version.name,
                            .version = model.version.version,
                            .from = model.stage(),
                            .to = to,
                            .reason = reason,
                            .policy = basis.policy,
                            .is_override = basis.is_override,
                            .statements = std::move(basis.statements)};
  REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodePromotion(promotion));
  REPRISE_TRY(store.AddFact(std::string(kPromotionEntry), model.Name(), document));
  return Registered(store, model.version.name, model.version.version);
}

Json RegisteredModelToJson(const RegisteredModel& model) {
  Json changes = Json::Array{};
  for (const StageChange& change : model.changes) {
    changes.Append(Json()
                       .Set("from", change.promotion.from)
                       .Set("to", change.promotion.to)
                       .Set("at", FormatTime(change.time_unix_ms))
                       .Set("actor", change.actor)
                       .Set("reason", BytesToJson(change.promotion.reason))
                       .Set("policy", lineage::DigestToJson(change.promotion.policy))
                       .Set("override", change.promotion.is_override)
                       .Set("statements", lineage::DigestsToJson(change.promotion.statements)));
  }
  const ModelVersion& version = model.version;
  return Json()
      .Set("name", version.name)
      .Set("version", version.version)
      .Set("stage", model.stage())
      .Set("artifact", lineage::ArtifactUseToJson(version.artifact))
      .Set("run", version.run.has_value() ? Json(version.run->ToString()) : Json())
      .Set("reason", BytesToJson(version.reason))
      .Set("registered_at", FormatTime(model.registered_at_unix_ms))
      .Set("actor", model.actor)
      .Set("changes", std::move(changes));
}

}  // namespace reprise::tracker
