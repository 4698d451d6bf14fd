#include "lineage/package.h"

#include <algorithm>

#include "lineage/document.h"
#include "lineage/percent_encode.h"
#include "storage/base/json.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kUrlPrefix = "pkg:";
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::string Encoded(std::string_view text) { return PercentEncode(text, "-._~:"); }

using UrlOf = std::string (*)(std::string_view name, std::string_view version);

Result<void> ReadList(const Json& document, const std::string& member, UrlOf url_of,
                      std::vector<NodeId>& packages) {
  if (document.Find(member) == nullptr) return {};
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const list, document.GetArray(member));
  for (const Json& package : *list) {
    const auto name = package.GetString("name");
    const auto version = package.GetString("version");
    // The others, and the files of the environment, are no worse for one that is not told.
    if (name.ok() && version.ok()) packages.push_back(NodeId::Package(url_of(*name, *version)));
  }
  return {};
}

}  // namespace

std::string PythonPackageUrl(std::string_view name, std::string_view version) {
  std::string spelled;  // Lower case, and a dash for an underscore, says the type's definition.
  for (const char c : name) {
    spelled += c == '_' ? '-' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return std::string(kUrlPrefix) + "pypi/" + Encoded(spelled) + "@" + Encoded(version);
}

std::string CondaPackageUrl(std::string_view name, std::string_view version) {
  return std::string(kUrlPrefix) + "conda/" + Encoded(name) + "@" + Encoded(version);
}

Result<std::vector<NodeId>> ReadEnvironmentPackages(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, "reprise/environment/v1"));
  std::vector<NodeId> packages;
  REPRISE_TRY(ReadList(json, "python_packages", PythonPackageUrl, packages));
  REPRISE_TRY(ReadList(json, "conda_packages", CondaPackageUrl, packages));
  std::ranges::sort(packages);
  packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
  return packages;
}

std::vector<NodeId> PackagesMeant(const std::string& ref) {
  if (ref.starts_with(kUrlPrefix)) {
    return {NodeId::Package(ref.substr(0, ref.find_first_of("?#")))};
  }
  const std::size_t equals = ref.find("==");
  if (equals == ref.npos || equals == 0 || equals + 2 == ref.size()) return {};
  const std::string name = ref.substr(0, equals);
  const std::string version = ref.substr(equals + 2);
  return {NodeId::Package(PythonPackageUrl(name, version)),
          NodeId::Package(CondaPackageUrl(name, version))};
}

std::string PackageLabel(const NodeId& package) {
  const std::string& url = package.name;
  std::string label = url.substr(std::min(url.rfind('/') + 1, url.size()));
  std::string plain;
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto digit = [&](std::size_t place) { return kHexDigits.find(label[place]); };
    if (label[i] == '%' && i + 2 < label.size() && digit(i + 1) != kHexDigits.npos &&
        digit(i + 2) != kHexDigits.npos) {
      plain += static_cast<char>(digit(i + 1) << 4 | digit(i + 2));
      i += 2;
    } else {
      plain += label[i] == '@' ? ' ' : label[i];
    }
  }
  return plain;
}

}  // namespace reprise::lineage
