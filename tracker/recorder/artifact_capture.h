// Storing the inputs and outputs of a run, as journal messages.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/importer.h"
#include "storage/object_store.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

// Stores the file or folder at the absolute `path`.  Errors: those of storage::Import()
// and storage::RequireContent().
Result<v1::Artifact> StoreArtifact(FileSystem& files, const std::string& path,
                                   const std::string& role, storage::ObjectWriter& writer,
                                   const storage::ImportOptions& options);

// The same where what cannot be stored is no failure of the run: the message then says that it is
// missing, or why there is no digest.  Errors: kNoSpace, which voids the writer.
Result<v1::Artifact> CaptureArtifact(FileSystem& files, const std::string& path,
                                     const std::string& role, storage::ObjectWriter& writer,
                                     const storage::ImportOptions& options);

}  // namespace reprise::tracker
