// Package URLs (github.com/package-url/purl-spec) of what an environment holds.

#pragma once

#include <string>

#include "lineage/export/lineage_export.h"

namespace reprise::lineage {

// "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64".  `operating_system` is what the run's host
// says ("Ubuntu 24.04 LTS"), `machine` what uname(2) calls the processor.
std::string DebianPackageUrl(const std::string& name, const std::string& version,
                             const std::string& operating_system, const std::string& machine);

// "pkg:pypi/scikit-learn@1.5.0", "pkg:conda/numpy@1.26.4?build=py311h64a7726_0&channel=…".
std::string PackageUrl(const ExportedPackage& package);

}  // namespace reprise::lineage
