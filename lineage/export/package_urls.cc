#include "lineage/export/package_urls.h"

#include "lineage/export/names.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kKept = "-._~:";

std::string Encoded(std::string_view text) { return PercentEncode(text, kKept); }

// Debian's names for processors.
std::string DebianArchitecture(const std::string& machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  if (machine == "i686") return "i386";
  if (machine == "ppc64le") return "ppc64el";
  return machine;
}

}  // namespace

std::string DebianPackageUrl(const std::string& name, const std::string& version,
                             const std::string& operating_system, const std::string& machine) {
  const bool is_ubuntu = operating_system.find("Ubuntu") != std::string::npos;
  return std::string("pkg:deb/") + (is_ubuntu ? "ubuntu" : "debian") + "/" + Encoded(name) + "@" +
         Encoded(version) + "?arch=" + Encoded(DebianArchitecture(machine));
}

std::string PackageUrl(const ExportedPackage& package) {
  if (package.kind == ExportedPackage::Kind::kPython) {
    std::string name;  // Lower case, and a dash for an underscore, says the type's definition.
    for (const char c : package.name) {
      name += c == '_' ? '-' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return "pkg:pypi/" + Encoded(name) + "@" + Encoded(package.version);
  }
  std::string url = "pkg:conda/" + Encoded(package.name) + "@" + Encoded(package.version);
  char separator = '?';
  const auto add = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    url += separator;
    url.append(key).append("=").append(Encoded(value));
    separator = '&';
  };
  add("build", package.build);
  add("channel", package.channel);
  return url;
}

}  // namespace reprise::lineage
