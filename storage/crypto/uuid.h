// UUIDs (RFC 9562).  Thread-safety: pure functions.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/bytes.h"

namespace reprise::crypto {

// The text form of 16 bytes: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6".
std::string FormatUuid(ByteSpan bytes);

// The UUID of version 5 (§5.5) of `name` in the namespace `space`, 16 bytes: equal names have equal
// UUIDs.  It is cut from a SHA-1, and so identifies, and proves nothing.
std::string NameBasedUuid(ByteSpan space, std::string_view name);

}  // namespace reprise::crypto
