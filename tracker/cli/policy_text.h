// What a policy says of a move, for people and as JSON.

#pragma once

#include <ostream>

#include "lineage/governance/policy_check.h"
#include "storage/base/json.h"

namespace reprise::cli {

// A line for each item: met or not, and what there is.
void PrintVerdict(const lineage::MoveVerdict& verdict, std::ostream& out);

// {"met", "overridden", "items": [{"requirement", "met", "found"}], "statements": []}
Json VerdictToJson(const lineage::MoveVerdict& verdict);

}  // namespace reprise::cli
