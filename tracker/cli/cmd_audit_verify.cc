#include "storage/crypto/p256.h"
#include "storage/crypto/timestamp.h"
#include "tracker/audit/check/verify_bundle.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/ledger_seals.h"
#include "tracker/cli/refs_support.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

constexpr std::string_view kFingerprintStart = "sha256:";
constexpr std::size_t kNameColumns = 10;

Result<void> AddTrusted(std::string_view text, const std::string& option,
                        tracker::BroughtAlong& brought) {
  if (text.starts_with(kFingerprintStart)) {
    if (const auto fingerprint = Digest::Parse(text); fingerprint.ok()) {
      brought.trusted_fingerprints.push_back(*fingerprint);
      return {};
    }
  } else if (auto key = storage::NoteKey::Parse(text); key.ok()) {
    brought.trusted_keys.push_back(*std::move(key));
    return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               option + ": '" + Printable(text) +
                   "' is neither a log's verifier key (name+id+base64) nor its fingerprint "
                   "(sha256:…); `reprise ledger key` prints both"};
}

// A line of a file of keys, of either kind.
Result<void> AddListed(std::string_view line, const std::string& option,
                       tracker::BroughtAlong& brought) {
  // The SHA-256 of a key, by which people's are named.
  if (const auto person = Digest::Parse(std::string(kFingerprintStart) + std::string(line));
      person.ok()) {
    brought.trusted_people.push_back(*person);
    return {};
  }
  if (const auto fingerprint = Digest::Parse(line); fingerprint.ok()) {
    brought.listed_fingerprints.push_back(*fingerprint);
    return {};
  }
  return AddTrusted(line, option, brought);
}

// Takes the public keys in PEM, which are people's, out of `content`.
Result<void> TakePeople(std::string& content, const std::string& option,
                        tracker::BroughtAlong& brought) {
  constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
  constexpr std::string_view kEnd = "-----END PUBLIC KEY-----";
  for (std::size_t begin; (begin = content.find(kBegin)) != std::string::npos;) {
    const std::size_t end = content.find(kEnd, begin);
    const std::size_t size = end == std::string::npos ? end : end + kEnd.size() - begin;
    const auto key = crypto::P256PublicKey::FromPem(content.substr(begin, size) + "\n");
    if (!key.ok()) return Annotate(key.error(), option);
    brought.trusted_people.push_back(key->Fingerprint());
    content.erase(begin, size);
  }
  return {};
}

// One key or fingerprint a line; empty lines and lines that begin with "#" are left out.
Result<void> AddTrustedFile(const Context& context, const std::string& path,
                            tracker::BroughtAlong& brought) {
  const std::string option = "--trusted-keys '" + Printable(path) + "'";
  auto content = ReadExchanged(context, path);
  if (!content.ok()) return Annotate(std::move(content).error(), option);
  const std::size_t size = content->size();
  REPRISE_TRY(TakePeople(*content, option, brought));
  bool holds_none = content->size() == size;
  for (std::string_view rest = *content; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    holds_none = false;
    REPRISE_TRY(AddListed(line, option, brought));
  }
  if (!holds_none) return {};
  return Error{ErrorCode::kInvalidArgument, option + " holds no key"};
}

Result<tracker::BroughtAlong> BroughtBy(const po::variables_map& args, const Context& context) {
  tracker::BroughtAlong brought;
  for (const std::string& text : Texts(args, "trust")) {
    REPRISE_TRY(AddTrusted(text, "--trust", brought));
  }
  for (const std::string& path : Texts(args, "trusted-keys")) {
    REPRISE_TRY(AddTrustedFile(context, path, brought));
  }
  if (const auto path = OptionalText(args, "since")) {
    auto checkpoint = ReadExchanged(context, *path);
    if (!checkpoint.ok()) return Annotate(std::move(checkpoint).error(), "--since");
    brought.kept_checkpoint = *std::move(checkpoint);
  }
  REPRISE_ASSIGN_OR_RETURN(brought.witnesses, GivenWitnesses(args));
  REPRISE_ASSIGN_OR_RETURN(brought.quorum, AskedQuorum(args, brought.witnesses.size()));
  for (const std::string& path : Texts(args, "tsa-ca")) {
    auto pem = ReadExchanged(context, path).and_then(crypto::CertificatesOf);
    if (!pem.ok()) return Annotate(std::move(pem).error(), "--tsa-ca '" + Printable(path) + "'");
    brought.authorities += *pem;
  }
  brought.accepts_proofs_only = Flag(args, "accept-proofs-only");
  return brought;
}

