#include "lineage/governance/policy_check.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "lineage/model_version.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/words.h"

namespace reprise::lineage {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::string Day(std::int64_t unix_ms) { return FormatTime(unix_ms).substr(0, 10); }

// Whether `pattern`, in which '*' stands for any text, stands for `text`.
bool MatchesPattern(std::string_view text, std::string_view pattern) {
  std::string like;
  for (const char c : pattern) {
    if (c == '%' || c == '_' || c == '\\') like += '\\';
    like += c == '*' ? '%' : c;
  }
  return query::IsLike(text, like);
}

class Checker {
 public:
  Checker(const PolicyInForce& policy, const PromotionRule& rule, const Candidate& candidate,
          std::int64_t now_unix_ms)
      : policy_(policy),
        rule_(rule),
        candidate_(candidate),
        now_unix_ms_(now_unix_ms),
        evidence_(NamedEvidenceOf(candidate)) {}

  MoveVerdict Check() {
    for (const EvidenceRule& evidence : rule_.evidence) CheckEvidence(evidence);
    if (rule_.capture.has_value()) CheckCapture(*rule_.capture);
    for (const Threshold& threshold : rule_.require) CheckThreshold(threshold);
    for (const PackageRule& package : rule_.packages) CheckPackage(package);
    CheckRejections();
    CheckApprovals(rule_.approvals, Decision::kApprove, verdict_.counted, verdict_.items);
    if (!rule_.overrides.empty()) CheckOverrides();
    return std::move(verdict_);
  }

 private:
  void Add(std::string requirement, bool is_met, std::string found) {
    verdict_.items.push_back({std::move(requirement), is_met, std::move(found)});
  }

  void CheckEvidence(const EvidenceRule& rule) {
    std::string requirement = "evidence of the kind " + rule.kind;
    if (rule.age_days_max.has_value()) {
      requirement += ", at most " + std::to_string(*rule.age_days_max) + " days old";
    }
    const FiledEvidence* newest = nullptr;
    for (const FiledEvidence& filed : candidate_.evidence) {
      const Evidence& evidence = filed.evidence;
      if (evidence.model_content != candidate_.content) continue;
      if (evidence.kind == rule.kind) newest = &filed;
    }
    if (newest == nullptr) return Add(std::move(requirement), false, "there is none");
    if (newest->is_erased) return Add(std::move(requirement), false, "it was erased");
    const std::int64_t age_ms = now_unix_ms_ - newest->age_begins_unix_ms();
    const bool is_fresh = !rule.age_days_max.has_value() ||
                          age_ms <= static_cast<std::int64_t>(*rule.age_days_max) * kDayMs;
    Add(std::move(requirement), is_fresh,
        Printable(newest->evidence.artifact.path) + " of " + Day(newest->age_begins_unix_ms()) +
            (is_fresh ? "" : ", which is too old"));
  }

  void CheckCapture(const std::string& least) {
    std::string requirement = "the run is " + least;
    if (!candidate_.has_run) {
      return Add(std::move(requirement), false, "no run is known that made the model");
    }
    Add(std::move(requirement), CaptureRank(candidate_.capture) >= CaptureRank(least),
        "it is " + candidate_.capture);
  }

  void CheckThreshold(const Threshold& threshold) {
    std::string requirement = "of the run, " + threshold.text;
    if (!candidate_.has_run) {
      return Add(std::move(requirement), false, "no run is known that made the model");
    }
    std::vector<std::string> values;
    NameValues(threshold.expression, values);
    Add(std::move(requirement), query::Evaluate(threshold.expression, candidate_.value_of),
        Joined(values));
  }

  // The facts that an expression asks for, as the run has them.
  void NameValues(const query::Expression& expression, std::vector<std::string>& values) const {
    for (const query::Expression& part : expression.parts) NameValues(part, values);
    if (expression.kind != query::Expression::Kind::kCompare) return;
    const auto value = candidate_.value_of(expression.field);
    std::string text = Printable(query::NameOf(expression.field)) + " is " +
                       (value.has_value() ? Printable(TextOf(*value)) : "not there");
    if (std::ranges::find(values, text) == values.end()) values.push_back(std::move(text));
  }

  static std::string TextOf(const query::Value& value) {
    if (!value.text.empty() || !value.number.has_value()) return value.text;
    return query::Value::OfNumber(*value.number).text;
  }

