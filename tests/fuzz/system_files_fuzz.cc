// What the system says of its programs, on arbitrary bytes: the package database, Python's
// metadata, conda's, "#!" lines and a process's stat.  Each of these files has the same content, so
// that one input reaches every reader.  The first line of the input is also the name of a Python
// distribution's folder.

#include <cstddef>
#include <cstdint>

#include "lineage/capture/conda.h"
#include "lineage/capture/packages.h"
#include "lineage/capture/program.h"
#include "lineage/capture/python.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tests/support/fault_file_system.h"
#include "tracker/recorder/process_stat.h"

namespace {

using namespace reprise;  // NOLINT: a fuzz target is its own program.

void Write(FileSystem& files, const std::string& path, std::string_view content) {
  REPRISE_ASSERT(CreateDirectories(files, ParentPath(path)).ok());
  const auto file = files.Open(path, OpenMode::kCreate, 0755);
  if (!file.ok()) return;  // A name that the file system refuses.
  REPRISE_ASSERT((*file)->WriteAt(0, AsBytes(content)).ok());
}

void ReadPython(const capture::SystemView& view, const capture::Command& command) {
  const auto folders = capture::SiteFolders(view, "/venv/bin/python3.11", command);
  REPRISE_ASSERT(!folders.empty());
  for (const capture::Distribution& found : capture::ListDistributions(view, folders)) {
    REPRISE_ASSERT(!found.name.empty() && found.name.find('-') == std::string::npos);
  }
}

void ReadPrograms(const capture::SystemView& view, const capture::Command& command) {
  const auto programs = capture::FindPrograms(view, command);
  if (!programs.ok()) return;
  REPRISE_ASSERT(!programs->empty() && programs->front().path == "/project/script");
  for (const capture::Program& program : *programs) REPRISE_ASSERT(program.path.starts_with('/'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  std::string name(text.substr(0, std::min<std::size_t>(text.find('\n'), 100)));
  for (char& c : name) c = c == '/' || c == '\0' ? '_' : c;
  testing::FaultFileSystem files;
  const std::string site = "/venv/lib/python3.11/site-packages/";
  for (const std::string& path :
       {std::string("/var/lib/dpkg/status"), std::string("/var/lib/dpkg/info/libc6.list"),
        std::string("/proc/7/stat"), std::string("/venv/pyvenv.cfg"),
        std::string("/venv/bin/python3.11"), std::string("/venv/conda-meta/numpy-1-2.json"),
        site + "a.pth", site + "b.egg-link", std::string("/project/script"),
        site + "editable-1.dist-info/direct_url.json",
        site + (name.empty() ? "_" : name) + ".egg-info"}) {
    Write(files, path, text);
  }
  const capture::SystemView view(files);
  const auto packages = capture::OpenPackageIndex(view, "");
  REPRISE_ASSERT(packages.ok());
  (void)packages->FindOwner("/usr/lib/x86_64-linux-gnu/libc.so.6");
  for (const capture::CondaPackage& package : capture::ListCondaPackages(view, "/venv")) {
    REPRISE_ASSERT(package.name == "numpy" && package.build == "2");
  }
  (void)tracker::ReadProcessStat(files, 7);
  const capture::Command command{.arguments = {"/project/script", "x"},
                                 .working_directory = "/project",
                                 .variables = {{"HOME", "/home"}, {"PATH", "/venv/bin"}}};
  ReadPython(view, command);
  ReadPrograms(view, command);
  return 0;
}
