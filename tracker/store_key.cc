// The file is written under another name and renamed, under a lock: a name taken with O_EXCL would
// show others a key that is not written yet, and a crash would leave it so.

#include "tracker/store_key.h"

#include <utility>

#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kType = "reprise/store_key/v1";
constexpr std::size_t kIdDigits = 16;
constexpr std::uint64_t kFileSizeBytesMax = 4096;
constexpr std::int64_t kMakingWaitMsMax = 10'000;
constexpr mode_t kOwnerOnly = 0600;

}  // namespace

Result<StoreKey> StoreKey::Generate() {
  REPRISE_ASSIGN_OR_RETURN(const crypto::HmacKey key, crypto::HmacKey::Generate());
  return StoreKey(key);
}

Result<StoreKey> StoreKey::Parse(std::string_view text) {
  const Error damaged{ErrorCode::kCorruption, "it is not what a key's file holds"};
  const std::size_t begin = kType.size() + 1;
  if (text.size() < begin + 2 * crypto::kHmacKeyBytes) return damaged;
  auto bytes = FromHex(text.substr(begin, 2 * crypto::kHmacKeyBytes));
  if (!bytes.ok()) return damaged;
  REPRISE_ASSIGN_OR_RETURN(const crypto::HmacKey key, crypto::HmacKey::FromBytes(AsBytes(*bytes)));
  StoreKey result(key);
  if (result.ToText() != text) return damaged;
  return result;
}

std::string StoreKey::ToText() const {
  std::string text(kType);
  for (const std::string& part : {ToHex(key_.bytes()), Id()}) text.append(" ").append(part);
  return text.append("\n");
}

std::string StoreKey::Id() const { return DigestOf(kType).substr(0, kIdDigits); }

std::string StoreKey::DigestOf(ByteSpan content) const {
  return ToHex(crypto::HmacSha256(key_.bytes(), content));
}

Result<std::optional<StoreKey>> LoadStoreKey(FileSystem& files, const std::string& store_folder) {
  const std::string path = StorePaths(store_folder).digest_key();
  const auto text = ReadFile(files, path, kFileSizeBytesMax);
  if (!text.ok()) {
    if (text.error().code == ErrorCode::kNotFound) return std::optional<StoreKey>();
    return text.error();
  }
  auto key = StoreKey::Parse(*text);
  if (!key.ok()) {
    return Error{ErrorCode::kCorruption, "the key '" + Printable(path) +
                                             "' is damaged; put it back from a copy, or remove it: "
                                             "then the next run makes another, by which secrets of "
                                             "earlier runs cannot be compared"};
  }
  return std::optional(*std::move(key));
}

Result<StoreKey> LoadOrMakeStoreKey(FileSystem& files, const std::string& store_folder) {
  const StorePaths paths(store_folder);
  REPRISE_ASSIGN_OR_RETURN(std::optional<StoreKey> known, LoadStoreKey(files, store_folder));
  if (known.has_value()) return *std::move(known);
  REPRISE_ASSIGN_OR_RETURN(
      const auto lock, files.Lock(paths.digest_key_lock(), LockMode::kExclusive, kMakingWaitMsMax));
  REPRISE_ASSIGN_OR_RETURN(known, LoadStoreKey(files, store_folder));
  if (known.has_value()) return *std::move(known);  // Whoever had the lock before has made it.
  REPRISE_ASSIGN_OR_RETURN(StoreKey key, StoreKey::Generate());
  REPRISE_TRY(WriteFileDurably(files, paths.digest_key(), key.ToText(), kOwnerOnly));
  return key;
}

std::optional<std::string> StoreKeyProblem(FileSystem& files, const std::string& store_folder,
                                           bool is_needed) {
  const auto key = LoadStoreKey(files, store_folder);
  if (!key.ok()) return key.error().message;
  if (key->has_value() || !is_needed) return std::nullopt;
  return "the key '" + Printable(StorePaths(store_folder).digest_key()) +
         "' is missing: whether secrets and variables of recorded runs are the same again cannot "
         "be told without it, though no content is lost; put it back from a copy, or let the next "
         "run make another";
}

}  // namespace reprise::tracker
