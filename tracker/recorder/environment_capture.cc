#include "tracker/recorder/environment_capture.h"

#include "lineage/capture/environment.h"
#include "tracker/project_path.h"
#include "tracker/recorder/digest_cache.h"

namespace reprise::tracker {
namespace {

std::vector<std::string> Names(const v1::SessionStarted& started) {
  std::vector<std::string> names;
  for (const std::string& variable : started.kept_variables()) {
    if (variable.starts_with("REPRISE_PARAM_")) continue;  // Of the parameters, not of the host.
    names.push_back(variable.substr(0, variable.find('=')));
  }
  return names;
}

}  // namespace

Result<CapturedEnvironment> CaptureEnvironment(FileSystem& files, const v1::SessionStarted& started,
                                               const std::vector<std::string>& environment,
                                               const std::vector<std::string>& mapped_files,
                                               const std::string& cache_folder,
                                               storage::ObjectWriter& writer) {
  DigestCache cache(files, cache_folder);
  capture::EnvironmentRequest request;
  const auto& arguments =
      started.started_arguments().empty() ? started.arguments() : started.started_arguments();
  request.command.arguments.assign(arguments.begin(), arguments.end());
  request.command.working_directory = started.working_directory();
  request.command.variables = capture::ParseVariables(environment);
  request.project_folder = started.project_folder();
  request.mapped_files = mapped_files;
  request.keep_variables = Names(started);
  request.cache_folder = cache_folder;
  request.digest_of = [&](const std::string& path) -> Result<Digest> {
    const bool in_project = !PathInProject(path, started.project_folder()).starts_with('/');
    if (!in_project) return cache.DigestOf(path);
    REPRISE_ASSIGN_OR_RETURN(const auto file, files.Open(path, OpenMode::kRead));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer.PutFile(*file));
    return put.digest;
  };
  REPRISE_ASSIGN_OR_RETURN(const capture::Environment built,
                           capture::BuildEnvironment(capture::SystemView(files), request));
  cache.Save();
  CapturedEnvironment captured;
  REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer.Put(AsBytes(built.document)));
  captured.document = put.digest;
  captured.redacted = built.redacted;
  captured.warnings = built.warnings;
  return captured;
}

}  // namespace reprise::tracker
