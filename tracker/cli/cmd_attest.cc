#include "storage/base/clock.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/signing_options.h"
#include "tracker/cli/text.h"
#include "tracker/registry/attestations.h"
#include "tracker/version.h"

namespace reprise::cli {
namespace {

using lineage::AttestationKind;

// Around a payload the signed bytes have its type and lengths.
constexpr std::size_t kSignedBytesMax = lineage::kAttestationPayloadBytesMax + 1024;

void Report(Context& context, const std::string& model,
            const tracker::FiledAttestation& attestation) {
  const std::string kind(lineage::AttestationKindName(attestation.kind));
  if (context.global.json) {
    context.PrintJson(Json().Set("attestation", Json()
                                                    .Set("digest", attestation.digest.ToString())
                                                    .Set("model", model)
                                                    .Set("kind", kind)
                                                    .Set("printed_name", attestation.printed_name)
                                                    .Set("owner", attestation.owner)));
  } else if (!context.global.quiet) {
    context.Warn(
        Printable(attestation.printed_name) +
        (attestation.kind == AttestationKind::kSlsa ? " attests how " : " signs the files of ") +
        model + (attestation.kind == AttestationKind::kSlsa ? " was made" : "") + "; recorded as " +
        ShortDigest(attestation.digest.ToString()) + ", and `reprise export " + model +
        " --format " + kind + "` gives it");
  }
}

Result<int> File(tracker::Store& store, const tracker::NewAttestation& attestation,
                 Context& context) {
  REPRISE_ASSIGN_OR_RETURN(
      const auto filed,
      tracker::FileAttestation(store, attestation, std::string(kVersion), NowUnixMs()));
  REPRISE_ASSIGN_OR_RETURN(const auto said,
                           lineage::ReadAttestedPayload(attestation.payload.content));
  Report(context, lineage::ModelVersionName(said.about.model, said.about.version), filed);
  return 0;
}

Result<AttestationKind> KindOf(const po::variables_map& args) {
  REPRISE_ASSIGN_OR_RETURN(const std::string kind, RequiredOption(args, "kind"));
  return lineage::ParseAttestationKind(kind);
}

Result<storage::DssePayload> Draft(const po::variables_map& args, tracker::Store& store) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const AttestationKind kind, KindOf(args));
  REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(store, ref));
  return tracker::DraftAttestation(store, model, kind, std::string(kVersion));
}

Result<int> Detach(const po::variables_map& args, Context& context) {
  REPRISE_TRY(RequiredText(args, "model"));
  REPRISE_TRY(KindOf(args));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  const tracker::KnownKey* signer = nullptr;
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  if (const auto which = OptionalText(args, "key")) {
    REPRISE_ASSIGN_OR_RETURN(signer, ring.Named(*which));
  }
  REPRISE_ASSIGN_OR_RETURN(const auto payload, Draft(args, *store));
  return WriteSignedBytes(args, context, payload, "attest", signer);
}

Result<int> TakeSignature(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(SignedElsewhere given,
                           ReadSignedElsewhere(args, context, kSignedBytesMax));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  return File(*store, {std::move(given.payload), std::move(given.signature)}, context);
}

Result<int> SignHere(const po::variables_map& args, Context& context) {
  REPRISE_TRY(RequiredText(args, "model"));
  REPRISE_TRY(KindOf(args));
  REPRISE_ASSIGN_OR_RETURN(const auto key, SigningKey(args, context));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  REPRISE_TRY(TrustedKeyOf(ring, key.PublicKey()));
  tracker::NewAttestation attestation;
  REPRISE_ASSIGN_OR_RETURN(attestation.payload, Draft(args, *store));
  REPRISE_ASSIGN_OR_RETURN(attestation.signature,
                           key.Sign(AsBytes(storage::DsseSignedBytes(attestation.payload))));
  return File(*store, attestation, context);
}

Result<int> Attest(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const bool is_signed_elsewhere, IsSignedElsewhere(args));
  if (is_signed_elsewhere) return TakeSignature(args, context);
  return args.count("detached") != 0 ? Detach(args, context) : SignHere(args, context);
}

}  // namespace

Command AttestCommand() {
  Command command{"attest", "Sign how a version was made, or its files, for other tools to verify.",
                  "NAME@VERSION --kind KIND [--key KEY]"};
  command.examples = {
      {"reprise attest scorecard@3 --kind model-signing && reprise export scorecard@3 --format "
       "model-signing -o model.sig",
       "what model_signing verify key takes"},
      {"reprise attest scorecard@3 --kind slsa --key ada", "the provenance of its training"},
      {"reprise attest scorecard@3 --kind slsa --detached provenance.bin",
       "what a token is to sign"},
      {"reprise attest --signed-bytes provenance.bin --signature provenance.sig",
       "the signature that it gave: openssl dgst -sha256 -sign KEY -out provenance.sig "
       "provenance.bin"}};
  command.details =
      "KIND: slsa is SLSA provenance v1 of the run that made the version (an in-toto statement in "
      "a "
      "DSSE envelope), model-signing a signature of its files by OpenSSF Model Signing 1.0 (in a "
      "Sigstore bundle). Each is signed once, by a key that the store trusts, and recorded in the "
      "ledger; `reprise export` then gives the same bytes each time, and `reprise model show` says "
      "whether the signature holds. Several people make several attestations. What is signed here "
      "approves nothing: `reprise sign` does.";
  TakeRef(command, "model");
  command.required.clear();
  command.options.add_options()("kind", po::value<std::string>(), "KIND: slsa or model-signing");
  TakeSigning(command);
  command.choices["kind"] = {lineage::kAttestationKinds.begin(), lineage::kAttestationKinds.end()};
  command.run = Attest;
  return command;
}

}  // namespace reprise::cli
