// `reprise log` and `reprise cat`: bytes to stdout.

#include <chrono>
#include <thread>

#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
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

// `log` and `cat` hold what they print in memory under --json only.
constexpr std::uint64_t kJsonBytesMax = 64 << 20;

Result<std::string> ReadForJson(tracker::Store& store, const Digest& digest) {
  std::string text;
  REPRISE_TRY(store.objects().Read(digest, [&](ByteSpan part) -> Result<void> {
    text += AsText(part);
    if (text.size() <= kJsonBytesMax) return {};
    return Error{ErrorCode::kInvalidArgument,
                 digest.ToString() +
                     " is larger than the 64 MiB that fit into a JSON record; "
                     "leave --json out"};
  }));
  return text;
}

// Copies what the keeper has written so far, and goes on while the run lives and `follow` is asked.
Result<void> WriteLive(Context& context, const std::string& session_folder,
                       const std::string& stream, bool follow) {
  std::string buffer(64 * 1024, '\0');
  std::uint64_t offset = 0;
  // The file stays readable through this handle when the session is adopted meanwhile.
  const auto opened = context.files.Open(JoinPath(session_folder, stream), OpenMode::kRead);
  if (!opened.ok()) {
    // Nobody records the streams of a program that the SDK began to track.
    return opened.error().code == ErrorCode::kNotFound ? Result<void>() : opened.error();
  }
  const auto& file = *opened;
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

enum class Stream { kStdout, kStderr, kSdk };

constexpr const char* NameOf(Stream stream) {
  return stream == Stream::kStdout ? "stdout" : stream == Stream::kStderr ? "stderr" : "sdk";
}

void PrintLogRecord(Context& context, const Ulid& run, Stream stream, const std::string& text) {
  context.PrintJson(Json()
                        .Set("run", run.ToString())
                        .Set("stream", NameOf(stream))
                        .Set("text", BytesToJson(text)));
}

Result<void> LogStored(Context& context, tracker::Store& store, const tracker::StoredRun& run,
                       Stream stream) {
  const lineage::RunRecord& record = run.record;
  const auto& stored = stream == Stream::kStdout   ? record.stdout_log
                       : stream == Stream::kStderr ? record.stderr_log
                                                   : record.sdk_log;
  if (!context.global.json) {
    return stored.has_value() ? WriteObject(store, stored->digest, context.out) : Result<void>();
  }
  std::string text;
  if (stored.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(text, ReadForJson(store, stored->digest));
  }
  PrintLogRecord(context, record.id, stream, text);
  return {};
}

// What the SDK's log of a run that was adopted meanwhile has beyond what is written already.
Result<void> WriteAdopted(Context& context, const Ulid& id, std::size_t written) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store->GetRun(id));
  if (!run.record.sdk_log.has_value()) return {};
  std::size_t position = 0;
  REPRISE_TRY(store->objects().Read(run.record.sdk_log->digest, [&](ByteSpan part) -> Result<void> {
    const std::string_view text = AsText(part);
    const std::size_t skipped = written > position ? written - position : 0;
    context.out << text.substr(std::min(skipped, text.size()));
    position += text.size();
    return {};
  }));
  context.out << std::flush;
  return {};
}

// Of a run that is being recorded.  The store is closed meanwhile: following may take hours.
Result<void> LogLive(Context& context, const std::string& store_folder,
                     const tracker::LiveRun& live, Stream stream, bool follow) {
  const Ulid& id = live.run.record.id;
  const std::string session = tracker::StorePaths(store_folder).session(id);
  if (context.global.json) {
    std::string text = live.log_text;
    if (stream != Stream::kSdk) {
      auto read = ReadFile(context.files, JoinPath(session, NameOf(stream)), kJsonBytesMax);
      if (!read.ok() && read.error().code != ErrorCode::kNotFound) return std::move(read).error();
      text = std::move(read).value_or("");
    }
    PrintLogRecord(context, id, stream, text);
    return {};
  }
  if (stream != Stream::kSdk) return WriteLive(context, session, NameOf(stream), follow);
  std::size_t written = 0;
  for (std::string text = live.log_text;;) {
    context.out << text.substr(std::min(written, text.size())) << std::flush;
    written = text.size();
    if (!follow || !tracker::SessionIsLive(context.files, session)) return {};
    std::this_thread::sleep_for(kFollowPause);
    auto now = tracker::ReadLiveRun(context.files, store_folder, id);
    if (!now.ok()) return WriteAdopted(context, id, written);
    text = std::move(now->log_text);
  }
}

Result<int> Log(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  const bool follow = Flag(args, "follow");
  if (Flag(args, "stderr") && Flag(args, "sdk")) {
    return Error{ErrorCode::kInvalidArgument, "--stderr and --sdk exclude each other"};
  }
  if (follow && context.global.json) {
    return Error{ErrorCode::kInvalidArgument,
                 "--follow and --json exclude each other: a record cannot grow"};
  }
  const Stream stream = Flag(args, "stderr") ? Stream::kStderr
                        : Flag(args, "sdk")  ? Stream::kSdk
                                             : Stream::kStdout;
  REPRISE_ASSIGN_OR_RETURN(auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const KnownRun known, KnownRunOf(*store, context, ref));
  if (!known.live.has_value()) {
    REPRISE_TRY(LogStored(context, *store, known.run, stream));
    return ChosenStatus(*store, {ref});
  }
  const std::string folder = store->folder();
  const int status = ChosenStatus(*store, {ref});
  store.reset();
  REPRISE_TRY(LogLive(context, folder, *known.live, stream, follow));
  return status;
}

Result<int> Cat(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(*store, context, ref));
  Digest digest;
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store->GetRun(*id));
    digest = run.document;
  } else {
    digest = std::get<tracker::ArtifactRef>(resolved).digest;
  }
  if (context.global.json) {
    REPRISE_ASSIGN_OR_RETURN(const std::string content, ReadForJson(*store, digest));
    context.PrintJson(Json()
                          .Set("digest", digest.ToString())
                          .Set("size_bytes", content.size())
                          .Set("content", BytesToJson(content)));
    return ChosenStatus(*store, {ref});
  }
  REPRISE_TRY(WriteObject(*store, digest, context.out));
  return ChosenStatus(*store, {ref});
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
