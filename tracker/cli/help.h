// Help texts, from the command table.

#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tracker/cli/command.h"

namespace reprise::cli {

// A page of help that is not about one command.
struct Topic {
  std::string name;
  std::string title;
  std::string text;
};
std::vector<Topic> AllTopics();

void PrintVersion(const Context& context);
void PrintExamples(std::ostream& out);
void PrintOverview(const std::vector<Command>& commands, const Context& context);
void PrintHelp(const std::vector<const Command*>& commands, const Context& context);

// The commands that the first of `words` name: one, or all of a group ("lineage"); else none.
std::vector<const Command*> FindTopic(const std::vector<Command>& commands,
                                      const std::vector<std::string>& words);

// That `words` name no command, and what may have been meant.
Error UnknownCommand(const std::vector<Command>& commands, const std::vector<std::string>& words);

// How a positional argument is written in a usage line: "refs" is REF.
std::string ArgumentName(const std::string& name);

// docs/cli.md, which a golden test keeps current.
std::string CliReference(const std::vector<Command>& commands);

}  // namespace reprise::cli
