// Pass phrases of private keys: from a descriptor, or from the terminal without an echo.

#pragma once

#include <string>

#include "storage/base/result.h"
#include "tracker/cli/command.h"

namespace reprise::cli {

// Adds the option --passphrase-fd.
void TakePassPhrase(Command& command);

// The pass phrase of a key that has one: the first line of the descriptor, else what is typed.
// Errors: kInvalidArgument  no descriptor was given and there is no terminal; the descriptor.
Result<std::string> AskPassPhrase(const po::variables_map& args, const std::string& prompt);

// Of a key that is made: typed twice at a terminal, and not empty.
Result<std::string> AskNewPassPhrase(const po::variables_map& args);

}  // namespace reprise::cli
