// What commands that take a REF share.

#pragma once

#include <string>
#include <vector>

#include "tracker/artifact_facts.h"
#include "tracker/cli/command.h"
#include "tracker/recorder/live_run.h"
#include "tracker/refs.h"

namespace reprise::cli {

// Adds the positional argument `ref`, which must be given.
void TakeRef(Command& command, const std::string& name = "ref");

// The value of that argument.  Errors: kInvalidArgument  it is empty or missing.
Result<std::string> RequiredText(const po::variables_map& args, const std::string& name);

// Where entries are lost, the newest run may be another than the one that the store still knows:
// enough to look at it, with a status that says so, and not enough to build on it.
// Errors: kCorruption  `ref` chooses among runs of which some may be lacking.
Result<void> RequireCertain(const tracker::Store& store, const std::string& ref);

// The run that `ref` names, once it is over, for whoever builds on it.
// Errors: kNotFound    also while it is running;
//         kCorruption  it is chosen among runs of which some may be lacking.
Result<tracker::StoredRun> RunOf(tracker::Store& store, const Context& context,
                                 const std::string& ref);

// The run that `ref` names, running or not.
struct KnownRun {
  tracker::StoredRun run;
  std::optional<tracker::LiveRun> live;  // What the journal says of a run that is not adopted yet.
};
Result<KnownRun> KnownRunOf(tracker::Store& store, const Context& context, const std::string& ref);
// The same for a run whose reference has been resolved, which is known in every state from its
// start on: while it is recorded, sealed and awaits adoption, or is in the ledger.
Result<KnownRun> KnownRunOf(tracker::Store& store, const Ulid& id);

// What `ref` names.  Errors: kNotFound  also for a run that is still running.
Result<tracker::Resolved> StoredThing(tracker::Store& store, const Context& context,
                                      const std::string& ref);

// The exit status of a command that has told what the store has: 0, or that of a damaged store when
// something may be lacking (Store::may_lack_entries).
int ToldStatus(const tracker::Store& store);
// Likewise where only those of `refs` could be wrong for it that choose among runs, as @last does.
int ChosenStatus(const tracker::Store& store, const std::vector<std::string>& refs);

// The subject of notes and tags: the id of a run, or the digest of an artifact.  Errors: as
// RunOf().
Result<std::string> SubjectOf(tracker::Store& store, const Context& context,
                              const std::string& ref);

// One line for each model that the content is, or is part of, with its stage.
void PrintModels(const tracker::ArtifactFacts& facts, std::ostream& out);

}  // namespace reprise::cli
