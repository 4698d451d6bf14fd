#include "booster.h"

#include <xgboost/c_api.h>

#include <algorithm>
#include <limits>

namespace credit_risk {
namespace {

void Check(int status) {
  if (status != 0) throw BoosterError(std::string("XGBoost: ") + XGBGetLastError());
}

std::vector<const char*> ToPointers(const std::vector<std::string>& names) {
  std::vector<const char*> pointers;
  pointers.reserve(names.size());
  for (const std::string& name : names) pointers.push_back(name.c_str());
  return pointers;
}

}  // namespace

void FreeMatrix::operator()(void* handle) const { XGDMatrixFree(handle); }
void FreeBooster::operator()(void* handle) const { XGBoosterFree(handle); }

Matrix::Matrix(const Dataset& data) : feature_names_(data.feature_names) {
  DMatrixHandle handle = nullptr;
  Check(XGDMatrixCreateFromMat(data.values.data(), data.row_count(), data.feature_names.size(),
                               std::numeric_limits<float>::quiet_NaN(), &handle));
  handle_.reset(handle);

  const std::vector<float> labels(data.is_bad.begin(), data.is_bad.end());
  Check(XGDMatrixSetFloatInfo(handle, "label", labels.data(), labels.size()));
  std::vector<const char*> names = ToPointers(feature_names_);
  Check(XGDMatrixSetStrFeatureInfo(handle, "feature_name", names.data(), names.size()));
}

Booster::Booster(const Matrix& train, const Parameters& parameters) : train_(train) {
  const DMatrixHandle matrices[] = {train.handle_.get()};
  BoosterHandle handle = nullptr;
  Check(XGBoosterCreate(matrices, 1, &handle));
  handle_.reset(handle);
  for (const auto& [name, value] : parameters) {
    Check(XGBoosterSetParam(handle, name.c_str(), value.c_str()));
  }
  // The model does not take the names over from the matrix; without this call they would be f0, f1…
  std::vector<const char*> names = ToPointers(train.feature_names_);
  Check(XGBoosterSetStrFeatureInfo(handle, "feature_name", names.data(), names.size()));
}

void Booster::Update(int round) {
  Check(XGBoosterUpdateOneIter(handle_.get(), round, train_.handle_.get()));
}

std::vector<double> Booster::Predict(const Matrix& rows) const {
  constexpr char kConfig[] =
      R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": 0,)"
      R"( "strict_shape": false})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;  // Borrowed from XGBoost until the next call.
  Check(XGBoosterPredictFromDMatrix(handle_.get(), rows.handle_.get(), kConfig, &shape, &dimensions,
                                    &values));
  bst_ulong count = 1;
  for (bst_ulong d = 0; d < dimensions; ++d) count *= shape[d];
  return std::vector<double>(values, values + count);
}

std::vector<Booster::Importance> Booster::GainImportance() const {
  bst_ulong feature_count = 0;
  const char** features = nullptr;
  bst_ulong dimensions = 0;
  const bst_ulong* shape = nullptr;
  const float* scores = nullptr;
  Check(XGBoosterFeatureScore(handle_.get(), R"({"importance_type": "gain"})", &feature_count,
                              &features, &dimensions, &shape, &scores));
  std::vector<Importance> result;
  for (bst_ulong i = 0; i < feature_count; ++i) {
    result.push_back({.feature = features[i], .mean_gain = scores[i]});
  }
  std::sort(result.begin(), result.end(), [](const Importance& a, const Importance& b) {
    return a.mean_gain != b.mean_gain ? a.mean_gain > b.mean_gain : a.feature < b.feature;
  });
  return result;
}

void Booster::Save(const std::string& path) const {
  Check(XGBoosterSaveModel(handle_.get(), path.c_str()));
}

std::string XgboostVersion() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace credit_risk
