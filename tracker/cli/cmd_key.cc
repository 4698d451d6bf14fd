#include <algorithm>

#include "lineage/document.h"
#include "lineage/governance/optional_time.h"
#include "lineage/query/parser.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "storage/base/words.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/pass_phrase.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/registry/key_ring.h"
#include "tracker/registry/private_keys.h"

namespace reprise::cli {
namespace {

using tracker::KnownKey;

constexpr std::size_t kPublicKeyBytesMax = 64 * 1024;

Result<int> New(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string name, RequiredText(args, "name"));
  std::optional<std::string> pass_phrase;
  if (!Flag(args, "unencrypted")) {
    REPRISE_ASSIGN_OR_RETURN(pass_phrase, AskNewPassPhrase(args));
  } else if (args.count("passphrase-fd") != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "--unencrypted and --passphrase-fd exclude each other"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto key, tracker::MakeOwnKey(context.files, name, pass_phrase));
  const std::string fingerprint = key.key.Fingerprint().ToHex();
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("name", name)
                          .Set("fingerprint", fingerprint)
                          .Set("private_key", key.private_path)
                          .Set("public_key", key.key.ToPem()));
  } else {
    context.out << fingerprint << "\n";
    context.Warn("made the key '" + name + "': " + key.private_path +
                 "; whoever keeps the store trusts it with `reprise key trust`");
  }
  return 0;
}

std::string StateOf(const lineage::TrustedKey& key, std::int64_t now_unix_ms) {
  if (key.IsValidAt(now_unix_ms)) return "valid";
  return now_unix_ms < key.valid_from_unix_ms.value_or(now_unix_ms) ? "not yet valid" : "expired";
}

std::string StateOf(const KnownKey& key) {
  return key.revoked.has_value() ? "revoked" : StateOf(key.newest(), NowUnixMs());
}

Json KeyToJson(const KnownKey& known) {
  const lineage::TrustedKey& key = known.newest();
  Json revoked;
  if (known.revoked.has_value()) {
    revoked.Set("at", FormatTime(known.revoked->time_unix_ms))
        .Set("actor", known.revoked->actor)
        .Set("reason", BytesToJson(known.revoked->reason));
  }
  return Json()
      .Set("fingerprint", known.fingerprint.ToHex())
      .Set("owner", key.owner)
      .Set("printed_name", key.printed_name)
      .Set("roles", lineage::TextsToJson(key.roles))
      .Set("valid_from", lineage::OptionalTimeToJson(key.valid_from_unix_ms))
      .Set("valid_until", lineage::OptionalTimeToJson(key.valid_until_unix_ms))
      .Set("state", StateOf(known))
      .Set("trusted_at", FormatTime(known.records.front().time_unix_ms))
      .Set("reason", BytesToJson(key.reason))
      .Set("revoked", std::move(revoked))
      .Set("public_key", key.key.ToPem());
}

// The keys that the store trusts, and the person's own beside them.
Result<int> List(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  const auto own_keys = tracker::ListOwnKeys(context.files);
  Json keys = Json::Array{};
  Json own = Json::Array{};
  Table table({"FINGERPRINT", "OWNER", "NAME", "ROLES", "STATE"});
  for (const KnownKey& known : ring.keys()) {
    keys.Append(KeyToJson(known));
    table.Add({known.fingerprint.ToHex().substr(0, 16), Printable(known.newest().owner),
               Printable(known.newest().printed_name), Joined(known.newest().roles),
               StateOf(known)});
  }
  if (own_keys.ok()) {
    for (const auto& key : *own_keys) {
      const std::string fingerprint = key.key.Fingerprint().ToHex();
      own.Append(Json().Set("name", key.name).Set("fingerprint", fingerprint));
      if (ring.Find(fingerprint) == nullptr) {
        table.Add({fingerprint.substr(0, 16), "", key.name, "", "yours, not trusted here"});
      }
    }
  }
  context.PrintFound(Json().Set("keys", std::move(keys)).Set("own", std::move(own)), table,
                     "no keys yet; `reprise key new NAME` makes one, and `reprise key trust` lets "
                     "it count in this store");
  return ToldStatus(*store);
}

