#include "storage/base/clock.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/signing_options.h"
#include "tracker/cli/text.h"
#include "tracker/registry/statements.h"

namespace reprise::cli {
namespace {

using tracker::KnownKey;

constexpr std::size_t kStatementBytesMax = 1 << 20;

void Report(Context& context, const lineage::Approval& approval, const Digest& statement) {
  if (context.global.json) {
    context.PrintJson(Json().Set(
        "statement", Json()
                         .Set("digest", statement.ToString())
                         .Set("model", lineage::ModelVersionName(approval.model, approval.version))
                         .Set("decision", lineage::DecisionName(approval.decision))
                         .Set("printed_name", approval.printed_name)
                         .Set("role", approval.role)
                         .Set("from", approval.from)
                         .Set("to", approval.to)
                         .Set("evidence", approval.evidence.size())));
  } else if (!context.global.quiet) {
    context.Warn(Printable(approval.printed_name) + ", as " + approval.role + ": " +
                 std::string(lineage::DecisionName(approval.decision)) + " " +
                 lineage::ModelVersionName(approval.model, approval.version) + " to " +
                 approval.to + "; recorded as " + ShortDigest(statement.ToString()));
  }
}

Result<lineage::Decision> DecisionOf(const po::variables_map& args) {
  REPRISE_ASSIGN_OR_RETURN(const std::string name, RequiredOption(args, "decision"));
  return lineage::ParseDecision(name);
}

Result<tracker::StatementRequest> RequestOf(const po::variables_map& args) {
  tracker::StatementRequest request;
  REPRISE_ASSIGN_OR_RETURN(request.to, RequiredOption(args, "stage"));
  REPRISE_ASSIGN_OR_RETURN(request.role, RequiredOption(args, "role"));
  REPRISE_ASSIGN_OR_RETURN(request.decision, DecisionOf(args));
  REPRISE_ASSIGN_OR_RETURN(request.reason, RequiredOption(args, "reason"));
  request.meaning = OptionalText(args, "meaning").value_or("");
  REPRISE_ASSIGN_OR_RETURN(request.expires_unix_ms, OptionalTime(args, "expires"));
  return request;
}

Result<storage::DssePayload> PayloadOf(const lineage::Approval& approval) {
  REPRISE_ASSIGN_OR_RETURN(std::string content, lineage::EncodeApproval(approval));
  return storage::DssePayload{std::string(storage::kInTotoPayloadType), std::move(content)};
}

// Writes what is to be signed elsewhere: by a token, or on another machine.
Result<int> Detach(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const auto request, RequestOf(args));
  REPRISE_ASSIGN_OR_RETURN(const std::string which, RequiredOption(args, "key"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(*store, ref));
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  REPRISE_ASSIGN_OR_RETURN(const KnownKey* const key, ring.Named(which));
  REPRISE_ASSIGN_OR_RETURN(const auto approval,
                           tracker::DraftStatement(*store, model, *key, request, NowUnixMs()));
  REPRISE_ASSIGN_OR_RETURN(const auto payload, PayloadOf(approval));
  return WriteSignedBytes(args, context, payload, "sign", key);
}

// Takes such a signature.
Result<int> TakeSignature(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(SignedElsewhere given,
                           ReadSignedElsewhere(args, context, kStatementBytesMax));
  storage::DsseEnvelope envelope;
  envelope.payload = std::move(given.payload);
  envelope.signature = std::move(given.signature);
  const auto approval = lineage::DecodeApproval(envelope.payload.content);
  if (!approval.ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(Text(args, "signed-bytes")) +
                     "' holds nothing that `reprise sign --detached` wrote"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  for (const KnownKey& key : ring.keys()) {  // Whose signature it is, it does not say.
    envelope.key_id = key.fingerprint.ToHex();
    if (!storage::IsSignedBy(envelope, key.newest().key)) continue;
    REPRISE_ASSIGN_OR_RETURN(const Digest statement,
                             tracker::FileStatement(*store, envelope, NowUnixMs()));
    Report(context, *approval, statement);
    return 0;
  }
  return Error{ErrorCode::kInvalidArgument, "'" + Printable(Text(args, "signature")) +
                                                "' is no signature of '" +
                                                Printable(Text(args, "signed-bytes")) +
                                                "' by a key that is trusted in this store"};
}

Result<int> SignHere(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const auto request, RequestOf(args));
  REPRISE_ASSIGN_OR_RETURN(const auto key, SigningKey(args, context));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(*store, ref));
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  REPRISE_ASSIGN_OR_RETURN(const KnownKey* const known, TrustedKeyOf(ring, key.PublicKey()));
  const std::int64_t now_unix_ms = NowUnixMs();
  REPRISE_ASSIGN_OR_RETURN(const auto approval,
                           tracker::DraftStatement(*store, model, *known, request, now_unix_ms));
  REPRISE_ASSIGN_OR_RETURN(auto payload, PayloadOf(approval));
  REPRISE_ASSIGN_OR_RETURN(const auto envelope, storage::SignDsse(std::move(payload), key));
  REPRISE_ASSIGN_OR_RETURN(const Digest statement,
                           tracker::FileStatement(*store, envelope, now_unix_ms));
  Report(context, approval, statement);
  return 0;
}

Result<int> Sign(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const bool is_signed_elsewhere, IsSignedElsewhere(args));
  if (is_signed_elsewhere) return TakeSignature(args, context);
  return args.count("detached") != 0 ? Detach(args, context) : SignHere(args, context);
}

}  // namespace

Command SignCommand() {
  Command command{"sign", "Approve or reject, by signature, that a version moves to a stage.",
                  "NAME@VERSION --stage STAGE --role ROLE --decision DECISION --reason TEXT"};
  command.examples = {
      {"reprise sign scorecard@3 --stage qa --role validator --decision approve --reason 'AUC and "
       "stability are fine'",
       "with your only key"},
      {"reprise sign scorecard@3 --stage qa --role validator --decision approve --reason ok --key "
       "ada --detached statement.bin",
       "what a token is to sign"},
      {"reprise sign --signed-bytes statement.bin --signature statement.sig",
       "the signature that it gave: openssl dgst -sha256 -sign KEY -out statement.sig "
       "statement.bin"}};
  command.details =
      "The statement (in-toto, in a DSSE envelope) names the version's content, all evidence that "
      "there is, the policy, and the signer's printed name, role, decision and reason. It counts "
      "until any of these changes. DECISION: approve, reject, or override, which orders the move "
      "in an emergency. A rejection stands until the same person approves.";
  TakeRef(command, "model");
  command.required.clear();
  command.options.add_options()("stage", po::value<std::string>(),
                                "STAGE: where the version is to go")(
      "role", po::value<std::string>(), "ROLE: in which you sign")(
      "decision", po::value<std::string>(), "DECISION: approve, reject or override")(
      "reason", po::value<std::string>(), "TEXT: why, for whoever asks later")(
      "meaning", po::value<std::string>(), "TEXT: what the signature means, in your own words")(
      "expires", po::value<std::string>(), "TIME: from when on it counts no longer");
  TakeSigning(command);
  command.choices["decision"] = {"approve", "reject", "override"};
  command.run = Sign;
  return command;
}

}  // namespace reprise::cli
