#include "lineage/governance/model_manifest.h"

#include <algorithm>
#include <functional>

#include "lineage/document.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "storage/crypto/sha256.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kAlgorithm = "sha256";

// Whether it is as §6.1.2 has it: relative, without what leads nowhere or out of the folder.
bool IsPlainPath(std::string_view path) {
  if (path.empty() || !IsUtf8(path) || path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    if (part.size() == path.size()) return true;
    path.remove_prefix(part.size() + 1);
  }
}

Result<void> Check(const ModelManifest& manifest) {
  const auto refuse = [](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument, "the files of a model cannot be signed: " + why};
  };
  if (manifest.files.empty()) return refuse("there are none");
  for (const StatementSubject& file : manifest.files) {
    if (IsPlainPath(file.name) && !IsPathNotSigned(file.name)) continue;
    return refuse("'" + Printable(file.name) +
                  "' is no path that the standard has room for; rename it and register the model "
                  "anew");
  }
  if (std::ranges::adjacent_find(manifest.files, std::ranges::greater_equal(),
                                 &StatementSubject::name) != manifest.files.end()) {
    return refuse("they are not sorted");
  }
  return {};
}

// One digest for all (§6.5.1).
Digest RootOf(const std::vector<StatementSubject>& files) {
  std::string digests;
  for (const StatementSubject& file : files) digests += AsText(file.digest.bytes());
  return crypto::Sha256(digests);
}

Json PredicateOf(const ModelManifest& manifest) {
  Json resources = Json::Array{};
  for (const StatementSubject& file : manifest.files) {
    resources.Append(Json()
                         .Set("name", file.name)
                         .Set("digest", file.digest.ToHex())
                         .Set("algorithm", kAlgorithm));
  }
  Json ignored = Json::Array{};
  for (const std::string_view path : kPathsNotSigned) ignored.Append(path);
  return Json()
      .Set("resources", std::move(resources))
      .Set("serialization", Json()
                                .Set("method", "files")
                                .Set("hash_type", kAlgorithm)
                                .Set("allow_symlinks", false)
                                .Set("ignore_paths", std::move(ignored)));
}

Result<ModelManifest> FromStatement(const InTotoStatement& statement) {
  ModelManifest manifest;
  if (!statement.about.has_value() || statement.subjects.size() != 1) {
    return Error{ErrorCode::kCorruption, "it is about one version"};
  }
  manifest.about = *statement.about;
  manifest.name = statement.subjects[0].name;
  REPRISE_ASSIGN_OR_RETURN(const auto* const resources, statement.predicate.GetArray("resources"));
  for (const Json& entry : *resources) {
    StatementSubject file;
    REPRISE_ASSIGN_OR_RETURN(file.name, entry.GetString("name"));
    REPRISE_ASSIGN_OR_RETURN(const std::string digest, entry.GetString("digest"));
    REPRISE_ASSIGN_OR_RETURN(file.digest, Digest::Parse("sha256:" + digest));
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

}  // namespace

bool IsPathNotSigned(std::string_view path) {
  return std::ranges::find(kPathsNotSigned, path.substr(0, path.find('/'))) !=
         kPathsNotSigned.end();
}

Result<std::string> EncodeModelManifest(const ModelManifest& manifest) {
  REPRISE_TRY(Check(manifest));
  InTotoStatement statement;
  statement.subjects = {{manifest.name, RootOf(manifest.files)}};
  statement.about = manifest.about;
  statement.predicate_type = kModelSigningType;
  statement.predicate = PredicateOf(manifest);
  return EncodeInToto(statement);
}

Result<ModelManifest> DecodeModelManifest(std::string_view payload) {
  const auto decode = [&]() -> Result<ModelManifest> {
    REPRISE_ASSIGN_OR_RETURN(const InTotoStatement statement, DecodeInToto(payload));
    return FromStatement(statement);
  };
  auto manifest = decode();
  const auto again = manifest.ok() ? EncodeModelManifest(*manifest) : Result<std::string>("");
  if (!manifest.ok() || !again.ok() || *again != payload) {
    return Error{ErrorCode::kCorruption,
                 "a signed statement is none about a model's files, or holds what its writer would "
                 "not have written"};
  }
  return manifest;
}

}  // namespace reprise::lineage
