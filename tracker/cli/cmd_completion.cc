// Completion scripts, from the command table.

#include <map>
#include <set>
#include <sstream>

#include "tracker/cli/commands.h"

namespace reprise::cli {
namespace {

// What may follow a first word: second words, and options.
struct Words {
  std::set<std::string> second;
  std::set<std::string> options;
  std::string summary;
};

std::map<std::string, Words> WordsOf(const std::vector<Command>& commands) {
  std::map<std::string, Words> words;
  for (const Command& command : commands) {
    if (command.internal) continue;
    const std::size_t space = command.name.find(' ');
    Words& entry = words[command.name.substr(0, space)];
    entry.summary = command.summary;
    if (space != std::string::npos) entry.second.insert(command.name.substr(space + 1));
    for (const auto& option : command.options.options()) {
      entry.options.insert("--" + option->long_name());
    }
    for (const char* const option : {"--store", "--json", "--quiet", "--help"}) {
      entry.options.insert(option);
    }
  }
  return words;
}

std::string Join(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string Bash(const std::map<std::string, Words>& words) {
  std::ostringstream out;
  std::string names;
  for (const auto& [name, entry] : words) names += (names.empty() ? "" : " ") + name;
  out << "# bash completion for reprise: eval \"$(reprise completion bash)\"\n"
      << "_reprise() {\n"
      << "  local current=\"${COMP_WORDS[COMP_CWORD]}\" choices=\"\"\n"
      << "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      << "    choices=\"" << names << "\"\n"
      << "  else\n"
      << "    case \"${COMP_WORDS[1]}\" in\n";
  for (const auto& [name, entry] : words) {
    out << "      " << name << ") choices=\"" << Join(entry.options);
    out << "\"";
    if (!entry.second.empty()) {
      out << "; [ \"$COMP_CWORD\" -eq 2 ] && choices=\"" << Join(entry.second) << " $choices\"";
    }
    out << " ;;\n";
  }
  out << "    esac\n"
      << "    case \"$current\" in -*) ;; *) [ \"$COMP_CWORD\" -gt 2 ] && choices=\"\" ;; esac\n"
      << "  fi\n"
      << "  mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$current\")\n"
      << "}\n"
      << "complete -o default -F _reprise reprise\n";
  return out.str();
}

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string Zsh(const std::map<std::string, Words>& words) {
  std::ostringstream out;
  out << "#compdef reprise\n# zsh completion for reprise: source <(reprise completion zsh)\n"
      << "_reprise() {\n  local -a choices\n  if (( CURRENT == 2 )); then\n    choices=(\n";
  for (const auto& [name, entry] : words) {
    std::string described = name + ":" + entry.summary;
    out << "      " << Quoted(described) << "\n";
  }
  out << "    )\n    _describe command choices\n    return\n  fi\n  case ${words[2]} in\n";
  for (const auto& [name, entry] : words) {
    out << "    " << name << ") choices=(" << Join(entry.second) << " " << Join(entry.options)
        << ") ;;\n";
  }
  out << "  esac\n  _describe option choices\n  _files\n}\n"
      << "compdef _reprise reprise\n";
  return out.str();
}

std::string Fish(const std::map<std::string, Words>& words) {
  std::ostringstream out;
  out << "# fish completion for reprise: reprise completion fish | source\n";
  for (const auto& [name, entry] : words) {
    out << "complete -c reprise -n __fish_use_subcommand -a " << name << " -d "
        << Quoted(entry.summary) << "\n";
    for (const std::string& second : entry.second) {
      out << "complete -c reprise -n '__fish_seen_subcommand_from " << name << "' -a " << second
          << "\n";
    }
    for (const std::string& option : entry.options) {
      out << "complete -c reprise -n '__fish_seen_subcommand_from " << name << "' -l "
          << option.substr(2) << "\n";
    }
  }
  return out.str();
}

}  // namespace

Command CompletionCommand() {
  Command command{"completion", "Completion for bash, zsh or fish.", "bash|zsh|fish"};
  command.examples = {{"eval \"$(reprise completion bash)\"", "in this shell"}};
  command.hidden.add_options()("shell", po::value<std::string>());
  command.positionals.add("shell", 1);
  command.run = [](const po::variables_map& args, Context& context) -> Result<int> {
    const std::string shell = OptionalText(args, "shell").value_or("");
    const auto words = WordsOf(AllCommands());
    if (shell == "bash") {
      context.out << Bash(words);
    } else if (shell == "zsh") {
      context.out << Zsh(words);
    } else if (shell == "fish") {
      context.out << Fish(words);
    } else {
      return Error{ErrorCode::kInvalidArgument,
                   "completion takes bash, zsh or fish, and got '" + Printable(shell) + "'"};
    }
    return 0;
  };
  return command;
}

}  // namespace reprise::cli
