#include "tracker/cli/show_files.h"

#include "storage/base/bytes.h"
#include "tracker/cli/text.h"

namespace reprise::cli {
namespace {

// "/usr/: programs and libraries of the machine", "data/** (reprise.toml:3)".
std::string DescribeRule(const std::optional<lineage::ClosureRule>& rule) {
  if (!rule.has_value()) return "(its rule was not recorded)";
  std::string text = Printable(rule->pattern);
  if (!rule->reason.empty()) text += (text.empty() ? "" : ": ") + Printable(rule->reason);
  if (rule->origin != "built in" && !rule->pattern.empty()) {
    text += " (" + Printable(rule->origin) + ")";
  }
  return text;
}

}  // namespace

std::vector<std::string> FileChoices() {
  std::vector<std::string> choices = {"all", "input"};
  for (std::string& name : tracker::FileClassNames()) choices.push_back(std::move(name));
  return choices;
}

void PrintFileClasses(const tracker::RunFiles& files, std::ostream& out) {
  if (files.classes.empty()) return;
  Table table({"files", ">COUNT", ">SIZE"});
  for (const tracker::FilesOfClass& of_class : files.classes) {
    const auto size = [](std::uint64_t bytes) { return bytes == 0 ? "" : FormatSize(bytes); };
    table.Add(
        {"  " + of_class.name_of_class, std::to_string(of_class.count), size(of_class.size_bytes)});
    for (const tracker::FilesOfRule& of_rule : of_class.rules) {
      table.Add({"    " + DescribeRule(of_rule.rule), std::to_string(of_rule.count),
                 size(of_rule.size_bytes)});
    }
  }
  table.Print(out);
}

void PrintFiles(const tracker::RunFiles& files, const std::string& choice, std::ostream& out) {
  Table table({"CLASS", "STATE", ">SIZE", "PATH", "RULE"});
  for (const tracker::RunFile& file : files.files) {
    if (!tracker::IsChosen(file, choice)) continue;
    table.Add({file.name_of_class, file.state + (file.unstable ? ", unstable" : ""),
               file.size_bytes.has_value() ? FormatSize(*file.size_bytes) : "",
               Printable(file.path), DescribeRule(file.rule)});
  }
  table.Print(out);
}

}  // namespace reprise::cli
