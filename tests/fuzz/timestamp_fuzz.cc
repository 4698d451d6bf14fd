// Responses of time stamping authorities, and certificates: none that is malformed does harm, and
// none of the corpus is by an authority that is trusted here.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/crypto/timestamp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)reprise::crypto::ReadTimestamp(bytes);
  if (reprise::crypto::VerifyTimestamp(bytes, reprise::Digest(), "").ok()) std::abort();
  const auto certificates = reprise::crypto::CertificatesOf(bytes);
  if (certificates.ok()) {
    const auto again = reprise::crypto::CertificatesOf(*certificates);
    if (!again.ok() || *again != *certificates) std::abort();
  }
  return 0;
}
