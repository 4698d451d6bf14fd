#include "lineage/capture/project_settings.h"

#include <algorithm>
#include <optional>

#include "storage/base/bytes.h"
#include "storage/base/nearest.h"

// Release 3.3 asserts about a key what its next lines then report as a mistake in the text ("[["
// followed by no key), and with NDEBUG the compiler may rely on it.  Without assertions the mistake
// is reported.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace reprise::capture {
namespace {

constexpr std::size_t kReasonBytesMax = 1000;

std::uint32_t LineOf(const toml::node& node) { return node.source().begin.line; }

Error Wrong(const toml::node& node, std::string_view what) {
  return ProjectSettingsError(LineOf(node), what);
}

std::string Quoted(std::string_view text) { return "'" + Printable(text) + "'"; }

// "a, b and c"
std::string ListOf(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

// Refuses the first key of `table` that is none of `known`.
Result<void> CheckKeys(const toml::table& table, std::string_view where,
                       const std::vector<std::string>& known) {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    std::string what = "there is no key " + Quoted(key.str()) + " " + std::string(where);
    if (const auto meant = Nearest(key.str(), known)) what += "; did you mean " + *meant + "?";
    return ProjectSettingsError(key.source().begin.line, what + " (known: " + ListOf(known) + ")");
  }
  return {};
}

std::vector<std::string> ClassNames() {
  std::vector<std::string> names;
  for (int i = 0;; ++i) {
    const std::string_view name = lineage::FileClassName(static_cast<lineage::FileClass>(i));
    names.emplace_back(name);
    if (i == static_cast<int>(lineage::FileClass::kKernel)) return names;
  }
}

Result<std::string> StringMember(const toml::table& table, std::string_view key,
                                 std::string_view example) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) {
    return Wrong(table, "[[files]] has no " + std::string(key) + "; add a line like " +
                            std::string(example));
  }
  const auto* const text = node->as_string();
  if (text == nullptr) {
    return Wrong(*node,
                 std::string(key) + " must be a text in quotes, as in " + std::string(example));
  }
  return text->get();
}

Result<WrittenFileRule> ParseFileRule(const toml::table& table) {
  REPRISE_TRY(CheckKeys(table, "in [[files]]", {"pattern", "class", "reason"}));
  WrittenFileRule rule;
  REPRISE_ASSIGN_OR_RETURN(rule.pattern.pattern,
                           StringMember(table, "pattern", "pattern = \"data/**\""));
  rule.pattern.line = LineOf(*table.get("pattern"));
  REPRISE_ASSIGN_OR_RETURN(const std::string name,
                           StringMember(table, "class", "class = \"data\""));
  const auto file_class = lineage::ParseFileClass(name);
  if (!file_class.has_value()) {
    std::string what = "there is no class " + Quoted(name);
    if (const auto meant = Nearest(name, ClassNames())) what += "; did you mean " + *meant + "?";
    return Wrong(*table.get("class"), what + " (classes: " + ListOf(ClassNames()) + ")");
  }
  rule.file_class = *file_class;
  if (table.contains("reason")) {
    REPRISE_ASSIGN_OR_RETURN(rule.reason, StringMember(table, "reason", "reason = \"…\""));
    if (rule.reason.size() > kReasonBytesMax) {
      return Wrong(*table.get("reason"), "the reason is longer than 1,000 bytes; shorten it");
    }
  }
  return rule;
}

Result<void> ParseFiles(const toml::node& node, std::vector<WrittenFileRule>& rules) {
  const auto wrong = [](const toml::node& where) {
    return Wrong(where,
                 "files must be a list of tables, so that their order counts; write for each "
                 "pattern: [[files]], and below it pattern = \"data/**\" and class = \"data\"");
  };
  const toml::array* const list = node.as_array();
  if (list == nullptr) return wrong(node);
  for (const toml::node& entry : *list) {
    const toml::table* const table = entry.as_table();
    if (table == nullptr) return wrong(entry);
    REPRISE_ASSIGN_OR_RETURN(WrittenFileRule rule, ParseFileRule(*table));
    rules.push_back(std::move(rule));
  }
  return {};
}

Result<void> ParsePatterns(const toml::table& code, std::string_view key,
                           std::vector<WrittenPattern>& patterns) {
  const toml::node* const node = code.get(key);
  if (node == nullptr) return {};
  const auto wrong = [key](const toml::node& where) {
    return Wrong(where, std::string(key) + " must be a list of texts in quotes, as in " +
                            std::string(key) + " = [\"*.py\", \"notebooks/**\"]");
  };
  const toml::array* const list = node->as_array();
  if (list == nullptr) return wrong(*node);
  for (const toml::node& entry : *list) {
    const auto* const text = entry.as_string();
    if (text == nullptr) return wrong(entry);
    patterns.push_back({text->get(), LineOf(entry)});
  }
  return {};
}

Result<void> ParseCode(const toml::node& node, ProjectSettings& settings) {
  const toml::table* const code = node.as_table();
  if (code == nullptr) {
    return Wrong(node, "code must be one table; write [code], and below it include = [\"*.py\"]");
  }
  REPRISE_TRY(CheckKeys(*code, "in [code]", {"include", "exclude"}));
  REPRISE_TRY(ParsePatterns(*code, "include", settings.code_include));
  return ParsePatterns(*code, "exclude", settings.code_exclude);
}

Result<toml::table> ParseToml(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return ProjectSettingsError(
        error.source().begin.line,
        "this is no TOML: " + Printable(error.description()) + " (https://toml.io/en/v1.0.0)");
  }
}

}  // namespace

Error ProjectSettingsError(std::uint32_t line, std::string_view what) {
  return Error{ErrorCode::kInvalidArgument, std::string(kProjectSettingsName) + ":" +
                                                std::to_string(line) + ": " + std::string(what)};
}

Result<ProjectSettings> ParseProjectSettings(std::string_view text) {
  REPRISE_ASSIGN_OR_RETURN(const toml::table root, ParseToml(text));
  REPRISE_TRY(CheckKeys(root, "in reprise.toml", {"files", "code"}));
  ProjectSettings settings;
  if (const toml::node* const files = root.get("files")) {
    REPRISE_TRY(ParseFiles(*files, settings.files));
  }
  if (const toml::node* const code = root.get("code")) REPRISE_TRY(ParseCode(*code, settings));
  return settings;
}

}  // namespace reprise::capture
