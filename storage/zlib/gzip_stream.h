// One gzip member (RFC 1952) of content that arrives in parts; no other folder than this includes
// <zlib.h>.
//
// Its header has no name and no time: the bytes follow from the content and the version of the
// library, not from how the content is cut into parts.  Thread-safety: one thread at a time for
// each object.

#pragma once

#include <memory>
#include <string>

#include "storage/base/bytes.h"

namespace reprise::storage {

class GzipStream {
 public:
  explicit GzipStream(int level);
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  // Appends to `out` what of the member is ready: nothing, or more than is put in now.
  void Write(ByteSpan part, std::string& out);
  // Appends the rest; nothing may be written afterwards.
  void Finish(std::string& out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace reprise::storage
