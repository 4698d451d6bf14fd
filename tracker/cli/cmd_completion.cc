// Completion scripts, from the command table.
//
// A script knows commands and options by itself and asks `reprise completion --list` for what only
// the store knows.  Names from the store are data: no script ever expands or evaluates one.

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "tracker/cli/commands.h"
#include "tracker/cli/help.h"
#include "tracker/cli/text.h"
#include "tracker/live_runs.h"
#include "tracker/store_folder.h"

namespace reprise::cli {
namespace {

// What may follow a first word.
struct Words {
  std::set<std::string> second;
  std::set<std::string> options;
  std::map<std::string, std::set<std::string>> values;  // Of options: "--format".
  bool takes_ref = false;
  std::string summary;
};

std::map<std::string, Words> WordsOf(const std::vector<Command>& commands) {
  std::map<std::string, Words> words;
  for (const Command& command : commands) {
    if (command.internal) continue;
    const std::size_t space = command.name.find(' ');
    Words& entry = words[command.name.substr(0, space)];
    if (entry.summary.empty()) entry.summary = command.summary;
    if (space != std::string::npos) entry.second.insert(command.name.substr(space + 1));
    for (const std::string& name : command.required) {
      entry.takes_ref = entry.takes_ref || name == "ref" || name == "refs";
    }
    for (const auto& option : command.options.options()) {
      entry.options.insert("--" + option->long_name());
    }
    for (const auto& [name, choices] : command.choices) {
      const bool is_option = command.options.find_nothrow(name, false) != nullptr;
      auto& known = is_option ? entry.values["--" + name] : entry.second;
      known.insert(choices.begin(), choices.end());
    }
    for (const char* const option : {"--store", "--json", "--quiet", "--help"}) {
      entry.options.insert(option);
    }
  }
  std::set<std::string>& helped = words["help"].second;
  for (const auto& [name, entry] : words) {
    if (name != "help") helped.insert(name);
  }
  for (const Topic& topic : AllTopics()) helped.insert(topic.name);
  return words;
}

std::string Join(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string Names(const std::map<std::string, Words>& words) {
  std::set<std::string> names;
  for (const auto& [name, entry] : words) names.insert(name);
  return Join(names);
}

constexpr std::string_view kBashHead =
    R"sh(# bash completion for reprise: eval "$(reprise completion bash)"
_reprise_add() {
  local word
  while IFS= read -r word; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
  done
}
_reprise() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command="" second="" seconds="" options="" values="" refs="" i
  COMPREPLY=()
  # Bash takes --format=dot for three words.
  if [ "$current" = = ]; then
    current=""
  elif [ "$previous" = = ]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
      --) return ;;
      --store) ((i++)) ;;
      -*) ;;
      *) if [ -z "$command" ]; then command=${COMP_WORDS[i]}; else second=1; fi ;;
    esac
  done
  case "$command" in
)sh";

constexpr std::string_view kBashTail = R"sh(  esac
  case "$previous" in
    -e|--experiment) _reprise_add < <(reprise completion --list experiments 2>/dev/null); return ;;
    --store) return ;;
  esac
  if [ -n "$values" ]; then
    local head=""
    [[ $current == *,* ]] && head=${current%,*},
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$values" -- "${current##*,}")
    return
  fi
  case "$current" in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current"); return ;;
  esac
  if [ -n "$seconds" ] && [ -z "$second" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$seconds" -- "$current")
  elif [ -n "$refs" ]; then
    _reprise_add < <(reprise completion --list runs 2>/dev/null; compgen -f -- "$current")
  fi
}
complete -o bashdefault -o default -F _reprise reprise
)sh";

std::string Bash(const std::map<std::string, Words>& words) {
  std::ostringstream out;
  out << kBashHead << "    \"\") seconds=\"" << Names(words)
      << "\" options=\"--help --json --quiet --store --version\" ;;\n";
  for (const auto& [name, entry] : words) {
    out << "    " << name << ") options=\"" << Join(entry.options) << "\"";
    if (!entry.second.empty()) out << " seconds=\"" << Join(entry.second) << "\"";
    if (entry.takes_ref) out << " refs=1";
    for (const auto& [option, values] : entry.values) {
      out << "; [ \"$previous\" != " << option << " ] || values=\"" << Join(values) << "\"";
    }
    out << " ;;\n";
  }
  out << kBashTail;
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
      << "_reprise() {\n  local -a choices seconds options values\n  local refs=\"\"\n"
      << "  if (( CURRENT == 2 )); then\n    choices=(\n";
  for (const auto& [name, entry] : words) {
    out << "      " << Quoted(name + ":" + entry.summary) << "\n";
  }
  out << "    )\n    _describe command choices\n    return\n  fi\n  case ${words[2]} in\n";
  for (const auto& [name, entry] : words) {
    out << "    " << name << ") options=(" << Join(entry.options) << ") seconds=("
        << Join(entry.second) << ")" << (entry.takes_ref ? " refs=1" : "");
    for (const auto& [option, values] : entry.values) {
      out << "; [[ ${words[CURRENT-1]} != " << option << " ]] || values=(" << Join(values) << ")";
    }
    out << " ;;\n";
  }
  out << "  esac\n"
      << "  case ${words[CURRENT-1]} in\n"
      << "    -e|--experiment)\n"
      << "      choices=(\"${(@f)$(reprise completion --list experiments 2>/dev/null)}\")\n"
      << "      compadd -a choices\n      return ;;\n  esac\n"
      << "  if (( $#values )); then compset -P '*,'; compadd -a values; return; fi\n"
      << "  if [[ $PREFIX == -* ]]; then compadd -a options; return; fi\n"
      << "  if (( CURRENT == 3 && $#seconds )); then compadd -a seconds; return; fi\n"
      << "  if [[ -n $refs ]]; then\n"
      << "    choices=(\"${(@f)$(reprise completion --list runs 2>/dev/null)}\")\n"
      << "    compadd -a choices\n  fi\n  _files\n}\n"
      << "compdef _reprise reprise\n";
  return out.str();
}

