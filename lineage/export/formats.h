// The formats in which lineage is exported.
//
// Equal content gives equal bytes.  Paths and names are written as Printable() writes them, unless
// a format has a form that keeps every byte, and every text is escaped for where it stands.
// Thread-safety: pure functions.  docs/formats/exports.md tells what each format says.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/export/lineage_export.h"
#include "lineage/export/prov_document.h"
#include "lineage/in_toto.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// W3C PROV: runs are activities, content is entities, whoever ran them and the programs are agents.
ProvDocument ToProv(const LineageExport& lineage);

// OpenLineage 2-0-2: for each run a RunEvent START and one COMPLETE, FAIL or ABORT, by time; a line
// of JSON each.  `version` is that of Reprise, which is named as the producer.
Result<std::string> ToOpenLineage(const LineageExport& lineage, const std::string& version);

// RO-Crate 1.1 with the profile Process Run Crate 0.5: the content of `ro-crate-metadata.json`.
struct RoCrateOptions {
  // The data is in the crate, at CratePath(); else it is named by DigestUri().
  bool with_data = true;
  // Content that is not there although `with_data`: it is named as without.
  std::set<Digest> absent;
};
std::string ToRoCrate(const LineageExport& lineage, const RoCrateOptions& options);

// Where the crate has the content: "data/<64 digits>/<name>"; raw bytes.
std::string CratePath(const ExportedArtifact& artifact);

// CycloneDX 1.6 in JSON: a bill of materials of what was asked for, made by Reprise `version`.
std::string ToCycloneDx(const LineageExport& lineage, const std::string& version);

// What the buildType of our provenance is: docs/formats/attestation.md says what its parameters
// are.
inline constexpr std::string_view kSlsaBuildType = "urn:reprise:build:v1";

// SLSA provenance v1 of what `run`, which is one of `lineage`, wrote: `subjects`, sorted and of
// distinct names.  Written by Reprise `version`.
InTotoStatement ToSlsaProvenance(const LineageExport& lineage, const ExportedRun& run,
                                 std::vector<StatementSubject> subjects,
                                 const std::optional<StatementVersion>& about,
                                 const std::string& version);

// RFC 4180, UTF-8, with a heading.
struct LineageTables {
  std::string nodes;
  std::string edges;
};
LineageTables ToTables(const LineageExport& lineage);

}  // namespace reprise::lineage
