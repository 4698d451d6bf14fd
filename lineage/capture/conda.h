// Which packages conda has installed in a prefix.
//
// Read from <prefix>/conda-meta/*.json, which conda, mamba and pixi write, one for each package;
// nothing runs.  An explanation beside the digests of files, never a replacement.
//
// Thread-safety: pure functions of the file system.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/capture/system_view.h"

namespace reprise::capture {

struct CondaPackage {
  std::string name;
  std::string version;
  std::string build;                   // "py311h64a7726_0"
  std::optional<std::string> channel;  // "conda.anaconda.org/conda-forge", without credentials.

  friend auto operator<=>(const CondaPackage&, const CondaPackage&) = default;
};

// The prefix that a program, absolute and real, lies in: of <prefix>/bin/x, if conda made it.
std::optional<std::string> CondaPrefix(const SystemView& view, const std::string& program);

// At most 20 000 packages, by name; empty if the prefix is none of conda's.
std::vector<CondaPackage> ListCondaPackages(const SystemView& view, const std::string& prefix);

// A channel as people name it, from what conda-meta says: without scheme, credentials
// ("user:pass@",
// "/t/TOKEN/") and the platform at its end.
std::string ChannelName(std::string_view channel);

}  // namespace reprise::capture