std::string Fish(const std::map<std::string, Words>& words) {
  std::ostringstream out;
  out << "# fish completion for reprise: reprise completion fish | source\n";
  for (const auto& [name, entry] : words) {
    const std::string seen = "__fish_seen_subcommand_from " + name;
    const std::string after = "complete -c reprise -n '" + seen + "'";
    std::string before_second = after;
    std::string at_ref = after;
    if (!entry.second.empty()) {
      const std::string seen_second = "__fish_seen_subcommand_from " + Join(entry.second);
      before_second = "complete -c reprise -n '" + seen + "; and not " + seen_second + "'";
      at_ref = "complete -c reprise -n '" + seen + "; and " + seen_second + "'";
    }
    out << "complete -c reprise -f -n __fish_use_subcommand -a " << name << " -d "
        << Quoted(entry.summary) << "\n";
    for (const std::string& second : entry.second) {
      out << before_second << " -f -a " << second << "\n";
    }
    if (entry.takes_ref) {
      out << at_ref << " -a '(reprise completion --list runs 2>/dev/null)'\n";
    }
    for (const std::string& option : entry.options) {
      out << after << " -l " << option.substr(2);
      if (option == "--experiment") {
        out << " -s e -x -a '(reprise completion --list experiments 2>/dev/null)'";
      } else if (const auto values = entry.values.find(option); values != entry.values.end()) {
        out << " -x -a '" << Join(values->second) << "'";
      }
      out << "\n";
    }
  }
  return out.str();
}

// Names of runs are links in a folder; they are listed without waiting for the store.
Result<int> ListRuns(Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, context.StoreFolder());
  REPRISE_ASSIGN_OR_RETURN(auto entries, context.files.List(tracker::StorePaths(folder).names()));
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  for (const DirectoryEntry& entry : entries) context.out << Printable(entry.name) << "\n";
  return 0;
}

Result<int> ListExperiments(Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, context.StoreFolder());
  REPRISE_ASSIGN_OR_RETURN(const auto store,
                           tracker::Store::Open(context.files, folder, context.StoreOptions()));
  std::set<std::string> names;
  REPRISE_TRY(tracker::ForEachKnownRun(*store, [&](const tracker::ListedRun& run) {
    names.insert(run.experiment);
    return true;
  }));
  for (const std::string& name : names) context.out << name << "\n";
  return 0;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  if (const auto list = OptionalText(args, "list")) {
    if (*list == "runs") return ListRuns(context);
    if (*list == "experiments") return ListExperiments(context);
    return Error{ErrorCode::kInvalidArgument,
                 "--list takes runs or experiments, and got '" + Printable(*list) + "'"};
  }
  const std::string shell = OptionalText(args, "shell").value_or("");
  const auto words = WordsOf(AllCommands());
  std::string script;
  if (shell == "bash") {
    script = Bash(words);
  } else if (shell == "zsh") {
    script = Zsh(words);
  } else if (shell == "fish") {
    script = Fish(words);
  } else {
    return Error{ErrorCode::kInvalidArgument,
                 "completion takes bash, zsh or fish, and got '" + Printable(shell) + "'"};
  }
  if (context.global.json) {
    context.PrintJson(Json().Set("shell", shell).Set("script", script));
  } else {
    context.out << script;
  }
  return 0;
}

}  // namespace

Command CompletionCommand() {
  Command command{"completion", "Completion for bash, zsh or fish.", "bash|zsh|fish"};
  command.examples = {{"eval \"$(reprise completion bash)\"", "in this shell"}};
  command.takes_folder = false;
  command.hidden.add_options()("shell", po::value<std::string>());
  command.hidden.add_options()("list", po::value<std::string>());
  command.positionals.add("shell", 1);
  command.choices["shell"] = {"bash", "zsh", "fish"};
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
