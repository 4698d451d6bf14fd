// Tensors are matched by name, and compared in the order in which the expected file has their data.

#include <algorithm>

#include "lineage/compare/array_data.h"
#include "lineage/compare/kinds.h"
#include "lineage/compare/npy_array.h"
#include "lineage/compare/tensor_file.h"
#include "lineage/compare/wording.h"
#include "lineage/run_record.h"

namespace reprise::lineage {
namespace {

class TensorComparer {
 public:
  TensorComparer(const ContentPair& pair, const TensorFile& expected, const TensorFile& actual)
      : pair_(pair), expected_(expected), actual_(actual) {}

  Result<ContentDifference> Compare() {
    for (const auto& [name, tensor] : actual_.tensors) {
      if (!expected_.tensors.contains(name)) added_.push_back(name);
    }
    for (const std::string& name : expected_.data_order) {
      const auto found = actual_.tensors.find(name);
      if (found == actual_.tensors.end()) {
        removed_.push_back(name);
      } else {
        REPRISE_TRY(CompareTensor(name, expected_.tensors.at(name), found->second));
      }
    }
    return ContentDifference{.kind = "safetensors", .sentence = Sentence(), .details = Details()};
  }

 private:
  Result<void> CompareTensor(const std::string& name, const Tensor& expected,
                             const Tensor& actual) {
    if (expected.dtype != actual.dtype || expected.shape != actual.shape ||
        expected.size_bytes != actual.size_bytes) {
      if (retyped_.size() < kListedMax) {
        retyped_.push_back(Quoted(name) + " from " + Printable(expected.dtype) + " " +
                           ShapeText(expected.shape) + " to " + Printable(actual.dtype) + " " +
                           ShapeText(actual.shape));
      }
      ++retyped_count_;
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(
        const ElementDifference elements,
        CompareArrays(expected.format, expected.elements, {pair_.expected, expected.offset},
                      {pair_.actual, actual.offset}));
    if (elements.differing == 0) return {};
    ++differing_;
    differing_elements_ += elements.differing;
    const std::vector<std::uint64_t> shape = expected.format.type == ElementType::kOpaque
                                                 ? std::vector{expected.size_bytes}
                                                 : expected.shape;
    if (first_.empty()) {
      first_ = "tensor " + Quoted(name) + ", " + Printable(expected.dtype) + " " +
               ShapeText(expected.shape) + ": " +
               DescribeElements(elements, PlaceText(PlaceOf(shape, false, elements.first)));
    }
    if (elements.absolute_max.has_value() &&
        (!absolute_max_.has_value() || elements.absolute_max->value > *absolute_max_)) {
      absolute_max_ = elements.absolute_max->value;
      farthest_ = name;
    }
    if (listed_.as_array().size() < kListedMax) {
      Json json = Json().Set("name", Shown(name)).Set("dtype", expected.dtype);
      const Json values = ElementsToJson(elements, shape, false);
      for (const auto& [key, value] : values.as_object()) json.Set(key, value);
      listed_.Append(std::move(json));
    }
    return {};
  }

  std::string Sentence() const {
    std::string text;
    const auto say = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
    if (!removed_.empty()) say(Names(removed_) + " removed");
    if (!added_.empty()) say(Names(added_) + " added");
    if (retyped_count_ > 0) {
      say(Counted(retyped_count_, "tensor") + " of another type or shape, as " + retyped_.front());
    }
    if (differing_ > 0) {
      say(first_);
      say(CountOf(differing_, expected_.tensors.size(), "tensor"));
      if (differing_ > 1 && absolute_max_.has_value()) {
        say("by up to " + BriefNumber(*absolute_max_) + " in " + Quoted(farthest_));
      }
    }
    if (expected_.metadata != actual_.metadata) say("other metadata");
    return text.empty() ? "the same tensors; only the header is written otherwise" : text;
  }

  static std::string Names(const std::vector<std::string>& names) {
    return Counted(names.size(), "tensor") + ", as " + Quoted(names.front()) + ",";
  }

  Json Details() const {
    const auto list = [](const std::vector<std::string>& texts) {
      Json json = Json::Array{};
      for (std::size_t i = 0; i < std::min(texts.size(), kListedMax); ++i)
        json.Append(Shown(texts[i]));
      return json;
    };
    return Json()
        .Set("tensors", CountToJson(expected_.tensors.size()))
        .Set("added", CountToJson(added_.size()))
        .Set("removed", CountToJson(removed_.size()))
        .Set("retyped", CountToJson(retyped_count_))
        .Set("differing", CountToJson(differing_))
        .Set("differing_elements", CountToJson(differing_elements_))
        .Set("names_added", list(added_))
        .Set("names_removed", list(removed_))
        .Set("names_retyped", list(retyped_))
        .Set("values", listed_)
        .Set("absolute_max", absolute_max_.has_value() ? NumberToJson(*absolute_max_) : Json())
        .Set("farthest", absolute_max_.has_value() ? Json(Shown(farthest_)) : Json())
        .Set("same_metadata", expected_.metadata == actual_.metadata);
  }

  const ContentPair& pair_;
  const TensorFile& expected_;
  const TensorFile& actual_;
  std::vector<std::string> added_;
  std::vector<std::string> removed_;
  std::vector<std::string> retyped_;
  std::uint64_t retyped_count_ = 0;
  std::uint64_t differing_ = 0;
  std::uint64_t differing_elements_ = 0;
  std::string first_;
  std::optional<double> absolute_max_;
  std::string farthest_;  // The tensor that has it.
  Json listed_ = Json::Array{};
};

}  // namespace

Result<std::optional<ContentDifference>> CompareSafetensors(const ContentPair& pair,
                                                            std::string& why_not) {
  for (const ContentSource* const source : {&pair.expected, &pair.actual}) {
    REPRISE_ASSIGN_OR_RETURN(const bool may_be, MayBeSafetensors(*source));
    if (!may_be) return std::optional<ContentDifference>();
  }
  REPRISE_ASSIGN_OR_RETURN(const auto expected, ReadTensorFile(pair.expected, why_not));
  if (!expected.has_value()) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const auto actual, ReadTensorFile(pair.actual, why_not));
  if (!actual.has_value()) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(ContentDifference difference,
                           TensorComparer(pair, *expected, *actual).Compare());
  return std::optional(std::move(difference));
}

}  // namespace reprise::lineage
