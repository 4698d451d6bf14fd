#include "lineage/compare/npy_array.h"

#include <algorithm>
#include <charconv>

namespace reprise::lineage {
namespace {

constexpr std::size_t kElementBytesMax = 1U << 20;
constexpr std::size_t kDimensionsMax = 64;

// A cursor over the few forms of Python literals that such a header has.
class Literal {
 public:
  explicit Literal(std::string_view text) : rest_(text) {}

  bool Take(char c) {
    SkipSpace();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  // A string without escapes, between either quotes.
  std::optional<std::string_view> TakeString() {
    SkipSpace();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == rest_.npos) return std::nullopt;
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::optional<std::uint64_t> TakeInteger() {
    SkipSpace();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // Of Python 2.
    return value;
  }
  // A bracketed list with all that is nested in it.
  std::optional<std::string_view> TakeList() {
    SkipSpace();
    const std::string_view all = rest_;
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (c == '\'' || c == '"') {
        if (!TakeString().has_value()) return std::nullopt;
        continue;
      }
      rest_.remove_prefix(1);
      if (c == '[' || c == '(') ++depth;
      if ((c == ']' || c == ')') && --depth == 0) return all.substr(0, all.size() - rest_.size());
      if (depth == 0) return std::nullopt;
    }
    return std::nullopt;
  }
  bool is_at_end() {
    SkipSpace();
    return rest_.empty();
  }

 private:
  void SkipSpace() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos) {
      rest_.remove_prefix(1);
    }
  }
  std::string_view rest_;
};

// The number in `text`, and nothing else.
std::optional<std::size_t> WholeNumber(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

ElementType TypeOf(char kind, std::size_t size_bytes) {
  struct Known {
    char kind;
    std::size_t size_bytes;
    ElementType type;
  };
  static constexpr Known kKnown[] = {
      {'b', 1, ElementType::kBool}, {'i', 1, ElementType::kI8},    {'i', 2, ElementType::kI16},
      {'i', 4, ElementType::kI32},  {'i', 8, ElementType::kI64},   {'u', 1, ElementType::kU8},
      {'u', 2, ElementType::kU16},  {'u', 4, ElementType::kU32},   {'u', 8, ElementType::kU64},
      {'f', 2, ElementType::kF16},  {'f', 4, ElementType::kF32},   {'f', 8, ElementType::kF64},
      {'c', 8, ElementType::kC64},  {'c', 16, ElementType::kC128}, {'M', 8, ElementType::kI64},
      {'m', 8, ElementType::kI64},
  };
  for (const Known& known : kKnown) {
    if (known.kind == kind && known.size_bytes == size_bytes) return known.type;
  }
  return ElementType::kOpaque;
}

// Byte order, kind and size, as "<f4"; of times a unit follows: "<M8[ns]".
void ReadType(std::string_view descr, NpyArray& array) {
  constexpr std::size_t kTypeBytesMax = 32;
  if (descr.size() < 3 || descr.size() > kTypeBytesMax ||
      std::string_view("<>|=").find(descr[0]) == std::string_view::npos)
    return;
  const char kind = descr[1];
  const auto size = WholeNumber(descr.substr(2, descr.find('[') - 2));
  if (!size.has_value() || *size == 0 || *size > kElementBytesMax) return;
  if (std::string_view("biufcMmSUV").find(kind) == std::string_view::npos) return;
  const std::size_t size_bytes = kind == 'U' ? 4 * *size : *size;
  array.format = ElementFormat{TypeOf(kind, size_bytes), size_bytes, std::string(descr)};
  array.is_big_endian = descr[0] == '>' && array.format->type != ElementType::kOpaque;
}

bool ReadShape(Literal& literal, std::vector<std::uint64_t>& shape) {
  if (!literal.Take('(')) return false;
  while (!literal.Take(')')) {
    const auto length = literal.TakeInteger();
    if (!length.has_value() || shape.size() == kDimensionsMax) return false;
    shape.push_back(*length);
    if (!literal.Take(',')) return literal.Take(')');
  }
  return true;
}

bool ReadDescr(Literal& literal, NpyArray& array) {
  if (const auto type = literal.TakeString()) {
    array.descr = *type;
    ReadType(*type, array);
    return true;
  }
  const auto fields = literal.TakeList();
  if (!fields.has_value()) return false;
  array.descr = *fields;
  return true;
}

bool ReadOrder(Literal& literal, NpyArray& array) {
  array.fortran_order = literal.TakeWord("True");
  return array.fortran_order || literal.TakeWord("False");
}

}  // namespace

std::optional<NpyArray> ParseNpyDictionary(std::string_view text) {
  Literal literal(text);
  NpyArray array;
  if (!literal.Take('{')) return std::nullopt;
  bool has_descr = false;
  bool has_order = false;
  bool has_shape = false;
  while (!literal.Take('}')) {
    const auto key = literal.TakeString();
    if (!key.has_value() || !literal.Take(':')) return std::nullopt;
    bool* const has = *key == "descr"           ? &has_descr
                      : *key == "fortran_order" ? &has_order
                      : *key == "shape"         ? &has_shape
                                                : nullptr;
    if (has == nullptr || *has) return std::nullopt;
    *has = has == &has_descr   ? ReadDescr(literal, array)
           : has == &has_order ? ReadOrder(literal, array)
                               : ReadShape(literal, array.shape);
    if (!*has) return std::nullopt;
    if (literal.Take(',')) continue;
    if (!literal.Take('}')) return std::nullopt;
    break;
  }
  const auto elements = CountElements(array.shape);
  if (!has_descr || !has_order || !has_shape || !literal.is_at_end() || !elements.has_value()) {
    return std::nullopt;
  }
  array.elements = *elements;
  return array;
}

std::optional<std::uint64_t> CountElements(const std::vector<std::uint64_t>& shape) {
  if (std::ranges::find(shape, 0U) != shape.end()) return 0;
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) {
    if (__builtin_mul_overflow(count, length, &count)) return std::nullopt;
  }
  return count;
}

std::string ShapeText(const std::vector<std::uint64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::vector<std::uint64_t> PlaceOf(const std::vector<std::uint64_t>& shape, bool fortran_order,
                                   std::uint64_t index) {
  std::vector<std::uint64_t> place(shape.size(), 0);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t dimension = fortran_order ? i : shape.size() - 1 - i;
    if (shape[dimension] == 0) continue;
    place[dimension] = index % shape[dimension];
    index /= shape[dimension];
  }
  return place;
}

std::string PlaceText(const std::vector<std::uint64_t>& place) {
  std::string text = "[";
  for (std::size_t i = 0; i < place.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(place[i]);
  }
  return text + "]";
}

}  // namespace reprise::lineage
