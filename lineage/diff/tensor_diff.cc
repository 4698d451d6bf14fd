#include "lineage/diff/tensor_diff.h"

#include <algorithm>

#include "lineage/compare/array_data.h"
#include "lineage/compare/npy_array.h"
#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

// Of bytes without a known meaning there is no shape but their number.
std::vector<std::uint64_t> ElementShape(const Tensor& tensor) {
  return tensor.format.type == ElementType::kOpaque ? std::vector{tensor.size_bytes} : tensor.shape;
}

Json TensorToJson(const std::optional<Tensor>& tensor) {
  if (!tensor.has_value()) return {};
  Json shape = Json::Array{};
  for (const std::uint64_t length : tensor->shape) shape.Append(CountToJson(length));
  return Json().Set("dtype", Shown(tensor->dtype)).Set("shape", std::move(shape));
}

std::string TypeText(const Tensor& tensor) {
  return Printable(tensor.dtype) + " " + ShapeText(tensor.shape);
}

std::string Describe(const TensorChange& change) {
  const std::string name = "tensor " + Quoted(change.name);
  if (!change.before.has_value()) return name + " added: " + TypeText(*change.after);
  if (!change.after.has_value()) return name + " removed: " + TypeText(*change.before);
  if (!change.elements.has_value()) {
    return name + ": " + TypeText(*change.before) + " became " + TypeText(*change.after);
  }
  const auto place = PlaceOf(ElementShape(*change.before), false, change.elements->first);
  return name + ", " + TypeText(*change.before) + ": " +
         DescribeElements(*change.elements, PlaceText(place));
}

}  // namespace

std::string_view TensorChange::change() const {
  if (!before.has_value()) return "added";
  if (!after.has_value()) return "removed";
  if (before->dtype != after->dtype) return "dtype";
  return elements.has_value() ? "values" : "shape";
}

Result<std::optional<TensorsDiff>> DiffTensors(const ContentSource& before,
                                               const ContentSource& after, std::string& why_not) {
  for (const ContentSource* const source : {&before, &after}) {
    REPRISE_ASSIGN_OR_RETURN(const bool may_be, MayBeSafetensors(*source));
    if (!may_be) return std::optional<TensorsDiff>();
  }
  REPRISE_ASSIGN_OR_RETURN(const auto old_file, ReadTensorFile(before, why_not));
  if (!old_file.has_value()) return std::optional<TensorsDiff>();
  REPRISE_ASSIGN_OR_RETURN(const auto new_file, ReadTensorFile(after, why_not));
  if (!new_file.has_value()) return std::optional<TensorsDiff>();
  TensorsDiff diff{.tensors_before = old_file->tensors.size(),
                   .tensors_after = new_file->tensors.size(),
                   .same_metadata = old_file->metadata == new_file->metadata};
  std::vector<TensorChange> others;
  for (const std::string& name : old_file->data_order) {
    const Tensor& was = old_file->tensors.at(name);
    const auto found = new_file->tensors.find(name);
    if (found == new_file->tensors.end()) {
      diff.changes.push_back({.name = name, .before = was});
      continue;
    }
    const Tensor& is = found->second;
    TensorChange change{.name = name, .before = was, .after = is};
    if (was.dtype == is.dtype && was.shape == is.shape && was.size_bytes == is.size_bytes) {
      REPRISE_ASSIGN_OR_RETURN(
          change.elements,
          CompareArrays(was.format, was.elements, {before, was.offset}, {after, is.offset}));
      if (change.elements->differing == 0) continue;
    }
    others.push_back(std::move(change));
  }
  for (const std::string& name : new_file->data_order) {
    if (old_file->tensors.contains(name)) continue;
    diff.changes.push_back({.name = name, .after = new_file->tensors.at(name)});
  }
  std::ranges::move(others, std::back_inserter(diff.changes));
  return std::optional(std::move(diff));
}

ContentDifference DescribeTensors(const TensorsDiff& diff) {
  Json changes = Json::Array{};
  std::uint64_t values = 0;
  for (const TensorChange& change : diff.changes) {
    const bool has_values = change.elements.has_value();
    if (has_values) ++values;
    changes.Append(
        Json()
            .Set("name", Shown(change.name))
            .Set("change", change.change())
            .Set("before", TensorToJson(change.before))
            .Set("after", TensorToJson(change.after))
            .Set("values",
                 has_values ? ElementsToJson(*change.elements, ElementShape(*change.before), false)
                            : Json()));
  }
  std::string sentence;
  const auto say = [&](const std::string& part) {
    sentence += (sentence.empty() ? "" : "; ") + part;
  };
  const auto count = [&](std::string_view what) {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        diff.changes, [&](const TensorChange& change) { return change.change() == what; }));
  };
  if (count("removed") > 0) say(Counted(count("removed"), "tensor") + " removed");
  if (count("added") > 0) say(Counted(count("added"), "tensor") + " added");
  const std::uint64_t retyped = count("dtype") + count("shape");
  if (retyped > 0) say(Counted(retyped, "tensor") + " of another type or shape");
  if (values > 0) say(CountOf(values, diff.tensors_before, "tensor") + " in values");
  if (!diff.same_metadata) say("other metadata");
  if (sentence.empty()) sentence = "the same tensors; only the header is written otherwise";
  return {.kind = "safetensors",
          .sentence = std::move(sentence),
          .details = Json()
                         .Set("tensors_before", CountToJson(diff.tensors_before))
                         .Set("tensors_after", CountToJson(diff.tensors_after))
                         .Set("same_metadata", diff.same_metadata)
                         .Set("tensors", std::move(changes))};
}

std::vector<std::string> TensorLines(const TensorsDiff& diff) {
  std::vector<std::string> lines;
  for (const TensorChange& change : diff.changes) lines.push_back(Describe(change));
  return lines;
}

}  // namespace reprise::lineage
