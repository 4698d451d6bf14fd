#include <algorithm>
#include <limits>

#include "lineage/capture/content_patch.h"
#include "lineage/folder_members.h"
#include "lineage/graph.h"
#include "storage/chunk_reader.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/diff_text.h"
#include "tracker/cli/refs_support.h"
#include "tracker/column_settings.h"
#include "tracker/disk_objects.h"
#include "tracker/profiles.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

using lineage::ArtifactKind;
using lineage::ArtifactUse;
using lineage::StoredContents;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

struct DiffOptions {
  std::string before;
  std::string after;
  bool full = false;
  bool patch = false;

  // Lines of a list, and files whose contents are compared.
  std::size_t listed_max() const { return full ? kAll : 10; }
};

// A path under which the content of `ref` is known, as far as one helps to tell its kind.
Result<std::string> PathOf(tracker::Store& store, const std::string& ref, const Digest& digest) {
  const std::size_t slash = ref.find_last_of("/:");
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  if (ref.find('.', name) != std::string::npos) return ref.substr(name);
  const lineage::NodeId node = lineage::NodeId::Artifact(digest);
  REPRISE_ASSIGN_OR_RETURN(const auto producers, lineage::EdgesInto(store.catalog(), node));
  if (!producers.empty()) return producers.front().path;
  REPRISE_ASSIGN_OR_RETURN(const auto users, lineage::EdgesFrom(store.catalog(), node));
  return users.empty() ? ref : users.front().path;
}

Result<ArtifactUse> UseOf(tracker::Store& store, const std::string& ref,
                          const tracker::ArtifactRef& artifact) {
  ArtifactUse use{.path = "", .role = "", .digest = artifact.digest};
  use.executable = artifact.executable;
  REPRISE_ASSIGN_OR_RETURN(use.path, PathOf(store, ref, artifact.digest));
  if (artifact.kind.has_value()) {
    use.kind = *artifact.kind;
    return use;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto datasets, store.Datasets());
  for (const tracker::Dataset& dataset : datasets) {
    if (dataset.artifact.digest != artifact.digest) continue;
    use.kind = dataset.artifact.kind;
    use.path = dataset.artifact.path;
    return use;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto known,
                           tracker::KnownKindOf(store.catalog(), artifact.digest));
  use.kind = known.value_or(ArtifactKind::kFile);
  return use;
}

Json ArtifactToJson(const ArtifactUse& use) {
  return Json()
      .Set("digest", use.digest.ToString())
      .Set("kind", lineage::ArtifactKindName(use.kind));
}

void WarnOfOmitted(std::string_view path, std::string_view why, const Context& context) {
  context.Warn("warning: the patch lacks " + Printable(path) + ": " + Printable(why));
}

// The patch from one file or folder to the other, with a warning for what it lacks.
Result<std::string> PatchOf(const StoredContents& contents, const ArtifactUse& before,
                            const ArtifactUse& after, const Context& context) {
  if (before.kind != after.kind) {
    return Error{ErrorCode::kInvalidArgument,
                 "there is no patch from a " + std::string(lineage::ArtifactKindName(before.kind)) +
                     " to a " + std::string(lineage::ArtifactKindName(after.kind))};
  }
  std::string patch;
  if (before.kind == ArtifactKind::kFolder) {
    REPRISE_ASSIGN_OR_RETURN(const auto files,
                             lineage::DiffCode(contents, before.digest, after.digest));
    for (const lineage::CodeFile& file : files) {
      patch += file.patch;
      if (!file.omitted.empty()) WarnOfOmitted(file.change.path, file.omitted, context);
    }
    return patch;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto old_info, contents.objects.Describe(before.digest));
  REPRISE_ASSIGN_OR_RETURN(const auto new_info, contents.objects.Describe(after.digest));
  if (std::max(old_info.size_bytes, new_info.size_bytes) > lineage::kPatchFileBytesMax) {
    WarnOfOmitted(after.path,
                  "larger than " + std::to_string(lineage::kPatchFileBytesMax) + " bytes", context);
    return patch;
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string old_content, contents.objects.Get(before.digest));
  REPRISE_ASSIGN_OR_RETURN(const std::string new_content, contents.objects.Get(after.digest));
  return capture::MakePatch(after.path, capture::PatchSide{old_content, before.executable},
                            capture::PatchSide{new_content, after.executable});
}

