#include "tracker/cli/refs_support.h"

namespace reprise::cli {

void TakeRef(Command& command, const std::string& name) {
  command.hidden.add_options()(name.c_str(), po::value<std::string>());
  command.positionals.add(name.c_str(), 1);
}

Result<std::string> RequiredText(const po::variables_map& args, const std::string& name) {
  if (auto text = OptionalText(args, name); text.has_value() && !text->empty()) return *text;
  std::string shown = name;
  for (char& c : shown) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return Error{ErrorCode::kInvalidArgument, shown + " is missing"};
}

Result<tracker::StoredRun> RunOf(tracker::Store& store, const Context& context,
                                 const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(
      const Ulid id,
      tracker::ResolveRun({.store = store, .working_directory = context.working_directory}, ref));
  return store.GetRun(id);
}

Result<std::string> SubjectOf(tracker::Store& store, const Context& context,
                              const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::Resolved resolved,
      tracker::ResolveRef({.store = store, .working_directory = context.working_directory}, ref));
  if (const auto* const run = std::get_if<Ulid>(&resolved)) {
    REPRISE_TRY(store.GetRun(*run));
    return run->ToString();
  }
  return std::get<tracker::ArtifactRef>(resolved).digest.ToString();
}

}  // namespace reprise::cli
