// in-toto Statements v1 (github.com/in-toto/attestation, spec/v1/statement.md): a claim about
// content, which is named by its SHA-256.
//
// Where a statement is about a registered version of a model, annotations of every subject say so:
// what is signed of one version can then not be passed off as signed of another with equal content.
// docs/formats/attestation.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::string_view kInTotoStatementType = "https://in-toto.io/Statement/v1";
inline constexpr std::string_view kSlsaProvenanceType = "https://slsa.dev/provenance/v1";

struct StatementSubject {
  std::string name;  // UTF-8; not empty.
  Digest digest;     // SHA-256 of its content.

  friend bool operator==(const StatementSubject&, const StatementSubject&) = default;
  friend auto operator<=>(const StatementSubject&, const StatementSubject&) = default;
};

struct StatementVersion {
  std::string model;
  std::uint64_t version = 0;
  Digest registration;  // The document that registered it.

  friend bool operator==(const StatementVersion&, const StatementVersion&) = default;
};

struct InTotoStatement {
  std::vector<StatementSubject> subjects;  // At least one; sorted, of distinct names.
  std::optional<StatementVersion> about;
  std::string predicate_type;
  Json predicate = Json::Object{};
};

// Errors: kInvalidArgument  subjects that may not be, or a version that no model has.
Result<Json> InTotoToJson(const InTotoStatement& statement);
// In canonical form.  Errors: those of InTotoToJson(), and of Canonicalize().
Result<std::string> EncodeInToto(const InTotoStatement& statement);
// The inverse, for exactly the bytes that it writes; the predicate may be any object.
// Errors: kCorruption.
Result<InTotoStatement> DecodeInToto(std::string_view payload);

}  // namespace reprise::lineage
