// That what was registered, shown, decided and moved of models agrees, in the order of the ledger.
// Whether a policy was met is not judged: that takes the store as it was.  What is, is that each
// signature on which a move rests was good then, and about that move.

#include <algorithm>

#include "lineage/export/lineage_export.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/model_card.h"
#include "lineage/governance/model_manifest.h"
#include "tracker/audit/check/checked_bundle.h"
#include "tracker/audit/report_json_models.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::tracker {
namespace {

std::string NumberOf(const storage::LedgerEntry& entry) {
  return "ledger entry " + std::to_string(entry.sequence);
}

// Looks whether an attestation names the files of a folder, each with its content, and no others.
// Trees may be shared so often that nobody could list all paths: those that are not named are not
// followed twice, and have no files.
class FolderComparison {
 public:
  FolderComparison(const CheckedBundle& bundle, const lineage::ArtifactUse& folder,
                   const lineage::AttestedPayload& said)
      : bundle_(bundle), is_slsa_(said.kind == lineage::AttestationKind::kSlsa) {
    if (is_slsa_ && folder.path != ".") prefix_ = folder.path + "/";
    for (const auto& file : is_slsa_ ? said.subjects : said.resources) {
      named_.emplace(file.name, file.digest);
    }
    pending_.push_back({"", folder.digest});
  }

  // The folder was reached.
  bool IsSame() {
    std::size_t found = 0;
    while (!pending_.empty()) {
      const Folder folder = std::move(pending_.back());
      pending_.pop_back();
      const auto tree = bundle_.trees.find(folder.tree);
      if (tree == bundle_.trees.end()) return false;
      for (const storage::TreeEntry& entry : tree->second.entries) {
        const auto path =
            folder.path.has_value() ? std::optional(*folder.path + entry.name) : std::nullopt;
        if (!is_slsa_ && path.has_value() && lineage::IsPathNotSigned(*path)) continue;
        if (entry.kind == FileKind::kDirectory) {
          AddFolder(path, entry.digest);
        } else if (entry.kind != FileKind::kSymlink || !is_slsa_) {
          // No list of files is signed of a folder with links.
          if (entry.kind == FileKind::kSymlink || !path.has_value()) return false;
          const auto file = named_.find(NameOf(*path));
          if (file == named_.end() || file->second != entry.digest) return false;
          ++found;
        }
      }
    }
    return found == named_.size();
  }

 private:
  struct Folder {
    std::optional<std::string> path;  // With a '/' behind it; absent where nothing in it is named.
    Digest tree;
  };

  std::string NameOf(const std::string& path) const {
    return is_slsa_ ? Printable(prefix_ + path) : path;
  }

  void AddFolder(const std::optional<std::string>& path, const Digest& tree) {
    if (path.has_value()) {
      const std::string within = NameOf(*path) + "/";
      const auto first = named_.lower_bound(within);
      if (first != named_.end() && first->first.starts_with(within)) {
        pending_.push_back({*path + "/", tree});
        return;
      }
    }
    if (unnamed_.insert(tree).second) pending_.push_back({std::nullopt, tree});
  }

  const CheckedBundle& bundle_;
  bool is_slsa_;
  std::string prefix_;
  std::map<std::string, Digest> named_;
  std::vector<Folder> pending_;
  std::set<Digest> unnamed_;
};

// Whether what an attestation names is the content of the version.
Result<bool> IsAboutContent(CheckedBundle& bundle, const RegisteredModel& model,
                            const lineage::AttestedPayload& said) {
  const lineage::ArtifactUse& artifact = model.version.artifact;
  if (artifact.kind == lineage::ArtifactKind::kFolder) {
    REPRISE_TRY(ReachTree(bundle, artifact.digest, "the content of " + model.Name()));
    return FolderComparison(bundle, artifact, said).IsSame();
  }
  using Files = std::vector<lineage::StatementSubject>;
  return said.kind == lineage::AttestationKind::kSlsa
             ? said.subjects == Files{{Printable(artifact.path), artifact.digest}}
             : said.resources == Files{{lineage::BaseName(artifact.path), artifact.digest}};
}

class ModelHistory {
 public:
  explicit ModelHistory(CheckedBundle& bundle) : bundle_(bundle) {}

