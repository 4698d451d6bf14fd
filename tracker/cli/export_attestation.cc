#include "tracker/cli/export_attestation.h"

#include <algorithm>

#include "storage/base/text_value.h"
#include "storage/base/words.h"
#include "storage/private_folder.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/project_path.h"
#include "tracker/registry/attestations.h"
#include "tracker/registry/provenance.h"
#include "tracker/version.h"

namespace reprise::cli {
namespace {

using lineage::AttestationKind;
using tracker::FiledAttestation;

struct Options {
  std::string ref;
  AttestationKind kind = AttestationKind::kSlsa;
  bool is_unsigned = false;
  std::optional<std::string> signer;
  std::optional<std::string> path;  // Absolute; none: standard output.
};

Result<Options> ParseOptions(const po::variables_map& args, const Context& context,
                             const std::string& format) {
  Options options;
  REPRISE_ASSIGN_OR_RETURN(options.ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(options.kind, lineage::ParseAttestationKind(format));
  if (args.count("depth") > 0 || Flag(args, "no-data") || Flag(args, "allow-missing") ||
      !args["compression"].defaulted()) {
    return Error{
        ErrorCode::kInvalidArgument,
        "--depth, --no-data, --compression and --allow-missing do not go with --format " + format};
  }
  options.is_unsigned = Flag(args, "unsigned");
  options.signer = OptionalText(args, "signer");
  if (options.is_unsigned && (options.signer || options.kind == AttestationKind::kModelSigning)) {
    return Error{ErrorCode::kInvalidArgument,
                 "--unsigned goes with --format slsa, and without --signer"};
  }
  if (args.count("output") > 0) REPRISE_TRY(RequireText(Text(args, "output"), "-o"));
  const std::string output = OptionalText(args, "output").value_or("-");
  if (output == "-") return options;
  options.path = tracker::AbsolutePath(output, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, *options.path));
  if (Exists(context.files, *options.path)) {
    return Error{ErrorCode::kAlreadyExists,
                 "'" + Printable(*options.path) + "' exists already; name a new file with -o"};
  }
  return options;
}

// What is written, and what is said of it.
struct Written {
  std::string text;
  std::string about;  // "the provenance of train"
  const FiledAttestation* attestation = nullptr;
  std::vector<std::string> missing;
};

Json Report(const Options& options, const Written& written) {
  Json missing = Json::Array{};
  for (const std::string& part : written.missing) missing.Append(part);
  Json report = Json()
                    .Set("ref", BytesToJson(options.ref))
                    .Set("format", lineage::AttestationKindName(options.kind))
                    .Set("path", options.path.has_value() ? BytesToJson(*options.path) : Json())
                    .Set("attestation", written.attestation != nullptr
                                            ? Json(written.attestation->digest.ToString())
                                            : Json())
                    .Set("missing", std::move(missing));
  if (!options.path.has_value()) report.Set("content", written.text);
  return report;
}

Result<int> WriteOut(const tracker::Store& store, const Options& options, const Written& written,
                     Context& context) {
  if (options.path.has_value()) {
    REPRISE_TRY(WriteFileAtomically(context.files, *options.path, written.text));
  }
  if (context.global.json) {
    context.PrintJson(Json().Set("export", Report(options, written)));
  } else if (options.path.has_value()) {
    context.out << "wrote " << written.about << " to " << Printable(*options.path) << "\n";
  } else {
    context.out << written.text;
  }
  for (const std::string& part : written.missing) {
    context.Warn("warning: " + part + "; the export lacks it");
  }
  return written.missing.empty() ? ToldStatus(store) : ExitStatus(ErrorCode::kCorruption);
}

bool IsBy(const FiledAttestation& attestation, const std::string& signer) {
  constexpr std::size_t kPrefixMin = 4;
  return attestation.owner == signer || attestation.printed_name == signer ||
         (signer.size() >= kPrefixMin && attestation.key.has_value() &&
          attestation.key->ToHex().starts_with(signer));
}

// The newest that holds, of those by --signer; where that names somebody, one that does not hold is
// better than none, and said to be.
Result<const FiledAttestation*> Choose(const std::vector<FiledAttestation>& attestations,
                                       const Options& options, const std::string& model) {
  const FiledAttestation* chosen = nullptr;
  for (const FiledAttestation& one : attestations) {
    if (one.kind != options.kind) continue;
    if (options.signer.has_value() && !IsBy(one, *options.signer)) continue;
    const bool is_better =
        chosen == nullptr || chosen->void_because.has_value() || !one.void_because.has_value();
    if (is_better) chosen = &one;
  }
  const std::string kind(lineage::AttestationKindName(options.kind));
  if (chosen == nullptr) {
    if (!options.signer.has_value() && options.kind == AttestationKind::kSlsa) return chosen;
    return Error{ErrorCode::kNotFound,
                 (options.signer.has_value() ? "'" + Printable(*options.signer) + "'"
                                             : std::string("nobody")) +
                     " has not signed " + model + " as " + kind + "; `reprise attest " + model +
                     " --kind " + kind + "` does"};
  }
  if (chosen->void_because.has_value() && !options.signer.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 "no signature of " + model + " as " + kind + " holds: of the newest, " +
                     *chosen->void_because +
                     "; sign it anew, or name whose you want with --signer"};
  }
  return chosen;
}

void TellOfSigners(const std::vector<FiledAttestation>& attestations,
                   const FiledAttestation& chosen, Context& context) {
  if (context.global.quiet) return;
  std::vector<std::string> others;
  for (const FiledAttestation& one : attestations) {
    if (&one == &chosen || one.kind != chosen.kind || one.void_because.has_value()) continue;
    if (one.key != chosen.key) others.push_back(Printable(one.printed_name));
  }
  std::string sentence = "signed by " + Printable(chosen.printed_name) + " on " +
                         FormatLocalTime(chosen.recorded_at_unix_ms);
  if (chosen.void_because.has_value()) {
    sentence = "warning: this signature counts for nothing: " + *chosen.void_because;
  }
  if (!others.empty()) {
    sentence += "; there is also that of " + Enumerated(others) + ": choose with --signer";
  }
  context.Warn(sentence);
}

// The statement of what `made`.
Result<Written> Unsigned(tracker::Store& store, const tracker::Made& made,
                         const std::optional<lineage::StatementVersion>& about,
                         const std::string& what) {
  REPRISE_ASSIGN_OR_RETURN(auto provenance,
                           tracker::GatherProvenance(store, made, about, std::string(kVersion)));
  REPRISE_ASSIGN_OR_RETURN(const Json json, lineage::InTotoToJson(provenance.statement));
  Written written;
  written.text = FormatJson(json);
  written.about = "the provenance of " + what + ", without a signature,";
  written.missing = std::move(provenance.missing);
  return written;
}

Result<int> ExportOfModel(tracker::Store& store, const tracker::RegisteredModel& model,
                          const Options& options, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store.catalog()));
  REPRISE_ASSIGN_OR_RETURN(const auto attestations,
                           tracker::AttestationsOf(store.catalog(), ring, model));
  const FiledAttestation* chosen = nullptr;
  if (!options.is_unsigned) {
    REPRISE_ASSIGN_OR_RETURN(chosen, Choose(attestations, options, model.Name()));
  }
  Written written;
  if (chosen != nullptr) {
    TellOfSigners(attestations, *chosen, context);
    written.text = chosen->document;
    written.about = "the signature of " + model.Name();
    written.attestation = chosen;
  } else {
    REPRISE_ASSIGN_OR_RETURN(const tracker::Made made, tracker::MakingOf(store, model));
    REPRISE_ASSIGN_OR_RETURN(
        written, Unsigned(store, made, tracker::StatementVersionOf(model), model.Name()));
  }
  return WriteOut(store, options, written, context);
}