// The same lines as verify.py.
void Print(const tracker::BundleVerdict& verdict, std::ostream& out) {
  for (const tracker::BundleCheck& check : verdict.checks) {
    std::string name = check.name;
    name.resize(std::max(name.size(), kNameColumns), ' ');
    out << (check.ok ? "ok      " : "FAILED  ") << name << ' ' << check.message << '\n';
  }
  if (!verdict.ok()) return;
  out << "\nkey     " << verdict.key << "\n        fingerprint " << verdict.fingerprint << '\n';
  for (const tracker::BundlePerson& person : verdict.people) {
    out << "person  " << person.printed_name << " (" << person.owner << "; ";
    for (const std::string& role : person.roles) {
      out << (&role == &person.roles.front() ? "" : ", ") << role;
    }
    out << ")" << (person.is_revoked ? ", revoked" : "") << "\n        fingerprint "
        << person.fingerprint << '\n';
  }
  for (const std::string& note : verdict.notes) out << "note    " << note << '\n';
  out << "result  " << verdict.Conclusion() << '\n';
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string given, RequiredText(args, "bundle"));
  REPRISE_ASSIGN_OR_RETURN(const tracker::BroughtAlong brought, BroughtBy(args, context));
  const auto bundle =
      tracker::ReadBundle(context.files, tracker::AbsolutePath(given, context.working_directory));
  // What is out of reach for now is no answer.
  if (!bundle.ok() && bundle.error().code != ErrorCode::kCorruption) return bundle.error();
  const tracker::BundleVerdict verdict = tracker::VerifyBundle(bundle, brought);
  if (context.global.json) {
    context.PrintJson(verdict.ToJson());
  } else {
    Print(verdict, context.out);
  }
  return verdict.ok() ? 0 : 1;
}

}  // namespace

Command AuditVerifyCommand() {
  Command command{"audit verify", "Check an audit bundle, without a store and offline.",
                  "BUNDLE [--trust KEY]… [--since CHECKPOINT]"};
  command.examples = {
      {"reprise audit verify bundle --trust \"$(ssh trainer reprise ledger key | head -1)\"",
       "a bundle, by a key that came another way"},
      {"reprise audit verify bundle.zip --since checkpoint.txt",
       "nothing that a kept checkpoint covers was changed since"},
      {"reprise audit verify bundle --witness witness.example+5c28ba33+BFM5…",
       "a checkpoint in it must have this witness' cosignature"}};
  command.details =
      "Makes the checks of the bundle's own verify.py in the same order and stops at the first "
      "that fails, since later ones rest on it. BUNDLE is a folder, or a .zip of it. Keys inside "
      "of a bundle prove nothing: where nothing that you brought along anchors the run, the result "
      "is \"self-consistent, unanchored\". With proofs only, events may have been left out.";
  command.hidden.add_options()("bundle", po::value<std::string>());
  command.positionals.add("bundle", 1);
  command.required.emplace_back("bundle");
  auto add = command.options.add_options();
  const auto texts = [] { return po::value<std::vector<std::string>>()->composing(); };
  add("trust", texts(), "KEY: a log's verifier key, or its fingerprint, that you trust");
  add("trusted-keys", texts(),
      "FILE: one such key on each line; also keys of people that you know (PEM or fingerprints)");
  add("since", po::value<std::string>(), "FILE: a checkpoint that was kept earlier");
  add("witness", texts(), "KEY: verifier key of a witness that you trust");
  add("quorum", po::value<std::int64_t>(), "N: so many of these witnesses suffice (default: all)");
  add("tsa-ca", texts(), "FILE: certificates (PEM) of time stamping authorities that you trust");
  add("accept-proofs-only", po::bool_switch(), "accept a bundle that does not list the whole log");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
