// What the program is asked to do: two paths and the hyperparameters.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "booster.h"

namespace credit_risk {

struct Hyperparameters {
  double eta = 0.1;               // Learning rate, above 0 and at most 1.
  std::int64_t max_depth = 3;     // Of a tree, from 1 to 16.
  std::int64_t rounds = 80;       // Trees, from 1 to 10,000.
  double subsample = 0.8;         // Share of rows drawn for each tree, above 0 and at most 1.
  double colsample_bytree = 0.8;  // Share of features drawn for each tree, likewise.
  double min_child_weight = 3;    // Least sum of instance weights in a leaf, 0 or more.
  double lambda = 1;              // L2 penalty on leaf weights, 0 or more.
  std::int64_t seed = 7;          // Of the draws of rows and features, 0 or more.
  std::int64_t split_seed = 7;    // Of the hold-out: apart from `seed`, so that runs with different
                                  // seeds are measured on the same loans.
  double hold_out = 0.3;          // Share of loans held out, above 0 and below 1.
  std::int64_t nthread = 1;       // More threads add in another order, which may change last bits.
};

struct Options {
  std::string data;  // CSV file to train on.
  std::string out;   // Folder for the results; made if missing.
  bool help = false;
  Hyperparameters hyperparameters;
};

// Calls `visit(name, value)` for each hyperparameter, in the order above.  Command line, validation
// and tracking all go through here, so a new hyperparameter is one line and is never untracked.
template <typename H, typename Visit>
void ForEachHyperparameter(H& h, Visit&& visit) {
  visit("eta", h.eta);
  visit("max_depth", h.max_depth);
  visit("rounds", h.rounds);
  visit("subsample", h.subsample);
  visit("colsample_bytree", h.colsample_bytree);
  visit("min_child_weight", h.min_child_weight);
  visit("lambda", h.lambda);
  visit("seed", h.seed);
  visit("split_seed", h.split_seed);
  visit("hold_out", h.hold_out);
  visit("nthread", h.nthread);
}

// The text of --help.
std::string_view Usage();

// Reads `--name VALUE` pairs.  Throws InputError, naming the argument.
Options ParseArguments(int argc, const char* const* argv);

// Throws InputError for a hyperparameter outside of its range.
void Validate(const Hyperparameters& hyperparameters);

// As XGBoost wants them.
Booster::Parameters ToBoosterParameters(const Hyperparameters& hyperparameters);

}  // namespace credit_risk