// What is named by a digest need not be there, and then that is the answer, unless its profile is.
// What the store lacks and the disk has is read from there.
Result<void> RequireKnown(tracker::Store& store, const tracker::ArtifactRef& artifact,
                          const Context& context, tracker::DiskObjects& objects) {
  const auto described = store.objects().Describe(artifact.digest);
  if (described.ok()) return {};
  if (IsDamage(described.error())) {
    if (!artifact.path_on_disk.empty()) {
      return objects.Add(tracker::AbsolutePath(artifact.path_on_disk, context.working_directory),
                         artifact);
    }
    REPRISE_ASSIGN_OR_RETURN(const auto profile, tracker::StoredProfile(store, artifact.digest));
    if (profile.has_value()) return {};
  }
  return described.error();
}

// Whose values must not be told, by what the project says.
Result<lineage::ArtifactDiffOptions> HowToTell(const DiffOptions& options, const Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string project, context.ProjectFolder());
  REPRISE_ASSIGN_OR_RETURN(const tracker::ColumnSettings settings,
                           tracker::LoadColumnSettings(context.files, project));
  lineage::ArtifactDiffOptions told{.described_files_max = options.listed_max(),
                                    .rows_listed_max = options.listed_max()};
  if (settings.columns.empty()) return told;
  told.is_personal = [settings](const std::string& column, const std::vector<std::string>& paths) {
    return settings.IsPersonal(column, paths);
  };
  return told;
}

// The paths by which an artifact is known.
Result<std::vector<std::string>> KnownPathsOf(tracker::Store& store,
                                              const tracker::ArtifactRef& artifact,
                                              const Context& context) {
  std::vector<std::string> paths;
  if (!artifact.path_on_disk.empty()) {
    paths.push_back(tracker::AbsolutePath(artifact.path_on_disk, context.working_directory));
  }
  const lineage::NodeId node = lineage::NodeId::Artifact(artifact.digest);
  REPRISE_ASSIGN_OR_RETURN(const auto producers, lineage::EdgesInto(store.catalog(), node));
  REPRISE_ASSIGN_OR_RETURN(const auto users, lineage::EdgesFrom(store.catalog(), node));
  for (const auto* const edges : {&producers, &users}) {
    for (const lineage::Edge& edge : *edges) paths.push_back(edge.path);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto datasets, store.Datasets());
  for (const tracker::Dataset& dataset : datasets) {
    if (dataset.artifact.digest == artifact.digest) paths.push_back(dataset.artifact.path);
  }
  return paths;
}

Result<bool> AreEnvironments(tracker::Store& store, const Digest& before, const Digest& after) {
  REPRISE_ASSIGN_OR_RETURN(const bool is_one, tracker::IsEnvironment(store.catalog(), before));
  if (!is_one) return false;
  return tracker::IsEnvironment(store.catalog(), after);
}

// Of two documents in which runs ran: package by package, as between those runs.
Result<bool> DiffEnvironments(const DiffOptions& options, const StoredContents& contents,
                              const ArtifactUse& before, const ArtifactUse& after,
                              Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string one, contents.objects.Get(before.digest));
  REPRISE_ASSIGN_OR_RETURN(const std::string other, contents.objects.Get(after.digest));
  lineage::RunDiff diff;
  REPRISE_ASSIGN_OR_RETURN(diff.environment, lineage::DiffEnvironmentDocuments(one, other));
  if (context.global.json) {
    context.PrintJson(Json().Set(
        "diff", Json()
                    .Set("kind", "environments")
                    .Set("differs", diff.differs())
                    .Set("before", Json().Set("digest", before.digest.ToString()))
                    .Set("after", Json().Set("digest", after.digest.ToString()))
                    .Set("environment", *lineage::RunDiffToJson(diff).Find("environment"))));
  } else {
    PrintRunDiff(diff, options.listed_max(), context.out);
  }
  return diff.differs();
}

