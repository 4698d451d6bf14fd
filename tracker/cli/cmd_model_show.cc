#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/governance_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/models.h"
#include "tracker/registry/attestations.h"
#include "tracker/registry/inventory.h"
#include "tracker/registry/promotion_gate.h"
#include "tracker/registry/standing.h"
#include "tracker/registry/statements.h"

namespace reprise::cli {
namespace {

using tracker::RegisteredModel;

void ShowTexts(const std::string& heading, const std::vector<std::string>& texts,
               std::ostream& out) {
  for (const std::string& text : texts) out << heading << Printable(text) << "\n";
}

void ShowCard(const lineage::ModelCard& card, std::ostream& out) {
  out << "purpose     " << Printable(card.purpose) << "\n"
      << "used for    " << Printable(card.intended_use) << "\n"
      << "owner       " << Printable(card.owner) << "\n";
  if (!card.tier.empty()) out << "tier        " << Printable(card.tier) << "\n";
  if (!card.materiality.empty()) out << "materiality " << Printable(card.materiality) << "\n";
  if (!card.last_validation.empty()) out << "validated   " << card.last_validation << "\n";
  if (!card.next_validation.empty()) out << "to validate " << card.next_validation << "\n";
  ShowTexts("assumes     ", card.assumptions, out);
  ShowTexts("limit       ", card.limits, out);
  ShowTexts("restriction ", card.restrictions, out);
  for (const lineage::Finding& finding : card.findings) {
    out << "finding     " << Printable(finding.id) << ", " << finding.severity << ", "
        << finding.state << ": " << Printable(finding.text) << "\n";
  }
}

// What was recorded and signed for it.
void ShowCandidate(const lineage::Candidate& candidate, std::ostream& out) {
  for (const lineage::FiledEvidence& filed : candidate.evidence) {
    out << "evidence    " << filed.evidence.kind << ": " << Printable(filed.evidence.artifact.path)
        << ", " << FormatLocalTime(filed.recorded_at_unix_ms) << "\n";
  }
  for (const lineage::FiledApproval& filed : candidate.approvals) {
    const lineage::Approval& approval = filed.approval;
    out << "signed      " << FormatLocalTime(filed.recorded_at_unix_ms) << "  "
        << Printable(approval.printed_name) << ", " << approval.role << ": "
        << lineage::DecisionName(approval.decision) << " " << approval.from << " → " << approval.to
        << ": " << Printable(approval.reason);
    if (filed.void_because.has_value()) out << "  (void: " << *filed.void_because << ")";
    out << "\n";
  }
}

Json EvidenceListToJson(const std::vector<lineage::FiledEvidence>& evidence) {
  Json list = Json::Array{};
  for (const lineage::FiledEvidence& filed : evidence) {
    list.Append(Json()
                    .Set("kind", filed.evidence.kind)
                    .Set("artifact", lineage::ArtifactUseToJson(filed.evidence.artifact))
                    .Set("recorded_at", FormatTime(filed.recorded_at_unix_ms))
                    .Set("digest", filed.document.ToString()));
  }
  return list;
}

Json StatementsToJson(const std::vector<lineage::FiledApproval>& approvals) {
  Json list = Json::Array{};
  for (const auto& filed : approvals) list.Append(tracker::FiledApprovalToJson(filed));
  return list;
}

void ShowAttestations(const std::vector<tracker::FiledAttestation>& attestations,
                      std::ostream& out) {
  for (const tracker::FiledAttestation& one : attestations) {
    out << "attested    " << FormatLocalTime(one.recorded_at_unix_ms) << "  "
        << (one.printed_name.empty() ? "somebody" : Printable(one.printed_name)) << ": "
        << (one.kind == lineage::AttestationKind::kSlsa ? "how it was made (slsa)"
                                                        : "its files (model-signing)");
    if (one.void_because.has_value()) out << "  (void: " << *one.void_because << ")";
    out << "\n";
  }
}

Json AttestationsToJson(const std::vector<tracker::FiledAttestation>& attestations) {
  Json list = Json::Array{};
  for (const auto& one : attestations) list.Append(tracker::FiledAttestationToJson(one));
  return list;
}

// "challenges scorecard@2 in production"; "" if it challenges none.
std::string ChallengesOf(const tracker::Standing& standing) {
  std::string text;
  for (const tracker::Challenge& challenge : standing.challenges) {
    text += (text.empty() ? "challenges " : ", ") + challenge.champion + " in " + challenge.stage;
  }
  return text;
}

Json ChallengesToJson(const tracker::Standing& standing) {
  Json list = Json::Array{};
  for (const tracker::Challenge& challenge : standing.challenges) {
    list.Append(Json().Set("champion", challenge.champion).Set("stage", challenge.stage));
  }
  return list;
}

// Of the one version that was asked for: its model's other versions decide.
Result<tracker::Standing> StandingOf(tracker::Store& store, const RegisteredModel& model) {
  REPRISE_ASSIGN_OR_RETURN(const auto stages, tracker::StagesInForce(store));
  REPRISE_ASSIGN_OR_RETURN(const auto versions,
                           tracker::VersionsOfModel(store.catalog(), model.version.name));
  const auto standings = tracker::StandingsOf(versions, stages);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].version.version == model.version.version) return standings[i];
  }
  return tracker::Standing();
}

