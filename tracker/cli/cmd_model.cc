#include <algorithm>

#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/policy_text.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/models.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::cli {
namespace {

using lineage::ArtifactUse;
using tracker::RegisteredModel;

std::string OutputsOf(const std::vector<ArtifactUse>& outputs) {
  constexpr std::size_t kNamedMax = 5;
  std::string names;
  for (std::size_t i = 0; i < outputs.size() && i < kNamedMax; ++i) {
    names += (i == 0 ? "" : ", ") + Printable(outputs[i].path);
  }
  return names + (outputs.size() > kNamedMax ? ", …" : "");
}

// The one output of a run that was named as a whole.
Result<ArtifactUse> OnlyOutput(const tracker::StoredRun& run, const std::string& ref) {
  const std::vector<ArtifactUse>& outputs = run.record.outputs;
  if (outputs.size() == 1) return outputs[0];
  const std::string start = "cannot register run '" + Printable(ref) + "': ";
  if (outputs.empty()) return Error{ErrorCode::kInvalidArgument, start + "it has no output"};
  return Error{ErrorCode::kInvalidArgument, start + "it has the outputs " + OutputsOf(outputs) +
                                                "; name one, as in '" + Printable(ref) + ":" +
                                                Printable(outputs[0].path) + "'"};
}

// What `ref` names, to be registered.
Result<lineage::ModelVersion> ContentOf(tracker::Store& store, const Context& context,
                                        const std::string& ref) {
  REPRISE_TRY(RequireCertain(store, ref));
  lineage::ModelVersion version;
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(store, context, ref));
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(*id));
    REPRISE_ASSIGN_OR_RETURN(version.artifact, OnlyOutput(run, ref));
    version.run = *id;
    return version;
  }
  const auto& artifact = std::get<tracker::ArtifactRef>(resolved);
  std::string path = ref;
  if (artifact.output_of.has_value()) {
    version.run = artifact.output_of->run;
    path = artifact.output_of->path;
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(*version.run));
    const auto& outputs = run.record.outputs;
    const auto output = std::ranges::find(outputs, path, &ArtifactUse::path);
    if (output != outputs.end()) {  // Else it is a file in one.
      version.artifact = *output;
      return version;
    }
  }
  REPRISE_ASSIGN_OR_RETURN(const auto facts, tracker::GatherArtifactFacts(store, artifact));
  if (!facts.size_bytes.has_value()) {
    return Annotate(tracker::NotStored(artifact), "cannot register '" + Printable(ref) + "'");
  }
  const bool is_known_otherwise = !version.run.has_value() && !facts.produced_by.empty();
  version.artifact.path = is_known_otherwise ? facts.produced_by[0].path : path;
  version.artifact.kind =
      facts.kind == "folder" ? lineage::ArtifactKind::kFolder : lineage::ArtifactKind::kFile;
  version.artifact.digest = artifact.digest;
  version.artifact.size_bytes = *facts.size_bytes;
  version.artifact.executable = artifact.executable;
  return version;
}

void Report(Context& context, const RegisteredModel& model, const std::string& sentence) {
  if (context.global.json) {
    context.PrintJson(Json().Set("model", tracker::RegisteredModelToJson(model)));
  } else if (!context.global.quiet) {
    context.Warn(sentence);
  }
}

Result<int> Register(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string name, RequiredText(args, "name"));
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_TRY(lineage::CheckModelName(name));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(lineage::ModelVersion version, ContentOf(*store, context, ref));
  version.name = name;
  version.reason = OptionalText(args, "reason").value_or("");
  REPRISE_ASSIGN_OR_RETURN(const RegisteredModel model,
                           tracker::RegisterModel(*store, std::move(version)));
  Report(context, model,
         "registered " + model.Name() + ": " + Printable(model.version.artifact.path) + ", " +
             ShortDigest(model.version.artifact.digest.ToString()));
  return 0;
}

void PrintRefusal(const RegisteredModel& model, const std::string& to,
                  const lineage::MoveVerdict& verdict, Context& context) {
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("model", tracker::RegisteredModelToJson(model))
                          .Set("refused", VerdictToJson(verdict)));
    return;
  }
  context.Warn("the policy does not let " + model.Name() + " move to " + to + ":");
  PrintVerdict(verdict, context.err);
}

Result<int> Move(const po::variables_map& args, Context& context, const std::string& to) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const std::string reason, RequiredOption(args, "reason"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const RegisteredModel before, ModelOf(*store, ref));
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::MoveOutcome outcome,
      tracker::MoveModel(*store, before, to, reason,
                         args.count("override") != 0 && Flag(args, "override"), NowUnixMs()));
  if (outcome.refused.has_value()) {
    PrintRefusal(before, to, *outcome.refused, context);
    return 1;
  }
  const RegisteredModel& model = outcome.model;
  const bool is_override = model.changes.back().promotion.is_override;
  Report(context, model,
         model.Name() + " moved from " + before.stage() + " to " + model.stage() +
             (is_override ? ", in an emergency and although the policy is not met" : ""));
  return 0;
}

void TakeReason(Command& command) {
  command.options.add_options()("reason", po::value<std::string>(),
                                "TEXT: why, for whoever asks later");
}

}  // namespace

Command ModelRegisterCommand() {
  Command command{"model register", "Register content as a model's next version.",
                  "NAME REF[:PATH] [--reason TEXT]"};
  command.examples = {
      {"reprise model register scorecard credit@max:auc:out/model.json", "an output of a run"},
      {"reprise model register scorecard out/model.json --reason 'for the April review'",
       "a file that the store has"}};
  command.details =
      "A version is a name, a number and a digest, for good, and an entry of the ledger. It "
      "begins in the stage development.";
  TakeRef(command, "name");
  TakeRef(command);
  TakeReason(command);
  command.run = Register;
  return command;
}

Command ModelPromoteCommand() {
  Command command{"model promote", "Move a version to another stage.",
                  "NAME@VERSION --to STAGE --reason TEXT [--override]"};
  command.examples = {{"reprise model promote scorecard@3 --to qa --reason 'passes validation'",
                       "from development to QA"}};
  command.details =
      "The stages are development, qa, preproduction and production, or those of the policy; "
      "several versions may be in one. The policy in force (`reprise policy`) decides, at the very "
      "moment of the move; what it refuses ends with 1, and says item by item what is missing. "
      "Without a policy whoever may write to the store may promote. The ledger says who did, when, "
      "why and on which signatures.";
  TakeRef(command, "model");
  command.options.add_options()("to", po::value<std::string>(),
                                "STAGE: the stage that it has from now on")(
      "override", po::bool_switch(),
      "move it although the policy is not met, on the emergency's signatures");
  TakeReason(command);
  command.run = [](const po::variables_map& args, Context& context) -> Result<int> {
    REPRISE_ASSIGN_OR_RETURN(const std::string to, RequiredOption(args, "to"));
    return Move(args, context, to);
  };
  return command;
}

Command ModelRetireCommand() {
  Command command{"model retire", "Take a version out of use, for good.",
                  "NAME@VERSION --reason TEXT"};
  command.examples = {{"reprise model retire scorecard@1 --reason 'replaced by scorecard@3'", ""}};
  TakeRef(command, "model");
  TakeReason(command);
  command.run = [](const po::variables_map& args, Context& context) -> Result<int> {
    return Move(args, context, std::string(lineage::kRetiredStage));
  };
  return command;
}

}  // namespace reprise::cli
