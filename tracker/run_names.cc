#include "tracker/run_names.h"

#include <array>

#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kNameSizeMax = 128;

constexpr std::array<std::string_view, 64> kAdjectives = {
    "able",   "amber",  "apt",    "bold",   "brave",  "brief",  "bright", "brisk",
    "calm",   "candid", "civil",  "clear",  "clever", "cosmic", "crisp",  "deft",
    "eager",  "early",  "exact",  "fair",   "firm",   "fleet",  "fond",   "frank",
    "fresh",  "gentle", "glad",   "golden", "grand",  "hardy",  "honest", "humble",
    "ideal",  "jolly",  "keen",   "kind",   "light",  "lively", "loyal",  "lucid",
    "mellow", "merry",  "mild",   "modest", "neat",   "noble",  "novel",  "patient",
    "plain",  "proud",  "quick",  "quiet",  "rapid",  "ready",  "robust", "sharp",
    "silent", "sound",  "steady", "sunny",  "swift",  "tidy",   "vivid",  "wise"};

constexpr std::array<std::string_view, 64> kNouns = {
    "acorn",  "alder",   "aspen",   "badger", "beacon", "beetle",  "birch",  "bison",
    "brook",  "canyon",  "cedar",   "cloud",  "comet",  "condor",  "coral",  "crane",
    "delta",  "dune",    "eagle",   "ember",  "falcon", "fern",    "finch",  "fjord",
    "forest", "glacier", "grove",   "harbor", "hazel",  "heron",   "hill",   "island",
    "ivy",    "jay",     "lagoon",  "lake",   "larch",  "lark",    "lynx",   "maple",
    "marten", "meadow",  "mesa",    "moss",   "oak",    "orchid",  "otter",  "owl",
    "pebble", "pine",    "prairie", "quartz", "raven",  "reef",    "river",  "robin",
    "sage",   "sparrow", "spruce",  "stork",  "summit", "thistle", "walnut", "willow"};

std::string LinkPath(const std::string& store_folder, const std::string& name) {
  return JoinPath(StorePaths(store_folder).names(), name);
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

Result<void> CheckRunName(std::string_view name) {
  bool valid = !name.empty() && name.size() <= kNameSizeMax && IsNameCharacter(name[0]) &&
               name[0] != '.' && name[0] != '_' && name[0] != '-';
  for (const char c : name) valid = valid && IsNameCharacter(c);
  if (!valid) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(name) +
                     "' cannot be a run's name: use 1 to 128 letters, digits, '.', '_' and '-', "
                     "beginning with a letter or digit"};
  }
  if (Ulid::Parse(name).ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(name) + "' cannot be a run's name: it reads as a run id"};
  }
  return {};
}

Result<void> ReserveRunName(FileSystem& files, const std::string& store_folder,
                            const std::string& name, const Ulid& id) {
  auto created = files.CreateSymlink(id.ToString(), LinkPath(store_folder, name));
  if (!created.ok() && created.error().code == ErrorCode::kAlreadyExists) {
    const auto holder = FindRunByName(files, store_folder, name);
    return Error{ErrorCode::kAlreadyExists,
                 "the name '" + name + "' belongs to run " +
                     (holder.ok() ? holder->ToString() : std::string("unknown")) +
                     " already; choose another with --name"};
  }
  return created;
}

Result<std::string> InventRunName(FileSystem& files, const std::string& store_folder,
                                  const Ulid& id) {
  // The id's random bits pick the words; a name that is taken counts the number up.
  const auto bits = LoadLe<std::uint64_t>(id.bytes(), 8);
  const std::string words = std::string(kAdjectives[bits % kAdjectives.size()]) + "-" +
                            std::string(kNouns[bits / 64 % kNouns.size()]) + "-";
  constexpr std::uint64_t kAttemptsMax = 1'000'000;
  for (std::uint64_t attempt = 0; attempt < kAttemptsMax; ++attempt) {
    std::string name = words + std::to_string(bits / 4096 % 1000 + 1 + attempt);
    const auto created = files.CreateSymlink(id.ToString(), LinkPath(store_folder, name));
    if (created.ok()) return name;
    if (created.error().code != ErrorCode::kAlreadyExists) return created.error();
  }
  return Error{ErrorCode::kIoError, "no free name was found for run " + id.ToString()};
}

Result<std::string> TakeRunName(FileSystem& files, const std::string& store_folder,
                                const std::optional<std::string>& wanted, const Ulid& id) {
  REPRISE_TRY(CreateDirectories(files, StorePaths(store_folder).names()));
  if (!wanted.has_value()) return InventRunName(files, store_folder, id);
  REPRISE_TRY(CheckRunName(*wanted));
  REPRISE_TRY(ReserveRunName(files, store_folder, *wanted, id));
  return *wanted;
}

Result<Ulid> FindRunByName(FileSystem& files, const std::string& store_folder,
                           const std::string& name) {
  REPRISE_TRY(CheckRunName(name));
  auto target = files.ReadLink(LinkPath(store_folder, name));
  if (!target.ok()) {
    if (target.error().code != ErrorCode::kNotFound) return std::move(target).error();
    return Error{ErrorCode::kNotFound, "no run is named '" + name + "'"};
  }
  auto id = Ulid::Parse(*target);
  if (!id.ok() || id->ToString() != *target) {
    return Error{ErrorCode::kCorruption, "the link of the name '" + name + "' is damaged"};
  }
  return id;
}

void ReleaseRunName(FileSystem& files, const std::string& store_folder, const std::string& name,
                    const Ulid& id) {
  const auto holder = FindRunByName(files, store_folder, name);
  if (holder.ok() && *holder == id) (void)files.RemoveFile(LinkPath(store_folder, name));
}

void ReleaseRunNames(FileSystem& files, const std::string& store_folder, const Ulid& id) {
  const auto names = files.List(StorePaths(store_folder).names());
  if (!names.ok()) return;
  for (const DirectoryEntry& name : *names) ReleaseRunName(files, store_folder, name.name, id);
}

}  // namespace reprise::tracker
