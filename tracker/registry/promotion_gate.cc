#include "tracker/registry/promotion_gate.h"

#include <algorithm>
#include <memory>

#include "storage/dsse.h"
#include "tracker/erasure.h"
#include "tracker/governance_rows.h"
#include "tracker/index.h"
#include "tracker/listed_run.h"
#include "tracker/registry/authors.h"
#include "tracker/replay/given_verdicts.h"
#include "tracker/run_filter.h"

namespace reprise::tracker {
namespace {

using lineage::Candidate;

// The packages in the environment document `digest`, as far as it can be read.
void GatherPackages(Store& store, const Digest& digest, Candidate& candidate) {
  const auto document = store.objects().Get(digest);
  const auto json = document.ok() ? ParseJson(*document) : Result<Json>(document.error());
  if (!json.ok()) return;
  candidate.knows_packages = true;
  const auto take = [&](std::string_view list_name, std::string_view name_key) {
    const auto list = json->GetArray(list_name);
    if (!list.ok()) return;
    for (const Json& entry : **list) {
      const auto name = entry.GetString(name_key);
      const auto version = entry.GetString("version");
      if (name.ok() && version.ok())
        candidate.packages[lineage::PackageName(*name)].insert(*version);
    }
  };
  take("python_packages", "name");
  take("conda_packages", "name");
  take("files", "package");  // Debian's.
}

// The run; nullopt when the store lost it.
Result<std::optional<StoredRun>> FindRun(Store& store, const Ulid& id) {
  auto run = store.GetRun(id);
  if (run.ok()) return std::optional(*std::move(run));
  if (run.error().code == ErrorCode::kNotFound) return std::optional<StoredRun>();
  return std::move(run).error();
}

Result<void> GatherRun(Store& store, const Ulid& id, Candidate& candidate) {
  REPRISE_ASSIGN_OR_RETURN(const auto run, FindRun(store, id));
  if (!run.has_value()) return {};
  const lineage::RunRecord& record = run->record;
  candidate.has_run = true;
  REPRISE_ASSIGN_OR_RETURN(const auto verdicts, VerdictsAbout(store, record));
  candidate.capture = ProvenBy(record, verdicts).empty() ? record.capture.level : "proven";
  const auto listed = std::make_shared<const ListedRun>(ListedRunOf(*run));
  candidate.value_of = [listed](const lineage::query::Field& field) {
    return FieldOf(*listed, field);
  };
  if (run->recipe.has_value() && run->recipe->environment.has_value()) {
    GatherPackages(store, *run->recipe->environment, candidate);
  }
  return {};
}

// What a promotion rests on.
struct PromotionBasis {
  std::optional<Digest> policy;
  bool is_override = false;
  std::vector<Digest> statements;  // In any order.
};

// Here and nowhere else, so that nobody moves a model past the policy.
Result<RegisteredModel> Promote(Store& store, const RegisteredModel& model, const std::string& to,
                                const std::string& reason, PromotionBasis basis) {
  std::ranges::sort(basis.statements);
  const lineage::Promotion promotion{.name = model.version.name,
                                     .version = model.version.version,
                                     .from = model.stage(),
                                     .to = to,
                                     .reason = reason,
                                     .policy = basis.policy,
                                     .is_override = basis.is_override,
                                     .statements = std::move(basis.statements)};
  REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodePromotion(promotion));
  REPRISE_TRY(store.AddFact(std::string(kPromotionEntry), model.Name(), document));
  REPRISE_ASSIGN_OR_RETURN(auto moved, FindModel(store.catalog(), model.Name()));
  if (moved.has_value()) return *std::move(moved);
  return Error{ErrorCode::kCorruption,
               "the promotion of " + model.Name() + " is in the ledger and not in the catalog"};
}

// What the run attached is as old as the run, however late its output was registered; with a clock
// that ran fast then, as old as its registration.
Result<void> NoteAges(Store& store, const Ulid& id, std::vector<lineage::FiledEvidence>& evidence) {
  REPRISE_ASSIGN_OR_RETURN(const auto run, FindRun(store, id));
  if (!run.has_value()) return {};
  for (lineage::FiledEvidence& filed : evidence) {
    const bool is_of_run =
        std::ranges::any_of(run->record.evidence, [&](const lineage::RunEvidence& attached) {
          return attached.kind == filed.evidence.kind &&
                 attached.artifact.digest == filed.evidence.artifact.digest;
        });
    if (!is_of_run) continue;
    filed.made_at_unix_ms =
        std::min(filed.age_begins_unix_ms(),
                 run->record.ended_at_unix_ms.value_or(run->record.started_at_unix_ms));
  }
  return {};
}

// "entry 4 (run 01J…), …": those that could not be read when the catalog was filled, of `kind`; of
// any where that is empty.  "" if there are none.
Result<std::string> UnreadEntries(Store& store, std::string_view kind) {
  constexpr std::size_t kNamedMax = 3;
  REPRISE_ASSIGN_OR_RETURN(const auto sequences, UnreadLedgerEntries(store.catalog()));
  std::string named;
  std::size_t count = 0;
  for (const std::uint64_t sequence : sequences) {
    REPRISE_ASSIGN_OR_RETURN(const auto entry, store.ledger().Read(sequence));
    if (!kind.empty() && entry.kind != kind) continue;
    if (++count > kNamedMax) continue;
    named += (count == 1 ? "entry " : ", entry ") + std::to_string(sequence) + " (" +
             Printable(entry.kind + " " + entry.subject) + ")";
  }
  if (count > kNamedMax) named += " and " + std::to_string(count - kNamedMax) + " more";
  return named;
}

// Errors: kCorruption  entries of that kind (empty: of any) cannot be read, and `why` that matters.
Result<void> RequireEntries(Store& store, std::string_view kind, const std::string& why) {
  if (!store.may_lack_entries()) return {};
  std::string which = "entries";  // Of a damaged ledger nobody knows more.
  if (!store.ledger_damage().has_value()) {
    REPRISE_ASSIGN_OR_RETURN(which, UnreadEntries(store, kind));
    if (which.empty()) return {};
  }
  return Error{ErrorCode::kCorruption, which + " of the ledger cannot be read, and " + why +
                                           "; `reprise fsck` tells what is damaged"};
}

}  // namespace

