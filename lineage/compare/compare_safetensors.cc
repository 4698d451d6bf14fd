// Tensors are matched by name, and compared in the order in which the expected file has their data.

#include <algorithm>
#include <map>

#include "lineage/compare/array_data.h"
#include "lineage/compare/kinds.h"
#include "lineage/compare/npy_array.h"
#include "lineage/compare/wording.h"
#include "lineage/run_record.h"
#include "storage/tensor_header.h"

namespace reprise::lineage {
namespace {

struct Tensor {
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t elements = 0;
  ElementFormat format;
  std::uint64_t offset = 0;  // In the file.
  std::uint64_t size_bytes = 0;
};

struct TensorFile {
  std::map<std::string, Tensor> tensors;
  Json metadata;
  std::uint64_t data_offset = 0;
};

ElementFormat FormatOf(const std::string& dtype) {
  struct Known {
    std::string_view name;
    ElementType type;
    std::size_t size_bytes;
  };
  static constexpr Known kKnown[] = {
      {"BOOL", ElementType::kBool, 1},      {"U8", ElementType::kU8, 1},
      {"I8", ElementType::kI8, 1},          {"U16", ElementType::kU16, 2},
      {"I16", ElementType::kI16, 2},        {"U32", ElementType::kU32, 4},
      {"I32", ElementType::kI32, 4},        {"U64", ElementType::kU64, 8},
      {"I64", ElementType::kI64, 8},        {"F8_E4M3", ElementType::kF8E4M3, 1},
      {"F8_E5M2", ElementType::kF8E5M2, 1}, {"F16", ElementType::kF16, 2},
      {"BF16", ElementType::kBF16, 2},      {"F32", ElementType::kF32, 4},
      {"F64", ElementType::kF64, 8},        {"C64", ElementType::kC64, 8},
  };
  for (const Known& known : kKnown) {
    if (known.name == dtype) return {known.type, known.size_bytes, dtype};
  }
  return {ElementType::kOpaque, 1, dtype};
}

// Absent: not as the format says.
std::optional<Tensor> ReadTensor(const Json& json, std::uint64_t data_offset) {
  const auto range = storage::ReadTensorRange(json);
  const auto dtype = json.GetString("dtype");
  const auto shape = json.GetArray("shape");
  constexpr std::size_t kTypeBytesMax = 32;
  constexpr std::size_t kDimensionsMax = 64;
  if (!range.has_value() || !dtype.ok() || !shape.ok() || dtype->size() > kTypeBytesMax ||
      (*shape)->size() > kDimensionsMax) {
    return std::nullopt;
  }
  Tensor tensor{.dtype = *dtype,
                .format = FormatOf(*dtype),
                .offset = data_offset + range->begin,
                .size_bytes = range->end - range->begin};
  for (const Json& length : **shape) {
    constexpr double kLengthMax = 9007199254740992.0;  // 2^53
    if (!length.is_number() || !(length.as_number() >= 0) || length.as_number() > kLengthMax) {
      return std::nullopt;
    }
    tensor.shape.push_back(static_cast<std::uint64_t>(length.as_number()));
  }
  const auto elements = CountElements(tensor.shape);
  std::uint64_t bytes = 0;
  if (!elements.has_value() ||
      __builtin_mul_overflow(*elements, tensor.format.size_bytes, &bytes)) {
    return std::nullopt;
  }
  tensor.elements = *elements;
  if (tensor.format.type == ElementType::kOpaque) {
    tensor.elements = tensor.size_bytes;  // Of a type that is not known, bytes.
  } else if (bytes != tensor.size_bytes) {
    return std::nullopt;
  }
  return tensor;
}

// Names of tensors in the order of their data, which must lie without gaps or overlaps, as the
// format demands; absent: it does not.
std::optional<std::vector<std::string>> InDataOrder(const TensorFile& file,
                                                    std::uint64_t size_bytes) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.push_back(name);
  std::ranges::stable_sort(names, {}, [&](const std::string& name) {
    const Tensor& tensor = file.tensors.at(name);
    return std::pair(tensor.offset, tensor.size_bytes);
  });
  std::uint64_t end = file.data_offset;
  for (const std::string& name : names) {
    const Tensor& tensor = file.tensors.at(name);
    if (tensor.offset != end) return std::nullopt;
    end += tensor.size_bytes;
  }
  if (end != size_bytes) return std::nullopt;
  return names;
}

// Whether the file may be one, before its header is read whole.
Result<bool> MayBeSafetensors(const ContentSource& source) {
  REPRISE_ASSIGN_OR_RETURN(const std::string begin, ReadText(source, 0, 9));
  if (begin.size() < 9 || begin[8] != '{') return false;
  return LoadLe<std::uint64_t>(AsBytes(begin)) <= source.size_bytes() - 8;
}

// Absent: not well-formed, for the reason in `why_not`.
Result<std::optional<TensorFile>> ReadTensorFile(const ContentSource& source,
                                                 std::string& why_not) {
  const auto refuse = [&](std::string_view why) {
    why_not = "not as .safetensors: " + std::string(why);
    return std::optional<TensorFile>();
  };
  REPRISE_ASSIGN_OR_RETURN(const std::string begin, ReadText(source, 0, 8));
  const auto length = LoadLe<std::uint64_t>(AsBytes(begin));
  if (length > kSafetensorsHeaderBytesMax) return refuse("the header is too long");
  REPRISE_ASSIGN_OR_RETURN(const std::string head,
                           ReadText(source, 0, 8 + static_cast<std::size_t>(length)));
  auto header = storage::ReadSafetensorsHeader(AsBytes(head));
  if (!header.has_value()) return refuse("the header is malformed");
  TensorFile file{.tensors = {}, .metadata = {}, .data_offset = header->data_offset};
  for (auto& [name, json] : header->tensors.as_object()) {
    if (name == storage::kSafetensorsMetadata) {
      file.metadata = std::move(json);
      continue;
    }
    auto tensor = ReadTensor(json, header->data_offset);
    if (!tensor.has_value()) return refuse("tensor " + Quoted(name) + " is malformed");
    file.tensors.emplace(name, *std::move(tensor));
  }
  if (!InDataOrder(file, source.size_bytes()).has_value()) {
    return refuse("its tensors do not add up to its data");
  }
  return std::optional(std::move(file));
}

class TensorComparer {
 public:
  TensorComparer(const ContentPair& pair, const TensorFile& expected, const TensorFile& actual)
      : pair_(pair), expected_(expected), actual_(actual) {}

  Result<ContentDifference> Compare() {
    for (const auto& [name, tensor] : actual_.tensors) {
      if (!expected_.tensors.contains(name)) added_.push_back(name);
    }
    const auto names = InDataOrder(expected_, pair_.expected.size_bytes());
    for (const std::string& name : *names) {
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
