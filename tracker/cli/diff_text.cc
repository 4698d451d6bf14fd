#include "tracker/cli/diff_text.h"

#include <limits>

#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "tracker/cli/text.h"

namespace reprise::cli {
namespace {

using lineage::FactDiff;
using lineage::UsePair;

using Lines = std::vector<std::string>;

void PrintLines(const Lines& lines, const std::string& indent, std::size_t listed_max,
                std::ostream& out) {
  const std::size_t listed = std::min(lines.size(), listed_max);
  for (std::size_t i = 0; i < listed; ++i) out << indent << lines[i] << "\n";
  if (listed < lines.size()) {
    out << indent << "… and " << lines.size() - listed << " more; see all with --full\n";
  }
}

void PrintSection(const std::string& title, const Lines& lines, std::size_t listed_max,
                  std::ostream& out) {
  if (lines.empty()) return;
  out << title << "\n";
  PrintLines(lines, "  ", listed_max, out);
}

std::string Became(const std::string& name, const std::optional<std::string>& before,
                   const std::optional<std::string>& after) {
  if (!before.has_value()) return "+ " + name + ": " + Printable(after.value_or("unknown"));
  if (!after.has_value()) return "- " + name + ": " + Printable(*before);
  return "~ " + name + ": " + Printable(*before) + " → " + Printable(*after);
}

Lines FactLines(const std::vector<FactDiff>& facts) {
  Lines lines;
  for (const FactDiff& fact : facts) {
    lines.push_back(Became(Printable(fact.name), fact.before_text, fact.after_text));
  }
  return lines;
}

std::string NameOf(const lineage::ArtifactUse& use) {
  return Printable(use.path) + (use.role.empty() ? "" : " (" + Printable(use.role) + ")");
}

std::string UseLine(const UsePair& pair) {
  if (!pair.before.has_value()) return "+ " + NameOf(*pair.after);
  if (!pair.after.has_value()) return "- " + NameOf(*pair.before);
  std::string text = "~ " + NameOf(*pair.before);
  if (pair.before->path != pair.after->path || pair.before->role != pair.after->role) {
    text += " → " + NameOf(*pair.after);
  }
  if (pair.change() == "executable") {
    text += pair.after->executable ? ": may be executed now" : ": may not be executed now";
  } else if (pair.change() == "moved") {
    text += ": the same content";
  } else if (pair.diff.has_value()) {
    text += ": " + pair.diff->difference.kind + ", " + pair.diff->difference.sentence;
  } else if (pair.change() == "changed") {
    text += ": " + FormatSize(pair.before->size_bytes) + " → " + FormatSize(pair.after->size_bytes);
  }
  return text;
}

void PrintUses(const std::string& title, const std::vector<UsePair>& pairs, std::size_t listed_max,
               std::ostream& out) {
  if (pairs.empty()) return;
  out << title << "\n";
  const std::size_t listed = std::min(pairs.size(), listed_max);
  for (std::size_t i = 0; i < listed; ++i) {
    out << "  " << UseLine(pairs[i]) << "\n";
    if (pairs[i].diff.has_value()) PrintLines(pairs[i].diff->lines, "      ", listed_max, out);
  }
  if (listed < pairs.size()) {
    out << "  … and " << pairs.size() - listed << " more; see all with --full\n";
  }
}

std::string CodeLine(const lineage::CodeFile& file) {
  std::string text;
  switch (file.change.change) {
    case lineage::EntryChange::kAdded:
      text = "+ ";
      break;
    case lineage::EntryChange::kRemoved:
      text = "- ";
      break;
    default:
      text = "~ ";
  }
  text += Printable(file.change.path);
  if (!file.omitted.empty())
    return text + ": not compared line by line: " + Printable(file.omitted);
  if (file.change.change == lineage::EntryChange::kExecutable) {
    return text + ": may be executed in one of them";
  }
  if (file.lines_added + file.lines_removed == 0) return text;
  return text + ": +" + std::to_string(file.lines_added) + " -" +
         std::to_string(file.lines_removed);
}

Lines EnvironmentLines(const std::vector<lineage::EnvironmentChange>& changes) {
  const auto describe = [](const lineage::EnvironmentChange& change, const Json& entry) {
    if (change.name.empty()) {
      if (entry.is_string()) return entry.as_string();
      return entry.is_null() ? std::string("unknown") : Canonicalize(entry).value_or("?");
    }
    if (change.group == "variable") {
      const Json* const value = entry.Find("value");
      return value == nullptr     ? std::string("?")
             : value->is_string() ? value->as_string()
                                  : Canonicalize(*value).value_or("?");
    }
    return lineage::PackageText(entry);
  };
  Lines lines;
  for (const lineage::EnvironmentChange& change : changes) {
    std::string group = Printable(change.group);
    std::ranges::replace(group, '_', ' ');
    const std::string name = group + (change.name.empty() ? "" : " " + change.name);
    std::optional<std::string> before;
    std::optional<std::string> after;
    if (!change.before.is_null()) before = describe(change, change.before);
    if (!change.after.is_null()) after = describe(change, change.after);
    if (before == after) {
      // Of one package, or of none, and other bytes all the same.
      lines.push_back("~ " + name + ": other content" +
                      (before->empty() ? "" : " (" + Printable(*before) + ")"));
      continue;
    }
    if (before == "") before = "of no package";
    if (after == "") after = "of no package";
    lines.push_back(Became(name, before, after));
  }
  return lines;
}

Lines MetricLines(const std::vector<lineage::MetricDiff>& metrics) {
  Lines lines;
  for (const lineage::MetricDiff& metric : metrics) {
    const auto last = [](const std::optional<lineage::MetricSummary>& summary) {
      return summary.has_value() ? std::optional(FormatNumber(summary->last)) : std::nullopt;
    };
    const auto before = last(metric.before);
    const auto after = last(metric.after);
    std::string line = before == after ? "~ " + Printable(metric.key) + ": " + *before + " at last"
                                       : Became(Printable(metric.key), before, after);
    if (metric.first_differing_step.has_value()) {
      line += "; first differs at step " + std::to_string(*metric.first_differing_step) + ", in " +
              Counted(metric.differing_points, "point");
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

void PrintRunDiff(const lineage::RunDiff& diff, std::size_t listed_max, std::ostream& out) {
  const bool is_full = listed_max == std::numeric_limits<std::size_t>::max();
  PrintSection("parameters", FactLines(diff.params), listed_max, out);
  PrintUses("inputs", diff.inputs, listed_max, out);
  Lines code = FactLines(diff.commit);
  for (const lineage::CodeFile& file : diff.code) code.push_back(CodeLine(file));
  PrintSection("code (--patch has its lines)", code, listed_max, out);
  PrintSection("command", FactLines(diff.command), listed_max, out);
  PrintSection("variables", FactLines(diff.variables), listed_max, out);
  PrintSection("environment", EnvironmentLines(diff.environment), listed_max, out);
  PrintSection("machine", FactLines(diff.machine), listed_max, out);
  PrintSection("outcome", FactLines(diff.outcome), listed_max, out);
  PrintUses("outputs", diff.outputs, listed_max, out);
  PrintSection("metrics", MetricLines(diff.metrics), listed_max, out);
  if (is_full) {
    PrintSection("other variables of the process, which seldom matter",
                 FactLines(diff.process_variables), listed_max, out);
  }
  if (!diff.differs()) out << "no difference was found\n";
  Lines notes;
  for (const lineage::NotCompared& note : diff.not_compared) {
    notes.push_back(Printable(note.subject) + ": " + Printable(note.reason));
  }
  PrintSection("not compared", notes, listed_max, out);
}

void PrintArtifactDiff(const std::string& subject, const lineage::ArtifactDiff& diff,
                       std::size_t listed_max, std::ostream& out) {
  out << subject << diff.difference.kind << ", " << diff.difference.sentence << "\n";
  PrintLines(diff.lines, "  ", listed_max, out);
}

}  // namespace reprise::cli