Result<std::vector<lineage::FiledEvidence>> EvidenceOf(const storage::Catalog& catalog,
                                                       const std::string& model,
                                                       std::uint64_t version) {
  REPRISE_ASSIGN_OR_RETURN(const auto documents, EvidenceDocuments(catalog, model));
  std::vector<lineage::FiledEvidence> filed_of_version;
  for (const FiledDocument& filed : documents) {
    REPRISE_ASSIGN_OR_RETURN(auto evidence, lineage::DecodeEvidence(filed.document));
    if (evidence.version != version) continue;
    filed_of_version.push_back(
        {std::move(evidence), filed.digest, filed.time_unix_ms, filed.ledger_sequence});
  }
  return filed_of_version;
}

Result<std::vector<lineage::FiledApproval>> ApprovalsOf(const storage::Catalog& catalog,
                                                        const KeyRing& ring,
                                                        const std::string& model,
                                                        std::uint64_t version) {
  REPRISE_ASSIGN_OR_RETURN(const auto documents, StatementDocuments(catalog, model));
  std::vector<lineage::FiledApproval> approvals;
  for (const FiledDocument& filed : documents) {
    REPRISE_ASSIGN_OR_RETURN(const auto envelope, storage::DecodeDsse(filed.document));
    REPRISE_ASSIGN_OR_RETURN(auto approval, lineage::DecodeApproval(envelope.payload.content));
    if (approval.version != version) continue;
    auto why = ring.WhyVoid(envelope, approval, {filed.time_unix_ms, filed.ledger_sequence});
    approvals.push_back({std::move(approval), filed.digest, filed.time_unix_ms,
                         filed.ledger_sequence, std::move(why)});
  }
  return approvals;
}

Result<std::optional<lineage::PolicyInForce>> FindPolicyInForce(const storage::Catalog& catalog,
                                                                std::int64_t now_unix_ms) {
  REPRISE_ASSIGN_OR_RETURN(const auto documents, PolicyDocuments(catalog));
  if (documents.empty()) return std::optional<lineage::PolicyInForce>();
  auto policy = lineage::ParsePolicy(documents.back().document, "policy", now_unix_ms);
  if (!policy.ok()) {
    return Error{ErrorCode::kCorruption,
                 "the policy in force cannot be read: " + policy.error().message};
  }
  return std::optional(lineage::PolicyInForce{*std::move(policy), documents.back().digest});
}

Result<void> SetPolicy(Store& store, const std::string& text, const std::string& file_name,
                       std::int64_t now_unix_ms) {
  REPRISE_TRY(lineage::ParsePolicy(text, file_name, now_unix_ms));
  REPRISE_ASSIGN_OR_RETURN(const auto documents, PolicyDocuments(store.catalog()));
  if (!documents.empty() && documents.back().document == text) {
    return Error{ErrorCode::kInvalidArgument, "this policy is in force already"};
  }
  return store.AddFact(std::string(kPolicyEntry), std::string(kPolicySubject), text);
}

