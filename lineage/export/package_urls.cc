#include "lineage/export/package_urls.h"

#include "lineage/package.h"
#include "lineage/percent_encode.h"

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
    return PythonPackageUrl(package.name, package.version);
  }
  std::string url = CondaPackageUrl(package.name, package.version);
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
