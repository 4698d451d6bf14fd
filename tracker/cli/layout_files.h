// Where a run is laid out.

#pragma once

#include <string>

#include "tracker/cli/output_files.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/stop_signals.h"

namespace reprise::cli {

// With its progress on stderr until that is done, and refusing to write once we are to stop.
//
// Thread-safety: as OutputFiles.
class LayoutFiles final : public OutputFiles {
 public:
  LayoutFiles(const Context& context, const std::string& label)
      : OutputFiles(context.files, {[this](std::uint64_t count, std::uint64_t bytes) {
                                      progress_.Update(count, bytes);
                                    },
                                    [] { return StopSignals::Received() != 0; }}),
        progress_(context, label) {}

 private:
  Progress progress_;
};

}  // namespace reprise::cli
