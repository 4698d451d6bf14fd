// Storing the inputs and outputs of a run, as journal messages.

#pragma once

#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/importer.h"
#include "storage/object_store.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

// Why a file of a run in a sandbox could not be stored: its recorder died.
inline constexpr char kLostWithSandbox[] =
    "it was lost with the sandbox, which ended with its recorder";
// Why what lies at the path of an output is not stored when a run is recovered.
inline constexpr char kChangedAfterwards[] =
    "it was changed after the run, before the run was recovered";

struct CapturedArtifact {
  v1::Artifact artifact;
  std::vector<std::string> warnings;  // Sentences that name the path.
};

// Stores the file or folder at the absolute `path`.  Errors: those of storage::Import() and
// storage::RequireContent().
Result<CapturedArtifact> StoreArtifact(FileSystem& files, const std::string& path,
                                       const std::string& role, storage::ObjectWriter& writer,
                                       const storage::ImportOptions& options);

// The same where what cannot be stored is no failure of the run: the message then says that it is
// missing, or why there is no digest.  Errors: kNoSpace, which voids the writer.
Result<CapturedArtifact> CaptureArtifact(FileSystem& files, const std::string& path,
                                         const std::string& role, storage::ObjectWriter& writer,
                                         const storage::ImportOptions& options);

}  // namespace reprise::tracker
