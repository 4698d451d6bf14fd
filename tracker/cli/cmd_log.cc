// `reprise log` and `reprise cat`: bytes to stdout.

#include <chrono>
#include <thread>

#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/live_runs.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::cli {
namespace {

constexpr auto kFollowPause = std::chrono::milliseconds(200);

Result<void> WriteObject(tracker::Store& store, const Digest& digest, std::ostream& out) {
  return store.objects().Read(digest, [&](ByteSpan part) -> Result<void> {
    const std::string_view text = AsText(part);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out) return Error{ErrorCode::kIoError, "cannot write to stdout"};
    return {};
  });
}

// A run that is in the inbox still, if `ref` is its name or id.
Result<std::optional<Ulid>> FindLive(Context& context, const std::string& store_folder,
                                     const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(const auto live, tracker::LiveRuns(context.files, store_folder));
  for (auto run = live.rbegin(); run != live.rend(); ++run) {
    if (ref == "@last" || ref == run->record.name || ref == run->record.id.ToString()) {
      return std::optional(run->record.id);
    }
  }
  return std::optional<Ulid>();
}

// Copies what the keeper has written so far, and goes on while the run lives and `follow` is asked.
Result<void> WriteLive(Context& context, const std::string& session_folder,
                       const std::string& stream, bool follow) {
  std::string buffer(64 * 1024, '\0');
  std::uint64_t offset = 0;
  // The file stays readable through this handle when the session is adopted meanwhile.
  REPRISE_ASSIGN_OR_RETURN(const auto file,
                           context.files.Open(JoinPath(session_folder, stream), OpenMode::kRead));
  for (;;) {
    const bool live = tracker::SessionIsLive(context.files, session_folder) &&
                      Exists(context.files, JoinPath(session_folder, "journal"));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                               file->ReadAt(offset, std::as_writable_bytes(std::span(buffer))));
      if (count == 0) break;
      context.out.write(buffer.data(), static_cast<std::streamsize>(count));
      offset += count;
    }
    context.out.flush();
    if (!context.out) return Error{ErrorCode::kIoError, "cannot write to stdout"};
    if (!follow || !live) return {};
    std::this_thread::sleep_for(kFollowPause);
  }
}

Result<int> Log(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, context.StoreFolder());
  const bool want_stderr = Flag(args, "stderr");
  REPRISE_ASSIGN_OR_RETURN(const auto live, FindLive(context, folder, ref));
  if (live.has_value()) {
    REPRISE_TRY(WriteLive(context, tracker::StorePaths(folder).session(*live),
                          want_stderr ? "stderr" : "stdout", Flag(args, "follow")));
    return 0;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
  const auto& stream = Flag(args, "sdk") ? run.record.sdk_log
                       : want_stderr     ? run.record.stderr_log
                                         : run.record.stdout_log;
  if (stream.has_value()) REPRISE_TRY(WriteObject(*store, stream->digest, context.out));
  return 0;
}

Result<int> Cat(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::Resolved resolved,
      tracker::ResolveRef({.store = *store, .working_directory = context.working_directory}, ref));
  Digest digest;
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store->GetRun(*id));
    digest = run.document;
  } else {
    digest = std::get<tracker::ArtifactRef>(resolved).digest;
  }
  REPRISE_TRY(WriteObject(*store, digest, context.out));
  return 0;
}

}  // namespace

Command LogCommand() {
  Command command{"log", "What a run printed.", "REF [--follow] [--stderr] [--sdk]"};
  command.examples = {{"reprise log @last", "its stdout"},
                      {"reprise log brave-otter-7 --follow", "of a running run, as it comes"}};
  TakeRef(command);
  auto add = command.options.add_options();
  add("follow", po::bool_switch(), "go on until the run ends");
  add("stderr", po::bool_switch(), "its stderr instead");
  add("sdk", po::bool_switch(), "the lines that it logged through the SDK instead");
  command.run = Log;
  return command;
}

Command CatCommand() {
  Command command{"cat", "The bytes of a file of a run, or of any stored object.", "REF[:PATH]"};
  command.examples = {{"reprise cat @last:model.json > model.json", "an output of the newest run"},
                      {"reprise cat sha256:ab12cd34", "any object by the start of its digest"},
                      {"reprise cat @last", "the run's own document"}};
  TakeRef(command);
  command.run = Cat;
  return command;
}

}  // namespace reprise::cli