  void CheckPackage(const PackageRule& rule) {
    std::string requirement = rule.name + " in the version " + Joined(rule.versions, " or ");
    if (!candidate_.has_run) {
      return Add(std::move(requirement), false, "no run is known that made the model");
    }
    if (!candidate_.knows_packages) {
      return Add(std::move(requirement), false, "what the run used is not known");
    }
    const auto used = candidate_.packages.find(PackageName(rule.name));
    if (used == candidate_.packages.end()) {
      return Add(std::move(requirement), !rule.required, "the run did not use it");
    }
    const bool is_met = std::ranges::all_of(used->second, [&](const std::string& version) {
      return std::ranges::any_of(rule.versions, [&](const std::string& pattern) {
        return MatchesPattern(version, pattern);
      });
    });
    Add(std::move(requirement), is_met, "the run used " + Joined(used->second));
  }

  // Whether a statement is about this very move.
  bool IsAboutThis(const Approval& approval) const {
    return approval.from == candidate_.stage && approval.to == rule_.to;
  }

  // Why a statement is no word of its signer on this version; nullopt when it is.
  std::optional<std::string> WhyNoWord(const FiledApproval& filed) const {
    if (filed.void_because.has_value()) return filed.void_because;
    const Approval& approval = filed.approval;
    if (approval.content != candidate_.content ||
        approval.registration != candidate_.registration) {
      return "it is about other content";
    }
    return std::nullopt;
  }

  // Why a statement about this move does not count; nullopt when it does.
  std::optional<std::string> WhyVoid(const FiledApproval& filed) const {
    if (auto why = WhyNoWord(filed)) return why;
    const Approval& approval = filed.approval;
    if (approval.policy != policy_.digest) return "the policy has changed since";
    if (approval.evidence != evidence_) return "the evidence has changed since";
    if (HasExpired(approval)) return "it has expired";
    if (candidate_.last_move.has_value() &&
        WasGivenBefore(*candidate_.last_move, approval, filed.ledger_sequence)) {
      return "it was given before the last move";
    }
    if (rule_.author_may_approve || approval.decision != Decision::kApprove) return std::nullopt;
    if (!candidate_.authors.has_value()) {
      return "an author may not approve, and nobody knows who the authors are";
    }
    if (candidate_.authors->contains(approval.owner)) return "an author may not approve";
    return std::nullopt;
  }

  bool HasExpired(const Approval& approval) const {
    return approval.expires_unix_ms.has_value() && *approval.expires_unix_ms <= now_unix_ms_;
  }

  // What a person signed last is their word, and a rejection stands until they approve: neither new
  // evidence nor another policy takes it back for them, nor does an older approval that is recorded
  // after it.
  void CheckRejections() {
    std::map<std::string, const FiledApproval*> word;
    for (const FiledApproval& filed : candidate_.approvals) {
      const Approval& approval = filed.approval;
      if (approval.decision == Decision::kOverride || !IsAboutThis(approval)) continue;
      if (WhyNoWord(filed).has_value()) continue;
      const FiledApproval*& newest = word[approval.owner];
      if (newest == nullptr || approval.signed_at_unix_ms >= newest->approval.signed_at_unix_ms) {
        newest = &filed;
      }
    }
    std::vector<std::string> rejections;
    for (const auto& [owner, filed] : word) {
      if (filed->approval.decision != Decision::kReject || HasExpired(filed->approval)) continue;
      rejections.push_back(NameOf(*filed) + ": " + Printable(filed->approval.reason));
    }
    Add("no rejection stands", rejections.empty(), Joined(rejections, "; "));
  }

  static std::string NameOf(const FiledApproval& filed) {
    return Printable(filed.approval.printed_name) + " on " + Day(filed.recorded_at_unix_ms);
  }