// The public key in a file, or of the person's own key of that name.
Result<crypto::P256PublicKey> PublicKeyOf(const Context& context, const std::string& text) {
  REPRISE_ASSIGN_OR_RETURN(const auto own_keys, tracker::ListOwnKeys(context.files));
  const auto own = std::ranges::find(own_keys, text, &tracker::OwnKey::name);
  if (own != own_keys.end()) return own->key;
  REPRISE_ASSIGN_OR_RETURN(const auto paths, AbsolutePaths({text}, context));
  REPRISE_ASSIGN_OR_RETURN(const std::string pem,
                           ReadFile(context.files, paths[0], kPublicKeyBytesMax));
  auto key = crypto::P256PublicKey::FromPem(pem);
  if (key.ok()) return key;
  return Annotate(std::move(key).error(), "cannot trust '" + Printable(text) + "'");
}

Result<int> Trust(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string file, RequiredText(args, "key"));
  REPRISE_ASSIGN_OR_RETURN(crypto::P256PublicKey public_key, PublicKeyOf(context, file));
  lineage::TrustedKey key{.key = std::move(public_key)};
  REPRISE_ASSIGN_OR_RETURN(key.owner, RequiredOption(args, "owner"));
  REPRISE_ASSIGN_OR_RETURN(key.printed_name, RequiredOption(args, "name"));
  key.roles = Texts(args, "role");
  if (key.roles.empty()) return Error{ErrorCode::kInvalidArgument, "--role is missing"};
  std::ranges::sort(key.roles);
  key.roles.erase(std::unique(key.roles.begin(), key.roles.end()), key.roles.end());
  REPRISE_ASSIGN_OR_RETURN(key.valid_from_unix_ms, OptionalTime(args, "from"));
  REPRISE_ASSIGN_OR_RETURN(key.valid_until_unix_ms, OptionalTime(args, "until"));
  key.reason = OptionalText(args, "reason").value_or("");
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(tracker::TrustKey(*store, key));
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  const KnownKey* const known = ring.Find(key.key.Fingerprint().ToHex());
  if (known == nullptr) return Error{ErrorCode::kCorruption, "the key was not recorded"};
  if (context.global.json) {
    context.PrintJson(Json().Set("key", KeyToJson(*known)));
  } else if (!context.global.quiet) {
    context.Warn("the key " + known->fingerprint.ToHex().substr(0, 16) + " of " +
                 Printable(key.printed_name) + " counts from now on as " + Joined(key.roles));
  }
  return 0;
}

Result<int> Revoke(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string which, RequiredText(args, "key"));
  REPRISE_ASSIGN_OR_RETURN(const std::string reason, RequiredOption(args, "reason"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(auto ring, tracker::KeyRing::Load(store->catalog()));
  REPRISE_ASSIGN_OR_RETURN(const KnownKey* const key, ring.Named(which));
  const std::string fingerprint = key->fingerprint.ToHex();
  REPRISE_TRY(tracker::RevokeKey(*store, *key, reason));
  if (context.global.json) {
    REPRISE_ASSIGN_OR_RETURN(ring, tracker::KeyRing::Load(store->catalog()));
    context.PrintJson(Json().Set("key", KeyToJson(*ring.Find(fingerprint))));
  } else if (!context.global.quiet) {
    context.Warn("the key " + fingerprint.substr(0, 16) +
                 " is revoked for good; nothing that it signed counts any longer");
  }
  return 0;
}

Result<int> Export(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string name, RequiredText(args, "key"));
  REPRISE_ASSIGN_OR_RETURN(const auto own_keys, tracker::ListOwnKeys(context.files));
  const auto own = std::ranges::find(own_keys, name, &tracker::OwnKey::name);
  std::optional<crypto::P256PublicKey> key;
  if (own != own_keys.end()) {
    key = own->key;
  } else {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
    REPRISE_ASSIGN_OR_RETURN(const KnownKey* const known, ring.Named(name));
    key = known->newest().key;
  }
  if (context.global.json) {
    context.PrintJson(
        Json().Set("fingerprint", key->Fingerprint().ToHex()).Set("public_key", key->ToPem()));
  } else {
    context.out << key->ToPem();
  }
  return 0;
}

}  // namespace

