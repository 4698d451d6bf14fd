// How content was made, as SLSA provenance of the run that wrote it (docs/formats/attestation.md).
//
// Thread-safety: as the store.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/in_toto.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/models.h"
#include "tracker/store.h"

namespace reprise::tracker {

// A run, and which of what it wrote is asked about.
struct Made {
  Ulid run;
  std::vector<lineage::ArtifactUse> products;  // Of a folder, every file in it.
};

// The first run that wrote the content, and the path under which it did; nullopt: none did.
// Errors: of reading the store.
struct Writing {
  Ulid run;
  std::string path;
};
Result<std::optional<Writing>> FirstWritingOf(Store& store, const Digest& content);

// The run that made a version: the one that it was registered from, else the first writer.
// Errors: kInvalidArgument  no recorded run wrote it.
Result<Made> MakingOf(Store& store, const RegisteredModel& model);

// A version, as statements name it.
lineage::StatementVersion StatementVersionOf(const RegisteredModel& model);

// The files of an artifact by their paths: itself, or those in the folder, sorted; symlinks have no
// content and are left out.
// Errors: kNotFound, kCorruption  a folder's document is lost.
Result<std::vector<lineage::StatementSubject>> FilesOf(Store& store,
                                                       const lineage::ArtifactUse& artifact);

struct Provenance {
  lineage::InTotoStatement statement;
  std::vector<std::string> missing;  // Sentences: what the store has lost of it.
};

// Written by Reprise `version`.  Values that look secret are `<redacted>`.
// Errors: kInvalidArgument  there are no products, or no files in them.
//         kNotFound, kCorruption  the run, or a folder among the products, is lost.
Result<Provenance> GatherProvenance(Store& store, const Made& made,
                                    const std::optional<lineage::StatementVersion>& about,
                                    const std::string& version);

}  // namespace reprise::tracker
