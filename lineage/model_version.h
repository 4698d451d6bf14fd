// Registered models: what the ledger says of a model's versions and of the stages that they reach.
//
// A version binds a name and a number to content, for good; its stage is that of its newest
// promotion.  Formats: docs/formats/model.md.
//
// Thread-safety: pure functions.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/artifact.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::lineage {

// Where a version begins, and where it ends.
inline constexpr std::string_view kFirstStage = "development";
inline constexpr std::string_view kRetiredStage = "retired";
// In the order of a model's life.  Others may be named; they have no order.
inline constexpr std::array<std::string_view, 4> kStages = {kFirstStage, "qa", "preproduction",
                                                            "production"};

// "reprise/model-version/v1"
struct ModelVersion {
  std::string name;
  std::uint64_t version = 0;  // From 1 on.
  ArtifactUse artifact;       // Its path is that in the run, or the one that was given.
  std::optional<Ulid> run;    // Whose output it was named as, if it was named by a run.
  std::string reason;         // Raw bytes; "" for none.

  friend bool operator==(const ModelVersion&, const ModelVersion&) = default;
};

// "reprise/promotion/v1"; "reprise/promotion/v2" where a policy was asked.
struct Promotion {
  std::string name;
  std::uint64_t version = 0;
  std::string from;                // The stage that it leaves.
  std::string to;                  // The one that it has from then on.
  std::string reason;              // Raw bytes.
  std::optional<Digest> policy;    // The text of the policy that was in force; the rest is of it.
  bool is_override = false;        // It was not met, and the move ordered in an emergency.
  std::vector<Digest> statements;  // Envelopes of the signatures that it rests on; sorted.

  friend bool operator==(const Promotion&, const Promotion&) = default;
};

// Canonical documents.  Errors: kInvalidArgument  a name, number or stage that may not be.
Result<std::string> EncodeModelVersion(const ModelVersion& version);
Result<std::string> EncodePromotion(const Promotion& promotion);
// The inverses, for exactly the bytes that those write.  Errors: kCorruption.
Result<ModelVersion> DecodeModelVersion(std::string_view document);
Result<Promotion> DecodePromotion(std::string_view document);

// Errors: kInvalidArgument  the name, or a number that no version has.
Result<void> CheckModelVersion(std::string_view name, std::uint64_t version);
// The number of a version in a document; 0, which is none, for a negative one.
// Errors: kCorruption.
Result<std::uint64_t> GetModelVersion(const Json& json, std::string_view key);

// "scorecard@3": the subject of the ledger's entries about a version, and what people type.
std::string ModelVersionName(std::string_view name, std::uint64_t version);

// Whether it is 1 to 128 letters, digits, '.', '_' and '-', beginning with a letter or digit.
bool IsPlainName(std::string_view name);
// The same.  Errors: kInvalidArgument.
Result<void> CheckModelName(std::string_view name);
// The same, and nothing that a reference takes for something else: a number, "last".
// Errors: kInvalidArgument.
Result<void> CheckStageName(std::string_view stage);

}  // namespace reprise::lineage
