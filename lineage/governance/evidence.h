// Evidence for a model's version: content of a kind that policies ask for, bound by digest to what
// the version is.  docs/formats/evidence.md.
//
// Thread-safety: pure functions.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "lineage/artifact.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::array<std::string_view, 10> kEvidenceKinds = {
    "calibration", "data_quality",   "document",    "drift",      "explainability",
    "stability",   "subpopulations", "test_report", "validation", "model_card"};

inline constexpr std::string_view kModelCardKind = "model_card";

// "reprise/evidence/v1"
struct Evidence {
  std::string model;
  std::uint64_t version = 0;
  Digest model_content;  // What the version was registered as.
  std::string kind;      // One of kEvidenceKinds.
  ArtifactUse artifact;  // The evidence itself, with the path that it was given by.
  std::string reason;    // Raw bytes; "" for none.

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// A canonical document.  Errors: kInvalidArgument  a name, number or kind that may not be.
Result<std::string> EncodeEvidence(const Evidence& evidence);
// The inverse, for exactly the bytes that it writes.  Errors: kCorruption.
Result<Evidence> DecodeEvidence(std::string_view document);

// Errors: kInvalidArgument  with the kinds, and the one that was perhaps meant.
Result<void> CheckEvidenceKind(std::string_view kind);

}  // namespace reprise::lineage
