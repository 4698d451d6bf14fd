// The key of a store for keyed digests: keys/digest.key, docs/formats/store.md.
//
// What must not be stored (secrets, variables that may hold some) leaves a keyed digest in a run's
// record, which tells whoever has this key whether it is the same again, and nothing else.  The key
// never leaves the store: no command exports it.  Without it nothing but that is lost.
//
// Thread-safety: a StoreKey is a value.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/crypto/hmac.h"

namespace reprise::tracker {

class StoreKey {
 public:
  // Errors: kUnsupported  the system gives no random numbers.
  static Result<StoreKey> Generate();
  // The content of the file, byte for byte as ToText() writes it.
  // Errors: kCorruption.
  static Result<StoreKey> Parse(std::string_view text);

  std::string ToText() const;

  // Tells keys apart, and says nothing of their bytes: 16 hexadecimal digits.
  std::string Id() const;

  // The HMAC-SHA-256 of `content`, in 64 hexadecimal digits.
  std::string DigestOf(ByteSpan content) const;
  std::string DigestOf(std::string_view content) const { return DigestOf(AsBytes(content)); }

 private:
  explicit StoreKey(const crypto::HmacKey& key) : key_(key) {}
  crypto::HmacKey key_;
};

// The key of the store, or nullopt: none has been made yet.
// Errors: kCorruption  the file is damaged; kReadOnly, kIoError  it cannot be read.
Result<std::optional<StoreKey>> LoadStoreKey(FileSystem& files, const std::string& store_folder);

// The key of the store; when there is none, one is made, durably, and readable by its owner alone.
// Of several processes that do so at once one makes it and the others read it.  A damaged one is
// never replaced.
// Errors: those of LoadStoreKey(), of StoreKey::Generate() and of writing;
//         kTimeout  another process has been making it for long.
Result<StoreKey> LoadOrMakeStoreKey(FileSystem& files, const std::string& store_folder);

// What is wrong with the key, as a sentence, or nullopt; `is_needed`: there are digests under it.
std::optional<std::string> StoreKeyProblem(FileSystem& files, const std::string& store_folder,
                                           bool is_needed);

}  // namespace reprise::tracker
