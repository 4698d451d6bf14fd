#include "lineage/export/names.h"

#include <algorithm>
#include <array>

#include "storage/base/bytes.h"
#include "storage/crypto/uuid.h"

namespace reprise::lineage {

std::string PathReference(std::string_view path) { return PercentEncode(path, "/-._~"); }

std::string DigestUri(const Digest& digest) { return "nih:sha-256;" + digest.ToHex(); }

std::string RunUuid(const Ulid& id) {
  std::array<std::byte, 16> bytes{};
  std::ranges::copy(id.bytes(), bytes.begin());
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x70};  // Version 7.
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};  // Variant 10.
  return crypto::FormatUuid(bytes);
}

std::string RepriseUri(std::string_view name) {
  std::string uri = "urn:reprise:";
  uri += name;
  return uri;
}

std::string RunUri(const Ulid& id) { return RepriseUri("run:" + id.ToString()); }

std::optional<std::string> RepositoryUri(std::string_view remote) {
  constexpr std::string_view kKept = "-._~:/?#@!$&'()*+,;=%";
  const std::size_t colon = remote.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  if (remote.find("://") != std::string_view::npos) return PercentEncode(remote, kKept);
  if (remote.find('/') < colon) return std::nullopt;
  return "ssh://" + PercentEncode(remote.substr(0, colon), "-._~@") + "/" +
         PercentEncode(remote.substr(colon + 1), "-._~/");
}

std::string FreeText(std::string_view text) {
  if (IsUtf8(text) && text.find('\0') == std::string_view::npos) return std::string(text);
  return Printable(text);
}

}  // namespace reprise::lineage
