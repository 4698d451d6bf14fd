#include "tracker/cli/refs_support.h"

#include <algorithm>
#include <array>

#include "tracker/cli/help.h"
#include "tracker/live_runs.h"

namespace reprise::cli {
namespace {

bool ChoosesRun(const std::string& ref) {
  return std::ranges::any_of(std::array{"@last", "@max:", "@min:"}, [&](const char* selector) {
    return ref.find(selector) != std::string::npos;
  });
}

}  // namespace

Result<void> RequireCertain(const tracker::Store& store, const std::string& ref) {
  if (!ChoosesRun(ref) || !store.may_lack_entries()) return {};
  return Error{ErrorCode::kCorruption,
               "'" + Printable(ref) +
                   "' may mean another run, because a part of this store cannot " +
                   "be read; name the run by its id, or mend the store: reprise fsck"};
}

void TakeRef(Command& command, const std::string& name) {
  command.hidden.add_options()(name.c_str(), po::value<std::string>());
  command.positionals.add(name.c_str(), 1);
  command.required.push_back(name);
}

Result<std::string> RequiredText(const po::variables_map& args, const std::string& name) {
  std::string text = OptionalText(args, name).value_or("");
  if (!text.empty()) return text;
  return Error{ErrorCode::kInvalidArgument,
               ArgumentName(name) + (args.count(name) > 0 ? " is empty" : " is missing")};
}

Result<tracker::StoredRun> RunOf(tracker::Store& store, const Context& context,
                                 const std::string& ref) {
  REPRISE_TRY(RequireCertain(store, ref));
  REPRISE_ASSIGN_OR_RETURN(
      const Ulid id,
      tracker::ResolveRun({.store = store, .working_directory = context.working_directory}, ref));
  return tracker::GetEndedRun(store, id);
}

// A run without a row in the catalog is being recorded, or its name is reserved for one that is
// about to be.
Result<KnownRun> KnownRunOf(tracker::Store& store, const Ulid& id) {
  auto stored = store.GetRun(id);
  if (stored.ok()) return KnownRun{*std::move(stored), std::nullopt};
  if (stored.error().code != ErrorCode::kNotFound) return std::move(stored).error();
  auto live = tracker::ReadLiveRun(store.files(), store.folder(), id);
  if (!live.ok()) {
    return live.error().code == ErrorCode::kNotFound ? stored.error() : live.error();
  }
  return KnownRun{live->run, *std::move(live)};
}

Result<KnownRun> KnownRunOf(tracker::Store& store, const Context& context, const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(
      const Ulid id,
      tracker::ResolveRun({.store = store, .working_directory = context.working_directory}, ref));
  return KnownRunOf(store, id);
}

Result<tracker::Resolved> StoredThing(tracker::Store& store, const Context& context,
                                      const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::Resolved resolved,
      tracker::ResolveRef({.store = store, .working_directory = context.working_directory}, ref));
  if (const auto* const id = std::get_if<Ulid>(&resolved))
    REPRISE_TRY(tracker::GetEndedRun(store, *id));
  return resolved;
}

int ToldStatus(const tracker::Store& store) {
  return store.may_lack_entries() ? ExitStatus(ErrorCode::kCorruption) : 0;
}

int ChosenStatus(const tracker::Store& store, const std::vector<std::string>& refs) {
  return std::ranges::any_of(refs, ChoosesRun) ? ToldStatus(store) : 0;
}

Result<std::string> SubjectOf(tracker::Store& store, const Context& context,
                              const std::string& ref) {
  REPRISE_TRY(RequireCertain(store, ref));
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(store, context, ref));
  if (const auto* const run = std::get_if<Ulid>(&resolved)) return run->ToString();
  return std::get<tracker::ArtifactRef>(resolved).digest.ToString();
}

void PrintModels(const tracker::ArtifactFacts& facts, std::ostream& out) {
  for (const tracker::ModelOfArtifact& of : facts.models) {
    out << "model       " << of.model.Name() << ", " << of.model.stage();
    if (!of.path.empty()) out << ", as " << Printable(of.path) << " in it";
    out << "\n";
  }
}

}  // namespace reprise::cli