Result<bool> DiffArtifactRefs(tracker::Store& store, const DiffOptions& options,
                              const lineage::ArtifactDiffOptions& told,
                              const StoredContents& contents, const ArtifactUse& before,
                              const ArtifactUse& after, Context& context) {
  const bool differs = before.digest != after.digest || before.kind != after.kind;
  if (options.patch) {
    if (!differs) return false;
    REPRISE_ASSIGN_OR_RETURN(const std::string patch, PatchOf(contents, before, after, context));
    context.out << patch;
    return true;
  }
  REPRISE_ASSIGN_OR_RETURN(const bool are_environments,
                           AreEnvironments(store, before.digest, after.digest));
  if (are_environments) return DiffEnvironments(options, contents, before, after, context);
  std::optional<lineage::ArtifactDiff> diff;
  if (differs) {
    REPRISE_ASSIGN_OR_RETURN(diff, lineage::DiffArtifacts(contents, before, after, told));
  }
  if (context.global.json) {
    context.PrintJson(
        Json().Set("diff", Json()
                               .Set("kind", "artifacts")
                               .Set("differs", differs)
                               .Set("before", ArtifactToJson(before))
                               .Set("after", ArtifactToJson(after))
                               .Set("difference", lineage::ArtifactDiffToJson(diff))));
  } else if (differs) {
    PrintArtifactDiff("", *diff, options.listed_max(), context.out);
  } else {
    context.out << "no difference was found\n";
  }
  return differs;
}

Json RunHead(const tracker::StoredRun& run) {
  return Json()
      .Set("id", run.record.id.ToString())
      .Set("name", run.record.name)
      .Set("experiment", run.record.experiment);
}

std::string Named(const tracker::StoredRun& run) {
  return Printable(run.record.name) + " (" + run.record.id.ToString() + ")";
}

Result<bool> DiffRunRefs(const DiffOptions& options, lineage::ArtifactDiffOptions told,
                         const StoredContents& contents, const tracker::StoredRun& before,
                         const tracker::StoredRun& after, Context& context) {
  if (options.patch) told.described_files_max = 0;
  REPRISE_ASSIGN_OR_RETURN(const lineage::RunDiff diff,
                           lineage::DiffRuns(contents, {before.record, before.recipe, before.code},
                                             {after.record, after.recipe, after.code}, told));
  if (options.patch) {
    for (const lineage::CodeFile& file : diff.code) context.out << file.patch;
    for (const lineage::NotCompared& note : diff.not_compared) {
      if (note.subject.starts_with("code")) {
        context.Warn("warning: " + Printable(note.subject) + ": " + Printable(note.reason));
      }
    }
    return !diff.code.empty();
  }
  if (!context.global.json) {
    context.out << "from " << Named(before) << "\nto   " << Named(after) << "\n";
    PrintRunDiff(diff, options.listed_max(), context.out);
    return diff.differs();
  }
  Json json = Json()
                  .Set("kind", "runs")
                  .Set("differs", diff.differs())
                  .Set("same_recipe", before.record.recipe.has_value() &&
                                          before.record.recipe == after.record.recipe)
                  .Set("before", RunHead(before))
                  .Set("after", RunHead(after));
  Json sections = lineage::RunDiffToJson(diff);
  for (auto& [name, value] : sections.as_object()) json.Set(name, std::move(value));
  context.PrintJson(Json().Set("diff", std::move(json)));
  return diff.differs();
}

