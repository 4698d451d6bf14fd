// What may decide the bits of a run's results, one factor at a time.
//
// Thread-safety: pure functions.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/closure.h"

namespace reprise::tracker {

struct Factor {
  std::string name;     // Stable, in JSON: "threads".
  std::string meaning;  // What is changed: "one thread, on one processor".
  // What of a command is changed: variables (absent: unset), and how its process is started.
  std::map<std::string, std::optional<std::string>> variables{};
  bool one_processor = false;
  bool fixed_addresses = false;
  std::string noun{};    // "the number of threads", as the subject of a sentence.
  std::string remedy{};  // What makes the run reproducible if this decides: "set …".
};

// Those that can be tried on a run that used `closure` and whose command has the variables
// `recorded`, the likeliest first.  Hash seeds are those of interpreters that the run used; time
// zone and locale are tried where those of `today` are others.
std::vector<Factor> FactorsOf(const lineage::Closure& closure,
                              const std::map<std::string, std::string>& recorded,
                              const std::map<std::string, std::string>& today);

// "NAME=value" strings with a factor's changes.
std::vector<std::string> WithFactor(const std::vector<std::string>& environment,
                                    const Factor& factor);

}  // namespace reprise::tracker
