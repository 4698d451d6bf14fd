// How two recorded environments differ, entry by entry.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// One entry of an environment document (docs/formats/environment.md) that differs.
struct EnvironmentChange {
  // The member that it is of, without its plural where it is a list: "python_package",
  // "conda_package", "file", "variable", or "instruction_set", "locale", "time_zone", …
  std::string group;
  std::string name;  // Of an entry of a list, printable; "" of a member that is no list.
  Json before;       // The whole entry or member; null: there is none.
  Json after;

  // "added", "removed" or "changed".
  std::string_view change() const;
};

// By likely consequence: Python packages, conda packages, variables, files, then the other members
// by name; within each by name.  Empty when the documents are equal.
// Errors: kCorruption  one is no environment document.
Result<std::vector<EnvironmentChange>> DiffEnvironmentDocuments(std::string_view before,
                                                                std::string_view after);

// What tells a package, or the package of a file, apart for people: "libc6 2.36-9", "2.1.0",
// "1.26.4 py311_0"; what made it ("made by …") if it is of no package, or nothing.
std::string PackageText(const Json& entry);

}  // namespace reprise::lineage
