#include <cstdlib>
#include <sstream>

#include "tracker/cli/command.h"
#include "tracker/cli/text.h"
#include "tracker/project_path.h"
#include "tracker/recorder/recovery.h"

namespace reprise::cli {
namespace {

Result<std::unique_ptr<tracker::Store>> OpenRecovered(const Context& context,
                                                      const tracker::StoreOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, context.StoreFolder());
  context.RecoverRuns();
  return tracker::Store::Open(context.files, folder, options);
}

// A path may be longer than any that the system takes; its middle tells nobody anything.
std::string Shortened(const std::string& message) {
  constexpr std::size_t kBytesMax = 4096;
  constexpr std::size_t kBytesKept = 1024;  // At both ends.
  if (message.size() <= kBytesMax) return message;
  std::size_t begin = kBytesKept;
  std::size_t end = message.size() - kBytesKept;
  const auto is_inside = [&](std::size_t at) { return (message[at] & 0xC0) == 0x80; };  // UTF-8.
  while (is_inside(begin)) --begin;
  while (is_inside(end)) ++end;
  return message.substr(0, begin) + " … " + message.substr(end);
}

}  // namespace

Result<std::string> Context::StoreFolder() const {
  std::optional<std::string> named = global.store;
  if (!named.has_value()) {
    if (const char* const variable = std::getenv("REPRISE_STORE");
        variable != nullptr && *variable != '\0') {
      named = variable;
    }
  }
  if (!named.has_value()) return tracker::Store::Find(files, working_directory);
  std::string folder = tracker::AbsolutePath(*named, working_directory);
  // A project may be named as well as the store folder in it.
  const std::string inside = JoinPath(folder, ".reprise");
  if (!Exists(files, JoinPath(folder, "format")) && Exists(files, inside)) {
    return inside;
  }
  return folder;
}

Result<std::string> Context::ProjectFolder() const {
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, StoreFolder());
  return ParentPath(folder);
}

tracker::StoreOptions Context::StoreOptions() const {
  tracker::StoreOptions options;
  options.notify = [this](const std::string& message) { Warn(message); };
  return options;
}

void Context::RecoverRuns() const {
  const auto folder = StoreFolder();
  if (!folder.ok()) return;  // Whoever needs it says so.
  tracker::RecoverRuns(files, *folder, [this](const std::string& message) { Warn(message); });
}

Result<std::unique_ptr<tracker::Store>> Context::OpenStore() const {
  return OpenRecovered(*this, StoreOptions());
}

Result<std::unique_ptr<tracker::Store>> Context::OpenStoreToRead() const {
  tracker::StoreOptions options = StoreOptions();
  options.gives_way = true;
  return OpenRecovered(*this, options);
}

void Context::Warn(const std::string& message) const {
  err << "reprise: " << Shortened(message) << "\n";
}

void Context::PrintFound(const Json& json, const std::string& text, const std::string& none) const {
  if (global.json) {
    PrintJson(json);
  } else if (text.empty()) {
    Warn(none);
  } else {
    out << text;
  }
}

void Context::PrintFound(const Json& json, const Table& table, const std::string& none) const {
  std::ostringstream text;
  if (!table.empty()) table.Print(text, columns);
  PrintFound(json, text.str(), none);
}

int Context::Fail(const Error& error, int status) const {
  Warn(error.message);
  if (global.json) {
    PrintJson(Json().Set(
        "error", Json().Set("code", ErrorCodeName(error.code)).Set("message", error.message)));
  }
  return status;
}

std::string Text(const po::variables_map& args, const std::string& name) {
  return args[name].as<std::string>();
}

std::optional<std::string> OptionalText(const po::variables_map& args, const std::string& name) {
  if (args.count(name) == 0) return std::nullopt;
  return args[name].as<std::string>();
}

std::vector<std::string> Texts(const po::variables_map& args, const std::string& name) {
  if (args.count(name) == 0) return {};
  return args[name].as<std::vector<std::string>>();
}

Result<std::vector<std::string>> AbsolutePaths(const std::vector<std::string>& given,
                                               const Context& context) {
  std::vector<std::string> paths;
  for (const std::string& path : given) {
    if (path.empty()) return Error{ErrorCode::kInvalidArgument, "a path is empty"};
    paths.push_back(tracker::AbsolutePath(path, context.working_directory));
  }
  return paths;
}

bool Flag(const po::variables_map& args, const std::string& name) {
  return args.count(name) > 0 && args[name].as<bool>();
}

Result<std::pair<std::string, std::string>> SplitAssignment(const std::string& text,
                                                            const std::string& option) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{ErrorCode::kInvalidArgument,
                 option + " needs KEY=VALUE, and got '" + Printable(text) + "'"};
  }
  if (!IsUtf8(std::string_view(text).substr(0, equals))) {
    return Error{ErrorCode::kInvalidArgument,
                 option + ": the key in '" + Printable(text) + "' is not UTF-8"};
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

Result<std::map<std::string, std::string>> SplitAssignments(const std::vector<std::string>& texts,
                                                            const std::string& option) {
  std::map<std::string, std::string> assignments;
  for (const std::string& text : texts) {
    REPRISE_ASSIGN_OR_RETURN(auto assignment, SplitAssignment(text, option));
    const std::string key = assignment.first;
    if (!assignments.insert(std::move(assignment)).second) {
      return Error{ErrorCode::kInvalidArgument,
                   option + " " + Printable(key) + " is given more than once"};
    }
  }
  return assignments;
}

Result<void> RequireText(const std::string& text, const std::string& option) {
  if (!text.empty()) return {};
  return Error{ErrorCode::kInvalidArgument, option + " is empty"};
}

Result<std::map<std::string, std::string>> ParseTags(const std::vector<std::string>& texts,
                                                     const std::string& option) {
  std::map<std::string, std::string> tags;
  for (const std::string& text : texts) {
    REPRISE_ASSIGN_OR_RETURN(auto tag, SplitAssignment(text, option));
    tags.insert_or_assign(std::move(tag.first), std::move(tag.second));
  }
  return tags;
}

}  // namespace reprise::cli
