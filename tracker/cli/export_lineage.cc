#include "tracker/cli/export_lineage.h"

#include "lineage/export/formats.h"
#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/output_files.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/text.h"
#include "tracker/export_view.h"
#include "tracker/lineage_view.h"
#include "tracker/new_folder.h"
#include "tracker/project_path.h"
#include "tracker/replay/restore.h"
#include "tracker/version.h"
#include "tracker/zip_writer.h"

namespace reprise::cli {
namespace {

bool IsFolderFormat(const std::string& format) { return format == "csv" || format == "ro-crate"; }

Result<std::string> WriteText(const lineage::LineageExport& lineage, const std::string& format) {
  if (format == "prov-json") return FormatJson(lineage::ProvToJson(lineage::ToProv(lineage)));
  if (format == "prov-n") return lineage::ProvToText(lineage::ToProv(lineage));
  if (format == "openlineage") return lineage::ToOpenLineage(lineage, std::string(kVersion));
  return lineage::ToCycloneDx(lineage, std::string(kVersion));
}

// What was asked for, before the store is opened.
struct Options {
  std::string format;
  std::optional<std::uint64_t> depth_max;
  bool with_data = true;
  std::optional<std::string> path;  // Absolute; none: standard output.
  bool is_zip = false;              // Of what is a folder otherwise.
};

Result<Options> ParseOptions(const po::variables_map& args, const Context& context,
                             const std::string& format) {
  Options options;
  options.format = format;
  if (args.count("depth") > 0) {
    const auto depth = args["depth"].as<std::int64_t>();
    if (depth < 0) {
      return Error{ErrorCode::kInvalidArgument, "--depth takes a number of edges, 0 or more"};
    }
    options.depth_max = static_cast<std::uint64_t>(depth);
  }
  if (!args["compression"].defaulted() || Flag(args, "allow-missing")) {
    return Error{ErrorCode::kInvalidArgument,
                 "--compression and --allow-missing go with --format oci"};
  }
  options.with_data = !Flag(args, "no-data");
  if (!options.with_data && format != "ro-crate") {
    return Error{ErrorCode::kInvalidArgument, "--no-data goes with --format ro-crate"};
  }
  const std::string output = OptionalText(args, "output").value_or("-");
  if (args.count("output") > 0) REPRISE_TRY(RequireText(output, "-o"));
  if (output == "-") {
    if (!IsFolderFormat(format)) return options;
    return Error{ErrorCode::kInvalidArgument,
                 "--format " + format + " has several files; name a new folder with -o"};
  }
  options.path = tracker::AbsolutePath(output, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, *options.path));
  options.is_zip = IsFolderFormat(format) && output.ends_with(".zip");
  if ((!IsFolderFormat(format) || options.is_zip) && Exists(context.files, *options.path)) {
    return Error{ErrorCode::kAlreadyExists,
                 "'" + Printable(*options.path) + "' exists already; name a new file with -o"};
  }
  return options;
}

// Lays the data of a crate out in `folder`; returns what the store does not have.
Result<std::set<Digest>> WriteData(tracker::Store& store, const lineage::LineageExport& lineage,
                                   const std::string& folder, FileSystem& files) {
  std::set<Digest> absent;
  for (const lineage::ExportedArtifact& artifact : lineage.artifacts) {
    const std::string path = JoinPath(folder, lineage::CratePath(artifact));
    REPRISE_TRY(CreateDirectories(files, ParentPath(path)));
    const bool is_folder = artifact.kind == lineage::ArtifactKind::kFolder;
    const auto written = tracker::RestoreArtifact(store, artifact.digest, is_folder,
                                                  artifact.is_executable, path, &files);
    if (written.ok()) continue;
    // A run that was not sealed names content that was never stored.
    if (written.error().code != ErrorCode::kNotFound) return written.error();
    REPRISE_TRY(RemoveTree(files, ParentPath(path)));
    absent.insert(artifact.digest);
  }
  return absent;
}

// Fills the folder at `path`.
Result<void> LayOut(tracker::Store& store, const lineage::LineageExport& lineage,
                    const Options& options, const std::string& path, Context& context,
                    FileSystem& files) {
  if (options.format == "csv") {
    const lineage::LineageTables tables = lineage::ToTables(lineage);
    REPRISE_TRY(WriteFileAtomically(files, JoinPath(path, "nodes.csv"), tables.nodes));
    REPRISE_TRY(WriteFileAtomically(files, JoinPath(path, "edges.csv"), tables.edges));
  } else {
    lineage::RoCrateOptions crate;
    crate.with_data = options.with_data;
    if (options.with_data) {
      REPRISE_ASSIGN_OR_RETURN(crate.absent, WriteData(store, lineage, path, files));
    }
    for (const Digest& digest : crate.absent) {
      context.Warn("warning: the content of '" +
                   Printable(lineage::NameOf(*lineage.FindArtifact(digest))) + "' (" +
                   ShortDigest(digest.ToString()) +
                   ") is not stored; the crate names it without having it");
    }
    REPRISE_TRY(WriteFileAtomically(files, JoinPath(path, "ro-crate-metadata.json"),
                                    lineage::ToRoCrate(lineage, crate)));
  }
  return {};
}

Result<void> WriteFolder(tracker::Store& store, const lineage::LineageExport& lineage,
                         const Options& options, Context& context, FileSystem& files) {
  const std::string& path = *options.path;
  if (!options.is_zip) {
    REPRISE_ASSIGN_OR_RETURN(const auto folder, tracker::NewFolder::Make(context.files, path));
    REPRISE_TRY(LayOut(store, lineage, options, path, context, files));
    folder->Keep();
    return {};
  }
  // The archive is made beside its place, of a folder that goes again.
  const std::string beside = path + ".partial";
  REPRISE_ASSIGN_OR_RETURN(const auto partial, tracker::NewFolder::Make(context.files, beside));
  const std::string content = JoinPath(beside, "content");
  const std::string archive = JoinPath(beside, "archive");
  REPRISE_TRY(files.CreateDirectory(content, 0700));
  REPRISE_TRY(LayOut(store, lineage, options, content, context, files));
  REPRISE_TRY(tracker::ZipFolder(files, content, archive));
  REPRISE_TRY(files.Rename(archive, path));
  return files.SyncDirectory(ParentPath(path));
}

Json Report(const lineage::LineageExport& lineage, const Options& options) {
  Json missing = Json::Array{};
  for (const std::string& part : lineage::MissingParts(lineage)) missing.Append(part);
  return Json()
      .Set("ref", lineage.subject.ToString())
      .Set("format", options.format)
      .Set("path", options.path.has_value() ? BytesToJson(*options.path) : Json())
      .Set("runs", lineage.runs.size())
      .Set("artifacts", lineage.artifacts.size())
      .Set("missing", std::move(missing));
}

Result<void> WriteOut(tracker::Store& store, const lineage::LineageExport& lineage,
                      const Options& options, Context& context, FileSystem& files) {
  Json report = Report(lineage, options);
  if (IsFolderFormat(options.format)) {
    REPRISE_TRY(WriteFolder(store, lineage, options, context, files));
  } else {
    REPRISE_ASSIGN_OR_RETURN(std::string text, WriteText(lineage, options.format));
    if (options.path.has_value()) {
      REPRISE_TRY(WriteFileAtomically(files, *options.path, text));
    } else if (context.global.json) {
      report.Set("content", std::move(text));
    } else {
      context.out << text;
      return {};
    }
  }
  if (context.global.json) {
    context.PrintJson(Json().Set("export", std::move(report)));
  } else {
    context.out << "wrote the lineage of " << lineage::SubjectName(lineage) << " to "
                << Printable(*options.path) << " (" << Counted(lineage.runs.size(), "run") << ", "
                << Counted(lineage.artifacts.size(), "artifact") << ")\n";
  }
  return {};
}

}  // namespace

