// Help texts, from the command table.

#pragma once

#include <ostream>
#include <vector>

#include "tracker/cli/command.h"

namespace reprise::cli {

void PrintVersion(const Context& context);
void PrintOverview(const std::vector<Command>& commands, std::ostream& out);
void PrintHelp(const Command& command, std::ostream& out);

// docs/cli.md, which a golden test keeps current.
std::string CliReference(const std::vector<Command>& commands);

}  // namespace reprise::cli
