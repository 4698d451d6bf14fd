#include "lineage/compare/tensor_file.h"

#include <algorithm>

#include "lineage/compare/content_difference.h"
#include "lineage/compare/npy_array.h"
#include "lineage/compare/wording.h"
#include "storage/tensor_header.h"

namespace reprise::lineage {
namespace {

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
                                                    std::uint64_t data_offset,
                                                    std::uint64_t size_bytes) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.push_back(name);
  std::ranges::stable_sort(names, {}, [&](const std::string& name) {
    const Tensor& tensor = file.tensors.at(name);
    return std::pair(tensor.offset, tensor.size_bytes);
  });
  std::uint64_t end = data_offset;
  for (const std::string& name : names) {
    const Tensor& tensor = file.tensors.at(name);
    if (tensor.offset != end) return std::nullopt;
    end += tensor.size_bytes;
  }
  if (end != size_bytes) return std::nullopt;
  return names;
}

}  // namespace

Result<bool> MayBeSafetensors(const ContentSource& source) {
  REPRISE_ASSIGN_OR_RETURN(const std::string begin, ReadText(source, 0, 9));
  if (begin.size() < 9 || begin[8] != '{') return false;
  return LoadLe<std::uint64_t>(AsBytes(begin)) <= source.size_bytes() - 8;
}

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
  TensorFile file;
  for (auto& [name, json] : header->tensors.as_object()) {
    if (name == storage::kSafetensorsMetadata) {
      file.metadata = std::move(json);
      continue;
    }
    auto tensor = ReadTensor(json, header->data_offset);
    if (!tensor.has_value()) return refuse("tensor " + Quoted(name) + " is malformed");
    file.tensors.emplace(name, *std::move(tensor));
  }
  auto order = InDataOrder(file, header->data_offset, source.size_bytes());
  if (!order.has_value()) return refuse("its tensors do not add up to its data");
  file.data_order = *std::move(order);
  return std::optional(std::move(file));
}

}  // namespace reprise::lineage
