#include "storage/tensor_header.h"

#include <algorithm>
#include <limits>

#include "storage/base/json.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kNpyMagic{"\x93NUMPY", 6};
constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 53;  // What a JSON number holds exactly.

// The two integers of "data_offsets", or false.
bool ReadOffsets(const Json& tensor, std::uint64_t& begin, std::uint64_t& end) {
  const Json* const offsets = tensor.Find("data_offsets");
  if (offsets == nullptr || !offsets->is_array() || offsets->as_array().size() != 2) return false;
  std::uint64_t values[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const Json& offset = offsets->as_array()[i];
    if (!offset.is_number() || !(offset.as_number() >= 0) ||
        offset.as_number() > static_cast<double>(kOffsetMax)) {
      return false;
    }
    values[i] = static_cast<std::uint64_t>(offset.as_number());
  }
  begin = values[0];
  end = values[1];
  return begin <= end;
}

// A u64 length, that many bytes of JSON {name: {"data_offsets": [begin, end], …}, …}, then data,
// to which the offsets are relative.
std::vector<std::uint64_t> SafetensorsCuts(ByteSpan head) {
  if (head.size() < 10 || AsText(head)[8] != '{') return {};
  const auto length = LoadLe<std::uint64_t>(head);
  if (length > kTensorHeaderBytesMax - 8 || length > head.size() - 8) return {};
  const Result<Json> header = ParseJson(AsText(head.subspan(8, length)));
  if (!header.ok() || !header->is_object()) return {};
  const std::uint64_t data = 8 + length;
  std::vector<std::uint64_t> cuts;
  for (const auto& [name, tensor] : header->as_object()) {
    std::uint64_t begin;
    std::uint64_t end;
    if (name == "__metadata__" || !ReadOffsets(tensor, begin, end)) continue;
    if (end - begin < kTensorCutBytesMin) continue;
    cuts.push_back(data + begin);
  }
  if (!cuts.empty()) cuts.push_back(data);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

// Magic, version (major, minor), header length (u16 in version 1, else u32), header, data.
std::vector<std::uint64_t> NpyCuts(ByteSpan head) {
  if (head.size() < 12) return {};
  const auto major = std::to_integer<unsigned>(head[6]);
  if (major == 1) return {std::uint64_t{10} + LoadLe<std::uint16_t>(head, 8)};
  if (major > 3 || major == 0) return {};
  const std::uint64_t data = std::uint64_t{12} + LoadLe<std::uint32_t>(head, 8);
  if (data > kTensorHeaderBytesMax) return {};
  return {data};
}

}  // namespace

std::vector<std::uint64_t> TensorCuts(ByteSpan head) {
  head = head.first(std::min(head.size(), kTensorHeaderBytesMax));
  if (AsText(head).starts_with(kNpyMagic)) return NpyCuts(head);
  return SafetensorsCuts(head);
}

}  // namespace reprise::storage
