#include "tracker/cli/signing_options.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/base/words.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/pass_phrase.h"
#include "tracker/registry/private_keys.h"

namespace reprise::cli {
namespace {

using tracker::KnownKey;

constexpr std::size_t kSignatureBytesMax = 1024;

Result<tracker::OwnKey> ChooseOwnKey(const Context& context,
                                     const std::optional<std::string>& which) {
  REPRISE_ASSIGN_OR_RETURN(const auto keys, tracker::ListOwnKeys(context.files));
  if (!which.has_value()) {
    if (keys.size() == 1) return keys[0];
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const tracker::OwnKey& key : keys) names.push_back(key.name);
    return Error{ErrorCode::kInvalidArgument,
                 keys.empty()
                     ? "you have no key to sign with; `reprise key new NAME` makes one, or "
                       "name a PEM file with --key"
                     : "you have several keys (" + Joined(names) + "); choose one with --key"};
  }
  const auto named = std::ranges::find(keys, *which, &tracker::OwnKey::name);
  if (named != keys.end()) return *named;
  return Error{ErrorCode::kNotFound, "'" + Printable(*which) +
                                         "' is neither a key of yours nor "
                                         "the path of a private key"};
}

}  // namespace

void TakeSigning(Command& command) {
  command.options.add_options()("key", po::value<std::string>(),
                                "KEY: a key of yours, or ./PATH of a PEM file")(
      "detached", po::value<std::string>(), "FILE: write what is to be signed, and sign nothing")(
      "signed-bytes", po::value<std::string>(), "FILE: what was signed elsewhere")(
      "signature", po::value<std::string>(), "FILE: the signature (DER)");
  TakePassPhrase(command);
}

Result<crypto::P256PrivateKey> SigningKey(const po::variables_map& args, const Context& context) {
  const auto which = OptionalText(args, "key");
  std::string private_path;
  if (which.has_value() && which->find('/') != std::string::npos) {
    REPRISE_ASSIGN_OR_RETURN(const auto paths, AbsolutePaths({*which}, context));
    private_path = paths[0];
  } else {
    REPRISE_ASSIGN_OR_RETURN(const auto own, ChooseOwnKey(context, which));
    private_path = own.private_path;
  }
  return tracker::LoadPrivateKey(context.files, private_path, [&] {
    return AskPassPhrase(args, "Pass phrase of " + Printable(private_path) + ": ");
  });
}

Result<const KnownKey*> TrustedKeyOf(const tracker::KeyRing& ring,
                                     const crypto::P256PublicKey& key) {
  const std::string fingerprint = key.Fingerprint().ToHex();
  const KnownKey* const known = ring.Find(fingerprint);
  if (known != nullptr) return known;
  return Error{ErrorCode::kInvalidArgument,
               "the key " + fingerprint.substr(0, 16) +
                   " is not trusted in this store; whoever keeps it says so with `reprise key "
                   "trust`"};
}

Result<int> WriteSignedBytes(const po::variables_map& args, Context& context,
                             const storage::DssePayload& payload, const std::string& command,
                             const KnownKey* signer) {
  REPRISE_ASSIGN_OR_RETURN(const auto paths, AbsolutePaths({Text(args, "detached")}, context));
  REPRISE_TRY(WriteFileDurably(context.files, paths[0], storage::DsseSignedBytes(payload)));
  if (context.global.json) {
    Json json = Json().Set("signed_bytes", paths[0]);
    if (signer != nullptr) json.Set("fingerprint", signer->fingerprint.ToHex());
    context.PrintJson(json);
  } else {
    context.Warn("'" + Printable(Text(args, "detached")) +
                 "' holds what is to be signed (ECDSA, SHA-256, DER); give the signature back with "
                 "`reprise " +
                 command + " --signed-bytes FILE --signature FILE`");
  }
  return 0;
}

Result<bool> IsSignedElsewhere(const po::variables_map& args) {
  if (args.count("signed-bytes") == 0 && args.count("signature") == 0) return false;
  if (args.count("model") == 0 && args.count("detached") == 0) return true;
  return Error{ErrorCode::kInvalidArgument,
               "--signed-bytes and --signature stand without a model: what was signed says which"};
}

Result<SignedElsewhere> ReadSignedElsewhere(const po::variables_map& args, const Context& context,
                                            std::size_t bytes_max) {
  REPRISE_ASSIGN_OR_RETURN(const std::string bytes_file, RequiredOption(args, "signed-bytes"));
  REPRISE_ASSIGN_OR_RETURN(const std::string signature_file, RequiredOption(args, "signature"));
  REPRISE_ASSIGN_OR_RETURN(const auto paths, AbsolutePaths({bytes_file, signature_file}, context));
  REPRISE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(context.files, paths[0], bytes_max));
  SignedElsewhere given;
  REPRISE_ASSIGN_OR_RETURN(given.payload, storage::ParseDsseSignedBytes(bytes));
  REPRISE_ASSIGN_OR_RETURN(given.signature, ReadFile(context.files, paths[1], kSignatureBytesMax));
  return given;
}

}  // namespace reprise::cli
