// What commands that take a REF share.

#pragma once

#include <string>

#include "tracker/cli/command.h"
#include "tracker/refs.h"

namespace reprise::cli {

// Adds the positional argument `ref`.
void TakeRef(Command& command, const std::string& name = "ref");

// The value of that argument.  Errors: kInvalidArgument  it was not given.
Result<std::string> RequiredText(const po::variables_map& args, const std::string& name);

// The run that `ref` names.
Result<tracker::StoredRun> RunOf(tracker::Store& store, const Context& context,
                                 const std::string& ref);

// The subject of notes and tags: the id of a run, or the digest of an artifact.
Result<std::string> SubjectOf(tracker::Store& store, const Context& context,
                              const std::string& ref);

}  // namespace reprise::cli
