// The environment of a run as a document ("reprise/environment/v1"): what can change a result and
// is neither code, input, parameter nor command.
//
// Everything in it is computed from the command, its variables and the files that it loads; nothing
// is sampled, so that equal environments give equal bytes.  Host name, kernel and clock are left
// out on purpose.  docs/formats/environment.md.
//
// Thread-safety: BuildEnvironment may be called by any number of threads, if `digest_of` may.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lineage/capture/conda.h"
#include "lineage/capture/packages.h"
#include "lineage/capture/program.h"
#include "lineage/capture/python.h"
#include "lineage/capture/system_view.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::capture {

struct EnvironmentRequest {
  Command command;             // As it was started, with all of its variables.
  std::string project_folder;  // Absolute; files in it are named relative to it.
  // Files that the process had mapped, as /proc/PID/maps names them; those that are no ELF objects
  // are passed over.
  std::vector<std::string> mapped_files;
  std::vector<std::string> keep_variables;  // More names than the allow-list has.
  std::string cache_folder;                 // Of the package index; empty: none is kept.
  // The digest of the file at `path` (absolute, real), which may store it on the way.
  std::function<Result<Digest>(const std::string& path)> digest_of;
};

struct EnvironmentFile {
  std::string path;  // As it is asked for; relative to the project if it lies in it.
  std::string real_path;
  FileRole role = FileRole::kLibrary;
  std::optional<Digest> digest;  // None: it cannot be read.
  std::uint64_t size_bytes = 0;
  std::optional<std::string> build_id;
  std::optional<Package> package;
  // Of programs and of what lies in the project: which compilers made it.
  std::vector<std::string> compilers;
};

struct Environment {
  std::string document;  // Canonical bytes.
  // The same facts for printing.
  std::vector<EnvironmentFile> files;  // By path.
  std::vector<Distribution> python_packages;
  std::vector<CondaPackage> conda_packages;
  bool redacted = false;
  std::vector<std::string> warnings;
};

// Errors: kInvalidArgument  a locale or path that has no canonical form.
//         Whatever cannot be found or read (the command, a library, a package database) is a
//         warning: a run is recorded all the same.
Result<Environment> BuildEnvironment(const SystemView& view, const EnvironmentRequest& request);

// The time zone that localtime(3) uses: TZ, else where /etc/localtime leads below zoneinfo/, else
// the text of /etc/timezone, else "UTC".
std::string TimeZone(const SystemView& view, const Variables& variables);

}  // namespace reprise::capture
