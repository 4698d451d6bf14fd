// Reads what exports tell of an environment document.

#include "lineage/document.h"
#include "lineage/export/lineage_export.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

Result<ExportedFile> ReadFileFacts(const Json& json) {
  ExportedFile file;
  REPRISE_ASSIGN_OR_RETURN(file.path, BytesFromJson(MemberOrNull(json, "path")));
  REPRISE_ASSIGN_OR_RETURN(file.role, json.GetString("role"));
  REPRISE_ASSIGN_OR_RETURN(file.digest, GetOptionalDigest(json, "digest"));
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t size_bytes, json.GetInteger("size_bytes"));
  if (size_bytes < 0) return Error{ErrorCode::kCorruption, "a file of an environment has no size"};
  file.size_bytes = static_cast<std::uint64_t>(size_bytes);
  REPRISE_ASSIGN_OR_RETURN(file.package, json.GetOptionalString("package"));
  REPRISE_ASSIGN_OR_RETURN(file.version, json.GetOptionalString("version"));
  return file;
}

Result<void> ReadPackages(const Json& document, std::string_view member, ExportedPackage::Kind kind,
                          std::vector<ExportedPackage>& packages) {
  if (document.Find(member) == nullptr) return {};  // Environments without conda have none.
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const list, document.GetArray(member));
  for (const Json& json : *list) {
    ExportedPackage package;
    package.kind = kind;
    REPRISE_ASSIGN_OR_RETURN(package.name, json.GetString("name"));
    REPRISE_ASSIGN_OR_RETURN(package.version, json.GetString("version"));
    if (kind == ExportedPackage::Kind::kConda) {
      REPRISE_ASSIGN_OR_RETURN(const auto build, json.GetOptionalString("build"));
      REPRISE_ASSIGN_OR_RETURN(const auto channel, json.GetOptionalString("channel"));
      package.build = build.value_or("");
      package.channel = channel.value_or("");
    }
    packages.push_back(std::move(package));
  }
  return {};
}

}  // namespace

Result<ExportedEnvironment> ReadExportedEnvironment(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, "reprise/environment/v1"));
  ExportedEnvironment environment;
  REPRISE_ASSIGN_OR_RETURN(environment.architecture, json.GetString("architecture"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const files, json.GetArray("files"));
  for (const Json& file : *files) {
    REPRISE_ASSIGN_OR_RETURN(ExportedFile read, ReadFileFacts(file));
    environment.files.push_back(std::move(read));
  }
  REPRISE_TRY(
      ReadPackages(json, "python_packages", ExportedPackage::Kind::kPython, environment.packages));
  REPRISE_TRY(
      ReadPackages(json, "conda_packages", ExportedPackage::Kind::kConda, environment.packages));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const variables, json.GetArray("variables"));
  for (const Json& variable : *variables) {
    REPRISE_ASSIGN_OR_RETURN(const std::string name, variable.GetString("name"));
    REPRISE_ASSIGN_OR_RETURN(const std::string type, variable.GetString("type"));
    REPRISE_ASSIGN_OR_RETURN(std::string value, variable.GetString("value"));
    if (type == "bytes") {
      REPRISE_ASSIGN_OR_RETURN(value, FromBase64(value));
    }
    environment.variables.insert_or_assign(name, std::move(value));
  }
  return environment;
}

}  // namespace reprise::lineage