// What was made, of what is no version of a model: a run, or content that one wrote.
Result<tracker::Made> MadeOf(tracker::Store& store, const Context& context,
                             const std::string& ref) {
  REPRISE_TRY(RequireCertain(store, ref));
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(store, context, ref));
  tracker::Made made;
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(*id));
    made.run = *id;
    made.products = run.record.outputs;
    return made;
  }
  const auto& content = std::get<tracker::ArtifactRef>(resolved);
  lineage::ArtifactUse product{.path = "", .role = "", .digest = content.digest};
  if (content.output_of.has_value()) {
    made.run = content.output_of->run;
    product.path = content.output_of->path;
  } else {
    REPRISE_ASSIGN_OR_RETURN(const auto writing, tracker::FirstWritingOf(store, content.digest));
    if (!writing.has_value()) {
      return Error{ErrorCode::kInvalidArgument,
                   "no recorded run wrote '" + Printable(ref) +
                       "', so nobody knows how it was made; name the run that wrote the folder "
                       "that it lies in, if it lies in one"};
    }
    made.run = writing->run;
    product.path = writing->path;
  }
  auto kind = content.kind;
  if (!kind.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(kind, tracker::KnownKindOf(store.catalog(), content.digest));
  }
  product.kind = kind.value_or(lineage::ArtifactKind::kFile);
  made.products = {product};
  return made;
}

}  // namespace

std::vector<std::string> AttestationFormats() {
  return {lineage::kAttestationKinds.begin(), lineage::kAttestationKinds.end()};
}

void TakeAttestationOptions(Command& command) {
  command.options.add_options()("unsigned", po::bool_switch(),
                                "provenance without a signature, although there is one")(
      "signer", po::value<std::string>(), "WHO: the signature of this owner or key");
}

bool HasAttestationOptions(const po::variables_map& args) {
  return Flag(args, "unsigned") || args.count("signer") > 0;
}

Result<int> ExportAttestation(const po::variables_map& args, Context& context,
                              const std::string& format) {
  REPRISE_ASSIGN_OR_RETURN(const Options options, ParseOptions(args, context, format));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  if (options.kind == AttestationKind::kModelSigning) {
    REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(*store, options.ref));
    return ExportOfModel(*store, model, options, context);
  }
  const auto model = tracker::FindModel(store->catalog(), options.ref);
  if (model.ok() && model->has_value()) return ExportOfModel(*store, **model, options, context);
  if (options.signer.has_value()) {
    return Error{ErrorCode::kInvalidArgument, "--signer goes with a version of a model, and '" +
                                                  Printable(options.ref) + "' is none"};
  }
  REPRISE_ASSIGN_OR_RETURN(const tracker::Made made, MadeOf(*store, context, options.ref));
  REPRISE_ASSIGN_OR_RETURN(const Written written,
                           Unsigned(*store, made, std::nullopt, Printable(options.ref)));
  return WriteOut(*store, options, written, context);
}

}  // namespace reprise::cli
