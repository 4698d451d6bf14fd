// What the commands about keys, signatures, policies and models share.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/result.h"
#include "tracker/cli/command.h"
#include "tracker/models.h"

namespace reprise::cli {

// The value of an option that must be given.
// Errors: kInvalidArgument  it is missing or empty.
Result<std::string> RequiredOption(const po::variables_map& args, const std::string& name);

// The time that an option gives, or nullopt.  Errors: kInvalidArgument.
Result<std::optional<std::int64_t>> OptionalTime(const po::variables_map& args,
                                                 const std::string& name);

// A version that is named with its number or stage.
// Errors: kInvalidArgument  it names no version; kNotFound.
Result<tracker::RegisteredModel> ModelOf(tracker::Store& store, const std::string& ref);

}  // namespace reprise::cli
