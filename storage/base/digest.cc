#include "storage/base/digest.h"

#include <algorithm>

namespace reprise {

Digest Digest::FromSha256(ByteSpan checksum) {
  REPRISE_ASSERT(checksum.size() == kSizeBytes);
  Digest digest;
  std::ranges::copy(checksum, digest.bytes_.begin());
  return digest;
}

Result<Digest> Digest::Parse(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (text.starts_with(kPrefix) && text.size() == kPrefix.size() + 2 * kSizeBytes) {
    if (auto bytes = FromHex(text.substr(kPrefix.size())); bytes.ok()) {
      return FromSha256(AsBytes(*bytes));
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(text) + "' is not a digest (sha256: and 64 hexadecimal digits)"};
}

Result<Digest> Digest::FromStored(ByteSpan stored) {
  if (stored.size() != kStoredSizeBytes || stored[0] != kSha256) {
    return Error{ErrorCode::kCorruption, "a stored digest is malformed"};
  }
  return FromSha256(stored.subspan(1));
}

std::string Digest::ToStored() const {
  std::string stored(1, static_cast<char>(kSha256));
  stored += AsText(bytes_);
  return stored;
}

}  // namespace reprise
