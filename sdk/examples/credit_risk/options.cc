#include "options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "text.h"

namespace credit_risk {
namespace {

template <typename T>
T ToNumber(const std::string& argument, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw InputError(argument + " needs " + (std::is_integral_v<T> ? "an integer" : "a number") +
                     ", not '" + std::string(text) + "'");
  }
  return value;
}

// "--max-depth" and "--max_depth" both name max_depth.
std::string ToName(std::string_view argument) {
  std::string name(argument.substr(2));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

void Require(bool holds, std::string_view name, std::string_view range) {
  if (!holds) throw InputError(std::string(name) + " must be " + std::string(range));
}

}  // namespace

std::string_view Usage() {
  return "Usage: credit_risk --data FILE --out DIR [--NAME VALUE]...\n"
         "\n"
         "Trains a credit scorecard on FILE, measures it on loans held out, and writes the model,\n"
         "its predictions and its reports to DIR.\n"
         "\n"
         "Hyperparameters, with their defaults: --eta 0.1 --max-depth 3 --rounds 80\n"
         "--subsample 0.8 --colsample-bytree 0.8 --min-child-weight 3 --lambda 1 --seed 7\n"
         "--split-seed 7 --hold-out 0.3 --nthread 1\n";
}

Options ParseArguments(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string argument = argv[i];
    if (argument == "--help") {
      options.help = true;
      return options;
    }
    if (!argument.starts_with("--")) throw InputError("unexpected argument '" + argument + "'");
    if (i + 1 == argc) throw InputError(argument + " needs a value");
    const std::string_view text = argv[i + 1];

    bool known = true;
    if (argument == "--data") {
      options.data = text;
    } else if (argument == "--out") {
      options.out = text;
    } else {
      known = false;
      const std::string name = ToName(argument);
      ForEachHyperparameter(options.hyperparameters, [&](std::string_view candidate, auto& value) {
        if (name != candidate) return;
        value = ToNumber<std::remove_reference_t<decltype(value)>>(argument, text);
        known = true;
      });
    }
    if (!known) throw InputError("unknown option " + argument);
  }
  if (options.data.empty() || options.out.empty()) {
    throw InputError("--data FILE and --out DIR are needed");
  }
  return options;
}

void Validate(const Hyperparameters& h) {
  // Written so that NaN fails each of them.
  Require(h.eta > 0 && h.eta <= 1, "eta", "above 0 and at most 1");
  Require(h.max_depth >= 1 && h.max_depth <= 16, "max_depth", "from 1 to 16");
  Require(h.rounds >= 1 && h.rounds <= 10'000, "rounds", "from 1 to 10000");
  Require(h.subsample > 0 && h.subsample <= 1, "subsample", "above 0 and at most 1");
  Require(h.colsample_bytree > 0 && h.colsample_bytree <= 1, "colsample_bytree",
          "above 0 and at most 1");
  Require(h.min_child_weight >= 0 && std::isfinite(h.min_child_weight), "min_child_weight",
          "0 or more");
  Require(h.lambda >= 0 && std::isfinite(h.lambda), "lambda", "0 or more");
  Require(h.seed >= 0, "seed", "0 or more");
  Require(h.split_seed >= 0, "split_seed", "0 or more");
  Require(h.hold_out > 0 && h.hold_out < 1, "hold_out", "above 0 and below 1");
  Require(h.nthread >= 1 && h.nthread <= 1024, "nthread", "from 1 to 1024");
}

Booster::Parameters ToBoosterParameters(const Hyperparameters& h) {
  return {{"objective", "binary:logistic"},
          {"tree_method", "hist"},
          {"disable_default_eval_metric", "1"},
          {"eta", ToText(h.eta)},
          {"max_depth", ToText(h.max_depth)},
          {"subsample", ToText(h.subsample)},
          {"colsample_bytree", ToText(h.colsample_bytree)},
          {"min_child_weight", ToText(h.min_child_weight)},
          {"lambda", ToText(h.lambda)},
          {"seed", ToText(h.seed)},
          {"nthread", ToText(h.nthread)}};
}

}  // namespace credit_risk
