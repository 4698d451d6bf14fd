// What a traced run did with names of the file system, as its tracer writes it down while it runs.
//
// An access is about one name: what was there when the run first used it, what the run did with
// that, and how the run changed it afterwards.  The order between two names is not kept.  Stored in
// the session's folder as the file `accesses` (docs/formats/trace.md).

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// How a run is traced.
inline constexpr char kTracerSeccomp[] = "seccomp";       // A listener: listener.h.
inline constexpr char kTracerPtrace[] = "ptrace";         // With a filter: ptrace_tracer.h.
inline constexpr char kTracerPtraceAll[] = "ptrace-all";  // Without one.
inline constexpr char kTracerMaps[] = "maps";             // By looking now and then: map_watch.h.

enum class NameState : std::uint8_t { kMissing, kFile, kFolder, kSymlink, kOther };

// Of kMissing: kFile.
FileKind KindOf(NameState state);

// What a run did with what was there before it changed anything; bits.
enum Use : std::uint32_t {
  kUseLookedUp = 1,  // Asked whether it is there, or for its attributes.
  kUseRead = 2,      // Opened for reading, or in a way that lets old content live on.
  kUseListed = 4,    // A folder, opened to be listed.
  kUseExecuted = 8,  // Executed, or the interpreter of what was.
};

// How a run changed a name; bits.
enum Change : std::uint32_t {
  kChangeMade = 1,        // It was missing before.
  kChangeWritten = 2,     // Opened for writing, truncated or replaced.
  kChangeRemoved = 4,     // Removed, or renamed to another name.
  kChangeAttributes = 8,  // Mode, owner, times or extended attributes.
};

// Those after which other content may be there.
inline constexpr std::uint32_t kContentChanged = kChangeMade | kChangeWritten | kChangeRemoved;

struct Access {
  std::string path;  // Absolute and without symlinks on the way; the last name may be one.
  NameState state = NameState::kMissing;  // When first used.
  FileStat stat;                          // Then.  Not of kMissing.
  std::string target;                     // Of kSymlink.
  std::uint32_t uses = 0;
  std::uint32_t changes = 0;
  // The file of the session's folder with the bytes that were there before the first change; empty:
  // none were kept.
  std::string kept;
  bool lost = false;  // They should have been kept, and could not be.
  // Where they live on unchanged since the run renamed a folder above; absolute; empty: nowhere.
  std::string moved_to;

  friend bool operator==(const Access&, const Access&) = default;
};

// The names that a folder had when it was first listed.
using Listing = std::vector<std::pair<std::string, NameState>>;

struct Trace {
  std::map<std::string, Access> accesses;   // By path.
  std::map<std::string, Listing> listings;  // By path of the folder.
  std::set<std::string> blind_spots;        // What could not be followed: words of traced_calls.h.
  std::string tracer;                       // kTracer…; empty: nothing was traced.
  std::string failure;                      // Why not, or not to the end: a sentence.
  bool ended = false;                       // By the tracer, when the run had; else it was cut off.
  std::uint64_t dropped_bytes = 0;          // A torn end of the file.

  friend bool operator==(const Trace&, const Trace&) = default;
};

// Writes a trace while it happens.  What Write…() has returned from survives the death of the
// process, not a loss of power.  A failure to write is told of once; what follows is lost, and
// failed() says so.
//
// Thread-safety: one thread at a time.
class TraceWriter {
 public:
  static Result<TraceWriter> Create(FileSystem& files, const std::string& session_folder);

  // Goes on after the last whole record.
  static Result<TraceWriter> Reopen(FileSystem& files, const std::string& session_folder);

  // The newest state of an access replaces the older ones of its path.
  void WriteAccess(const Access& access);
  void WriteListing(const std::string& folder, const Listing& listing);
  void WriteBlindSpot(const std::string& blind_spot);
  void WriteTracer(const std::string& tracer);
  void WriteFailure(const std::string& failure);
  // That nothing follows because the run is over.
  void WriteEnd();

  bool failed() const { return failed_; }

 private:
  TraceWriter(std::unique_ptr<File> file, std::uint64_t size_bytes)
      : file_(std::move(file)), size_bytes_(size_bytes) {}
  void Append(const std::string& payload);

  std::unique_ptr<File> file_;
  std::uint64_t size_bytes_;
  bool failed_ = false;
};

// Makes a trace that says why there is none, where there is no trace yet.  Best effort.
void WriteNotTraced(FileSystem& files, const std::string& session_folder,
                    const std::string& failure);

// Adds to a trace whose writer is gone that it ends before the run does.  Best effort.
void WriteTraceEnded(FileSystem& files, const std::string& session_folder,
                     const std::string& failure);

// What was written into `session_folder`, up to a torn end.
// Errors: kNotFound            the session was not traced;
//         kCorruption          a record says what no tracer writes;
//         kUnsupportedVersion  a newer release wrote it.
Result<Trace> ReadTrace(FileSystem& files, const std::string& session_folder);

// The same from the content of the file.
Result<Trace> ParseTrace(ByteSpan content);

}  // namespace reprise::tracker
