// Which distributions a Python interpreter has installed.
//
// Read from the names of *.dist-info and *.egg-info in the folders that the site module would put
// on sys.path (venvs by pyvenv.cfg, Debian's dist-packages, the user's site, PYTHONPATH); no Python
// runs.  .pth files are not followed, except that editable installations are recognised by their
// direct_url.json (PEP 610).
//
// Thread-safety: pure functions of the file system.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lineage/capture/program.h"
#include "lineage/capture/system_view.h"

namespace reprise::capture {

struct Distribution {
  std::string name;     // As its folder is named; not normalised.
  std::string version;  // "" where the folder does not tell.
  // Where its files really lie, if it is installed in editable mode.
  std::optional<std::string> editable_folder;

  friend auto operator<=>(const Distribution&, const Distribution&) = default;
};

// True if `path` is named as interpreters of Python are: python, python3, python3.11, pypy3.
bool IsPython(std::string_view path);

// The folders in which `interpreter` (absolute, as found on PATH) looks for installed packages,
// in the order of sys.path, existing ones only.
std::vector<std::string> SiteFolders(const SystemView& view, const std::string& interpreter,
                                     const Command& command);

// At most 20 000 distributions, by name and version; of a name found twice the first on the path,
// which is what import finds.
std::vector<Distribution> ListDistributions(const SystemView& view,
                                            const std::vector<std::string>& folders);

}  // namespace reprise::capture
