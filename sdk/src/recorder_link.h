// One exchange with the recorder over its socket.
//
// No connection is kept: there is no descriptor that a program which closes all of its own, or
// forks, could break.  Thread-safety: any thread.

#pragma once

#include <cstdint>
#include <string>

#include "sdk/wire/messages.h"

namespace reprise::sdk {

enum class SyncResult {
  kStored,    // The recorder has stored all that was reported before.
  kFailed,    // It answered that something could not be stored.
  kLost,      // There is no recorder, or it died while we waited.
  kTimedOut,  // It lives but did not answer in time.
};

struct SyncReply {
  SyncResult result = SyncResult::kLost;
  std::string text;  // kFailed: the recorder's sentence.  kLost: the system's reason.
};

struct SyncRequest {
  std::string folder;  // The run's inbox.
  wire::Message message;
  std::int64_t wait_ms_max = -1;  // Negative: as long as the recorder lives; 0: only sends.
};

SyncReply SyncWithRecorder(const SyncRequest& request);

}  // namespace reprise::sdk
