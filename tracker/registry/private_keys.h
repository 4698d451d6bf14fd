// Where a person's own keys lie: $XDG_CONFIG_HOME/reprise/keys, else ~/.config/reprise/keys; a
// folder for its owner alone.  NAME.key is the private key (PEM, encrypted unless asked otherwise),
// NAME.pub the public one.
//
// Thread-safety: as the file system.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/crypto/p256.h"

namespace reprise::tracker {

// Errors: kNotFound  neither XDG_CONFIG_HOME nor HOME is an absolute path.
Result<std::string> PrivateKeysFolder();

struct OwnKey {
  std::string name;
  std::string private_path;
  crypto::P256PublicKey key;
};

// Those in the folder, by name; what is no key there is passed over.
Result<std::vector<OwnKey>> ListOwnKeys(FileSystem& files);

// Makes a key pair.  The private key is written before the public one, and for its owner alone.
// Errors: kAlreadyExists   there is one of that name.
//         kInvalidArgument  the name.
Result<OwnKey> MakeOwnKey(FileSystem& files, const std::string& name,
                          const std::optional<std::string>& pass_phrase);

// Asked for a pass phrase when a key has one.
using AskPassPhrase = std::function<Result<std::string>()>;

// The private key at `path`.
// Errors: kNotFound; kInvalidArgument  no key, or a wrong pass phrase.  Those of `ask`.
Result<crypto::P256PrivateKey> LoadPrivateKey(FileSystem& files, const std::string& path,
                                              const AskPassPhrase& ask);

}  // namespace reprise::tracker
