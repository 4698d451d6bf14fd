#include <algorithm>

#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/export_attestation.h"
#include "tracker/cli/export_lineage.h"
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

Result<int> ExportImage(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  if (args.count("depth") > 0 || Flag(args, "no-data")) {
    return Error{
        ErrorCode::kInvalidArgument,
        "--depth and --no-data go with the formats of lineage, and an image is of one run"};
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
                                               .Set("format", "oci")
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

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string name, RequiredText(args, "format"));
  const std::vector<std::string> attestations = AttestationFormats();
  if (std::ranges::find(attestations, name) != attestations.end()) {
    return ExportAttestation(args, context, name);
  }
  if (HasAttestationOptions(args)) {
    return Error{ErrorCode::kInvalidArgument,
                 "--unsigned and --signer go with --format slsa and model-signing"};
  }
  if (name == "oci") return ExportImage(args, context);
  const std::string format = LineageFormatOf(name);
  const std::vector<std::string> formats = LineageFormats();
  if (std::ranges::find(formats, format) != formats.end()) {
    return ExportLineage(args, context, format);
  }
  std::string known;
  for (const std::string& one : formats) known += one + ", ";
  for (const std::string& one : attestations) known += one + ", ";
  return Error{ErrorCode::kInvalidArgument,
               "--format takes " + known + "or oci, and got '" + Printable(name) + "'"};
}

}  // namespace

Command ExportCommand() {
  Command command{"export", "Write lineage for other tools, or a run as a container image.",
                  "REF --format FORMAT [-o PATH] [--depth N] [--no-data]"};
  command.examples = {
      {"reprise export out/model.json --format prov-json -o prov.json", "W3C PROV"},
      {"reprise export @last --format openlineage > events.jsonl", "events for Marquez and others"},
      {"reprise export credit@max:auc --format ro-crate -o crate", "with the data"},
      {"reprise export out/model.json --format cyclonedx -o bom.cdx.json", "a bill of materials"},
      {"reprise export scorecard@3 --format slsa", "how it was made, as SLSA provenance"},
      {"reprise export scorecard@3 --format model-signing -o model.sig",
       "what `reprise attest` signed of its files"},
      {"reprise export credit@max:auc --format oci -o best.tar && podman load -i best.tar",
       "a container image of the run"}};
  command.details =
      "The formats of lineage are of a run or an artifact and of all that it came from: prov-json "
      "(also prov) and prov-n of W3C PROV, openlineage (a line for each event), cyclonedx 1.6, "
      "which go to standard output without -o; and, into a new folder or a .zip, ro-crate 1.1 and "
      "csv. "
      "Nothing in them depends on when they are written: the same lineage gives the same bytes. "
      "Secrets are `<redacted>`. oci is an image layout of everything that one run used, as it was "
      "before the run, with its "
      "command, environment and working directory. Secrets are left out and named. slsa is how a "
      "run, "
      "what it wrote, or a model was made: provenance v1 in an in-toto statement. Of a model's "
      "version slsa and model-signing are the signed file that `reprise attest` recorded, the "
      "newest that holds.";
  TakeRef(command);
  auto add = command.options.add_options();
  add("format", po::value<std::string>(),
      "FORMAT: prov-json, prov-n, openlineage, ro-crate, csv, cyclonedx, slsa, model-signing or "
      "oci");
  add("output,o", po::value<std::string>(),
      "PATH: a new file; a new folder or .zip for ro-crate and csv");
  add("depth", po::value<std::int64_t>(), "N: lineage at most so many edges away");
  add("no-data", po::bool_switch(), "a ro-crate that names the data without having it");
  add("compression", po::value<std::string>()->default_value("none"),
      "HOW: none, gzip or zstd, of the layers of an image");
  add("allow-missing", po::bool_switch(),
      "an image also if something that the run used is not stored");
  TakeAttestationOptions(command);
  command.choices["format"] = LineageFormats();
  for (std::string& format : AttestationFormats()) {
    command.choices["format"].push_back(std::move(format));
  }
  command.choices["format"].emplace_back("oci");
  command.choices["compression"] = {"none", "gzip", "zstd"};
  command.required.emplace_back("format");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