std::optional<lineage::LastMove> LastMoveOf(const RegisteredModel& model) {
  if (model.changes.empty()) return std::nullopt;
  const StageChange& last = model.changes.back();
  return lineage::LastMove{last.time_unix_ms, last.ledger_sequence};
}

Result<std::set<std::string>> GatherAuthors(Store& store, const RegisteredModel& model) {
  REPRISE_TRY(RequireEntries(store, "run", "may tell of an author of " + model.Name()));
  REPRISE_ASSIGN_OR_RETURN(const auto edges,
                           lineage::EdgesInto(store.catalog(), lineage::NodeId::Artifact(
                                                                   model.version.artifact.digest)));
  std::set<Ulid> makers;
  for (const lineage::Edge& edge : edges) {
    if (edge.kind == lineage::EdgeKind::kProduced) makers.insert(edge.from.run);
  }
  return AuthorsOf(model, makers, [&](const Ulid& id) -> Result<std::optional<lineage::RunRecord>> {
    REPRISE_ASSIGN_OR_RETURN(auto run, FindRun(store, id));
    if (!run.has_value()) return std::optional<lineage::RunRecord>();
    return std::optional(std::move(run->record));
  });
}

Result<Candidate> GatherCandidate(Store& store, const KeyRing& ring, const RegisteredModel& model) {
  Candidate candidate;
  candidate.model = model.version.name;
  candidate.version = model.version.version;
  candidate.content = model.version.artifact.digest;
  candidate.registration = model.registration;
  candidate.stage = model.stage();
  candidate.last_move = LastMoveOf(model);
  candidate.value_of = [](const lineage::query::Field&) {
    return std::optional<lineage::query::Value>();
  };
  if (model.version.run.has_value()) {
    REPRISE_TRY(GatherRun(store, *model.version.run, candidate));
  }
  REPRISE_ASSIGN_OR_RETURN(candidate.evidence,
                           EvidenceOf(store.catalog(), candidate.model, candidate.version));
  for (lineage::FiledEvidence& filed : candidate.evidence) {
    REPRISE_ASSIGN_OR_RETURN(const auto erased,
                             ErasedNow(store.catalog(), filed.evidence.artifact.digest));
    filed.is_erased = erased.has_value();
  }
  if (model.version.run.has_value()) {
    REPRISE_TRY(NoteAges(store, *model.version.run, candidate.evidence));
  }
  REPRISE_ASSIGN_OR_RETURN(candidate.approvals,
                           ApprovalsOf(store.catalog(), ring, candidate.model, candidate.version));
  return candidate;
}

Result<void> RequireAllEntries(Store& store, const std::string& why) {
  return RequireEntries(store, {}, why);
}

Result<MoveCheck> CheckModelMove(Store& store, const RegisteredModel& model, const std::string& to,
                                 std::int64_t now_unix_ms) {
  REPRISE_TRY(CheckMovable(model, to));
  REPRISE_TRY(RequireAllEntries(store, "may forbid that " + model.Name() + " moves"));
  MoveCheck check;
  REPRISE_ASSIGN_OR_RETURN(const KeyRing ring, KeyRing::Load(store.catalog()));
  REPRISE_ASSIGN_OR_RETURN(check.candidate, GatherCandidate(store, ring, model));
  REPRISE_ASSIGN_OR_RETURN(check.candidate.authors, GatherAuthors(store, model));
  REPRISE_ASSIGN_OR_RETURN(check.policy, FindPolicyInForce(store.catalog(), now_unix_ms));
  check.verdict = lineage::CheckMove(check.policy.has_value() ? &*check.policy : nullptr,
                                     check.candidate, to, now_unix_ms);
  return check;
}

Result<MoveOutcome> MoveModel(Store& store, const RegisteredModel& model, const std::string& to,
                              const std::string& reason, bool is_override,
                              std::int64_t now_unix_ms) {
  REPRISE_ASSIGN_OR_RETURN(MoveCheck check, CheckModelMove(store, model, to, now_unix_ms));
  const bool is_met = check.verdict.is_met();
  if (!is_met && !(is_override && check.verdict.is_overridden())) {
    return MoveOutcome{model, std::move(check.verdict)};
  }
  PromotionBasis basis;
  if (check.policy.has_value()) basis.policy = check.policy->digest;
  basis.is_override = !is_met;
  basis.statements = std::move(check.verdict.counted);
  if (basis.is_override)
    std::ranges::copy(check.verdict.overrides, std::back_inserter(basis.statements));
  REPRISE_ASSIGN_OR_RETURN(RegisteredModel moved,
                           Promote(store, model, to, reason, std::move(basis)));
  return MoveOutcome{std::move(moved), std::nullopt};
}

}  // namespace reprise::tracker
