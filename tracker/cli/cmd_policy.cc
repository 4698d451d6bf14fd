#include "lineage/document.h"
#include "lineage/model_version.h"
#include "storage/base/clock.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/policy_text.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::cli {
namespace {

Result<int> Set(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string file, RequiredText(args, "file"));
  REPRISE_ASSIGN_OR_RETURN(const auto paths, AbsolutePaths({file}, context));
  REPRISE_ASSIGN_OR_RETURN(const std::string text,
                           ReadFile(context.files, paths[0], lineage::kPolicyBytesMax));
  // A text with a mistake is refused before any store is opened.
  REPRISE_TRY(lineage::ParsePolicy(text, file, NowUnixMs()));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(tracker::SetPolicy(*store, text, file, NowUnixMs()));
  REPRISE_ASSIGN_OR_RETURN(const auto policy,
                           tracker::FindPolicyInForce(store->catalog(), NowUnixMs()));
  if (!policy.has_value()) return Error{ErrorCode::kCorruption, "the policy was not recorded"};
  if (context.global.json) {
    context.PrintJson(
        Json().Set("name", policy->policy.name).Set("digest", policy->digest.ToString()));
  } else if (!context.global.quiet) {
    context.Warn("the policy '" + Printable(policy->policy.name) + "' (" +
                 ShortDigest(policy->digest.ToString()) +
                 ") is in force; what was signed under another counts no longer");
  }
  return 0;
}

Result<int> Show(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto documents, tracker::PolicyDocuments(store->catalog()));
  Json policies = Json::Array{};
  for (const tracker::FiledDocument& filed : documents) {
    policies.Append(Json()
                        .Set("digest", filed.digest.ToString())
                        .Set("time", FormatTime(filed.time_unix_ms))
                        .Set("actor", filed.actor)
                        .Set("text", filed.document));
  }
  std::string newest;
  if (!documents.empty()) {
    const tracker::FiledDocument& filed = documents.back();
    newest = filed.document;
    if (!context.global.json) {
      context.Warn("set on " + FormatLocalTime(filed.time_unix_ms) + " by " +
                   Printable(filed.actor) + ", " + filed.digest.ToString());
    }
  }
  context.PrintFound(
      Json().Set("policies", std::move(policies)), newest,
      "no policy is set: any version may move anywhere; `reprise policy set FILE` sets one");
  return ToldStatus(*store);
}

Result<int> Check(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const std::string to, RequiredOption(args, "to"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto model, ModelOf(*store, ref));
  REPRISE_ASSIGN_OR_RETURN(const auto check,
                           tracker::CheckModelMove(*store, model, to, NowUnixMs()));
  const lineage::MoveVerdict& verdict = check.verdict;
  if (context.global.json) {
    Json json = VerdictToJson(verdict);
    json.Set("model", model.Name()).Set("from", model.stage()).Set("to", to);
    json.Set("policy", check.policy.has_value() ? Json(check.policy->digest.ToString()) : Json());
    context.PrintJson(json);
  } else if (!check.policy.has_value()) {
    context.Warn("no policy is set: " + model.Name() + " may move anywhere");
  } else {
    context.out << model.Name() << " " << (verdict.is_met() ? "may" : "may not") << " move from "
                << model.stage() << " to " << to;
    if (verdict.is_overridden()) context.out << ", but for the emergency that is ordered";
    context.out << "\n";
    PrintVerdict(verdict, context.out);
  }
  return verdict.is_met() ? ToldStatus(*store) : 1;
}

}  // namespace

Command PolicySetCommand() {
  Command command{"policy set", "Say what a model needs to move to another stage.", "FILE"};
  command.examples = {{"reprise policy set policy.toml", "in force from now on"}};
  command.details =
      "The file is TOML; docs/policy.md describes it. It goes into the ledger as it is, and every "
      "promotion names the policy that it met. Signatures name theirs, too: after a change they "
      "are asked for again.";
  TakeRef(command, "file");
  command.run = Set;
  return command;
}

Command PolicyShowCommand() {
  Command command{"policy show", "Print the policy in force.", ""};
  command.examples = {{"reprise policy show > policy.toml", "to change and set it again"}};
  command.run = Show;
  return command;
}

Command PolicyCheckCommand() {
  Command command{"policy check", "Whether a version may move to a stage, and what is missing.",
                  "NAME@VERSION --to STAGE"};
  command.examples = {{"reprise policy check scorecard@3 --to production", "ends with 1 when not"}};
  TakeRef(command, "model");
  command.options.add_options()("to", po::value<std::string>(), "STAGE: where it is to go");
  command.run = Check;
  return command;
}

}  // namespace reprise::cli