  Result<void> Add(const storage::LedgerEntry& entry) {
    const bool is_registration = entry.kind == kModelVersionEntry;
    const bool is_about_version = entry.kind == kEvidenceEntry || entry.kind == kPromotionEntry ||
                                  entry.kind == kStatementEntry || entry.kind == kAttestationEntry;
    if (is_registration) return Register(entry);
    if (entry.kind == kPolicyEntry) return AddPolicy(entry);
    if (!is_about_version) return {};
    const auto model = places_.find(entry.subject);
    if (model == places_.end()) {
      return Failed(NumberOf(entry) + " is about " + entry.subject +
                    ", which was not registered before it");
    }
    if (entry.kind == kEvidenceEntry) return AddEvidence(entry, models_[model->second]);
    if (entry.kind == kPromotionEntry) return AddMove(entry, models_[model->second]);
    return {};
  }

  // Hands over what was added, once nothing more is.
  Result<std::string> Finish() {
    for (const BundleModel& model : models_) NoteUnknown(model);
    std::set<std::string> policies;
    for (const BundlePolicy& policy : bundle_.content.governance.policies) {
      policies.insert("policy/" + policy.digest.ToHex() + ".toml");
    }
    REPRISE_TRY(RequireFiles(bundle_, "policy/", policies, "a policy that is not in the ledger"));
    REPRISE_TRY(RequireFiles(bundle_, "evidence/", evidence_files_, "evidence that nothing names"));
    std::size_t moves = 0;
    for (BundleModel& model : models_) {
      moves += model.model.changes.size();
      model.card = CardOf(model);
    }
    const std::size_t count = models_.size();
    std::ranges::sort(models_, {}, [](const BundleModel& each) {
      return std::pair(each.model.version.name, each.model.version.version);
    });
    bundle_.content.governance.models = std::move(models_);
    return std::to_string(count) + " versions of models, " + std::to_string(moves) +
           " moves resting on " + std::to_string(bundle_.counted.size()) + " signatures";
  }

 private:
  Result<void> Register(const storage::LedgerEntry& entry) {
    const auto version = lineage::DecodeModelVersion(bundle_.documents.at(entry.payload));
    if (!version.ok()) return Annotate(version.error(), NumberOf(entry));
    if (!places_.emplace(entry.subject, models_.size()).second) {
      return Failed(entry.subject + " was registered twice");
    }
    BundleModel& added = models_.emplace_back();
    added.model = {*version, entry.payload, entry.time_unix_ms, entry.actor, entry.sequence, {}};
    for (const CheckedStatement& statement : bundle_.statements) {
      if (statement.name != entry.subject) continue;
      const lineage::Approval& approval = statement.approval;
      if (approval.content != version->artifact.digest || approval.registration != entry.payload) {
        return Failed(statement.what + " is about other content than " + entry.subject +
                      " was registered as");
      }
      if (statement.recorded.ledger_sequence <= entry.sequence) {
        return Failed(statement.what + " was recorded before " + entry.subject + " was registered");
      }
      added.statements.push_back(
          {approval, statement.digest, statement.recorded.time_unix_ms,
           statement.recorded.ledger_sequence,
           bundle_.people.WhyVoid(statement.envelope, approval, statement.recorded)});
    }
    return AddAttestations(added);
  }

  Result<void> AddAttestations(BundleModel& added) {
    const RegisteredModel& model = added.model;
    for (const CheckedAttestation& one : bundle_.attested) {
      if (one.name != model.Name()) continue;
      if (one.attestation.content.about.registration != model.registration) {
        return Failed(one.what + " is about another " + one.name + " than was registered");
      }
      REPRISE_ASSIGN_OR_RETURN(const bool is_same,
                               IsAboutContent(bundle_, model, one.attestation.content));
      if (!is_same) {
        return Failed(one.what + " is about other content than " + one.name + " was registered as");
      }
      added.attestations.push_back(
          JudgeAttestation(bundle_.people, model, one.attestation, one.document));
    }
    return {};
  }

  Result<void> AddPolicy(const storage::LedgerEntry& entry) {
    bundle_.content.governance.policies.push_back(
        {entry.payload, std::string(bundle_.policies.at(entry.payload)), entry.time_unix_ms,
         entry.actor, entry.sequence});
    return {};
  }

