#include "tracker/cli/help.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "storage/base/nearest.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/text.h"
#include "tracker/version.h"

namespace reprise::cli {
namespace {

constexpr std::string_view kIntroduction =
    "reprise records training runs, links them by content, and runs them again.";

constexpr std::string_view kGlobalOptions =
    "Options of every command, before or after its name:\n"
    "  --store DIR              the store; else $REPRISE_STORE, else .reprise/ here or above\n"
    "  --json                   one JSON record on stdout (`reprise help json`)\n"
    "  --quiet                  no progress\n"
    "  --help                   this command's help\n";

constexpr std::string_view kExitStatus =
    "Exit status: 0 done, or the answer is yes; 1 the answer is no; 2 usage; 3 not found or\n"
    "ambiguous; 4 the store is damaged or newer, or may lack something of what was asked for\n"
    "(what is known is told all the same); 5 I/O or lock, try again. `run`, and `rerun` when it\n"
    "retrains, pass on the status of their command.\n";

constexpr std::size_t kTextWidth = 88;

// "  -e [ --experiment ] arg" is how Boost writes it; people know "-e, --experiment".
std::string OptionLine(const po::option_description& option) {
  const std::string name = option.canonical_display_name(po::command_line_style::allow_long);
  const std::string brief =
      option.canonical_display_name(po::command_line_style::allow_dash_for_short);
  std::string line = "  ";
  line += brief != name && brief.size() == 2 ? brief + ", " : "    ";
  line += name;
  std::string description = option.description();
  if (option.semantic()->max_tokens() > 0) {
    // A description begins with the value's name: "KEY=VALUE: a tag".
    const std::size_t colon = description.find(": ");
    line += " " + description.substr(0, colon);
    description.erase(0, colon + 2);
  }
  PadTo(27, line);
  return line + description + "\n";
}

void WriteOptions(const Command& command, std::ostream& out) {
  for (const auto& option : command.options.options()) out << OptionLine(*option);
}

void WriteExamples(const Command& command, std::string_view prompt, std::ostream& out) {
  for (const Example& example : command.examples) {
    out << prompt << example.command << "\n";
    if (!example.meaning.empty())
      out << std::string(prompt.size() + 4, ' ') << example.meaning << "\n";
  }
}

std::string Usage(const Command& command) {
  return "reprise " + command.name + (command.usage.empty() ? "" : " ") + command.usage;
}

void WriteHelp(const Command& command, std::ostream& out) {
  out << command.summary << "\n\nExamples:\n";
  WriteExamples(command, "  ", out);
  out << "\nUsage: " << Usage(command) << "\n";
  if (!command.details.empty()) out << "\n" << Wrapped(command.details, kTextWidth);
  if (!command.options.options().empty()) out << "\nOptions:\n";
  WriteOptions(command, out);
  out << "\n" << kGlobalOptions << "\n" << kExitStatus;
}

Json ToJson(const Command& command) {
  Json options = Json::Array{};
  for (const auto& option : command.options.options()) options.Append("--" + option->long_name());
  return Json()
      .Set("name", command.name)
      .Set("summary", command.summary)
      .Set("usage", Usage(command))
      .Set("options", std::move(options));
}

}  // namespace

std::string ArgumentName(const std::string& name) {
  std::string shown = name;
  if (shown.size() > 1 && shown.back() == 's') shown.pop_back();  // Any number of one thing.
  for (char& c : shown) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return shown == "TAG" ? "KEY=VALUE" : shown == "OUTPUT" ? "-o DIR" : shown;
}

void PrintVersion(const Context& context) {
  if (context.global.json) {
    context.PrintJson(Json().Set("version", kVersion));
  } else {
    context.out << "reprise " << kVersion << "\n";
  }
}

void PrintExamples(std::ostream& out) {
  out << kIntroduction << "\n\n"
      << "  reprise init                              make a store in this project\n"
      << "  reprise run -p eta=0.1 -- ./train         record a run\n"
      << "  reprise compare @last @last~1             the two newest, side by side\n"
      << "  reprise lineage up out/model.json         where did this file come from?\n"
      << "  reprise rerun @last --on-host             does it come out the same?\n\n";
}

void PrintOverview(const std::vector<Command>& commands, const Context& context) {
  if (context.global.json) {
    Json list = Json::Array{};
    for (const Command& command : commands) {
      if (!command.internal) list.Append(ToJson(command));
    }
    context.PrintJson(Json().Set("commands", std::move(list)));
    return;
  }
  PrintExamples(context.out);
  context.out << "Commands:\n";
  const auto line = [&](const std::string& name, const std::string& summary) {
    std::string text = "  " + name;
    PadTo(21, text);
    context.out << text << summary << "\n";
  };
  for (const Command& command : commands) {
    if (!command.internal) line(command.name, command.summary);
  }
  context.out << "\nTopics:\n";
  for (const Topic& topic : AllTopics()) line(topic.name, topic.title);
  context.out << "\n`reprise help COMMAND` or `reprise help TOPIC` tells more.\n";
}

void PrintHelp(const std::vector<const Command*>& commands, const Context& context) {
  if (context.global.json) {
    Json list = Json::Array{};
    for (const Command* const command : commands) list.Append(ToJson(*command));
    context.PrintJson(Json().Set("commands", std::move(list)));
    return;
  }
  for (const Command* const command : commands) {
    if (command != commands.front()) context.out << "\n";
    WriteHelp(*command, context.out);
  }
}

std::vector<const Command*> FindTopic(const std::vector<Command>& commands,
                                      const std::vector<std::string>& words) {
  std::vector<const Command*> found;
  const auto collect = [&](const auto& wanted) {
    for (const Command& command : commands) {
      if (found.empty() || command.name.find(' ') != std::string::npos) {
        if (wanted(command)) found.push_back(&command);
      }
    }
    return !found.empty();
  };
  if (words.empty()) return found;
  if (words.size() > 1 &&
      collect([&](const Command& c) { return c.name == words[0] + " " + words[1]; })) {
    return found;
  }
  if (collect([&](const Command& c) { return c.name == words[0]; })) return found;
  if (words.size() == 1) {
    collect([&](const Command& c) { return c.name.starts_with(words[0] + " "); });
  }
  return found;
}

Error UnknownCommand(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  std::string second_words;
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if (command.internal) continue;
    names.push_back(command.name);
    if (!command.name.starts_with(words[0] + " ")) continue;
    if (!second_words.empty()) second_words += ", ";
    second_words += command.name.substr(words[0].size() + 1);
  }
  if (!second_words.empty()) {
    return {ErrorCode::kInvalidArgument,
            "`reprise " + words[0] + "` is followed by one of: " + second_words +
                (words.size() > 1 ? "; and not by '" + Printable(words[1]) + "'" : std::string())};
  }
  auto meant = Nearest(words[0], names);
  if (!meant.has_value() && words.size() > 1) meant = Nearest(words[0] + " " + words[1], names);
  return {ErrorCode::kInvalidArgument,
          "there is no command '" + Printable(words[0]) + "'" +
              (meant.has_value() ? "; did you mean `reprise " + *meant + "`?"
                                 : "; `reprise help` lists the commands")};
}

