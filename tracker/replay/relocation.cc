#include "tracker/replay/relocation.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "lineage/param_value.h"
#include "storage/base/text_value.h"
#include "tracker/recorder/command_line.h"
#include "tracker/replay/reroot.h"
#include "tracker/replay/verdict.h"

extern char** environ;

namespace reprise::tracker {
namespace {

using Variables = Rerooter::Variables;

// Where programs are looked for, or scratch is put: what the run did not record there is a part of
// the host, like the rest of these lists.  A virtual environment that git ignores is one.
bool IsLookedUp(const std::string& name) {
  constexpr std::string_view kNames[] = {"CONDA_PREFIX", "LD_LIBRARY_PATH", "LD_PRELOAD", "PATH",
                                         "PYTHONHOME",   "PYTHONPATH",      "TEMP",       "TMP",
                                         "TMPDIR",       "VIRTUAL_ENV"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

Variables TodaysVariables() {
  Variables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

// "-c", or letters of options that end with it: a text that a shell or an interpreter reads
// follows.
bool IsScriptOption(const std::string& word) {
  return word.size() > 1 && word.front() == '-' && word.back() == 'c' &&
         std::all_of(word.begin() + 1, word.end(),
                     [](unsigned char c) { return std::isalpha(c) != 0; });
}

// A name that a shell reads as it stands, and that does not end an entry of a list.
bool IsPlain(const std::string& path) {
  return std::ranges::all_of(path, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           (static_cast<unsigned char>(c) & 0x80) != 0 ||
           std::string_view("/_-.,+@%").find(c) != std::string_view::npos;
  });
}

class Relocator {
 public:
  Relocator(FileSystem& files, const StoredRun& original,
            const std::function<bool(const std::string&)>& laid_out, RunRequest& run)
      : files_(files),
        laid_out_(laid_out),
        run_(run),
        projects_(ProjectNames(original, run.store_folder)),
        rerooter_(files, projects_, run.project_folder) {}

  std::vector<std::string> Relocate() {
    run_.named_project_folder = projects_[0];
    has_script_ = std::ranges::any_of(run_.command, IsScriptOption);
    // First, because what a variable stands for decides what an argument means.
    LeadVariables();
    LeadParams();
    LeadArguments();
    CheckWhatIsLeft();
    if (changed_) {
      run_.warnings.push_back(
          "the command was started with paths of the folder in which the run was "
          "laid out, in place of those of '" +
          Printable(projects_[0]) + "' that its record names");
    }
    run_.started_as = std::move(started_as_);
    return std::move(problems_);
  }

 private:
  void LeadVariables() {
    variables_ = TodaysVariables();
    for (const auto& [name, value] : run_.variables) variables_[name] = value;
    for (auto& [name, value] : variables_) {
      if (name.starts_with("REPRISE_")) continue;  // Ours: they lead to the store.
      std::string led = name == "PWD" ? run_.working_directory : LedVariable(name, value);
      if (led == value) continue;
      changed_ = changed_ || run_.variables.contains(name);
      if (IsLookedUp(name)) {
        CheckFolderHasNoColon(value, led);
      } else {
        CheckFolderIsPlain(value, led, has_script_ && run_.variables.contains(name));
      }
      started_as_.variables[name] = led;
      value = std::move(led);
    }
  }

  std::string LedVariable(const std::string& name, const std::string& value) {
    if (!IsLookedUp(name)) return rerooter_.Reroot(value);
    const auto choice = [&](const std::string& path) {
      if (laid_out_(path)) return true;
      run_.warnings.push_back("$" + Printable(name) + " names '" + Printable(path) +
                              "' in the project, which the run did not record: the rerun used what "
                              "lies there today, " +
                              std::string(kNoVerdictAboutThat));
      return false;
    };
    return rerooter_.Reroot(value, choice, PathText::kList);
  }

  void LeadParams() {
    started_as_.params = run_.params;
    for (auto& [key, value] : started_as_.params) {
      using lineage::ParamType;
      if (value.type() != ParamType::kString && value.type() != ParamType::kJson) continue;
      const std::string led = rerooter_.Reroot(value.text());
      if (led == value.text()) continue;
      changed_ = true;
      CheckFolderIsPlain(value.text(), led, has_script_);
      if (auto typed = lineage::ParamValue::Parse(value.type(), led); typed.ok()) {
        value = *std::move(typed);
      }  // Else the folder is not plain, of which somebody is told.
    }
  }

  void LeadArguments() {
    bool is_script = false;  // Or what one gets, and may use without quotes.
    for (const std::string& word :
         FillTemplates(run_.command, ParamTexts(run_.params, run_.variables))) {
      const bool is_program = started_as_.arguments.empty();
      std::string led = rerooter_.Reroot(word, [&](const std::string& path) {
        // A program that was no part of the code (of a virtual environment, say) is the host's.
        if (!is_program || Exists(files_, JoinPath(run_.project_folder, path))) return true;
        run_.warnings.push_back("the program '" + Printable(path) +
                                "' of the project is no part of what the run recorded: the rerun "
                                "used what lies there today, " +
                                std::string(kNoVerdictAboutThat));
        return false;
      });
      changed_ = changed_ || led != word;
      CheckFolderIsPlain(word, led, is_script);
      is_script = is_script || IsScriptOption(word);
      started_as_.arguments.push_back(std::move(led));
    }
  }

  // A folder "/tmp/a b" in a script would be two words, of which the first may be a file of yours.
  void CheckFolderIsPlain(const std::string& before, const std::string& after, bool in_script) {
    if (before == after || (IsPlain(before) && !in_script) || IsPlain(run_.project_folder)) return;
    problems_.push_back("it names its project in '" + Printable(before) + "', where '" +
                        Printable(run_.project_folder) +
                        "' cannot stand without quotes; set TMPDIR or --keep to a folder without "
                        "spaces and signs in its name");
  }

  void CheckFolderHasNoColon(const std::string& before, const std::string& after) {
    if (before == after || run_.project_folder.find(':') == std::string::npos) return;
    problems_.push_back("it names its project in the list '" + Printable(before) + "', where '" +
                        Printable(run_.project_folder) +
                        "' would be two entries; set TMPDIR or --keep to a folder without a colon "
                        "in its name");
  }

  void CheckWhatIsLeft() {
    Variables known = variables_;
    // What these have of the project was left on purpose.
    std::erase_if(known, [](const auto& variable) { return IsLookedUp(variable.first); });
    const auto check = [&](const std::string& what, const std::string& text) {
      if (!rerooter_.MayNameProject(text, known, run_.working_directory)) return;
      problems_.push_back(what + " '" + Printable(text) +
                          "' leads into the project in a way that cannot be led into the folder of "
                          "the rerun, which would work with the project's files of today");
    };
    for (std::size_t i = 1; i < started_as_.arguments.size(); ++i) {
      check("its argument", started_as_.arguments[i]);
    }
    for (const auto& [name, value] : run_.variables) {
      if (!IsLookedUp(name)) check("its variable " + Printable(name) + " with", variables_[name]);
    }
    for (const auto& [key, value] : started_as_.params) {
      check("its parameter " + Printable(key) + " with", value.text());
    }
  }

  FileSystem& files_;
  const std::function<bool(const std::string&)>& laid_out_;
  RunRequest& run_;
  const std::vector<std::string> projects_;
  const Rerooter rerooter_;
  Variables variables_;  // Of the command.
  StartedAs started_as_;
  std::vector<std::string> problems_;
  bool has_script_ = false;  // The command gives a text to a shell or an interpreter.
  bool changed_ = false;     // In what is recorded.
};

}  // namespace

std::vector<std::string> RelocateCommand(
    FileSystem& files, const StoredRun& original,
    const std::function<bool(const std::string& path)>& laid_out, RunRequest& run) {
  return Relocator(files, original, laid_out, run).Relocate();
}

std::vector<std::string> ProjectNames(const StoredRun& run, const std::string& store_folder) {
  std::vector<std::string> names;
  // Not in the records of earlier releases.  It outranks where the store lies today: a project may
  // have been moved or copied since.
  if (const Json* const recorded = run.record.host.Find("project_folder"); recorded != nullptr) {
    if (auto path = BytesFromJson(*recorded); path.ok() && path->starts_with('/')) {
      names.push_back(*std::move(path));
    }
  }
  std::string today = ParentPath(store_folder);
  if (std::ranges::find(names, today) == names.end()) names.push_back(std::move(today));
  return names;
}

}  // namespace reprise::tracker
