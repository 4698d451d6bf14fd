// The recorder's end of the SDK: the segments that programs write, and the socket on which they ask
// to be heard now.
//
// Everything a program reports lies in segments (sdk/wire/segment.h) before it asks anything, so the
// socket carries no facts: a recorder that dies loses none.

#pragma once

#include <poll.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lineage/param_value.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/importer.h"
#include "tracker/session.h"

namespace reprise::tracker {

// Moves what the segments of a session hold into its journal, storing outputs as they are named.
class SegmentDrain {
 public:
  SegmentDrain(FileSystem& files, Session& session, storage::ImportOptions importing);

  // Continues after what the journal holds already.
  Result<void> Resume();

  // Journals every record that is complete by now.  Outputs that were named since the last call are
  // stored, and durable when the call returns.
  Result<void> Drain();

 private:
  FileSystem& files_;
  Session& session_;
  storage::ImportOptions importing_;
  std::map<std::string, std::uint64_t> cursors_;
  // series id → key, for each segment's process and thread.
  std::map<std::string, std::map<std::uint32_t, std::string>> keys_;
};

// The socket beside the drain.
class SdkHub {
 public:
  // Writes the parameters in force for the SDK to read, and listens in the session's folder.
  static Result<std::unique_ptr<SdkHub>> Open(
      FileSystem& files, Session& session, const std::map<std::string, lineage::ParamValue>& params,
      storage::ImportOptions importing);
  ~SdkHub();
  SdkHub(const SdkHub&) = delete;
  SdkHub& operator=(const SdkHub&) = delete;

  // Adds what Serve() should be called for.
  void AddPollFds(std::vector<pollfd>& fds) const;

  // Drains, accepts, and answers what was asked.  Never blocks on a client.
  Result<void> Serve();

  // Whether a client that said hello is still connected.
  bool HasClients() const { return !clients_.empty(); }

 private:
  SdkHub(SegmentDrain drain, int listener) : drain_(std::move(drain)), listener_(listener) {}

  SegmentDrain drain_;
  int listener_;
  std::vector<int> clients_;
};

}  // namespace reprise::tracker
