// What commands that take a REF share.

#pragma once

#include <string>

#include "tracker/cli/command.h"
#include "tracker/recorder/live_run.h"
#include "tracker/refs.h"

namespace reprise::cli {

// Adds the positional argument `ref`, which must be given.
void TakeRef(Command& command, const std::string& name = "ref");

// The value of that argument.  Errors: kInvalidArgument  it is empty.
Result<std::string> RequiredText(const po::variables_map& args, const std::string& name);

// The run that `ref` names, once it is over.  Errors: kNotFound  also while it is running.
Result<tracker::StoredRun> RunOf(tracker::Store& store, const Context& context,
                                 const std::string& ref);

// The run that `ref` names, running or not.
struct KnownRun {
  tracker::StoredRun run;
  std::optional<tracker::LiveRun> live;  // What the journal says of a run that is not adopted yet.
};
Result<KnownRun> KnownRunOf(tracker::Store& store, const Context& context, const std::string& ref);

// What `ref` names.  Errors: kNotFound  also for a run that is still running.
Result<tracker::Resolved> StoredThing(tracker::Store& store, const Context& context,
                                      const std::string& ref);

// The subject of notes and tags: the id of a run, or the digest of an artifact.
Result<std::string> SubjectOf(tracker::Store& store, const Context& context,
                              const std::string& ref);

}  // namespace reprise::cli
