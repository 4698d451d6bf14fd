// From a command line to a command: global options, the command's name of one or two words, its own
// options, and the errors that a person sees.

#include <algorithm>

#include "storage/base/nearest.h"
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
  const auto tail = std::ranges::find(arguments, "--");
  // Before anything can fail, so that every error is said in the form that was asked for.
  global.json = std::find(arguments.begin(), tail, "--json") != tail;
  CommandLine line;
  for (auto word = arguments.begin(); word != tail; ++word) {
    if (*word == "--json") continue;
    if (*word == "--quiet") {
      global.quiet = true;
    } else if (*word == "--help" || *word == "-h") {
      line.help = true;
    } else if (*word == "--version" && line.words.empty()) {
      line.version = true;
    } else if (*word == "--store" || word->starts_with("--store=")) {
      if (*word != "--store") {
        global.store = word->substr(8);
      } else if (word + 1 != tail) {
        global.store = *++word;
      }
      if (global.store.value_or("").empty()) {
        return Error{ErrorCode::kInvalidArgument, "--store needs the path of a store"};
      }
    } else {
      line.words.push_back(*word);
    }
  }
  if (tail != arguments.end()) {
    line.has_tail = true;
    line.tail.assign(tail + 1, arguments.end());
  }
  return line;
}

std::vector<std::string> OptionNames(const Command& command) {
  std::vector<std::string> names = {"--store", "--json", "--quiet", "--help"};
  for (const auto& option : command.options.options()) names.push_back("--" + option->long_name());
  return names;
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

std::string HelpAdvice(const Command& command) {
  return "; `reprise help " + command.name + "` shows how it is used";
}

Error TooMany(const Command& command, const std::vector<std::string>& words) {
  std::string sentence = "there are more arguments than `reprise " + command.name + "` takes";
  if (command.takes_tail) {
    sentence = "the command to run comes after `--`";
    if (!words.empty())
      sentence += ": reprise " + command.name + " … -- " + Printable(words.back());
  }
  return {ErrorCode::kInvalidArgument, sentence + HelpAdvice(command)};
}

// What Boost found wrong, in our words.
Error Describe(const po::error& failure, const Command& command,
               const std::vector<std::string>& words) {
  std::string sentence = Printable(failure.what());
  if (dynamic_cast<const po::too_many_positional_options_error*>(&failure) != nullptr) {
    return TooMany(command, words);
  }
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&failure)) {
    const std::string name = unknown->get_option_name();
    sentence = "there is no option '" + Printable(name) + "'";
    if (const auto meant = Nearest(name, OptionNames(command))) {
      sentence += "; did you mean " + *meant + "?";
    }
  } else if (const auto* value = dynamic_cast<const po::invalid_option_value*>(&failure)) {
    sentence = value->get_option_name() + " takes a whole number of at most 18 digits";
  } else if (const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&failure)) {
    if (syntax->kind() == po::invalid_syntax::missing_parameter) {
      sentence = syntax->get_option_name() + " needs a value after it";
    } else if (syntax->kind() == po::invalid_syntax::empty_adjacent_parameter) {
      sentence = syntax->get_option_name() + " has an empty value";
    }
  } else if (const auto* twice = dynamic_cast<const po::multiple_occurrences*>(&failure)) {
    sentence = twice->get_option_name() + " is given more than once";
  }
  return {ErrorCode::kInvalidArgument, sentence + HelpAdvice(command)};
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
    return Describe(failure, command, words);
  }
  for (const std::string& name : command.required) {
    if (values.count(name) > 0) continue;
    return Error{ErrorCode::kInvalidArgument, ArgumentName(name) + " is missing; usage: reprise " +
                                                  command.name + " " + command.usage};
  }
  return values;
}

Result<int> RunCommandLine(const Command& command, CommandLine line, Context& context) {
  if (line.help) {
    PrintHelp({&command}, context);
    return 0;
  }
  if (line.has_tail && !command.takes_tail) {
    // A lone "--" ends the options, as everywhere: what follows are plain arguments.
    line.words.emplace_back("--");
    line.words.insert(line.words.end(), line.tail.begin(), line.tail.end());
  }
  context.tail = std::move(line.tail);
  REPRISE_ASSIGN_OR_RETURN(const po::variables_map values, ParseOptions(command, line.words));
  if (context.working_directory.empty() && command.takes_folder) {
    return Error{
        ErrorCode::kIoError,
        "the working directory cannot be told: it was removed, or a folder above it cannot "
        "be read; go to another one"};
  }
  return command.run(values, context);
}

Result<int> RunLine(const std::vector<std::string>& arguments, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(CommandLine line, Split(arguments, context.global));
  const std::vector<Command> commands = AllCommands();
  if (line.version) {
    PrintVersion(context);
    return 0;
  }
  if (line.words.empty()) {
    if (line.help) {
      PrintOverview(commands, context);
      return 0;
    }
    if (!context.global.json) PrintExamples(context.err);
    return Error{ErrorCode::kInvalidArgument,
                 "no command is given; `reprise help` lists the commands"};
  }
  if (line.help) {
    // As `reprise help WORDS`: also the name of a group is enough.
    const auto topic = FindTopic(commands, line.words);
    if (!topic.empty()) {
      PrintHelp(topic, context);
      return 0;
    }
  }
  REPRISE_ASSIGN_OR_RETURN(const Command* const command, FindCommand(commands, line.words));
  return RunCommandLine(*command, std::move(line), context);
}

}  // namespace

int Dispatch(const std::vector<std::string>& arguments, Context& context) {
  const Result<int> status = RunLine(arguments, context);
  return status.ok() ? *status : context.Fail(status.error());
}

}  // namespace reprise::cli
