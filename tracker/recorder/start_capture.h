// What is captured before a command starts: code, environment, declared inputs, the machine.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "storage/stop.h"
#include "tracker/session.h"

namespace reprise::tracker {

struct StartCaptureOptions {
  std::string store_folder;
  std::vector<std::string> inputs;                    // Absolute paths of -i.
  std::map<std::string, std::string> input_roles{};   // Of some of them.
  std::vector<std::string> environment;               // "NAME=value", of the command.
  std::optional<std::string> named_project_folder{};  // As in RunRequest.
  storage::PresenceIndex* presence = nullptr;
  storage::StopFunction stop{};
  // Called now and then from any thread: files and bytes stored so far.
  std::function<void(std::uint64_t files, std::uint64_t bytes)> progress{};
};

// Stores what is found in the session, and says in its journal what that is.
// Errors: kNotFound         an input is not there.
//         kInvalidArgument  an input is a device, socket or FIFO, or it or an output lies in a
//                           store or a git folder.
//         kInterrupted      options.stop said so.
//         kIoError, …       a file could not be read.
Result<void> CaptureStart(FileSystem& files, Session& session, const StartCaptureOptions& options);

// What a run document keeps of the machine ("host", docs/formats/run.md).
struct MachineFacts {
  Json host;
  bool redacted = false;
  std::vector<std::string> warnings;
};
// `environment` is the command's.
Result<MachineFacts> GatherMachineFacts(FileSystem& files, const std::string& store_folder,
                                        const std::string& named_project_folder,
                                        const std::vector<std::string>& environment);

// Says in the journal of `session` what is known of its start, without looking.
Result<void> AppendStart(v1::CodeCaptured captured, Session& session);

// Those of "NAME=value" that the environment document may tell, and PATH, which finds the command;
// none whose name looks secret.  Credentials in a value are <redacted>.
std::vector<std::string> RecordableVariables(const std::vector<std::string>& environment);

}  // namespace reprise::tracker
