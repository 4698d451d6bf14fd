// A gradient-boosted model of XGBoost, behind its C interface.
//
// Matrix and Booster own their handles.  Every call that XGBoost refuses throws BoosterError with
// XGBoost's own words.  With equal data, parameters, seed, thread count and library build, training
// gives the same bits.

#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dataset.h"

namespace credit_risk {

struct BoosterError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Deleters, so that no XGBoost header is needed here.
struct FreeMatrix {
  void operator()(void* handle) const;
};
struct FreeBooster {
  void operator()(void* handle) const;
};

// A dataset as XGBoost keeps it.
class Matrix {
 public:
  explicit Matrix(const Dataset& data);

 private:
  friend class Booster;
  std::unique_ptr<void, FreeMatrix> handle_;
  std::vector<std::string> feature_names_;
};

class Booster {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  // Prepares training on `train`, which must outlive the booster.  The parameters are those of
  // XGBoost's documentation ("eta", "max_depth", …), set in the order given.
  Booster(const Matrix& train, const Parameters& parameters);

  // Adds one tree.
  void Update(int round);

  // The predicted probability of each row.
  std::vector<double> Predict(const Matrix& rows) const;

  struct Importance {
    std::string feature;
    float mean_gain = 0;  // Loss saved per split, averaged over the splits on this feature.
  };
  // The features that some split uses; by falling gain, then by name.
  std::vector<Importance> GainImportance() const;

  // Writes the model as JSON or, by the extension ".ubj", as Universal Binary JSON.
  void Save(const std::string& path) const;

 private:
  std::unique_ptr<void, FreeBooster> handle_;
  const Matrix& train_;
};

// The version of the XGBoost library in use: "1.7.4".
std::string XgboostVersion();

}  // namespace credit_risk
