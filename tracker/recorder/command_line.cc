#include "tracker/recorder/command_line.h"

#include <algorithm>
#include <cctype>

namespace reprise::tracker {
namespace {

bool IsVariableName(std::string_view name) {
  const auto valid = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::ranges::all_of(name, valid);
}

std::string Placeholder(const std::string& key) { return "{" + key + "}"; }

bool IsNumber(const lineage::ParamValue& value) {
  return value.type() == lineage::ParamType::kInt || value.type() == lineage::ParamType::kReal;
}

}  // namespace

std::map<std::string, std::string> ParamTexts(
    const std::map<std::string, lineage::ParamValue>& params,
    const std::map<std::string, std::string>& variables) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : params) {
    std::string& text = texts[key] = value.text();
    const auto typed = variables.find(ParamVariable(key));
    if (!IsNumber(value) || typed == variables.end()) continue;
    // The caller may have set such a variable to anything.
    const auto read = lineage::ParamValue::Parse(value.type(), typed->second);
    if (read.ok() && *read == value) text = typed->second;
  }
  return texts;
}

void KeepTypedText(const std::string& key, const lineage::ParamValue& value,
                   const std::string& text, std::map<std::string, std::string>& variables) {
  if (IsNumber(value) && value.text() != text) variables[ParamVariable(key)] = text;
}

std::vector<std::string> FillTemplates(const std::vector<std::string>& command,
                                       const std::map<std::string, std::string>& texts) {
  std::vector<std::string> filled;
  for (const std::string& word : command) {
    std::string result;
    std::size_t position = 0;
    while (position < word.size()) {
      // At each brace the parameters are tried once, so that a value is never expanded again.
      const auto match = std::ranges::find_if(texts, [&](const auto& text) {
        return word.compare(position, text.first.size() + 2, Placeholder(text.first)) == 0;
      });
      if (word[position] == '{' && match != texts.end()) {
        result += match->second;
        position += match->first.size() + 2;
      } else {
        result += word[position++];
      }
    }
    filled.push_back(std::move(result));
  }
  return filled;
}

bool HasTemplate(const std::vector<std::string>& command, const std::string& key) {
  return std::ranges::any_of(command, [&](const std::string& word) {
    return word.find(Placeholder(key)) != std::string::npos;
  });
}

std::string ParamVariable(const std::string& key) {
  std::string name = "REPRISE_PARAM_";
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return name;
}

std::optional<std::pair<std::string, std::string>> ParamsOfOneVariable(
    const std::map<std::string, lineage::ParamValue>& params) {
  std::map<std::string, std::string> key_of;  // By variable.
  for (const auto& [key, value] : params) {
    const auto [place, is_new] = key_of.try_emplace(ParamVariable(key), key);
    if (!is_new) return std::pair(place->second, key);
  }
  return std::nullopt;
}

CommandWords SplitVariables(const std::vector<std::string>& words) {
  CommandWords result;
  std::size_t first = 0;
  for (; first < words.size(); ++first) {
    const std::size_t equals = words[first].find('=');
    if (equals == std::string::npos || !IsVariableName(words[first].substr(0, equals))) break;
    result.variables[words[first].substr(0, equals)] = words[first].substr(equals + 1);
  }
  result.command.assign(words.begin() + static_cast<std::ptrdiff_t>(first), words.end());
  return result;
}

}  // namespace reprise::tracker
