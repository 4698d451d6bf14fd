// Packages that environments hold, as nodes of the graph: libraries that are known by name and
// version rather than by their bytes.  One is named by its package URL
// (github.com/package-url/purl-spec) without qualifiers.
//
// Thread-safety: pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lineage/graph.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// "pkg:pypi/scikit-learn@1.5.0", of a distribution however it spells its name.
std::string PythonPackageUrl(std::string_view name, std::string_view version);
// "pkg:conda/numpy@1.26.4".
std::string CondaPackageUrl(std::string_view name, std::string_view version);

// The Python and conda packages that an environment document names, each once.
// Errors: kCorruption.
Result<std::vector<NodeId>> ReadEnvironmentPackages(std::string_view document);

// The packages that a person may mean by a package URL or by "numpy==1.24.2"; empty: it is neither.
std::vector<NodeId> PackagesMeant(const std::string& ref);

// "numpy 1.24.2" of "pkg:pypi/numpy@1.24.2".
std::string PackageLabel(const NodeId& package);

}  // namespace reprise::lineage
