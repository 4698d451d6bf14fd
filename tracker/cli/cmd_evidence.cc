#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/project_path.h"
#include "tracker/registry/evidence_file.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::cli {
namespace {

Json EvidenceToJson(const lineage::Evidence& evidence, const Digest& document) {
  return Json()
      .Set("model", lineage::ModelVersionName(evidence.model, evidence.version))
      .Set("kind", evidence.kind)
      .Set("artifact", lineage::ArtifactUseToJson(evidence.artifact))
      .Set("reason", BytesToJson(evidence.reason))
      .Set("digest", document.ToString());
}

Result<int> Add(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const std::string file, RequiredText(args, "file"));
  REPRISE_ASSIGN_OR_RETURN(const std::string kind, RequiredOption(args, "kind"));
  REPRISE_ASSIGN_OR_RETURN(const auto paths, AbsolutePaths({file}, context));
  REPRISE_ASSIGN_OR_RETURN(const std::string project, context.ProjectFolder());
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(*store, ref));
  REPRISE_ASSIGN_OR_RETURN(
      const auto outcome,
      tracker::AddEvidence(*store, model, kind, paths[0], tracker::PathInProject(paths[0], project),
                           OptionalText(args, "reason").value_or("")));
  for (const std::string& warning : outcome.warnings) context.Warn(warning);
  if (context.global.json) {
    context.PrintJson(Json().Set("evidence", EvidenceToJson(outcome.evidence, outcome.document)));
  } else if (!context.global.quiet) {
    context.Warn(Printable(outcome.evidence.artifact.path) + " is " + kind + " evidence of " +
                 model.Name() + "; what was signed before it counts no longer");
  }
  return 0;
}

Result<int> List(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(*store, ref));
  REPRISE_ASSIGN_OR_RETURN(
      const auto evidence,
      tracker::EvidenceOf(store->catalog(), model.version.name, model.version.version));
  Json list = Json::Array{};
  Table table({"KIND", "FILE", "RECORDED", "DIGEST", "REASON"});
  for (const lineage::FiledEvidence& filed : evidence) {
    const lineage::ArtifactUse& artifact = filed.evidence.artifact;
    list.Append(EvidenceToJson(filed.evidence, filed.document)
                    .Set("recorded_at", FormatTime(filed.recorded_at_unix_ms)));
    table.Add({filed.evidence.kind, Printable(artifact.path),
               FormatLocalTime(filed.recorded_at_unix_ms), ShortDigest(artifact.digest.ToString()),
               Printable(filed.evidence.reason)});
  }
  context.PrintFound(
      Json().Set("evidence", std::move(list)), table,
      "there is no evidence for " + model.Name() + " yet; `reprise evidence add` records some");
  return ToldStatus(*store);
}

}  // namespace

Command EvidenceAddCommand() {
  Command command{"evidence add", "Record a file as evidence for a model's version.",
                  "NAME@VERSION --kind KIND FILE [--reason TEXT]"};
  command.examples = {{"reprise evidence add scorecard@3 --kind validation report.json", ""}};
  command.details =
      "The file or folder is stored, and bound by digest to what the version is. Signatures name "
      "all evidence that there was: new evidence voids them, and they are asked for again. Kinds: "
      "calibration, data_quality, document, drift, explainability, model_card, stability, "
      "subpopulations, test_report, validation.";
  TakeRef(command, "model");
  TakeRef(command, "file");
  command.options.add_options()("kind", po::value<std::string>(), "KIND: what it shows")(
      "reason", po::value<std::string>(), "TEXT: why, for whoever asks later");
  command.choices["kind"] = {lineage::kEvidenceKinds.begin(), lineage::kEvidenceKinds.end()};
  command.run = Add;
  return command;
}

Command EvidenceListCommand() {
  Command command{"evidence list", "The evidence for a model's version.", "NAME@VERSION"};
  command.examples = {{"reprise evidence list scorecard@3", ""}};
  TakeRef(command, "model");
  command.run = List;
  return command;
}

}  // namespace reprise::cli
