// What data is to a run: what it trained on, or what it was judged by.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string_view>

namespace reprise::tracker {

enum class SplitRole { kTrain, kValidation, kTest, kHoldout };
std::string_view SplitRoleName(SplitRole role);

// What the words of a role ("training data") say; absent if none is one of: train, training;
// validation, valid, val, dev; test, testing; holdout ("hold-out", "hold_out", too).
std::optional<SplitRole> SplitRoleOf(std::string_view role);
// Likewise by the names along a path, the last first: "data/test/part-1.csv", "X_train.npy".
std::optional<SplitRole> SplitRoleOfPath(std::string_view path);

}  // namespace reprise::tracker
