#include "storage/crypto/uuid.h"

#include <openssl/evp.h>

#include "storage/base/assert.h"

namespace reprise::crypto {

std::string FormatUuid(ByteSpan bytes) {
  REPRISE_ASSERT(bytes.size() == 16);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += ToHex(bytes.subspan(i, 1));
  }
  return text;
}

std::string NameBasedUuid(ByteSpan space, std::string_view name) {
  REPRISE_ASSERT(space.size() == 16);
  std::string text(AsText(space));
  text += name;
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  REPRISE_ASSERT(EVP_Digest(text.data(), text.size(), sum, &size, EVP_sha1(), nullptr) == 1);
  sum[6] = static_cast<unsigned char>((sum[6] & 0x0F) | 0x50);  // Version 5.
  sum[8] = static_cast<unsigned char>((sum[8] & 0x3F) | 0x80);  // Variant 10.
  return FormatUuid(std::as_bytes(std::span<const unsigned char>(sum, 16)));
}

}  // namespace reprise::crypto
