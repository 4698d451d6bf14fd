// What the commands share by which people sign: with a key that is here, or elsewhere.
//
// Elsewhere (a token, another machine): --detached writes the bytes to be signed, and
// --signed-bytes and --signature take them back with the signature.

#pragma once

#include <cstddef>
#include <string>

#include "storage/base/result.h"
#include "storage/crypto/p256.h"
#include "storage/dsse.h"
#include "tracker/cli/command.h"
#include "tracker/registry/key_ring.h"

namespace reprise::cli {

// Adds --key, --detached, --signed-bytes, --signature and how the pass phrase is given.
void TakeSigning(Command& command);

// The private key that --key names, a key of the user's or a path with a slash; the user's only key
// without it.  Asks for a pass phrase where the key has one: before a store is opened, so that
// nobody waits for who types.
// Errors: kInvalidArgument  there is none to choose, or several; the pass phrase.  kNotFound.
Result<crypto::P256PrivateKey> SigningKey(const po::variables_map& args, const Context& context);

// What the store knows of a key.  Errors: kInvalidArgument  it is not trusted.
Result<const tracker::KnownKey*> TrustedKeyOf(const tracker::KeyRing& ring,
                                              const crypto::P256PublicKey& key);

// Writes what is to be signed to the file of --detached, and says how the signature is given back
// to `command`.  `signer`, if known, is who is to sign.
Result<int> WriteSignedBytes(const po::variables_map& args, Context& context,
                             const storage::DssePayload& payload, const std::string& command,
                             const tracker::KnownKey* signer);

// Whether a signature is given that was made elsewhere.
// Errors: kInvalidArgument  a model is named as well: what was signed says which.
Result<bool> IsSignedElsewhere(const po::variables_map& args);

struct SignedElsewhere {
  storage::DssePayload payload;
  std::string signature;  // DER.
};
// The files of --signed-bytes, at most `bytes_max`, and --signature.
// Errors: kInvalidArgument  one is missing, or holds something else; those of reading.
Result<SignedElsewhere> ReadSignedElsewhere(const po::variables_map& args, const Context& context,
                                            std::size_t bytes_max);

}  // namespace reprise::cli
