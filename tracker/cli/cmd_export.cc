#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/output_files.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/text.h"
#include "tracker/oci/image.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

Json LayersToJson(const std::vector<tracker::ImageLayer>& layers) {
  Json json = Json::Array{};
  for (const tracker::ImageLayer& layer : layers) {
    json.Append(Json()
                    .Set("name", layer.name)
                    .Set("media_type", layer.media_type)
                    .Set("digest", layer.digest.ToString())
                    .Set("diff_id", layer.diff_id.ToString())
                    .Set("size_bytes", layer.size_bytes)
                    .Set("entries", layer.entries));
  }
  return json;
}

Result<std::string> OutputFile(const po::variables_map& args, const Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string output, RequiredText(args, "output"));
  if (output == "-") {
    return Error{ErrorCode::kInvalidArgument,
                 "an image is not written to standard output, as its beginning is filled in last; "
                 "name a file with -o"};
  }
  std::string path = tracker::AbsolutePath(output, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, path));
  return path;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const std::string format, RequiredText(args, "format"));
  if (format != "oci") {
    return Error{ErrorCode::kUnsupported,
                 "--format " + Printable(format) +
                     " is not in this release; oci is, and `reprise audit export` writes the run's "
                     "documents"};
  }
  tracker::ImageOptions options;
  REPRISE_ASSIGN_OR_RETURN(options.compression,
                           tracker::ParseLayerCompression(Text(args, "compression")));
  options.allow_missing = Flag(args, "allow-missing");
  REPRISE_ASSIGN_OR_RETURN(const std::string path, OutputFile(args, context));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
  const StopSignals signals;
  Progress progress(context, "exporting " + run.record.name);
  OutputFiles files(context.files, {[](std::uint64_t, std::uint64_t) {},
                                    [] { return StopSignals::Received() != 0; }});
  options.files = &files;
  options.progress = [&](std::uint64_t count, std::uint64_t bytes, std::uint64_t bytes_total) {
    progress.Update(count, bytes, bytes_total);
  };
  REPRISE_ASSIGN_OR_RETURN(const tracker::ExportedImage image,
                           tracker::ExportImage(*store, run, path, options));
  progress.Finish();
  for (const std::string& warning : image.warnings) context.Warn("warning: " + warning);
  if (context.global.json) {
    context.PrintJson(Json().Set("export", Json()
                                               .Set("run", run.record.id.ToString())
                                               .Set("format", format)
                                               .Set("path", BytesToJson(path))
                                               .Set("manifest_digest", image.manifest.ToString())
                                               .Set("size_bytes", image.size_bytes)
                                               .Set("layers", LayersToJson(image.layers))));
  } else {
    context.out << "wrote the image of " << run.record.name << " to " << Printable(path) << " ("
                << FormatSize(image.size_bytes) << ", " << image.manifest.ToString() << ")\n";
  }
  return ChosenStatus(*store, {ref});
}

}  // namespace

Command ExportCommand() {
  Command command{"export", "Write a run as a container image that runs without us.",
                  "REF --format oci -o FILE"};
  command.examples = {
      {"reprise export credit@max:auc --format oci -o best.tar", "write the image"},
      {"podman load -i best.tar", "have it in Podman; `docker load` takes it, too"},
      {"skopeo copy oci-archive:best.tar docker://registry.example/credit:best", "push it"}};
  command.details =
      "FILE is an OCI image layout of everything that the run used, as it was before the run, with "
      "its command, environment and working directory. The same run gives the same bytes. Secrets "
      "are left out and named.";
  TakeRef(command);
  auto add = command.options.add_options();
  add("format", po::value<std::string>(), "FORMAT: oci");
  add("output,o", po::value<std::string>(), "FILE: a new file");
  add("compression", po::value<std::string>()->default_value("none"),
      "HOW: none, gzip or zstd, of the layers");
  add("allow-missing", po::bool_switch(), "also if something that the run used is not stored");
  command.choices["format"] = {"oci"};
  command.choices["compression"] = {"none", "gzip", "zstd"};
  command.required.emplace_back("format");
  command.required.emplace_back("output");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
