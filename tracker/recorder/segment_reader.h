// Reads what programs reported through the SDK: all segments of a run's inbox folder.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/recorder/segment_scan.h"

namespace reprise::tracker {

// Who wrote a record.
struct SegmentSource {
  wire::SegmentName name;
  std::uint32_t session = 0;  // Which Run of the process, from 1.
};

class SegmentReader {
 public:
  using Visit = std::function<Result<void>(const SegmentSource&, const SegmentRecord&)>;

  // Reads the folder from `cursors` on, which are those that a predecessor had, by file name.
  SegmentReader(FileSystem& files, std::string folder,
                std::map<std::string, SegmentCursor> cursors = {});

  // Calls `visit` for each record that is complete and has not been visited.  The records of one
  // thread come in the order in which it wrote them; between threads there is none, so act on a
  // FinishRecord after Poll() has returned.  Pass Writer::kIsGone once no process of the run is
  // left: then torn records are counted rather than waited for.
  //
  // A segment that cannot be read is left out, and problems() says why.
  //
  // Errors: kIoError and the like  the folder cannot be listed; with Writer::kIsGone, a segment
  //                                cannot be opened.
  //         those of `visit`       at once; the cursors stand before the record in question.
  Result<void> Poll(Writer writer, const Visit& visit);

  // How far each segment that is there has been read, by file name.
  const std::map<std::string, SegmentCursor>& cursors() const { return cursors_; }

  // Files of which everything has been visited and which nobody will write to again.  They may be
  // removed when what was visited, and the cursors, are durable.
  std::vector<std::string> Drained() const;

  // Removes the file and forgets its cursor.
  Result<void> Remove(const std::string& name);

  // Why a segment could not be opened by the last Poll(), which the next one may be able to.
  const std::optional<Error>& unread() const { return unread_; }

  // One sentence for each segment that could not be read, each told once.
  std::vector<std::string> TakeProblems();

 private:
  struct Known {
    SegmentState state;
    bool drained = false;
    bool told = false;  // Of its problem.
  };

  Result<void> Read(const std::string& name, Writer writer, const Visit& visit);

  FileSystem& files_;
  std::string folder_;
  std::map<std::string, SegmentCursor> cursors_;
  std::map<std::string, Known> known_;
  std::vector<std::string> problems_;
  std::optional<Error> unread_;
};

}  // namespace reprise::tracker
