#include "tracker/registry/authors.h"

namespace reprise::tracker {
namespace {

std::optional<Ulid> OriginalOf(const lineage::RunRecord& run) {
  if (!run.reproduces.has_value()) return std::nullopt;
  const auto id = Ulid::Parse(*run.reproduces);
  return id.ok() ? std::optional(*id) : std::nullopt;
}

}  // namespace

Result<std::set<std::string>> AuthorsOf(const RegisteredModel& model, const std::set<Ulid>& makers,
                                        const FindRecord& find) {
  std::set<std::string> authors = {model.actor};
  std::set<Ulid> met;
  // With the run that it was to reproduce, and so on.
  const auto add = [&](std::optional<Ulid> run, bool is_registered) -> Result<void> {
    while (run.has_value() && met.insert(*run).second) {
      REPRISE_ASSIGN_OR_RETURN(const auto record, find(*run));
      if (!record.has_value()) {
        return Error{ErrorCode::kCorruption, "the record of run " + run->ToString() +
                                                 " is lost, and tells of an author of " +
                                                 model.Name() +
                                                 "; `reprise fsck` tells what is damaged"};
      }
      const auto original = OriginalOf(*record);
      const bool repeats =
          original.has_value() && makers.contains(*original) && makers.contains(*run);
      if (is_registered || !repeats) authors.insert(record->actor);
      run = original;
    }
    return {};
  };
  REPRISE_TRY(add(model.version.run, true));
  for (const Ulid& maker : makers) REPRISE_TRY(add(maker, false));
  return authors;
}

}  // namespace reprise::tracker
