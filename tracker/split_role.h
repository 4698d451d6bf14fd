// What data is to a run: what it trained on, or what it was judged by.
//
// Thread-safety: pure functions.

#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::tracker {

// One of "train", "validation", "evaluation", "test", "holdout", "out_of_time" and "out_of_sample",
// which come first, in that order; or any other word that somebody has called an input.
class SplitRole {
 public:
  SplitRole() = default;  // "train"

  // The role of that name, in small letters.
  static SplitRole Of(std::string_view name);

  const std::string& name() const { return name_; }
  // Whether it is one of the words above, which say that the data are cases to learn from or to be
  // judged by.
  bool is_split() const;

  friend bool operator==(const SplitRole&, const SplitRole&) = default;
  friend auto operator<=>(const SplitRole&, const SplitRole&) = default;

 private:
  std::size_t rank_ = 0;
  std::string name_ = "train";
};

// What the words of a text ("training data") say; absent if none is one of: train, training;
// validation, validate, valid, val, dev; evaluation, evaluate, eval; test, testing; holdout,
// heldout; oot; oos; or several: "hold-out", "held_out", "out of time", "out-of-sample".
std::optional<SplitRole> SplitRoleOf(std::string_view text);
// Likewise by the names along a path, the last first: "data/test/part-1.csv", "X_train.npy".
std::optional<SplitRole> SplitRoleOfPath(std::string_view path);
// The role of an input that somebody has called `role`, which is not empty: as SplitRoleOf(), else
// `role` itself.
SplitRole GivenRole(std::string_view role);

}  // namespace reprise::tracker
