#include "lineage/percent_encode.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string PercentEncode(std::string_view bytes, std::string_view kept) {
  std::string text;
  for (const char c : bytes) {
    if (IsAlphanumeric(c) || kept.find(c) != std::string_view::npos) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

}  // namespace reprise::lineage
