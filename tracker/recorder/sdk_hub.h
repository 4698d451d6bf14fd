// The recorder's end of the SDK: the segments that programs write, and the socket on which they ask
// to be heard now.
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

  // What could not be stored since the last call, for the program that asks; "" when all was.
  std::string TakeProblems() { return std::exchange(problems_, {}); }

 private:
  FileSystem& files_;
  Session& session_;
  storage::ImportOptions importing_;
  std::string problems_;
  std::map<std::string, std::uint64_t> cursors_;
  // series id → key, for each segment's process and thread.
  std::map<std::string, std::map<std::uint32_t, std::string>> keys_;
};

// The socket beside the drain.  A client connects for one exchange: it asks, and is answered when
// everything that its segments hold has been journalled and its outputs are stored.
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
  void AddPollFds(std::vector<pollfd>& fds) const { fds.push_back({listener_, POLLIN, 0}); }

  // Drains, and answers who asks.  A client that connects and says nothing is not waited for.
  // Errors: the session can no longer be written.
  Result<void> Serve();

  // Whether the process `pid` has said that it will report nothing more.
  bool HasFinished(std::uint32_t pid) const { return finished_.contains(pid); }

 private:
  SdkHub(SegmentDrain drain, int listener) : drain_(std::move(drain)), listener_(listener) {}
  Result<void> Answer(int client);

  SegmentDrain drain_;
  int listener_;
  std::set<std::uint32_t> finished_;
};

}  // namespace reprise::tracker
