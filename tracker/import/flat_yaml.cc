#include "tracker/import/flat_yaml.h"

#include <yaml.h>

#include <memory>

namespace reprise::tracker {
namespace {

struct ParserDeleter {
  void operator()(yaml_parser_t* parser) const {
    yaml_parser_delete(parser);
    delete parser;
  }
};

class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  yaml_event_t* get() { return &event_; }
  yaml_event_type_t type() const { return event_.type; }
  std::string text() const {
    const auto& scalar = event_.data.scalar;
    return {reinterpret_cast<const char*>(scalar.value), scalar.length};
  }
  // YAML 1.1: only a plain scalar can be null.
  bool is_null() const {
    if (event_.data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    const std::string value = text();
    return value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL";
  }

 private:
  yaml_event_t event_{};
};

class Reader {
 public:
  explicit Reader(std::string_view text) : parser_(new yaml_parser_t) {
    ready_ = yaml_parser_initialize(parser_.get()) == 1;
    if (!ready_) return;
    if (text.data() == nullptr) text = "";  // Which libyaml would not take.
    yaml_parser_set_encoding(parser_.get(), YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser_.get(), reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }

  Result<FlatYaml> Read() {
    FlatYaml yaml;
    while (true) {
      Event event;
      REPRISE_TRY(Next(event));
      if (event.type() == YAML_STREAM_START_EVENT || event.type() == YAML_DOCUMENT_START_EVENT) {
        continue;
      }
      if (event.type() != YAML_MAPPING_START_EVENT) return Damaged("it is no mapping");
      break;
    }
    REPRISE_TRY(ReadMapping(yaml.values, &yaml.mappings));
    return yaml;
  }

 private:
  static Error Damaged(const std::string& why) {
    return {ErrorCode::kCorruption, "the YAML cannot be read: " + why};
  }

  Result<void> Next(Event& event) {
    if (!ready_) return Damaged("there is no memory");
    if (yaml_parser_parse(parser_.get(), event.get()) == 1) return {};
    const char* const problem = parser_->problem;
    return Damaged((problem == nullptr ? std::string("it ends early") : std::string(problem)) +
                   " in line " + std::to_string(parser_->problem_mark.line + 1));
  }

  // What follows the start of a collection, to its end.
  Result<void> Skip() {
    for (std::size_t depth = 1; depth > 0;) {
      Event event;
      REPRISE_TRY(Next(event));
      switch (event.type()) {
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT:
          ++depth;
          break;
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT:
          --depth;
          break;
        default:
          break;
      }
    }
    return {};
  }

  // What follows the start of a mapping, to its end.  `mappings`: of those in it; nullptr: they are
  // passed over.
  Result<void> ReadMapping(std::map<std::string, std::string>& values,
                           std::map<std::string, std::map<std::string, std::string>>* mappings) {
    for (;;) {
      Event key;
      REPRISE_TRY(Next(key));
      if (key.type() == YAML_MAPPING_END_EVENT) return {};
      const bool is_scalar = key.type() == YAML_SCALAR_EVENT;
      if (!is_scalar && key.type() != YAML_ALIAS_EVENT) REPRISE_TRY(Skip());
      const std::string name = is_scalar ? key.text() : "";
      Event value;
      REPRISE_TRY(Next(value));
      if (value.type() == YAML_SCALAR_EVENT) {
        values.erase(name);
        if (is_scalar && !value.is_null()) values[name] = value.text();
      } else if (value.type() == YAML_MAPPING_START_EVENT && mappings != nullptr && is_scalar) {
        std::map<std::string, std::string> below;
        REPRISE_TRY(ReadMapping(below, nullptr));
        (*mappings)[name] = std::move(below);
      } else if (value.type() != YAML_ALIAS_EVENT) {
        REPRISE_TRY(Skip());
      }
    }
  }

  std::unique_ptr<yaml_parser_t, ParserDeleter> parser_;
  bool ready_ = false;
};

}  // namespace

std::string FlatYaml::Text(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}

std::optional<std::string> FlatYaml::Find(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

Result<FlatYaml> ParseFlatYaml(std::string_view text) {
  if (text.size() > kYamlBytesMax) {
    return Error{ErrorCode::kCorruption, "the YAML is larger than " +
                                             std::to_string(kYamlBytesMax) +
                                             " bytes, which MLflow does not write"};
  }
  return Reader(text).Read();
}

}  // namespace reprise::tracker
