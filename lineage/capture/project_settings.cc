#include "lineage/capture/project_settings.h"

#include <algorithm>
#include <optional>

#include "lineage/toml/toml.h"
#include "storage/base/bytes.h"
#include "storage/base/nearest.h"
#include "storage/base/words.h"

namespace reprise::capture {
namespace {

constexpr std::size_t kReasonBytesMax = 1000;

using toml_text::Find;
using toml_text::Node;

Error Wrong(const Node& node, std::string_view what) {
  return ProjectSettingsError(node.line(), what);
}

std::string Quoted(std::string_view text) { return "'" + Printable(text) + "'"; }

Result<void> CheckKeys(const Node::Table& table, std::string_view where,
                       const std::vector<std::string>& known) {
  return toml_text::CheckKeys(table, kProjectSettingsName, where, known);
}

std::vector<std::string> ClassNames() {
  std::vector<std::string> names;
  for (int i = 0;; ++i) {
    const std::string_view name = lineage::FileClassName(static_cast<lineage::FileClass>(i));
    names.emplace_back(name);
    if (i == static_cast<int>(lineage::FileClass::kKernel)) return names;
  }
}

Result<std::string> StringMember(const Node& table, std::string_view key,
                                 std::string_view example) {
  const Node* const node = Find(*table.as_table(), key);
  if (node == nullptr) {
    return Wrong(table, "[[files]] has no " + std::string(key) + "; add a line like " +
                            std::string(example));
  }
  const auto* const text = node->as_string();
  if (text == nullptr) {
    return Wrong(*node,
                 std::string(key) + " must be a text in quotes, as in " + std::string(example));
  }
  return *text;
}

// `rule_table` is a table.
Result<WrittenFileRule> ParseFileRule(const Node& rule_table) {
  const Node::Table& table = *rule_table.as_table();
  REPRISE_TRY(CheckKeys(table, "in [[files]]", {"pattern", "class", "reason"}));
  WrittenFileRule rule;
  REPRISE_ASSIGN_OR_RETURN(rule.pattern.pattern,
                           StringMember(rule_table, "pattern", "pattern = \"data/**\""));
  rule.pattern.line = Find(table, "pattern")->line();
  REPRISE_ASSIGN_OR_RETURN(const std::string name,
                           StringMember(rule_table, "class", "class = \"data\""));
  const auto file_class = lineage::ParseFileClass(name);
  if (!file_class.has_value()) {
    std::string what = "there is no class " + Quoted(name);
    if (const auto meant = Nearest(name, ClassNames())) what += "; did you mean " + *meant + "?";
    return Wrong(*Find(table, "class"), what + " (classes: " + Enumerated(ClassNames()) + ")");
  }
  rule.file_class = *file_class;
  if (const Node* const reason = Find(table, "reason")) {
    REPRISE_ASSIGN_OR_RETURN(rule.reason, StringMember(rule_table, "reason", "reason = \"…\""));
    if (rule.reason.size() > kReasonBytesMax) {
      return Wrong(*reason, "the reason is longer than 1,000 bytes; shorten it");
    }
  }
  return rule;
}

Result<void> ParseFiles(const Node& node, std::vector<WrittenFileRule>& rules) {
  const auto wrong = [](const Node& where) {
    return Wrong(where,
                 "files must be a list of tables, so that their order counts; write for each "
                 "pattern: [[files]], and below it pattern = \"data/**\" and class = \"data\"");
  };
  const Node::Array* const list = node.as_array();
  if (list == nullptr) return wrong(node);
  for (const Node& entry : *list) {
    if (entry.as_table() == nullptr) return wrong(entry);
    REPRISE_ASSIGN_OR_RETURN(WrittenFileRule rule, ParseFileRule(entry));
    rules.push_back(std::move(rule));
  }
  return {};
}

Result<void> ParsePatterns(const Node::Table& code, std::string_view key,
                           std::vector<WrittenPattern>& patterns) {
  const Node* const node = Find(code, key);
  if (node == nullptr) return {};
  const auto wrong = [key](const Node& where) {
    return Wrong(where, std::string(key) + " must be a list of texts in quotes, as in " +
                            std::string(key) + " = [\"*.py\", \"notebooks/**\"]");
  };
  const Node::Array* const list = node->as_array();
  if (list == nullptr) return wrong(*node);
  for (const Node& entry : *list) {
    const auto* const text = entry.as_string();
    if (text == nullptr) return wrong(entry);
    patterns.push_back({*text, entry.line()});
  }
  return {};
}

Result<void> ParseCode(const Node& node, ProjectSettings& settings) {
  const Node::Table* const code = node.as_table();
  if (code == nullptr) {
    return Wrong(node, "code must be one table; write [code], and below it include = [\"*.py\"]");
  }
  REPRISE_TRY(CheckKeys(*code, "in [code]", {"include", "exclude"}));
  REPRISE_TRY(ParsePatterns(*code, "include", settings.code_include));
  return ParsePatterns(*code, "exclude", settings.code_exclude);
}

bool IsTag(std::string_view tag) {
  constexpr std::size_t kTagBytesMax = 64;
  return !tag.empty() && tag.size() <= kTagBytesMax && std::ranges::all_of(tag, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Result<void> ParseColumns(const Node& node, ProjectSettings& settings) {
  const Node::Table* const columns = node.as_table();
  if (columns == nullptr) {
    return Wrong(node,
                 "columns must be one table; write [columns], and below it age = [\"protected\"]");
  }
  for (const toml_text::Member& member : *columns) {
    WrittenColumn column{member.key, {}, member.line};
    const auto wrong = [&](std::string_view what) {
      return ProjectSettingsError(column.line,
                                  "the column " + Quoted(column.column) + ' ' + std::string(what));
    };
    const std::size_t hash = column.column.rfind('#');
    if (column.column.empty() || hash == 0 || hash == column.column.size() - 1) {
      return wrong("has no name; write NAME, or \"FILE#NAME\"");
    }
    const Node::Array* const tags = member.value.as_array();
    if (tags == nullptr) return wrong("needs a list of tags, as in age = [\"protected\"]");
    for (const Node& entry : *tags) {
      const auto* const tag = entry.as_string();
      if (tag == nullptr || !IsTag(*tag)) {
        return wrong("has a tag that is none: up to 64 of a to z, 0 to 9, - and _, in quotes");
      }
      column.tags.push_back(*tag);
    }
    std::ranges::sort(column.tags);
    column.tags.erase(std::unique(column.tags.begin(), column.tags.end()), column.tags.end());
    settings.columns.push_back(std::move(column));
  }
  return {};
}

Result<void> ParseProfile(const Node& node, ProjectSettings& settings) {
  constexpr std::int64_t kMibMax = 1 << 20;
  const Node::Table* const profile = node.as_table();
  if (profile == nullptr) {
    return Wrong(node, "profile must be one table; write [profile], and below it max_mib = 128");
  }
  REPRISE_TRY(CheckKeys(*profile, "in [profile]", {"max_mib"}));
  const Node* const size = Find(*profile, "max_mib");
  if (size == nullptr) return {};
  const auto* const mib = size->as_integer();
  if (mib == nullptr || *mib < 0 || *mib > kMibMax) {
    return Wrong(*size, "max_mib must be a whole number from 0 (no profiles) to 1048576");
  }
  settings.profile_mib_max = static_cast<std::uint64_t>(*mib);
  return {};
}

}  // namespace

Error ProjectSettingsError(std::uint32_t line, std::string_view what) {
  return toml_text::ErrorAt(kProjectSettingsName, line, what);
}

Result<ProjectSettings> ParseProjectSettings(std::string_view text) {
  REPRISE_ASSIGN_OR_RETURN(const Node document, toml_text::Parse(text, kProjectSettingsName));
  const Node::Table& root = *document.as_table();
  REPRISE_TRY(CheckKeys(root, "in reprise.toml", {"files", "code", "columns", "profile"}));
  ProjectSettings settings;
  if (const Node* const files = Find(root, "files")) {
    REPRISE_TRY(ParseFiles(*files, settings.files));
  }
  if (const Node* const code = Find(root, "code")) REPRISE_TRY(ParseCode(*code, settings));
  if (const Node* const columns = Find(root, "columns")) {
    REPRISE_TRY(ParseColumns(*columns, settings));
  }
  if (const Node* const profile = Find(root, "profile")) {
    REPRISE_TRY(ParseProfile(*profile, settings));
  }
  return settings;
}

}  // namespace reprise::capture
