#include <algorithm>

#include "lineage/compare/array_data.h"
#include "lineage/compare/kinds.h"
#include "lineage/compare/npy_array.h"
#include "lineage/compare/wording.h"
#include "storage/tensor_header.h"

namespace reprise::lineage {
namespace {

struct NpyFile {
  NpyArray array;
  std::uint64_t data_offset = 0;
  std::uint64_t data_bytes = 0;   // To the end of the file.
  std::uint64_t bytes_after = 0;  // Of those, what comes after the array.
};

// Absent: not well-formed, for the reason in `why_not`.
Result<std::optional<NpyFile>> ReadNpy(const ContentSource& source, std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(const std::string head,
                           ReadText(source, 0, storage::kTensorHeaderBytesMax));
  const auto header = storage::FindNpyHeader(AsBytes(head));
  const auto refuse = [&](std::string_view why) {
    why_not = "not as .npy: " + std::string(why);
    return std::optional<NpyFile>();
  };
  if (!header.has_value()) return refuse("an unknown version");
  if (header->data_offset > source.size_bytes()) return refuse("the header is cut short");
  if (header->data_offset > head.size()) return refuse("the header is too long");
  auto array = ParseNpyDictionary(header->dictionary);
  if (!array.has_value()) return refuse("the header is malformed");
  NpyFile file{.array = *std::move(array),
               .data_offset = header->data_offset,
               .data_bytes = source.size_bytes() - header->data_offset};
  if (!file.array.format.has_value()) return std::optional(std::move(file));
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(file.array.elements, file.array.format->size_bytes, &bytes) ||
      bytes > file.data_bytes) {
    return refuse("the array is cut short");
  }
  file.bytes_after = file.data_bytes - bytes;
  return std::optional(std::move(file));
}

Json HeaderToJson(const NpyArray& array) {
  Json shape = Json::Array{};
  for (const std::uint64_t length : array.shape) shape.Append(CountToJson(length));
  return Json()
      .Set("dtype", Shown(array.descr))
      .Set("shape", std::move(shape))
      .Set("fortran_order", array.fortran_order);
}

std::string OrderText(const NpyArray& array) { return array.fortran_order ? "Fortran" : "C"; }

std::string DescribeHeaders(const NpyArray& expected, const NpyArray& actual) {
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (expected.descr != actual.descr) {
    say("dtype " + Quoted(expected.descr) + " became " + Quoted(actual.descr));
  }
  if (expected.shape != actual.shape) {
    say("shape " + ShapeText(expected.shape) + " became " + ShapeText(actual.shape));
  }
  if (expected.fortran_order != actual.fortran_order) {
    say("order " + OrderText(expected) + " became " + OrderText(actual));
  }
  return text;
}

// Whether elements can be matched one by one: of one type, which may be in the other byte order,
// and laid out alike.
bool AreAlike(const NpyArray& expected, const NpyArray& actual) {
  if (!expected.format.has_value() || !actual.format.has_value()) return false;
  return expected.descr.substr(1) == actual.descr.substr(1) && expected.shape == actual.shape &&
         (expected.fortran_order == actual.fortran_order || expected.shape.size() < 2);
}

// What is known of elements that are no numbers.
Result<ContentDifference> CompareAsBytes(const ContentPair& pair, const NpyFile& expected,
                                         const NpyFile& actual) {
  const ContentRange before(pair.expected, expected.data_offset, expected.data_bytes);
  const ContentRange after(pair.actual, actual.data_offset, actual.data_bytes);
  return CompareBytes({.expected = before, .actual = after, .name = "", .depth = pair.depth});
}

}  // namespace

Result<std::optional<ContentDifference>> CompareNpy(const ContentPair& pair, std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(const bool begin_alike, BothBegin(pair, "\x93NUMPY"));
  if (!begin_alike) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const auto before, ReadNpy(pair.expected, why_not));
  if (!before.has_value()) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const auto after, ReadNpy(pair.actual, why_not));
  if (!after.has_value()) return std::optional<ContentDifference>();
  const NpyArray& expected = before->array;
  const NpyArray& actual = after->array;
  ContentDifference difference{.kind = "npy",
                               .sentence = DescribeHeaders(expected, actual),
                               .details = Json()
                                              .Set("expected", HeaderToJson(expected))
                                              .Set("actual", HeaderToJson(actual))
                                              .Set("values", Json())};
  const auto say = [&](const std::string& part) {
    difference.sentence += (difference.sentence.empty() ? "" : "; ") + part;
  };
  if (AreAlike(expected, actual)) {
    REPRISE_ASSIGN_OR_RETURN(
        const ElementDifference elements,
        CompareArrays(*expected.format, expected.elements,
                      {pair.expected, before->data_offset, expected.is_big_endian},
                      {pair.actual, after->data_offset, actual.is_big_endian}));
    difference.details.Set("values",
                           ElementsToJson(elements, expected.shape, expected.fortran_order));
    if (elements.differing > 0) {
      say(Printable(expected.descr) + " " + ShapeText(expected.shape) + ": " +
          DescribeElements(elements, PlaceText(PlaceOf(expected.shape, expected.fortran_order,
                                                       elements.first))));
    } else if (before->bytes_after > 0 || after->bytes_after > 0) {
      say("the same elements; what comes after them may differ");
    } else {
      say("the same elements" +
          std::string(difference.sentence.empty() ? "; only the header is written otherwise" : ""));
    }
  } else if (expected.descr == actual.descr && expected.shape == actual.shape &&
             expected.fortran_order == actual.fortran_order) {
    REPRISE_ASSIGN_OR_RETURN(const ContentDifference bytes, CompareAsBytes(pair, *before, *after));
    say(Quoted(expected.descr) + " " + ShapeText(expected.shape) + ", as bytes: " + bytes.sentence);
  }
  return std::optional(std::move(difference));
}

}  // namespace reprise::lineage