  // Fills the places of `rules` with different people, as many as possible (bipartite matching by
  // augmenting paths), and adds an item for each rule.
  void CheckApprovals(const std::vector<ApprovalRule>& rules, Decision decision,
                      std::vector<Digest>& counted, std::vector<CheckedItem>& items) {
    std::vector<std::size_t> places;  // The rule of each.
    for (std::size_t i = 0; i < rules.size(); ++i) places.insert(places.end(), rules[i].count, i);
    std::vector<const FiledApproval*> holder(places.size(), nullptr);
    // Of each person the newest valid statement in each role.
    std::map<std::string, std::map<std::string, const FiledApproval*>> people;
    for (const FiledApproval& filed : candidate_.approvals) {
      const Approval& approval = filed.approval;
      if (approval.decision != decision || !IsAboutThis(approval) || WhyVoid(filed)) continue;
      people[approval.owner][approval.role] = &filed;
    }
    for (const auto& [owner, roles] : people) {
      std::vector<bool> tried(places.size(), false);
      const std::function<bool(const std::string&)> seat = [&](const std::string& person) {
        for (std::size_t place = 0; place < places.size(); ++place) {
          const auto role = people[person].find(rules[places[place]].role);
          if (role == people[person].end() || tried[place]) continue;
          tried[place] = true;
          if (holder[place] != nullptr && !seat(holder[place]->approval.owner)) continue;
          holder[place] = role->second;
          return true;
        }
        return false;
      };
      (void)seat(owner);
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
      std::vector<std::string> names;
      for (std::size_t place = 0; place < places.size(); ++place) {
        if (places[place] != i || holder[place] == nullptr) continue;
        names.push_back(NameOf(*holder[place]));
        counted.push_back(holder[place]->envelope);
      }
      items.push_back(ItemOf(rules[i], decision, names));
    }
  }

  CheckedItem ItemOf(const ApprovalRule& rule, Decision decision,
                     const std::vector<std::string>& names) const {
    const std::string_view what = decision == Decision::kOverride ? "override" : "approval";
    CheckedItem item;
    item.requirement = rule.count == 1 ? "an " + std::string(what) + " as " + rule.role
                                       : std::to_string(rule.count) + " " + std::string(what) +
                                             "s as " + rule.role + " by different people";
    item.is_met = names.size() >= rule.count;
    std::vector<std::string> found = names;
    if (!item.is_met) {
      for (const FiledApproval& filed : candidate_.approvals) {
        const Approval& approval = filed.approval;
        if (approval.decision != decision || approval.role != rule.role) continue;
        if (!IsAboutThis(approval)) continue;
        if (const auto why = WhyVoid(filed)) {
          found.push_back("not counted: " + NameOf(filed) + ", as " + *why);
        }
      }
    }
    item.found = found.empty() ? "there is none" : Joined(found, "; ");
    return item;
  }

  // An emergency's signatures stand beside what is not met, and change none of it.
  void CheckOverrides() {
    std::vector<CheckedItem> items;
    std::vector<Digest> orders;
    CheckApprovals(rule_.overrides, Decision::kOverride, orders, items);
    const bool is_ordered =
        std::ranges::all_of(items, [](const CheckedItem& item) { return item.is_met; });
    if (is_ordered) verdict_.overrides = std::move(orders);
  }

  const PolicyInForce& policy_;
  const PromotionRule& rule_;
  const Candidate& candidate_;
  const std::int64_t now_unix_ms_;
  const std::vector<NamedEvidence> evidence_;
  MoveVerdict verdict_;
};

}  // namespace

std::string PackageName(std::string_view name) {
  std::string one;
  for (const char c : name) {
    const bool joins = c == '-' || c == '_' || c == '.';
    if (joins && one.ends_with('-')) continue;
    one += joins ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return one;
}

bool WasGivenBefore(const LastMove& move, const Approval& approval, std::uint64_t ledger_sequence) {
  return ledger_sequence < move.ledger_sequence || approval.signed_at_unix_ms < move.time_unix_ms;
}

bool MoveVerdict::is_met() const {
  return std::ranges::all_of(items, [](const CheckedItem& item) { return item.is_met; });
}

MoveVerdict CheckMove(const PolicyInForce* policy, const Candidate& candidate,
                      const std::string& to, std::int64_t now_unix_ms) {
  if (policy == nullptr) return {};
  const PromotionRule* const rule = policy->policy.RuleFor(candidate.stage, to);
  if (rule != nullptr) return Checker(*policy, *rule, candidate, now_unix_ms).Check();
  MoveVerdict verdict;
  if (to == kRetiredStage) return verdict;
  verdict.items.push_back({"a rule for the move from " + candidate.stage + " to " + to, false,
                           "the policy '" + Printable(policy->policy.name) + "' has none"});
  return verdict;
}

std::vector<NamedEvidence> NamedEvidenceOf(const Candidate& candidate) {
  std::vector<NamedEvidence> named;
  for (const FiledEvidence& filed : candidate.evidence) {
    named.push_back({filed.evidence.kind, filed.document});
  }
  std::ranges::sort(named);
  named.erase(std::unique(named.begin(), named.end()), named.end());
  return named;
}

}  // namespace reprise::lineage
