// The audit bundle: everything that a third party needs to check runs and models without us.
//
// A folder (or, with a path ending in .zip, an archive of the same files) with the runs and
// everything upstream of them, and the models that were registered of it with all that was said and
// signed of them: documents byte for byte, ledger entries with inclusion proofs against
// a signed checkpoint, a self-contained HTML report with the lineage as inline SVG, SHA256SUMS, and
// verify.py, which needs only the Python 3 standard library and the openssl command.  The same
// store state gives the same bytes.  docs/formats/bundle.md.

#pragma once

#include <string>

#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Writes the bundle into the new folder `path`, or the new archive if that ends with ".zip".
// An archive gets its name when it is whole (tracker/new_file.h).
// Errors: kAlreadyExists  `path` exists and is no empty folder; nothing was changed.
//         Those of GatherBundle(); nothing was written.
Result<void> ExportBundle(Store& store, const BundleRequest& request, const std::string& path,
                          FileSystem& files);

}  // namespace reprise::tracker
