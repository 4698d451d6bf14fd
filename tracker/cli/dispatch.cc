// From a command line to a command: global options, the command's name of one or two words, its own
// options, and the errors that a person sees.

#include <algorithm>

#include "tracker/cli/command.h"
#include "tracker/cli/help.h"

namespace reprise::cli {
namespace {

struct CommandLine {
  std::vector<std::string> words;  // The command's name and arguments; global options taken out.
  std::vector<std::string> tail;
  bool has_tail = false;
  bool help = false;
  bool version = false;
};

// Takes the global options out of `arguments`, wherever they stand before "--".
Result<CommandLine> Split(const std::vector<std::string>& arguments, GlobalOptions& global) {
  CommandLine line;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") {
      line.tail.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
      line.has_tail = true;
      break;
    }
    if (word == "--json") {
      global.json = true;
    } else if (word == "--quiet") {
      global.quiet = true;
    } else if (word == "--help" || word == "-h") {
      line.help = true;
    } else if (word == "--version" && line.words.empty()) {
      line.version = true;
    } else if (word == "--store") {
      if (i + 1 == arguments.size()) {
        return Error{ErrorCode::kInvalidArgument, "--store needs the path of a store"};
      }
      global.store = arguments[++i];
    } else if (word.starts_with("--store=")) {
      global.store = word.substr(8);
    } else {
      line.words.push_back(word);
    }
  }
  return line;
}

// Insertions, deletions, substitutions, and swaps of neighbours (Damerau 1964, restricted).
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.size()][b.size()];
}

Error UnknownCommand(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  const std::string one = words[0];
  const std::string two = words.size() > 1 ? one + " " + words[1] : one;
  const Command* nearest = nullptr;
  std::size_t distance_min = 4;
  for (const Command& command : commands) {
    if (command.internal) continue;
    const bool pair = command.name.find(' ') != std::string::npos;
    std::size_t distance = EditDistance(pair ? two : one, command.name);
    if (pair && command.name.starts_with(one + " ")) distance = std::min<std::size_t>(distance, 3);
    if (distance < distance_min) {
      distance_min = distance;
      nearest = &command;
    }
  }
  return {ErrorCode::kInvalidArgument,
          "there is no command '" + Printable(one) + "'" +
              (nearest != nullptr ? "; did you mean `reprise " + nearest->name + "`?"
                                  : "; `reprise help` lists the commands")};
}

// The command named by the first one or two of `words`, which are removed.
Result<const Command*> FindCommand(const std::vector<Command>& commands,
                                   std::vector<std::string>& words) {
  for (const std::size_t count : {std::size_t{2}, std::size_t{1}}) {
    if (words.size() < count) continue;
    const std::string name = count == 2 ? words[0] + " " + words[1] : words[0];
    const auto found = std::ranges::find(commands, name, &Command::name);
    if (found == commands.end()) continue;
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
    return &*found;
  }
  return UnknownCommand(commands, words);
}

Result<po::variables_map> ParseOptions(const Command& command,
                                       const std::vector<std::string>& words) {
  po::options_description all;
  all.add(command.options).add(command.hidden);
  po::variables_map values;
  try {
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(words)
                  .options(all)
                  .positional(command.positionals)
                  .style(style)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& failure) {
    return Error{ErrorCode::kInvalidArgument, std::string(failure.what()) + "; `reprise help " +
                                                  command.name + "` shows how it is used"};
  }
  return values;
}

Result<int> RunLine(const std::vector<std::string>& arguments, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(CommandLine line, Split(arguments, context.global));
  const std::vector<Command> commands = AllCommands();
  if (line.version) {
    PrintVersion(context);
    return 0;
  }
  if (line.words.empty()) {
    PrintOverview(commands, line.help ? context.out : context.err);
    return line.help ? 0 : ExitStatus(ErrorCode::kInvalidArgument);
  }
  REPRISE_ASSIGN_OR_RETURN(const Command* const command, FindCommand(commands, line.words));
  if (line.help) {
    PrintHelp(*command, context.out);
    return 0;
  }
  if (line.has_tail && !command->takes_tail) {
    // A lone "--" ends the options, as everywhere: what follows are plain arguments.
    line.words.emplace_back("--");
    line.words.insert(line.words.end(), line.tail.begin(), line.tail.end());
  }
  context.tail = std::move(line.tail);
  REPRISE_ASSIGN_OR_RETURN(const po::variables_map values, ParseOptions(*command, line.words));
  return command->run(values, context);
}

}  // namespace

int Dispatch(const std::vector<std::string>& arguments, Context& context) {
  const Result<int> status = RunLine(arguments, context);
  if (status.ok()) return *status;
  const Error& error = status.error();
  context.err << "reprise: " << error.message << "\n";
  if (context.global.json) {
    Json json;
    json.Set("error", Json().Set("code", ErrorCodeName(error.code)).Set("message", error.message));
    context.PrintJson(json);
  }
  return ExitStatus(error.code);
}

}  // namespace reprise::cli
