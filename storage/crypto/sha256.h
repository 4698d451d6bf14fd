// SHA-256 (FIPS 180-4) of content, through OpenSSL's EVP interface.
//
// Errors: none; OpenSSL fails only when it cannot allocate, which ends the process as any failed
// allocation does.

#pragma once

#include <memory>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"

namespace reprise::crypto {

// The digest of `content`.  Thread-safety: any thread.
Digest Sha256(ByteSpan content);
inline Digest Sha256(std::string_view content) { return Sha256(AsBytes(content)); }

// The digest of content that arrives in parts.
// Thread-safety: one thread at a time for each object.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void Update(ByteSpan part);

  // The digest of everything given so far; the stream then starts anew.
  Digest Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace reprise::crypto
