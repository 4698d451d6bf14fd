// SHA-256 of content and of each of its parts, in one pass over the bytes.
//
// A stored object is named by the digest of its bytes, and so is every chunk that it is cut into.
// Where the processor has instructions for SHA-256, the two digests are computed side by side in
// about the time of one: a step of one digest waits for the step before it, and the other's step
// fits into the wait.  Elsewhere OpenSSL computes one after the other.

#pragma once

#include <memory>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"

namespace reprise::crypto {

// Thread-safety: one thread at a time for each object.
class Sha256Parts {
 public:
  virtual ~Sha256Parts() = default;
  Sha256Parts(const Sha256Parts&) = delete;
  Sha256Parts& operator=(const Sha256Parts&) = delete;

  // The digest of `part`, which follows the parts before it in the content.
  virtual Digest Add(ByteSpan part) = 0;

  // The digest of all parts joined; what is added next begins new content.
  virtual Digest Finish() = 0;

 protected:
  Sha256Parts() = default;
};

std::unique_ptr<Sha256Parts> NewSha256Parts();

namespace internal {
// Without special instructions, for processors that have none, and for tests.
std::unique_ptr<Sha256Parts> NewPortableSha256Parts();
}  // namespace internal

}  // namespace reprise::crypto