std::string CliReference(const std::vector<Command>& commands) {
  std::ostringstream out;
  out << "# The `reprise` command\n\nGenerated from the command table by `reprise help "
         "--reference`; "
         "a golden test keeps it\ncurrent.\n\n```\n"
      << kGlobalOptions << "\n"
      << kExitStatus << "```\n";
  for (const Topic& topic : AllTopics()) {
    out << "\n## " << topic.title << "\n\n```\n" << topic.text << "```\n";
  }
  for (const Command& command : commands) {
    if (command.internal) continue;
    out << "\n## reprise " << command.name << "\n\n```\n" << command.summary << "\n\n";
    WriteExamples(command, "$ ", out);
    out << "\nusage: " << Usage(command) << "\n";
    WriteOptions(command, out);
    if (!command.details.empty()) out << "\n" << Wrapped(command.details, kTextWidth);
    out << "```\n";
  }
  return out.str();
}

Command HelpCommand() {
  Command command{"help", "Help on reprise, a command or a topic.", "[COMMAND|TOPIC]"};
  command.examples = {{"reprise help run", ""},
                      {"reprise help refs", "how runs and files are named"}};
  command.takes_folder = false;
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
      PrintOverview(commands, context);
      return 0;
    }
    for (const Topic& topic : AllTopics()) {
      if (words.size() != 1 || topic.name != words[0]) continue;
      if (context.global.json) {
        context.PrintJson(Json().Set("topic", topic.name).Set("text", topic.text));
      } else {
        context.out << topic.text;
      }
      return 0;
    }
    const auto found = FindTopic(commands, words);
    if (found.empty()) return UnknownCommand(commands, words);
    const std::string& name = found[0]->name;
    const std::size_t used = words.size() > 1 && name == words[0] + " " + words[1] ? 2 : 1;
    if (words.size() > used) {
      return Error{ErrorCode::kInvalidArgument,
                   "there are more arguments than `reprise help` takes; `reprise help " + name +
                       "` tells about one command"};
    }
    PrintHelp(found, context);
    return 0;
  };
  return command;
}

}  // namespace reprise::cli
