// One Zstandard frame (RFC 8878) of content that arrives in parts, with a checksum of the content
// at its end.
//
// The frame follows from the content, the level and the version of the library, not from how the
// content is cut into parts.  Thread-safety: one thread at a time for each object.

#pragma once

#include <memory>
#include <string>

#include "storage/base/bytes.h"

namespace reprise::storage {

class ZstdStream {
 public:
  explicit ZstdStream(int level);
  ~ZstdStream();
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  // Appends to `out` what of the frame is ready: nothing, or more than is put in now.
  void Write(ByteSpan part, std::string& out);
  // Appends the rest; nothing may be written afterwards.
  void Finish(std::string& out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace reprise::storage
