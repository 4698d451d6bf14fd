#include "tracker/replay/replay_environment.h"

#include <map>
#include <set>
#include <utility>

#include "lineage/capture/program.h"
#include "lineage/capture/redact.h"
#include "lineage/capture/system_view.h"
#include "lineage/capture/variables.h"
#include "storage/base/file.h"
#include "storage/base/text_value.h"
#include "tracker/recorder/command_line.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kProject = "<project>";

bool IsRedacted(std::string_view value) {
  return value.find(capture::kRedacted) != std::string_view::npos;
}

Error Nonsense(const std::string& what) {
  return {ErrorCode::kCorruption,
          "what is recorded of the command's variables is damaged: " + what};
}

// Anything else cannot be put into an environment.
Result<void> CheckVariable(const std::string& name, std::string_view value) {
  const bool is_name =
      !name.empty() && name.find('=') == std::string::npos && name.find('\0') == std::string::npos;
  if (is_name && value.find('\0') == std::string_view::npos) return {};
  return Nonsense("'" + Printable(name) + "' is no variable");
}

class EnvironmentMaker {
 public:
  EnvironmentMaker(const lineage::RunRecord& record, const lineage::Recipe& recipe,
                   std::span<const std::string> today, const std::optional<StoreKey>& key)
      : record_(record),
        recipe_(recipe),
        today_(capture::ParseVariables({today.begin(), today.end()})),
        key_(key) {}

  Result<ReplayEnvironment> Make(std::optional<std::string_view> environment_document) {
    const Json* const recorded = record_.host.Find("variables");
    if (recorded != nullptr && recorded->is_object()) {
      REPRISE_TRY(TakeRecorded(recorded->as_object()));
      REPRISE_TRY(TakeKeyed());
    } else if (recorded != nullptr) {
      return Nonsense("they are no object");
    } else {
      REPRISE_TRY(TakeFromDocument(environment_document));
      TakeDefaults();
    }
    for (const auto& [name, text] : ParamTexts(recipe_.parameters, recipe_.variables)) {
      values_[ParamVariable(name)] = text;
    }
    REPRISE_TRY(TakeRecipe());
    return Finish();
  }

 private:
  Result<void> TakeRecorded(const Json::Object& recorded) {
    for (const auto& [name, value] : recorded) {
      REPRISE_ASSIGN_OR_RETURN(std::string text, BytesFromJson(value));
      REPRISE_TRY(CheckVariable(name, text));
      if (IsRedacted(text)) {
        absent_.insert(name);  // Unless its keyed digest says that today's is the same.
      } else {
        values_[name] = std::move(text);
      }
    }
    return {};
  }

  Result<void> TakeKeyed() {
    const Json* const keyed = record_.host.Find("keyed_variables");
    if (keyed == nullptr) return {};
    if (!keyed->is_object()) return Nonsense("the keyed ones are no object");
    const bool is_comparable = KeyIsThatOfTheRun() || keyed->as_object().empty();
    if (!is_comparable) {
      environment_.warnings.push_back(
          std::string("variables that are not recorded cannot be compared with those of today: the "
                      "store has ") +
          (key_.has_value() ? "another key than it had then" : "no key for keyed digests"));
    }
    for (const auto& [name, digest] : keyed->as_object()) {
      if (!digest.is_string()) return Nonsense("a keyed digest is no text");
      REPRISE_TRY(CheckVariable(name, ""));
      const auto value = capture::FindVariable(today_, name);
      if (is_comparable && value.has_value() && key_->DigestOf(*value) == digest.as_string()) {
        values_[name] = *value;
        from_today_.insert(name);
        absent_.erase(name);
      } else {
        absent_.insert(name);
      }
    }
    return {};
  }

  bool KeyIsThatOfTheRun() const {
    const auto id = record_.host.GetOptionalString("store_key");
    return key_.has_value() && id.ok() && *id == key_->Id();
  }

