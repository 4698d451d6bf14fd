// The audit bundle: everything that a third party needs to check a run without us.
//
// A folder (or, with a path ending in .zip, an archive of it; not in this version) with the run and
// everything upstream of it: documents byte for byte, ledger entries with inclusion proofs against
// a signed checkpoint, a self-contained HTML report with the lineage as inline SVG, SHA256SUMS, and
// verify.py, which needs only the Python 3 standard library and the openssl command.  The same
// store state gives the same bytes.  docs/formats/bundle.md.

#pragma once

#include <string>

#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Writes the bundle of run `run` into the new folder `folder`.
// Errors: kAlreadyExists  `folder` exists and is not empty; nothing was changed.
//         kCorruption     something that the bundle needs is lost; nothing was written.
Result<void> ExportBundle(Store& store, const Ulid& run, const std::string& folder,
                          FileSystem& files);

}  // namespace reprise::tracker
