#include "tracker/replay/given_verdicts.h"

#include <algorithm>

#include "lineage/document.h"
#include "storage/base/clock.h"
#include "tracker/index.h"
#include "tracker/replay/verdict.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kUnreadable = "unreadable";

// Appends the verdicts about reruns of `original`, oldest first.
Result<void> AppendVerdicts(Store& store, const std::string& original,
                            std::vector<GivenVerdict>& verdicts) {
  REPRISE_ASSIGN_OR_RETURN(const auto sequences, LedgerEntriesAbout(store.catalog(), original));
  for (const std::uint64_t sequence : sequences) {
    const auto entry = store.ledger().Read(sequence);
    if (!entry.ok() && IsDamage(entry.error())) continue;  // Opening the store has told of it.
    if (!entry.ok()) return entry.error();
    if (entry->kind != "verdict") continue;
    GivenVerdict verdict{.original = original, .result = std::string(kUnreadable)};
    const auto document = store.objects().Get(entry->payload);
    if (!document.ok() && !IsDamage(document.error())) return document.error();
    if (document.ok()) {
      if (auto decoded = DecodeGivenVerdict(*document); decoded.ok()) verdict = *std::move(decoded);
    }
    verdict.time_unix_ms = entry->time_unix_ms;
    verdict.actor = entry->actor;
    verdict.ledger_sequence = sequence;
    verdicts.push_back(std::move(verdict));
  }
  return {};
}

}  // namespace

Result<GivenVerdict> DecodeGivenVerdict(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, lineage::ParseDocument(document, kVerdictType));
  GivenVerdict verdict;
  REPRISE_ASSIGN_OR_RETURN(verdict.original, json.GetString("original"));
  REPRISE_ASSIGN_OR_RETURN(verdict.reruns, lineage::GetTexts(json, "reruns"));
  REPRISE_ASSIGN_OR_RETURN(verdict.result, json.GetString("result"));
  REPRISE_ASSIGN_OR_RETURN(verdict.on_host, json.GetBool("on_host"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const outside, json.GetArray("outside_reads"));
  verdict.is_proof = !verdict.on_host && outside->empty() &&
                     verdict.result == VerdictName(VerdictResult::kIdentical);
  return verdict;
}

Result<std::vector<GivenVerdict>> VerdictsAbout(Store& store, const lineage::RunRecord& run) {
  const std::string id = run.id.ToString();
  std::vector<GivenVerdict> verdicts;
  if (run.reproduces.has_value()) {
    REPRISE_TRY(AppendVerdicts(store, *run.reproduces, verdicts));
    std::erase_if(verdicts, [&](const GivenVerdict& verdict) {
      return std::ranges::find(verdict.reruns, id) == verdict.reruns.end();
    });
  }
  REPRISE_TRY(AppendVerdicts(store, id, verdicts));
  std::ranges::sort(verdicts, {}, &GivenVerdict::ledger_sequence);
  return verdicts;
}

std::vector<std::string> ProvenBy(const lineage::RunRecord& run,
                                  const std::vector<GivenVerdict>& verdicts) {
  std::vector<std::string> reruns;
  for (const GivenVerdict& verdict : verdicts) {
    if (verdict.original != run.id.ToString() || !verdict.is_proof) continue;
    reruns.insert(reruns.end(), verdict.reruns.begin(), verdict.reruns.end());
  }
  return reruns;
}

Json GivenVerdictsToJson(const std::vector<GivenVerdict>& verdicts) {
  Json list = Json::Array{};
  for (const GivenVerdict& verdict : verdicts) {
    list.Append(Json()
                    .Set("original", verdict.original)
                    .Set("reruns", lineage::TextsToJson(verdict.reruns))
                    .Set("result", verdict.result)
                    .Set("time", FormatTime(verdict.time_unix_ms))
                    .Set("actor", verdict.actor)
                    .Set("on_host", verdict.on_host)
                    .Set("ledger_sequence", verdict.ledger_sequence));
  }
  return list;
}

}  // namespace reprise::tracker