  Result<void> AddEvidence(const storage::LedgerEntry& entry, BundleModel& model) {
    const std::string what = "the evidence of " + NumberOf(entry);
    auto evidence = lineage::DecodeEvidence(bundle_.documents.at(entry.payload));
    if (!evidence.ok()) return Annotate(evidence.error(), what);
    if (evidence->model_content != model.model.version.artifact.digest) {
      return Failed(what + " is for other content than " + entry.subject + " was registered as");
    }
    BundleEvidence added{{*std::move(evidence), entry.payload, entry.time_unix_ms, entry.sequence},
                         entry.actor,
                         std::nullopt};
    const lineage::ArtifactUse& artifact = added.filed.evidence.artifact;
    const std::string path = EvidencePath(artifact.digest);
    const std::string* const bytes = bundle_.files.Find(path);
    if (artifact.kind == lineage::ArtifactKind::kFolder) {
      REPRISE_TRY(ReachTree(bundle_, artifact.digest, what));
    } else if (bytes == nullptr) {
      REPRISE_TRY(bundle_.TakeHole(artifact.digest, "evidence", what, entry.sequence));
    } else {
      if (bytes->size() != artifact.size_bytes) {
        return Failed(path + " is not the file that " + what + " names");
      }
      evidence_files_.insert(path);
      added.bytes = *bytes;
    }
    model.evidence.push_back(std::move(added));
    return {};
  }

  std::optional<Digest> PolicyInForce() const {
    const auto& policies = bundle_.content.governance.policies;
    return policies.empty() ? std::nullopt : std::optional(policies.back().digest);
  }

  Result<void> AddMove(const storage::LedgerEntry& entry, BundleModel& model) {
    auto promotion = lineage::DecodePromotion(bundle_.documents.at(entry.payload));
    if (!promotion.ok()) return Annotate(promotion.error(), NumberOf(entry));
    const std::string what =
        "the move of " + entry.subject + " to " + promotion->to + " (" + NumberOf(entry) + ")";
    if (promotion->from != model.model.stage()) {
      return Failed(what + " leaves the stage " + promotion->from + ", and it was in " +
                    model.model.stage());
    }
    if (promotion->policy.has_value()) {
      if (promotion->policy != PolicyInForce()) {
        return Failed(what + " was decided by another policy than the one in force");
      }
      REPRISE_TRY(CheckBasis(entry, *promotion, model, what));
    } else if (PolicyInForce().has_value()) {
      bundle_.notes.push_back(what + " asked no policy, though one was in force");
    }
    model.model.changes.push_back(
        {*std::move(promotion), entry.time_unix_ms, entry.actor, entry.sequence});
    return {};
  }

  static std::vector<lineage::NamedEvidence> NamedEvidence(const BundleModel& model) {
    std::set<lineage::NamedEvidence> named;
    for (const BundleEvidence& each : model.evidence) {
      named.insert({each.filed.evidence.kind, each.filed.document});
    }
    return {named.begin(), named.end()};
  }

  // Why a good statement does not count for a move; nullopt where it does.
  static std::optional<std::string> WhyNot(const CheckedStatement& statement,
                                           const lineage::Promotion& promotion,
                                           const BundleModel& model, std::int64_t time_unix_ms) {
    const lineage::Approval& approval = statement.approval;
    if (approval.from != promotion.from || approval.to != promotion.to) {
      return "it is about another move";
    }
    if (approval.policy != promotion.policy) return "the policy has changed since";
    if (approval.evidence != NamedEvidence(model)) return "the evidence has changed since";
    if (approval.expires_unix_ms.has_value() && *approval.expires_unix_ms <= time_unix_ms) {
      return "it has expired";
    }
    const auto last_move = LastMoveOf(model.model);
    if (last_move.has_value() &&
        lineage::WasGivenBefore(*last_move, approval, statement.recorded.ledger_sequence)) {
      return "it was given before the last move";
    }
    return std::nullopt;
  }

