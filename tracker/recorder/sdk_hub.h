// The recorder's end of the SDK: the socket on which programs ask to be heard now.
//
// Everything a program reports lies in segments (sdk/wire/segment.h) before it asks anything, so
// the socket carries no facts: a recorder that dies loses none.

#pragma once

#include <poll.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lineage/param_value.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/importer.h"
#include "tracker/recorder/segment_drain.h"
#include "tracker/session.h"

namespace reprise::tracker {

// The socket beside the drain.  A client connects for one exchange: it asks, and is answered when
// everything that its segments hold has been journalled and its outputs are stored.
class SdkHub {
 public:
  // Writes the parameters in force, with their `texts`, for the SDK to read, and listens in the
  // session's folder.  `sandbox_files` as in SegmentDrain::Open().
  static Result<std::unique_ptr<SdkHub>> Open(
      FileSystem& files, Session& session, const std::map<std::string, lineage::ParamValue>& params,
      const std::map<std::string, std::string>& texts, storage::ImportOptions importing,
      FileSystem* sandbox_files = nullptr);
  ~SdkHub();
  SdkHub(const SdkHub&) = delete;
  SdkHub& operator=(const SdkHub&) = delete;

  // Adds what Serve() should be called for.
  void AddPollFds(std::vector<pollfd>& fds) const { fds.push_back({listener_, POLLIN, 0}); }

  // Drains, and answers who asks.  A client that connects and says nothing is not waited for.
  // Errors: the session can no longer be written.
  Result<void> Serve();

  // The same for the last time: nobody will look again before what was reported is thrown away.
  // Errors: also when a segment could not be read; the session is then for its recovery.
  Result<void> ServeLast();

  // Whether the process `pid` has said that it will report nothing more.
  bool HasFinished(std::uint32_t pid) const { return finished_.contains(pid); }

 private:
  SdkHub(std::unique_ptr<SegmentDrain> drain, int listener)
      : drain_(std::move(drain)), listener_(listener) {}
  Result<void> Answer(int client);

  std::unique_ptr<SegmentDrain> drain_;
  int listener_;
  std::set<std::uint32_t> finished_;
};

}  // namespace reprise::tracker