// The version with its card, evidence, signatures and attestations.
Result<Json> WholeVersionToJson(tracker::Store& store, const tracker::KeyRing& ring,
                                const RegisteredModel& model) {
  REPRISE_ASSIGN_OR_RETURN(const tracker::Standing standing, StandingOf(store, model));
  REPRISE_ASSIGN_OR_RETURN(const auto candidate, tracker::GatherCandidate(store, ring, model));
  const auto card = tracker::CardOf(store, candidate.evidence);
  REPRISE_ASSIGN_OR_RETURN(const auto attestations,
                           tracker::AttestationsOf(store.catalog(), ring, model));
  return tracker::RegisteredModelToJson(model)
      .Set("champion", standing.is_champion)
      .Set("challenges", ChallengesToJson(standing))
      .Set("card", card.has_value() ? lineage::ModelCardToJson(*card) : Json())
      .Set("evidence", EvidenceListToJson(candidate.evidence))
      .Set("statements", StatementsToJson(candidate.approvals))
      .Set("attestations", AttestationsToJson(attestations));
}

void ShowVersion(const RegisteredModel& model, const tracker::Standing& standing,
                 std::ostream& out) {
  const lineage::ModelVersion& version = model.version;
  const std::string challenges = ChallengesOf(standing);
  out << "model       " << model.Name() << "\n"
      << "stage       " << model.stage() << (standing.is_champion ? ", champion" : "") << "\n"
      << (challenges.empty() ? "" : "standing    " + challenges + "\n") << "content     "
      << Printable(version.artifact.path) << ", " << FormatSize(version.artifact.size_bytes) << "\n"
      << "digest      " << version.artifact.digest.ToString() << "\n";
  if (version.run.has_value()) out << "run         " << version.run->ToString() << "\n";
  out << "registered  " << FormatLocalTime(model.registered_at_unix_ms) << " by "
      << Printable(model.actor) << "\n";
  if (!version.reason.empty()) out << "reason      " << Printable(version.reason) << "\n";
  for (const tracker::StageChange& change : model.changes) {
    out << "  " << FormatLocalTime(change.time_unix_ms) << "  " << change.promotion.from << " → "
        << change.promotion.to << "  " << Printable(change.actor) << ": "
        << Printable(change.promotion.reason) << "\n";
  }
}