Command KeyNewCommand() {
  Command command{"key new", "Make a key to sign with.", "NAME [--unencrypted]"};
  command.examples = {{"reprise key new ada", "asks for a pass phrase; prints the fingerprint"}};
  command.details =
      "The key (ECDSA on P-256) lies in $XDG_CONFIG_HOME/reprise/keys, for its owner alone, "
      "encrypted under a pass phrase (scrypt, AES-256). It counts in a store when it is trusted "
      "there. Keys of `openssl genpkey` and of tokens can sign, too: see `reprise help sign`.";
  TakeRef(command, "name");
  command.options.add_options()("unencrypted", po::bool_switch(),
                                "keep the private key without a pass phrase");
  TakePassPhrase(command);
  command.run = New;
  return command;
}

Command KeyListCommand() {
  Command command{"key list", "The keys that count in this store, and your own.", ""};
  command.examples = {{"reprise key list", "fingerprint, owner, roles and state of each"}};
  command.run = List;
  return command;
}

Command KeyTrustCommand() {
  Command command{
      "key trust", "Let signatures of a key count in this store.",
      "NAME|FILE --owner USER --name 'PRINTED NAME' --role ROLE… [--from TIME] [--until "
      "TIME] [--reason TEXT]"};
  command.examples = {
      {"reprise key trust ada.pub --owner ada --name 'Ada Lovelace' --role validator",
       "a public key (PEM) that its owner has handed over"}};
  command.details =
      "An entry of the ledger, like everything that is said of keys: who trusted it, and when. "
      "What is said of a key again replaces what was said before, for what it signs from then on. "
      "Compare the fingerprint with its owner by another way than the one by which the key came.";
  TakeRef(command, "key");
  command.options.add_options()("owner", po::value<std::string>(),
                                "USER: whose key it is, as in the actor of runs")(
      "name", po::value<std::string>(), "TEXT: the owner's name as it is printed")(
      "role", po::value<std::vector<std::string>>(), "ROLE: in which it may sign; may be repeated")(
      "from", po::value<std::string>(), "TIME: from when on it counts")(
      "until", po::value<std::string>(), "TIME: from when on it counts no longer")(
      "reason", po::value<std::string>(), "TEXT: why, for whoever asks later");
  command.run = Trust;
  return command;
}

Command KeyRevokeCommand() {
  Command command{"key revoke", "Let a key count no longer, for good.",
                  "FINGERPRINT|OWNER --reason TEXT"};
  command.examples = {{"reprise key revoke 3f9a1c --reason 'laptop stolen'", ""}};
  command.details =
      "Nothing that the key signed is counted for promotions from then on; promotions that have "
      "happened stay, and the ledger shows what they rested on.";
  TakeRef(command, "key");
  command.options.add_options()("reason", po::value<std::string>(),
                                "TEXT: why, for whoever asks later");
  command.run = Revoke;
  return command;
}

Command KeyExportCommand() {
  Command command{"key export", "Print a public key (PEM).", "NAME|FINGERPRINT|OWNER"};
  command.examples = {
      {"reprise key export ada > ada.pub", "to hand it to whoever keeps the store"}};
  TakeRef(command, "key");
  command.run = Export;
  return command;
}

}  // namespace reprise::cli
