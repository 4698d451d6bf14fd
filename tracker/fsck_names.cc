#include "tracker/fsck_names.h"

#include <map>
#include <set>

#include "storage/base/bytes.h"
#include "tracker/listed_run.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {

Result<std::vector<std::string>> FindWrongNames(Store& store) {
  // A name whose link was lost may have been given again before anybody noticed.
  std::map<std::string, std::set<Ulid>> runs;
  REPRISE_TRY(store.ForEachListedRun([&](const ListedRun& run) {
    if (CheckRunName(run.name).ok()) runs[run.name].insert(run.id);
    return true;
  }));
  std::vector<std::string> sentences;
  for (const auto& [name, ids] : runs) {
    const auto holder = FindRunByName(store.files(), store.folder(), name);
    if (holder.ok() && ids.contains(*holder)) continue;
    if (!holder.ok() && holder.error().code == ErrorCode::kIoError) return holder.error();
    const std::string link = JoinPath(StorePaths(store.folder()).names(), name);
    std::string why = "is missing";
    if (holder.ok()) why = "leads to " + holder->ToString();
    if (!holder.ok() && holder.error().code != ErrorCode::kNotFound) why = "is damaged";
    sentences.push_back("the name of run " + ids.begin()->ToString() + " is lost: '" +
                        Printable(link) + "' " + why);
  }
  return sentences;
}

}  // namespace reprise::tracker
