#include "tracker/trace/access.h"

#include "storage/base/log.h"
#include "storage/frame_log.h"
#include "tracker/proto/trace.pb.h"

namespace reprise::tracker {
namespace {

// "RPRTRACE", version (u32), zero (u32).
constexpr std::string_view kMagic = "RPRTRACE";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 16;

constexpr std::uint64_t kTraceBytesMax = std::uint64_t{1} << 30;
constexpr std::uint32_t kUsesKnown = kUseLookedUp | kUseRead | kUseListed | kUseExecuted;
constexpr std::uint32_t kChangesKnown =
    kChangeMade | kChangeWritten | kChangeRemoved | kChangeAttributes;

std::string TracePath(const std::string& session_folder) {
  return JoinPath(session_folder, "accesses");
}

Error Nonsense(const std::string& what) {
  return Error{ErrorCode::kCorruption, "the trace of file access is damaged: " + what};
}

std::string Header() {
  std::string header(kMagic);
  AppendLe(header, kVersion);
  AppendLe(header, std::uint32_t{0});
  return header;
}

Result<void> CheckHeader(ByteSpan content) {
  if (content.size() < kHeaderBytes || AsText(content.first(kMagic.size())) != kMagic) {
    return Nonsense("it does not begin as one");
  }
  if (LoadLe<std::uint32_t>(content, kMagic.size()) > kVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the trace of file access was written by a newer release of reprise"};
  }
  return {};
}

v1::NameState ToProto(NameState state) {
  return static_cast<v1::NameState>(static_cast<int>(state) + 1);
}

Result<NameState> FromProto(v1::NameState state) {
  if (state < v1::NAME_STATE_MISSING || state > v1::NAME_STATE_OTHER) {
    return Nonsense("a name has the state " + std::to_string(state));
  }
  return static_cast<NameState>(state - 1);
}

void ToProto(const Access& access, v1::TracedAccess& out) {
  out.set_path(access.path);
  out.set_state(ToProto(access.state));
  out.set_device(access.stat.device);
  out.set_inode(access.stat.inode);
  out.set_size_bytes(access.stat.size_bytes);
  out.set_mtime_unix_ns(access.stat.mtime_unix_ns);
  out.set_ctime_unix_ns(access.stat.ctime_unix_ns);
  out.set_mode(access.stat.mode);
  out.set_disk_bytes(access.stat.disk_bytes);
  out.set_target(access.target);
  out.set_uses(access.uses);
  out.set_changes(access.changes);
  out.set_kept(access.kept);
  out.set_lost(access.lost);
  out.set_moved_to(access.moved_to);
}

Result<Access> FromProto(const v1::TracedAccess& in) {
  Access access;
  if (!in.path().starts_with('/')) return Nonsense("a path is not absolute");
  // A kept file lies in the session's folder and nowhere else.
  if (in.kept().find('/') != std::string::npos || in.kept().starts_with('.')) {
    return Nonsense("a kept file is not a plain name");
  }
  if (!in.moved_to().empty() && !in.moved_to().starts_with('/')) {
    return Nonsense("a file was moved to a path that is not absolute");
  }
  if ((in.uses() & ~kUsesKnown) != 0 || (in.changes() & ~kChangesKnown) != 0) {
    return Nonsense("an access has unknown bits");
  }
  REPRISE_ASSIGN_OR_RETURN(access.state, FromProto(in.state()));
  access.path = in.path();
  access.stat = {.kind = KindOf(access.state),
                 .executable = (in.mode() & 0100) != 0,
                 .size_bytes = in.size_bytes(),
                 .device = in.device(),
                 .inode = in.inode(),
                 .mtime_unix_ns = in.mtime_unix_ns(),
                 .ctime_unix_ns = in.ctime_unix_ns(),
                 .mode = in.mode(),
                 .disk_bytes = in.disk_bytes()};
  access.target = in.target();
  access.uses = in.uses();
  access.changes = in.changes();
  access.kept = in.kept();
  access.lost = in.lost();
  access.moved_to = in.moved_to();
  return access;
}

Result<Listing> FromProto(const v1::TracedListing& in) {
  if (in.names_size() != in.states_size()) return Nonsense("a listing lacks states");
  Listing listing;
  for (int i = 0; i < in.names_size(); ++i) {
    REPRISE_ASSIGN_OR_RETURN(const NameState state, FromProto(in.states(i)));
    listing.emplace_back(in.names(i), state);
  }
  return listing;
}

Result<void> Apply(const v1::TraceRecord& record, Trace& trace) {
  switch (record.body_case()) {
    case v1::TraceRecord::kAccess: {
      REPRISE_ASSIGN_OR_RETURN(Access access, FromProto(record.access()));
      trace.accesses[record.access().path()] = std::move(access);
      return {};
    }
    case v1::TraceRecord::kListing: {
      if (!record.listing().folder().starts_with('/')) return Nonsense("a folder is not absolute");
      REPRISE_ASSIGN_OR_RETURN(Listing listing, FromProto(record.listing()));
      trace.listings[record.listing().folder()] = std::move(listing);
      return {};
    }
    case v1::TraceRecord::kBlindSpot:
      trace.blind_spots.insert(record.blind_spot());
      return {};
    case v1::TraceRecord::kTracer:
      trace.tracer = record.tracer();
      return {};
    case v1::TraceRecord::kFailure:
      trace.failure = record.failure();
      return {};
    case v1::TraceRecord::kEnded:
      trace.ended = record.ended();
      return {};
    case v1::TraceRecord::BODY_NOT_SET:
      break;
  }
  return Nonsense("a record says nothing");
}

}  // namespace

FileKind KindOf(NameState state) {
  switch (state) {
    case NameState::kFolder:
      return FileKind::kDirectory;
    case NameState::kSymlink:
      return FileKind::kSymlink;
    case NameState::kOther:
      return FileKind::kOther;
    case NameState::kMissing:
    case NameState::kFile:
      break;
  }
  return FileKind::kFile;
}

Result<TraceWriter> TraceWriter::Create(FileSystem& files, const std::string& session_folder) {
  REPRISE_ASSIGN_OR_RETURN(auto file,
                           files.Open(TracePath(session_folder), OpenMode::kCreateExclusive, 0600));
  const std::string header = Header();
  REPRISE_TRY(file->WriteAt(0, AsBytes(header)));
  return TraceWriter(std::move(file), header.size());
}

Result<TraceWriter> TraceWriter::Reopen(FileSystem& files, const std::string& session_folder) {
  REPRISE_ASSIGN_OR_RETURN(const std::string content,
                           ReadFile(files, TracePath(session_folder), kTraceBytesMax));
  REPRISE_TRY(CheckHeader(AsBytes(content)));
  REPRISE_ASSIGN_OR_RETURN(
      const storage::FrameScan scan,
      storage::ScanFrames(AsBytes(content), kHeaderBytes,
                          [](std::string_view, std::uint64_t) -> Result<void> { return {}; }));
  REPRISE_ASSIGN_OR_RETURN(auto file, files.Open(TracePath(session_folder), OpenMode::kReadWrite));
  REPRISE_TRY(file->Truncate(scan.valid_bytes));
  return TraceWriter(std::move(file), scan.valid_bytes);
}

void TraceWriter::WriteAccess(const Access& access) {
  v1::TraceRecord record;
  ToProto(access, *record.mutable_access());
  Append(record.SerializeAsString());
}

void TraceWriter::WriteListing(const std::string& folder, const Listing& listing) {
  v1::TraceRecord record;
  v1::TracedListing& out = *record.mutable_listing();
  out.set_folder(folder);
  for (const auto& [name, state] : listing) {
    out.add_names(name);
    out.add_states(ToProto(state));
  }
  Append(record.SerializeAsString());
}

void TraceWriter::WriteBlindSpot(const std::string& blind_spot) {
  v1::TraceRecord record;
  record.set_blind_spot(blind_spot);
  Append(record.SerializeAsString());
}

void TraceWriter::WriteTracer(const std::string& tracer) {
  v1::TraceRecord record;
  record.set_tracer(tracer);
  Append(record.SerializeAsString());
}

void TraceWriter::WriteFailure(const std::string& failure) {
  v1::TraceRecord record;
  record.set_failure(failure);
  Append(record.SerializeAsString());
}

void TraceWriter::WriteEnd() {
  v1::TraceRecord record;
  record.set_ended(true);
  Append(record.SerializeAsString());
}

void TraceWriter::Append(const std::string& payload) {
  if (failed_) return;
  std::string frame;
  if (payload.size() <= storage::kFramePayloadBytesMax) storage::AppendFrame(frame, payload);
  const auto written = frame.empty()
                           ? Result<void>(Error{ErrorCode::kIoError, "a record is too large"})
                           : file_->WriteAt(size_bytes_, AsBytes(frame));
  if (written.ok()) {
    size_bytes_ += frame.size();
    return;
  }
  failed_ = true;
  LogWarning("file access is no longer recorded: " + written.error().message);
}

void WriteNotTraced(FileSystem& files, const std::string& session_folder,
                    const std::string& failure) {
  auto writer = TraceWriter::Create(files, session_folder);
  if (writer.ok()) return writer->WriteFailure(failure);
  LogWarning(writer.error().message);
}

void WriteTraceEnded(FileSystem& files, const std::string& session_folder,
                     const std::string& failure) {
  auto writer = TraceWriter::Reopen(files, session_folder);
  if (writer.ok()) return writer->WriteFailure(failure);
  LogWarning(writer.error().message);
}

Result<Trace> ReadTrace(FileSystem& files, const std::string& session_folder) {
  REPRISE_ASSIGN_OR_RETURN(const std::string content,
                           ReadFile(files, TracePath(session_folder), kTraceBytesMax));
  return ParseTrace(AsBytes(content));
}

Result<Trace> ParseTrace(ByteSpan content) {
  REPRISE_TRY(CheckHeader(content));
  Trace trace;
  REPRISE_ASSIGN_OR_RETURN(
      const storage::FrameScan scan,
      storage::ScanFrames(
          content, kHeaderBytes, [&](std::string_view payload, std::uint64_t) -> Result<void> {
            v1::TraceRecord record;
            if (!record.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
              return Nonsense("a record cannot be read");
            }
            return Apply(record, trace);
          }));
  trace.dropped_bytes = scan.dropped_bytes;
  return trace;
}

}  // namespace reprise::tracker