  // The signatures that a move rests on were good, and about it, when it was made.
  Result<void> CheckBasis(const storage::LedgerEntry& entry, const lineage::Promotion& promotion,
                          const BundleModel& model, const std::string& what) {
    using lineage::Decision;
    bool is_ordered = false;
    std::set<std::pair<std::string, Decision>> signers;
    if (promotion.statements.empty()) bundle_.notes.push_back(what + " rests on no signature");
    for (const Digest& digest : promotion.statements) {
      const auto statement =
          std::ranges::find_if(bundle_.statements, [&](const CheckedStatement& each) {
            return each.digest == digest && each.name == entry.subject &&
                   each.recorded.ledger_sequence < entry.sequence;
          });
      if (statement == bundle_.statements.end()) {
        return Failed(what + " rests on " + digest.ToString() +
                      ", which nobody signed about it before");
      }
      const lineage::Approval& approval = statement->approval;
      auto why = bundle_.people.WhyVoid(statement->envelope, approval, statement->recorded,
                                        entry.sequence);
      if (!why.has_value()) why = WhyNot(*statement, promotion, model, entry.time_unix_ms);
      if (why.has_value()) {
        return Failed(what + " rests on " + statement->what + " by " + approval.printed_name +
                      ", which counted for nothing: " + *why);
      }
      // Whoever has one signature can make another of it.
      if (!signers.emplace(statement->envelope.key_id, approval.decision).second) {
        return Failed(what + " rests on two signatures by the key of " + approval.printed_name);
      }
      is_ordered |= approval.decision == Decision::kOverride;
      const bool approves = approval.decision == Decision::kApprove ||
                            (promotion.is_override && approval.decision == Decision::kOverride);
      if (!approves) return Failed(what + " rests on a statement that does not approve it");
      bundle_.counted.emplace_back(entry.subject, &*statement);
    }
    if (!promotion.is_override) return {};
    if (!is_ordered) {
      return Failed(what + " was ordered in an emergency, and nobody signed the order");
    }
    bundle_.notes.push_back(what + " was ordered in an emergency: the policy was not met");
    return {};
  }

  // Statements that name what the ledger did not have count for nothing; says so.
  void NoteUnknown(const BundleModel& model) {
    for (const CheckedStatement& statement : bundle_.statements) {
      if (statement.name != model.model.Name()) continue;
      const std::uint64_t place = statement.recorded.ledger_sequence;
      const auto& policies = bundle_.content.governance.policies;
      const auto& policy = statement.approval.policy;
      bool is_known =
          !policy.has_value() || std::ranges::any_of(policies, [&](const BundlePolicy& each) {
            return each.digest == *policy && each.ledger_sequence < place;
          });
      for (const lineage::NamedEvidence& named : statement.approval.evidence) {
        is_known &= std::ranges::any_of(model.evidence, [&](const BundleEvidence& each) {
          return each.filed.ledger_sequence < place && each.filed.document == named.document &&
                 each.filed.evidence.kind == named.kind;
        });
      }
      if (is_known) continue;
      bundle_.notes.push_back(statement.what +
                              " names evidence or a policy that the ledger did not have: it counts "
                              "for nothing");
    }
  }

  // The newest card, as far as it is here and can be read.
  static std::optional<lineage::ModelCard> CardOf(const BundleModel& model) {
    const BundleEvidence* newest = nullptr;
    for (const BundleEvidence& each : model.evidence) {
      if (each.filed.evidence.kind == lineage::kModelCardKind) newest = &each;
    }
    if (newest == nullptr || !newest->bytes.has_value() ||
        newest->bytes->size() > lineage::kModelCardBytesMax) {
      return std::nullopt;
    }
    auto card = lineage::ParseModelCard(*newest->bytes, newest->filed.evidence.artifact.path);
    return card.ok() ? std::optional(*std::move(card)) : std::nullopt;
  }

  CheckedBundle& bundle_;
  std::vector<BundleModel> models_;  // In the order in which they were registered.
  std::map<std::string, std::size_t> places_;
  std::set<std::string> evidence_files_;
};

}  // namespace

Result<std::string> CheckModels(CheckedBundle& bundle) {
  ModelHistory history(bundle);
  for (const BundleEvent& event : bundle.content.events) REPRISE_TRY(history.Add(event.entry));
  return history.Finish();
}

}  // namespace reprise::tracker
