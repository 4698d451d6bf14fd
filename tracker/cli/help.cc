#include "tracker/cli/help.h"

#include <sstream>

#include "tracker/cli/commands.h"
#include "tracker/version.h"

namespace reprise::cli {
namespace {

constexpr std::string_view kIntroduction =
    "reprise records training runs, links them by content, and runs them again.";

constexpr std::string_view kGlobalOptions =
    "Options of every command:\n"
    "  --store DIR   the store; else $REPRISE_STORE, else .reprise/ here or above\n"
    "  --json        one JSON record on stdout\n"
    "  --quiet       no progress\n"
    "  --help        this command's help\n";

constexpr std::string_view kExitStatus =
    "Exit status: 0 done, or the answer is yes; 1 the answer is no; 2 usage; 3 not found or\n"
    "ambiguous; 4 the store is damaged or newer; 5 I/O or lock, try again.\n";

// "  -e [ --experiment ] arg" is how Boost writes it; people know "-e, --experiment".
std::string OptionLine(const po::option_description& option) {
  const std::string name = option.canonical_display_name(po::command_line_style::allow_long);
  const std::string brief =
      option.canonical_display_name(po::command_line_style::allow_dash_for_short);
  std::string line = "  ";
  line += brief != name && brief.size() == 2 ? brief + ", " : "    ";
  line += name;
  if (option.semantic()->max_tokens() > 0) line += " …";
  if (line.size() < 26) line.append(26 - line.size(), ' ');
  return line + " " + option.description() + "\n";
}

}  // namespace

void PrintVersion(const Context& context) {
  if (context.global.json) {
    context.PrintJson(Json().Set("version", kVersion));
  } else {
    context.out << "reprise " << kVersion << "\n";
  }
}

void PrintOverview(const std::vector<Command>& commands, std::ostream& out) {
  out << kIntroduction << "\n\n"
      << "  reprise init                              make a store in this project\n"
      << "  reprise run -p eta=0.1 -- ./train         record a run\n"
      << "  reprise compare @last @last~1             the two newest, side by side\n"
      << "  reprise lineage up out/model.json         where did this file come from?\n"
      << "  reprise rerun @last --on-host             does it come out the same?\n\nCommands:\n";
  for (const Command& command : commands) {
    if (command.internal) continue;
    std::string name = "  " + command.name;
    name.append(name.size() < 21 ? 21 - name.size() : 1, ' ');
    out << name << command.summary << "\n";
  }
  out << "\n`reprise help COMMAND` tells more.\n";
}

void PrintHelp(const Command& command, std::ostream& out) {
  out << command.summary << "\n";
  if (!command.examples.empty()) out << "\nExamples:\n";
  for (const Example& example : command.examples) {
    out << "  " << example.command << "\n";
    if (!example.meaning.empty()) out << "      " << example.meaning << "\n";
  }
  out << "\nUsage: reprise " << command.name << (command.usage.empty() ? "" : " ") << command.usage
      << "\n";
  if (!command.details.empty()) out << "\n" << command.details << "\n";
  if (!command.options.options().empty()) out << "\nOptions:\n";
  for (const auto& option : command.options.options()) out << OptionLine(*option);
  out << "\n" << kGlobalOptions << "\n" << kExitStatus;
}

std::string CliReference(const std::vector<Command>& commands) {
  std::ostringstream out;
  out << "# The `reprise` command\n\nGenerated from the command table; a golden test keeps it "
         "current.\n\n```\n"
      << kGlobalOptions << "\n"
      << kExitStatus << "```\n";
  for (const Command& command : commands) {
    if (command.internal) continue;
    out << "\n## reprise " << command.name << "\n\n```\n";
    out << command.summary << "\n\n";
    for (const Example& example : command.examples) {
      out << "$ " << example.command << "\n";
      if (!example.meaning.empty()) out << "    " << example.meaning << "\n";
    }
    out << "\nusage: reprise " << command.name << (command.usage.empty() ? "" : " ")
        << command.usage << "\n";
    for (const auto& option : command.options.options()) out << OptionLine(*option);
    if (!command.details.empty()) out << "\n" << command.details << "\n";
    out << "```\n";
  }
  return out.str();
}

Command HelpCommand() {
  Command command{"help", "Help on reprise or on a command.", "[COMMAND]"};
  command.examples = {{"reprise help run", ""}};
  command.hidden.add_options()("words", po::value<std::vector<std::string>>());
  command.hidden.add_options()("reference", po::bool_switch());
  command.positionals.add("words", -1);
  command.run = [](const po::variables_map& args, Context& context) -> Result<int> {
    const std::vector<Command> commands = AllCommands();
    if (Flag(args, "reference")) {
      context.out << CliReference(commands);
      return 0;
    }
    const std::vector<std::string> words = Texts(args, "words");
    if (words.empty()) {
      PrintOverview(commands, context.out);
      return 0;
    }
    std::string name;
    for (const std::string& word : words) name += (name.empty() ? "" : " ") + word;
    bool found = false;
    for (const Command& candidate : commands) {
      if (candidate.name != name && !candidate.name.starts_with(name + " ")) continue;
      if (found) context.out << "\n";
      PrintHelp(candidate, context.out);
      found = true;
    }
    if (found) return 0;
    return Error{ErrorCode::kInvalidArgument, "there is no command '" + Printable(name) +
                                                  "'; `reprise help` lists the commands"};
  };
  return command;
}

}  // namespace reprise::cli
