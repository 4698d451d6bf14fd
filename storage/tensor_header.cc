#include "storage/tensor_header.h"

#include <algorithm>
#include <limits>

#include "storage/base/json.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kNpyMagic{"\x93NUMPY", 6};
constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 53;  // What a JSON number holds exactly.

std::vector<std::uint64_t> SafetensorsCuts(ByteSpan head) {
  const auto header = ReadSafetensorsHeader(head);
  if (!header.has_value()) return {};
  std::vector<std::uint64_t> cuts;
  for (const auto& [name, tensor] : header->tensors.as_object()) {
    if (name == kSafetensorsMetadata) continue;
    const auto range = ReadTensorRange(tensor);
    if (!range.has_value() || range->end - range->begin < kTensorCutBytesMin) continue;
    cuts.push_back(header->data_offset + range->begin);
  }
  if (!cuts.empty()) cuts.push_back(header->data_offset);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

std::vector<std::uint64_t> NpyCuts(ByteSpan head) {
  const auto header = FindNpyHeader(head);
  if (!header.has_value() || header->data_offset > kTensorHeaderBytesMax) return {};
  return {header->data_offset};
}

}  // namespace

std::optional<TensorRange> ReadTensorRange(const Json& tensor) {
  const Json* const offsets = tensor.Find("data_offsets");
  if (offsets == nullptr || !offsets->is_array() || offsets->as_array().size() != 2) return {};
  std::uint64_t values[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const Json& offset = offsets->as_array()[i];
    if (!offset.is_number() || !(offset.as_number() >= 0) ||
        offset.as_number() > static_cast<double>(kOffsetMax)) {
      return {};
    }
    values[i] = static_cast<std::uint64_t>(offset.as_number());
  }
  if (values[0] > values[1]) return {};
  return TensorRange{values[0], values[1]};
}

// A u64 length, that many bytes of JSON {name: {"data_offsets": [begin, end], …}, …}, then data,
// to which the offsets are relative.
std::optional<SafetensorsHeader> ReadSafetensorsHeader(ByteSpan head) {
  if (head.size() < 10 || AsText(head)[8] != '{') return {};
  const auto length = LoadLe<std::uint64_t>(head);
  if (length > head.size() - 8) return {};
  Result<Json> tensors = ParseJson(AsText(head.subspan(8, length)));
  if (!tensors.ok() || !tensors->is_object()) return {};
  return SafetensorsHeader{8 + length, *std::move(tensors)};
}

// Magic, version (major, minor), header length (u16 in version 1, else u32), header, data.
std::optional<NpyHeader> FindNpyHeader(ByteSpan head) {
  if (head.size() < 12 || !AsText(head).starts_with(kNpyMagic)) return {};
  const auto major = std::to_integer<unsigned>(head[6]);
  if (major == 0 || major > 3) return {};
  const std::uint64_t begin = major == 1 ? 10 : 12;
  const std::uint64_t length =
      major == 1 ? LoadLe<std::uint16_t>(head, 8) : LoadLe<std::uint32_t>(head, 8);
  return NpyHeader{begin + length, AsText(head).substr(begin, length)};
}

std::vector<std::uint64_t> TensorCuts(ByteSpan head) {
  head = head.first(std::min(head.size(), kTensorHeaderBytesMax));
  if (AsText(head).starts_with(kNpyMagic)) return NpyCuts(head);
  return SafetensorsCuts(head);
}

}  // namespace reprise::storage
