#include "lineage/content_overlap.h"
#include "lineage/document.h"
#include "storage/base/text_value.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/text.h"

namespace reprise::cli {
namespace {

constexpr std::size_t kFilesShown = 10;

using lineage::ContentFile;

// The files of an artifact, or of a run's inputs.
Result<std::vector<ContentFile>> FilesOfRef(tracker::Store& store, const Context& context,
                                            const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(store, context, ref));
  std::vector<lineage::ArtifactUse> uses;
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(*id));
    if (run.recipe.has_value()) uses = run.recipe->inputs;
    if (uses.empty()) {
      return Error{ErrorCode::kNotFound, "run " + run.record.name + " has no inputs"};
    }
  } else {
    const auto& artifact = std::get<tracker::ArtifactRef>(resolved);
    REPRISE_ASSIGN_OR_RETURN(const tracker::ArtifactFacts facts,
                             tracker::GatherArtifactFacts(store, artifact));
    if (!facts.size_bytes.has_value() && !artifact.path_on_disk.empty()) {
      return tracker::NotStored(artifact);  // Though a run used it.
    }
    lineage::ArtifactUse use;
    use.digest = facts.digest;
    use.size_bytes = facts.size_bytes.value_or(0);
    use.kind =
        facts.kind == "folder" ? lineage::ArtifactKind::kFolder : lineage::ArtifactKind::kFile;
    use.path = use.kind == lineage::ArtifactKind::kFolder ? "" : ref;
    uses.push_back(std::move(use));
  }
  std::vector<ContentFile> files;
  for (const lineage::ArtifactUse& use : uses) {
    REPRISE_ASSIGN_OR_RETURN(auto found, lineage::FilesOf(store.objects(), use));
    std::ranges::move(found.files, std::back_inserter(files));
  }
  return files;
}

void Print(const lineage::ContentOverlap& overlap, const std::vector<ContentFile>& a,
           const std::vector<ContentFile>& b, std::ostream& out) {
  out << "A " << FormatSize(overlap.a_bytes) << " in " << Counted(a.size(), "file") << ", B "
      << FormatSize(overlap.b_bytes) << " in " << Counted(b.size(), "file") << "\n";
  out << "shared " << FormatSize(overlap.shared_bytes) << ": "
      << lineage::PercentOf(overlap.shared_bytes, overlap.a_bytes) << " of A, "
      << lineage::PercentOf(overlap.shared_bytes, overlap.b_bytes) << " of B\n";
  if (overlap.files.empty()) return;
  Table table({">SHARED", "FILE OF A", "FILE OF B", ""});
  for (std::size_t i = 0; i < std::min(overlap.files.size(), kFilesShown); ++i) {
    const lineage::SharingFiles& files = overlap.files[i];
    table.Add({FormatSize(files.shared_bytes), Printable(a[files.a].path),
               Printable(b[files.b].path),
               a[files.a].digest == b[files.b].digest ? "the same file" : ""});
  }
  table.Print(out);
  if (overlap.files.size() > kFilesShown) {
    out << "and " << overlap.files.size() - kFilesShown << " more\n";
  }
}

Json ToJson(const lineage::ContentOverlap& overlap, const std::vector<ContentFile>& a,
            const std::vector<ContentFile>& b) {
  Json files = Json::Array{};
  for (const lineage::SharingFiles& pair : overlap.files) {
    files.Append(Json()
                     .Set("a", BytesToJson(a[pair.a].path))
                     .Set("b", BytesToJson(b[pair.b].path))
                     .Set("is_same_file", a[pair.a].digest == b[pair.b].digest)
                     .Set("shared_bytes", pair.shared_bytes));
  }
  return Json()
      .Set("shared_bytes", overlap.shared_bytes)
      .Set("a_bytes", overlap.a_bytes)
      .Set("b_bytes", overlap.b_bytes)
      .Set("files", std::move(files))
      .Set("unread", lineage::TextsToJson(overlap.unread));
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string a_ref, RequiredText(args, "a"));
  REPRISE_ASSIGN_OR_RETURN(const std::string b_ref, RequiredText(args, "b"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const auto a, FilesOfRef(*store, context, a_ref));
  REPRISE_ASSIGN_OR_RETURN(const auto b, FilesOfRef(*store, context, b_ref));
  const StopSignals signals;
  std::uint64_t bytes_total = 0;
  for (const auto* const files : {&a, &b}) {
    for (const ContentFile& file : *files) bytes_total += file.size_bytes;
  }
  Progress progress(context, "comparing");
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::ContentOverlap overlap,
      lineage::FindContentOverlap(
          store->objects(), a, b,
          {.is_cancelled = [] { return StopSignals::Received() != 0; },
           .progress = [&](std::uint64_t files,
                           std::uint64_t bytes) { progress.Update(files, bytes, bytes_total); }}));
  progress.Finish();
  for (const std::string& path : overlap.unread) {
    context.Warn("warning: the chunks of '" + Printable(path) +
                 "' are not known: it is not stored, or damaged; only its size counts");
  }
  if (context.global.json) {
    context.PrintJson(ToJson(overlap, a, b));
  } else {
    Print(overlap, a, b, context.out);
  }
  return 0;
}

}  // namespace

Command LineageOverlapCommand() {
  Command command{"lineage overlap", "How much content two artifacts, or runs' inputs, share.",
                  "A B"};
  command.examples = {
      {"reprise lineage overlap data/train data/holdout", "two folders that were added or used"},
      {"reprise lineage overlap @last @last~1", "the inputs of two runs"}};
  command.details =
      "Counted by content-defined chunks as the store keeps them, without reading content: a part "
      "that was moved, or stands in a larger file, is found again. A chunk that occurs m times in "
      "A and n times in B counts min(m, n) times.";
  command.hidden.add_options()("a", po::value<std::string>())("b", po::value<std::string>());
  command.positionals.add("a", 1).add("b", 1);
  command.required = {"a", "b"};
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