Result<bool> Diff(tracker::Store& store, const DiffOptions& options, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto before, StoredThing(store, context, options.before));
  REPRISE_ASSIGN_OR_RETURN(const auto after, StoredThing(store, context, options.after));
  const auto* const old_run = std::get_if<Ulid>(&before);
  const auto* const new_run = std::get_if<Ulid>(&after);
  if ((old_run == nullptr) != (new_run == nullptr)) {
    const bool is_first = old_run != nullptr;
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(is_first ? options.before : options.after) + "' is a run and '" +
                     Printable(is_first ? options.after : options.before) +
                     "' is none; name two runs or two artifacts (a file of a run is REF:PATH)"};
  }
  REPRISE_ASSIGN_OR_RETURN(lineage::ArtifactDiffOptions told, HowToTell(options, context));
  tracker::DiskObjects objects(store.files(), store.objects());
  const auto chunks = storage::NewChunkReader(store.files(), store.folder(), store.catalog());
  StoredContents contents{objects, chunks.get(), [&store](const Digest& content) {
                            return tracker::AnyProfile(store, content);
                          }};
  if (old_run != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun one, store.GetRun(*old_run));
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun other, store.GetRun(*new_run));
    return DiffRunRefs(options, std::move(told), contents, one, other, context);
  }
  for (const tracker::Resolved* const named : {&before, &after}) {
    const auto& artifact = std::get<tracker::ArtifactRef>(*named);
    REPRISE_TRY(RequireKnown(store, artifact, context, objects));
    REPRISE_ASSIGN_OR_RETURN(const auto paths, KnownPathsOf(store, artifact, context));
    told.known_paths.insert(told.known_paths.end(), paths.begin(), paths.end());
  }
  if (!objects.empty()) contents.chunks = nullptr;  // They are of the store alone.
  REPRISE_ASSIGN_OR_RETURN(const ArtifactUse one,
                           UseOf(store, options.before, std::get<tracker::ArtifactRef>(before)));
  REPRISE_ASSIGN_OR_RETURN(const ArtifactUse other,
                           UseOf(store, options.after, std::get<tracker::ArtifactRef>(after)));
  return DiffArtifactRefs(store, options, told, contents, one, other, context);
}

Result<int> Run(const po::variables_map& args, Context& context) {
  DiffOptions options{
      .before = {}, .after = {}, .full = Flag(args, "full"), .patch = Flag(args, "patch")};
  REPRISE_ASSIGN_OR_RETURN(options.before, RequiredText(args, "before"));
  REPRISE_ASSIGN_OR_RETURN(options.after, RequiredText(args, "after"));
  if (options.patch && (context.global.json || options.full)) {
    return Error{ErrorCode::kInvalidArgument,
                 "--patch prints a patch and nothing else; leave out --json and --full"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const bool differs, Diff(*store, options, context));
  const int status = ChosenStatus(*store, {options.before, options.after});
  if (status != 0) return status;
  return differs ? 1 : 0;
}

}  // namespace

Command DiffCommand() {
  Command command{"diff", "Why two runs, or two artifacts, differ.", "REF REF [--full | --patch]"};
  command.examples = {
      {"reprise diff @last~1 @last", "why did the newest run give another result?"},
      {"reprise diff baseline candidate --patch | git apply", "take over the code of another run"},
      {"reprise diff @last~1:train.csv @last:train.csv", "columns, rows and distributions"},
      {"reprise diff old.csv new.csv", "two files on disk, which are not stored"},
      {"reprise diff sha256:ab12cd34 sha256:98fe76dc", "two files or folders by their digests"}};
  command.details =
      "Of two runs, from the second REF's point of view: parameters, inputs, code, command, "
      "variables, environment and machine, in the order of their likely consequence, then what "
      "came of it: outcome, outputs and metrics. Folders are compared file by file, tables column "
      "by column, .safetensors files tensor by tensor. Files and folders on disk need not be in "
      "the store. Values of columns that reprise.toml tags as pii are told as <pii>, but by "
      "--patch, which is the content itself. Lists are cut after ten lines, and the "
      "contents of ten files of each are compared; --full does all. What one run did not record, "
      "and content that is lost or damaged, is named as not compared. Ends with 0 when no "
      "difference was found, and with 1 when there is one, as diff(1) does.";
  TakeRef(command, "before");
  TakeRef(command, "after");
  auto add = command.options.add_options();
  add("full", po::bool_switch(), "list everything, and compare the contents of every file");
  add("patch", po::bool_switch(),
      "print the code's difference as a patch that git takes, and nothing else");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
