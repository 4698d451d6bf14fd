// Names of runs: unique in a store, reserved without opening it.
//
// names/<name> is a symbolic link whose target is the run's id.  Creating a link is atomic and
// fails when the name is taken, so that any number of recorders can reserve names at once.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

// Errors: kInvalidArgument  not 1 to 128 characters of A-Z a-z 0-9 . _ -, beginning with a letter
// or
//                           digit, or one that reads as another kind of reference (an id, a
//                           digest).
Result<void> CheckRunName(std::string_view name);

// Gives `name` to run `id`.
// Errors: kAlreadyExists  another run has it.
Result<void> ReserveRunName(FileSystem& files, const std::string& store_folder,
                            const std::string& name, const Ulid& id);

// Makes a name up ("brave-otter-7") and gives it to run `id`.
Result<std::string> InventRunName(FileSystem& files, const std::string& store_folder,
                                  const Ulid& id);

// The one or the other: gives `wanted` to run `id`, or a name that it makes up.
// Errors: as CheckRunName() and ReserveRunName().
Result<std::string> TakeRunName(FileSystem& files, const std::string& store_folder,
                                const std::optional<std::string>& wanted, const Ulid& id);

// The run that has `name`.  Errors: kNotFound.
Result<Ulid> FindRunByName(FileSystem& files, const std::string& store_folder,
                           const std::string& name);

// Takes the name back from a run that never came to be.
void ReleaseRunName(FileSystem& files, const std::string& store_folder, const std::string& name,
                    const Ulid& id);

// The same for whatever names it has.  Reads all names of the store.
void ReleaseRunNames(FileSystem& files, const std::string& store_folder, const Ulid& id);

}  // namespace reprise::tracker
