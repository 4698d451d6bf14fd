// What the commands about cosignatures and time stamps share.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "storage/checkpoint_seals.h"
#include "storage/seal_check.h"
#include "tracker/cli/command.h"

namespace reprise::cli {

// The newest checkpoint as one that others can seal, with what they have said of it already.
// Errors: kCorruption.
Result<storage::Seal> NewestCheckpoint(tracker::Store& store,
                                       const std::vector<storage::Seal>& all);

// The keys that --witness names, each once.  Errors: kInvalidArgument  one is none.
Result<std::vector<storage::WitnessKey>> GivenWitnesses(const po::variables_map& args);
// How many of so many witnesses --quorum asks for; absent where it is not given.
// Errors: kInvalidArgument  it is not between 1 and their number.
Result<std::optional<std::size_t>> AskedQuorum(const po::variables_map& args,
                                               std::size_t witnesses);

// The content of the file that an option names; "-" is standard input.
// Errors: those of reading it; kInvalidArgument  it is larger than any such file.
Result<std::string> ReadExchanged(const Context& context, const std::string& path);
// Writes to the file that an option names; "-" is standard output.
Result<void> WriteExchanged(Context& context, const std::string& path, std::string_view content);

// Fails with kReadOnly or the damage, where the store cannot be written.
Result<void> RequireWritable(tracker::Store& store);

// One line for people for each thing that was said: "cosigned by w1 at 2026-…".
std::vector<std::string> SealLines(const storage::CheckedSeal& seal);

}  // namespace reprise::cli