std::vector<std::string> LineageFormats() {
  return {"prov-json", "prov-n", "openlineage", "ro-crate", "csv", "cyclonedx"};
}

std::string LineageFormatOf(const std::string& name) { return name == "prov" ? "prov-json" : name; }

Result<int> ExportLineage(const po::variables_map& args, Context& context,
                          const std::string& format) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const Options options, ParseOptions(args, context, format));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(*store, context, ref));
  if (const auto* const artifact = std::get_if<tracker::ArtifactRef>(&resolved)) {
    REPRISE_TRY(tracker::GatherArtifactFacts(*store, *artifact));  // Unknown content is an error.
  }
  const StopSignals signals;
  Progress progress(context, "exporting " + Printable(ref));
  OutputFiles files(context.files, {[&](std::uint64_t count, std::uint64_t bytes) {
                                      progress.Update(count, bytes);
                                    },
                                    [] { return StopSignals::Received() != 0; }});
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::LineageExport lineage,
      tracker::GatherExport(*store, tracker::NodeOf(resolved), options.depth_max));
  REPRISE_TRY(WriteOut(*store, lineage, options, context, files));
  progress.Finish();
  const std::vector<std::string> missing = lineage::MissingParts(lineage);
  for (const std::string& part : missing) {
    context.Warn("warning: " + part + "; the export lacks it");
  }
  return missing.empty() ? ToldStatus(*store) : ExitStatus(ErrorCode::kCorruption);
}

}  // namespace reprise::cli