  Result<void> TakeFromDocument(std::optional<std::string_view> document) {
    environment_.warnings.emplace_back(
        "the run was recorded by a release that did not record all variables: PATH is that of "
        "today, HOME is /, and what else was set is not known");
    if (!document.has_value()) return {};
    const auto json = ParseJson(*document);
    if (!json.ok()) return Nonsense(json.error().message);
    const Json* const list = json->Find("variables");
    if (list == nullptr) return {};
    if (!list->is_array()) return Nonsense("the environment's are no list");
    for (const Json& variable : list->as_array()) REPRISE_TRY(TakeDocumented(variable));
    return {};
  }

  Result<void> TakeDocumented(const Json& variable) {
    REPRISE_ASSIGN_OR_RETURN(const std::string name, variable.GetString("name"));
    REPRISE_ASSIGN_OR_RETURN(const std::string type, variable.GetString("type"));
    REPRISE_ASSIGN_OR_RETURN(std::string value, variable.GetString("value"));
    if (type == "bytes") {
      auto bytes = FromBase64(value);
      if (!bytes.ok()) return Nonsense(bytes.error().message);
      value = *std::move(bytes);
    }
    if (type == "path_list") value = capture::WithProject(value, ProjectFolder());
    REPRISE_TRY(CheckVariable(name, value));
    if (IsRedacted(value)) {
      absent_.insert(name);
    } else {
      values_[name] = std::move(value);
    }
    return {};
  }

  std::string ProjectFolder() const {
    const Json* const folder = record_.host.Find("project_folder");
    if (folder == nullptr) return std::string(kProject);
    return BytesFromJson(*folder).value_or(std::string(kProject));
  }

  void TakeDefaults() {
    const auto path = capture::FindVariable(today_, "PATH");
    values_["PATH"] = path.value_or("/usr/local/bin:/usr/bin:/bin");
    if (path.has_value()) from_today_.insert("PATH");
    values_.emplace("HOME", "/");
    values_.emplace("SHELL", "/bin/sh");
    if (record_.actor.empty() || record_.actor.find('\0') != std::string::npos) return;
    values_.emplace("USER", record_.actor);
    values_.emplace("LOGNAME", record_.actor);
  }

  Result<void> TakeRecipe() {
    for (const auto& [name, value] : recipe_.variables) {
      REPRISE_TRY(CheckVariable(name, value));
      if (!IsRedacted(value)) {
        values_[name] = value;
        absent_.erase(name);
        from_today_.erase(name);
      } else if (!from_today_.contains(name)) {
        TakeRenewed(name);
      }
    }
    return {};
  }

  // Of a secret that the run was given on purpose.
  void TakeRenewed(const std::string& name) {
    const auto value = capture::FindVariable(today_, name);
    if (!value.has_value()) {
      values_.erase(name);
      absent_.insert(name);
      return;
    }
    values_[name] = *value;
    absent_.erase(name);
    environment_.warnings.push_back("the variable " + Printable(name) +
                                    " held a secret, which is not stored: it is given the value of "
                                    "today, which is another or cannot be compared");
  }

  ReplayEnvironment Finish() {
    for (const auto& [name, value] : values_) {
      environment_.variables.push_back(std::string(name).append("=").append(value));
    }
    environment_.absent.assign(absent_.begin(), absent_.end());
    environment_.from_today.assign(from_today_.begin(), from_today_.end());
    return std::move(environment_);
  }

  const lineage::RunRecord& record_;
  const lineage::Recipe& recipe_;
  const capture::Variables today_;
  const std::optional<StoreKey>& key_;
  std::map<std::string, std::string> values_;
  std::set<std::string> absent_;
  std::set<std::string> from_today_;
  ReplayEnvironment environment_;
};

}  // namespace

Result<ReplayEnvironment> EnvironmentOf(const lineage::RunRecord& record,
                                        const lineage::Recipe& recipe,
                                        std::span<const std::string> today,
                                        const std::optional<StoreKey>& key,
                                        std::optional<std::string_view> environment_document) {
  return EnvironmentMaker(record, recipe, today, key).Make(environment_document);
}

}  // namespace reprise::tracker
