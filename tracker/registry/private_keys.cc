#include "tracker/registry/private_keys.h"

#include <algorithm>
#include <cstdlib>

#include "lineage/governance/signing_key.h"
#include "storage/base/bytes.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kPrivateEnding = ".key";
constexpr std::string_view kPublicEnding = ".pub";
constexpr std::size_t kKeyFileBytesMax = 64 * 1024;
constexpr mode_t kOwnerFolder = 0700;
constexpr mode_t kOwnerFile = 0600;

Result<void> MakeFolder(FileSystem& files, const std::string& folder) {
  if (Exists(files, folder)) return {};
  REPRISE_TRY(CreateDirectories(files, folder));
  return files.SetPermissions(folder, kOwnerFolder);
}

}  // namespace

Result<std::string> PrivateKeysFolder() {
  const auto absolute = [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value != '/') return std::nullopt;
    return value;
  };
  if (const auto config = absolute("XDG_CONFIG_HOME")) return *config + "/reprise/keys";
  if (const auto home = absolute("HOME")) return *home + "/.config/reprise/keys";
  return Error{ErrorCode::kNotFound,
               "there is no place for keys: neither XDG_CONFIG_HOME nor HOME is an absolute path"};
}

Result<std::vector<OwnKey>> ListOwnKeys(FileSystem& files) {
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, PrivateKeysFolder());
  std::vector<OwnKey> keys;
  if (!Exists(files, folder)) return keys;
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& entry : entries) {
    if (!entry.name.ends_with(kPublicEnding)) continue;
    const std::string name = entry.name.substr(0, entry.name.size() - kPublicEnding.size());
    const auto pem = ReadFile(files, JoinPath(folder, entry.name), kKeyFileBytesMax);
    if (!pem.ok()) continue;
    auto key = crypto::P256PublicKey::FromPem(*pem);
    if (!key.ok()) continue;
    keys.push_back({name, JoinPath(folder, name + std::string(kPrivateEnding)), *std::move(key)});
  }
  std::ranges::sort(keys, {}, &OwnKey::name);
  return keys;
}

Result<OwnKey> MakeOwnKey(FileSystem& files, const std::string& name,
                          const std::optional<std::string>& pass_phrase) {
  if (!lineage::CheckRole(name).ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(name) +
                     "' cannot name a key: use 1 to 128 letters, digits, '.', '_' and '-', "
                     "beginning with a letter or digit"};
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string folder, PrivateKeysFolder());
  const std::string private_path = JoinPath(folder, name + std::string(kPrivateEnding));
  const std::string public_path = JoinPath(folder, name + std::string(kPublicEnding));
  if (Exists(files, private_path) || Exists(files, public_path)) {
    return Error{ErrorCode::kAlreadyExists,
                 "there is a key '" + name + "' in '" + Printable(folder) +
                     "' already; give another name, and remove none that has signed anything"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto key, crypto::P256PrivateKey::Generate());
  REPRISE_ASSIGN_OR_RETURN(const std::string pem, key.ToPem(pass_phrase));
  REPRISE_TRY(MakeFolder(files, folder));
  REPRISE_TRY(WriteFileDurably(files, private_path, pem, kOwnerFile));
  REPRISE_TRY(WriteFileDurably(files, public_path, key.PublicKey().ToPem()));
  return OwnKey{name, private_path, key.PublicKey()};
}

Result<crypto::P256PrivateKey> LoadPrivateKey(FileSystem& files, const std::string& path,
                                              const AskPassPhrase& ask) {
  REPRISE_ASSIGN_OR_RETURN(const std::string pem, ReadFile(files, path, kKeyFileBytesMax));
  std::optional<std::string> pass_phrase;
  if (crypto::IsEncryptedPem(pem)) {
    REPRISE_ASSIGN_OR_RETURN(pass_phrase, ask());
  }
  auto key = crypto::P256PrivateKey::FromPem(pem, pass_phrase);
  if (key.ok()) return key;
  return Annotate(std::move(key).error(), "cannot use the key '" + Printable(path) + "'");
}

}  // namespace reprise::tracker
