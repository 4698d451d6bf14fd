// What OpenSSF Model Signing 1.0 signs (github.com/ossf/model-signing-spec, spec/v1.0.md): the
// files of a model and their SHA-256, as an in-toto statement.  docs/formats/attestation.md.
//
// Thread-safety: pure functions.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/in_toto.h"
#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::string_view kModelSigningType = "https://model_signing/signature/v1.0";

// What a verifier passes over at the top of a model's folder, and a signer therefore, too (§6.2).
inline constexpr std::array<std::string_view, 4> kPathsNotSigned = {".git", ".gitattributes",
                                                                    ".github", ".gitignore"};

struct ModelManifest {
  StatementVersion about;
  std::string name;                     // Of the file or folder.
  std::vector<StatementSubject> files;  // By path in the folder; sorted, at least one.

  friend bool operator==(const ModelManifest&, const ModelManifest&) = default;
};

// Whether the file at `path` in the folder is one that is not signed.
bool IsPathNotSigned(std::string_view path);

// The payload of the signature, in canonical form.
// Errors: kInvalidArgument  no files, or paths that may not be.
Result<std::string> EncodeModelManifest(const ModelManifest& manifest);
// The inverse, for exactly the bytes that it writes.  Errors: kCorruption.
Result<ModelManifest> DecodeModelManifest(std::string_view payload);

}  // namespace reprise::lineage
