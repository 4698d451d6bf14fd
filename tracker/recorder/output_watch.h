// Whether a run changed what was named as its output: as far as stats tell, before and after.

#pragma once

#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/stop.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

// Notes in `captured` how each of the declared outputs that is there looks.  What cannot be read is
// left out, and is then never said to be unchanged.
void NoteOutputsBefore(FileSystem& files, const v1::SessionStarted& started,
                       const storage::StopFunction& stop, v1::CodeCaptured& captured);

// Sentences about those that still look the same: the run has not written them.
std::vector<std::string> WarningsOfUnchangedOutputs(FileSystem& files,
                                                    const v1::SessionStarted& started,
                                                    const v1::CodeCaptured& captured);

}  // namespace reprise::tracker
