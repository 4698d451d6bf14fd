// The registry of models: named versions of content, and the stages that they have reached.
//
// Both are entries of the ledger (kinds "model_version" and "promotion", about "NAME@VERSION"); the
// catalog has a row for each (docs/formats/catalog_keys.md).
//
// Thread-safety: as the store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/graph_writer.h"
#include "lineage/model_version.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "storage/ledger.h"
#include "storage/object_store.h"
#include "tracker/store.h"

namespace reprise::tracker {

inline constexpr std::string_view kModelVersionEntry = "model_version";
inline constexpr std::string_view kPromotionEntry = "promotion";

// Adds the rows of an entry of those kinds to `batch`, and a version's node to `graph`.
// Errors: kCorruption  its document is damaged, or says something else than the entry, or the
//                      version was registered before.
//         kNotFound    its document is missing.
Result<void> IndexModelEntry(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                             const storage::Catalog& catalog, lineage::GraphWriter& graph,
                             storage::CatalogBatch& batch);

struct StageChange {
  lineage::Promotion promotion;
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::uint64_t ledger_sequence = 0;
};

struct RegisteredModel {
  lineage::ModelVersion version;
  Digest registration;  // Of the document that says so.
  std::int64_t registered_at_unix_ms = 0;
  std::string actor;
  std::uint64_t ledger_sequence = 0;
  std::vector<StageChange> changes;  // Oldest first.

  std::string stage() const;
  std::string Name() const;  // "scorecard@3"
};

// The names of all models, sorted.
Result<std::vector<std::string>> ModelNames(const storage::Catalog& catalog);

// The versions of a model, oldest first; empty when there is none of that name.
Result<std::vector<RegisteredModel>> VersionsOfModel(const storage::Catalog& catalog,
                                                     const std::string& name);

// What "NAME@VERSION" or "NAME@STAGE" names: of several versions in a stage the one that came there
// last.  nullopt: `ref` is not of that form, or there is no model of that name.
// Errors: kNotFound  there is, but no such version, or none in that stage.
Result<std::optional<RegisteredModel>> FindModel(const storage::Catalog& catalog,
                                                 std::string_view ref);

// Registers content as a version of the model `version.name`: as the next one where version.version
// is 0.  It is in the ledger when the call returns, and with it, as evidence, what its run attached
// as such (lineage::RunRecord::evidence).
// Errors: kInvalidArgument  the name.  kAlreadyExists  that version.  Those of Store::AddFact.
Result<RegisteredModel> RegisterModel(Store& store, lineage::ModelVersion version);

// What a promotion rests on, where a policy was asked.
struct PromotionBasis {
  std::optional<Digest> policy;
  bool is_override = false;
  std::vector<Digest> statements;  // In any order.
};

// Whether a version may leave its stage for `to` at all, whatever a policy says.
// Errors: kInvalidArgument  the stage, or the version is there already, or it is retired.
Result<void> CheckMovable(const RegisteredModel& model, const std::string& to);

// Moves a version to stage `to`, without asking any policy (tracker/registry/promotion_gate.h
// does). Errors: those of CheckMovable(), FindModel() and Store::AddFact().
Result<RegisteredModel> PromoteModel(Store& store, const RegisteredModel& model,
                                     const std::string& to, const std::string& reason,
                                     PromotionBasis basis = {});

// {"name", "version", "stage", "artifact", "run", "reason", "registered_at", "actor", "changes":
// [{"from", "to", "at", "actor", "reason", "policy", "override", "statements"}]}
Json RegisteredModelToJson(const RegisteredModel& model);

}  // namespace reprise::tracker
