// What a run that is asked for begins with: the environment of its command, and the first message
// of its journal.

#pragma once

#include <string>
#include <vector>

#include "storage/base/ulid.h"
#include "tracker/proto/journal.pb.h"
#include "tracker/recorder/run_request.h"

namespace reprise::tracker {

// "NAME=value", the whole environment of the command: ours, what the run sets, and the way to its
// recorder.
std::vector<std::string> CommandEnvironment(const RunRequest& request, const Ulid& run);

// What the command is started with, and the parameters that it finds.
std::vector<std::string> StartedArguments(const RunRequest& request);
const std::map<std::string, lineage::ParamValue>& StartedParams(const RunRequest& request);
std::map<std::string, std::string> StartedTexts(const RunRequest& request);

// The message, without the run's name and id.  Nothing secret enters it.
v1::SessionStarted StartMessage(const RunRequest& request,
                                const std::vector<std::string>& environment);

}  // namespace reprise::tracker
