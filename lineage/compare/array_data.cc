#include "lineage/compare/array_data.h"

#include <algorithm>

#include "lineage/compare/npy_array.h"
#include "lineage/compare/wording.h"
#include "lineage/run_record.h"

namespace reprise::lineage {
namespace {

// Numbers of complex elements are swapped each by itself.
std::size_t NumberBytes(const ElementFormat& format) {
  const bool is_complex = format.type == ElementType::kC64 || format.type == ElementType::kC128;
  return is_complex ? format.size_bytes / 2 : format.size_bytes;
}

Result<ByteSpan> ReadPart(const ArrayPlace& place, const ElementFormat& format,
                          std::uint64_t offset, std::vector<std::byte>& buffer) {
  REPRISE_ASSIGN_OR_RETURN(const std::size_t read,
                           place.source.ReadAt(place.offset + offset, buffer));
  if (read < buffer.size()) {
    return Error{ErrorCode::kCorruption, "an array ends before its last element"};
  }
  if (place.is_big_endian) {
    const std::size_t size = NumberBytes(format);
    for (std::size_t i = 0; i < buffer.size(); i += size) {
      std::reverse(buffer.begin() + static_cast<std::ptrdiff_t>(i),
                   buffer.begin() + static_cast<std::ptrdiff_t>(i + size));
    }
  }
  return ByteSpan(buffer);
}

Json IndexToJson(const std::vector<std::uint64_t>& shape, bool fortran_order, std::uint64_t index) {
  Json json = Json::Array{};
  for (const std::uint64_t at : PlaceOf(shape, fortran_order, index)) json.Append(CountToJson(at));
  return json;
}

}  // namespace

Result<ElementDifference> CompareArrays(const ElementFormat& format, std::uint64_t elements,
                                        const ArrayPlace& expected, const ArrayPlace& actual) {
  ElementComparer comparer(format);
  const std::size_t part_elements =
      std::max<std::size_t>(1, kCompareBlockBytes / format.size_bytes);
  std::vector<std::byte> before;
  std::vector<std::byte> after;
  for (std::uint64_t done = 0; done < elements;) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(part_elements, elements - done));
    before.resize(count * format.size_bytes);
    after.resize(count * format.size_bytes);
    const std::uint64_t offset = done * format.size_bytes;
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan e, ReadPart(expected, format, offset, before));
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan a, ReadPart(actual, format, offset, after));
    comparer.Add(e, a);
    done += count;
  }
  return comparer.difference();
}

Json ElementsToJson(const ElementDifference& difference, const std::vector<std::uint64_t>& shape,
                    bool fortran_order) {
  const auto largest = [&](const std::optional<Largest>& maximum) {
    if (!maximum.has_value()) return Json();
    return Json()
        .Set("value", NumberToJson(maximum->value))
        .Set("at", IndexToJson(shape, fortran_order, maximum->index));
  };
  const bool is_same = difference.differing == 0;
  return Json()
      .Set("elements", CountToJson(difference.elements))
      .Set("differing", CountToJson(difference.differing))
      .Set("first", is_same ? Json() : IndexToJson(shape, fortran_order, difference.first))
      .Set("first_expected", is_same ? Json() : Json(difference.first_expected))
      .Set("first_actual", is_same ? Json() : Json(difference.first_actual))
      .Set("not_finite", CountToJson(difference.not_finite))
      .Set("absolute_max", largest(difference.absolute_max))
      .Set("relative_max", largest(difference.relative_max))
      .Set("ulp_max", difference.ulp_max.has_value() ? CountToJson(*difference.ulp_max) : Json());
}

}  // namespace reprise::lineage