Result<int> Show(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "model"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  std::vector<RegisteredModel> models;
  if (ref.find('@') == std::string::npos) {
    REPRISE_ASSIGN_OR_RETURN(models, tracker::VersionsOfModel(store->catalog(), ref));
    if (models.empty()) return ModelOf(*store, ref + "@").error();
  } else {
    REPRISE_ASSIGN_OR_RETURN(RegisteredModel model, ModelOf(*store, ref));
    models.push_back(std::move(model));
  }
  if (context.global.json) {
    Json versions = Json::Array{};
    for (const RegisteredModel& model : models) {
      REPRISE_ASSIGN_OR_RETURN(Json version, WholeVersionToJson(*store, ring, model));
      versions.Append(std::move(version));
    }
    context.PrintJson(
        Json().Set("name", models[0].version.name).Set("versions", std::move(versions)));
    return ToldStatus(*store);
  }
  // The newest first: it is what is asked for most.
  for (auto model = models.rbegin(); model != models.rend(); ++model) {
    if (model != models.rbegin()) context.out << "\n";
    REPRISE_ASSIGN_OR_RETURN(const auto standing, StandingOf(*store, *model));
    ShowVersion(*model, standing, context.out);
    REPRISE_ASSIGN_OR_RETURN(const auto candidate, tracker::GatherCandidate(*store, ring, *model));
    if (const auto card = tracker::CardOf(*store, candidate.evidence)) ShowCard(*card, context.out);
    ShowCandidate(candidate, context.out);
    REPRISE_ASSIGN_OR_RETURN(const auto attestations,
                             tracker::AttestationsOf(store->catalog(), ring, *model));
    ShowAttestations(attestations, context.out);
  }
  return ToldStatus(*store);
}

Result<void> AddToInventory(tracker::Store& store, const RegisteredModel& model,
                            const tracker::Standing& standing, Table& table) {
  const lineage::ArtifactUse& artifact = model.version.artifact;
  REPRISE_ASSIGN_OR_RETURN(
      const auto evidence,
      tracker::EvidenceOf(store.catalog(), model.version.name, model.version.version));
  const auto card = tracker::CardOf(store, evidence).value_or(lineage::ModelCard());
  const std::size_t open = card.open_findings();
  const std::string standing_text =
      standing.is_champion ? "champion" : (standing.challenges.empty() ? "" : "challenger");
  table.Add({model.Name(), model.stage(), standing_text, Printable(card.owner),
             Printable(card.tier), card.next_validation, open == 0 ? "" : std::to_string(open),
             Printable(artifact.path), ShortDigest(artifact.digest.ToString())});
  return {};
}

Result<int> Models(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto names, tracker::ModelNames(store->catalog()));
  REPRISE_ASSIGN_OR_RETURN(const auto stages, tracker::StagesInForce(*store));
  REPRISE_ASSIGN_OR_RETURN(const auto ring, tracker::KeyRing::Load(store->catalog()));
  Json list = Json::Array{};
  Table table({"MODEL", "STAGE", "STANDING", "OWNER", "TIER", "NEXT VALIDATION", "OPEN", "CONTENT",
               "DIGEST"});
  for (const std::string& name : names) {
    REPRISE_ASSIGN_OR_RETURN(const auto versions, tracker::VersionsOfModel(store->catalog(), name));
    const auto standings = tracker::StandingsOf(versions, stages);
    for (std::size_t i = versions.size(); i-- > 0;) {
      if (!context.global.json) {
        REPRISE_TRY(AddToInventory(*store, versions[i], standings[i], table));
        continue;
      }
      REPRISE_ASSIGN_OR_RETURN(Json json, WholeVersionToJson(*store, ring, versions[i]));
      list.Append(std::move(json));
    }
  }
  context.PrintFound(Json().Set("models", std::move(list)), table,
                     "no models yet; `reprise model register NAME REF:PATH` makes one");
  return ToldStatus(*store);
}

}  // namespace

Command ModelShowCommand() {
  Command command{"model show", "A model's versions, their stages and the reasons.",
                  "NAME[@VERSION|@STAGE]"};
  command.examples = {{"reprise model show scorecard", "all versions, newest first"},
                      {"reprise model show scorecard@production", "the one that is in production"}};
  TakeRef(command, "model");
  command.run = Show;
  return command;
}

Command ModelsCommand() {
  Command command{"models", "List registered models.", ""};
  command.examples = {{"reprise models", "every version, with its stage"}};
  command.run = Models;
  return command;
}

}  // namespace reprise::cli
