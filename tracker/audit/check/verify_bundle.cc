#include "tracker/audit/check/verify_bundle.h"

#include <array>

#include "tracker/audit/check/checked_bundle.h"

namespace reprise::tracker {
namespace {

struct NamedCheck {
  std::string_view name;
  Result<std::string> (*make)(CheckedBundle& bundle);
};

constexpr std::array<NamedCheck, 18> kChecks = {{{"files", CheckListedFiles},
                                                 {"signature", CheckBundleNote},
                                                 {"checkpoint", CheckLogState},
                                                 {"ledger", CheckLogEntries},
                                                 {"proofs", CheckInclusion},
                                                 {"seals", CheckConfirmations},
                                                 {"since", CheckStart},
                                                 {"documents", CheckDocumentNames},
                                                 {"runs", CheckRunRecords},
                                                 {"events", CheckEvents},
                                                 {"people", CheckPeople},
                                                 {"models", CheckModels},
                                                 {"lineage", CheckLineageEdges},
                                                 {"accounted", CheckAccounted},
                                                 {"report", CheckReportJson},
                                                 {"tables", CheckReportTables},
                                                 {"series", CheckSeriesPoints},
                                                 {"anchor", CheckAnchors}}};

// As Printable(), but backslashes stay single: what is in a message may have been escaped before.
std::string OnOneLine(std::string_view text) {
  std::string line = Printable(text);
  for (std::size_t at = 0; (at = line.find("\\\\", at)) != std::string::npos; ++at) {
    line.erase(at, 1);
  }
  return line;
}

std::vector<std::string> LinesOfTexts(const std::vector<std::string>& texts) {
  std::vector<std::string> lines;
  lines.reserve(texts.size());
  for (const std::string& text : texts) lines.push_back(OnOneLine(text));
  return lines;
}

Json TextsToJsonArray(const std::vector<std::string>& texts) {
  Json json = Json::Array{};
  for (const std::string& text : texts) json.Append(text);
  return json;
}

}  // namespace

std::string BundleVerdict::Conclusion() const {
  std::string text;
  if (!ok()) {
    return "not verified: the check '" + (checks.empty() ? "" : checks.back().name) +
           "' failed, and later ones, which rest on it, were not made";
  }
  if (anchors.empty()) {
    text =
        "self-consistent, unanchored: the bundle agrees with itself; compare the fingerprint with "
        "one that you got elsewhere, or use --trust or --since";
  } else {
    text = "verified, anchored by " + Joined(anchors, " and ");
  }
  for (const std::string& more : {uncovered, signatures}) {
    if (!more.empty()) text += "; " + more;
  }
  return text;
}

Json BundleVerdict::ToJson() const {
  Json list = Json::Array{};
  for (const BundleCheck& check : checks) {
    list.Append(Json().Set("name", check.name).Set("ok", check.ok).Set("message", check.message));
  }
  Json keys = Json::Array{};
  for (const BundlePerson& person : people) {
    keys.Append(Json()
                    .Set("fingerprint", person.fingerprint)
                    .Set("printed_name", person.printed_name)
                    .Set("owner", person.owner)
                    .Set("roles", TextsToJsonArray(person.roles))
                    .Set("revoked", person.is_revoked));
  }
  return Json()
      .Set("ok", ok())
      .Set("checks", std::move(list))
      .Set("not_made", TextsToJsonArray(not_made))
      .Set("key", key.empty() ? Json() : Json(key))
      .Set("fingerprint", key.empty() ? Json() : Json(fingerprint))
      .Set("people", std::move(keys))
      .Set("anchors", TextsToJsonArray(anchors))
      .Set("uncovered", uncovered.empty() ? Json() : Json(uncovered))
      .Set("signatures", signatures.empty() ? Json() : Json(signatures))
      .Set("notes", TextsToJsonArray(notes))
      .Set("result", Conclusion());
}

BundleVerdict VerifyBundle(const Result<BundleFileSet>& bundle, const BroughtAlong& brought) {
  const BundleFileSet nothing;
  CheckedBundle checked(bundle.ok() ? *bundle : nothing, brought);
  BundleVerdict verdict;
  for (const NamedCheck& check : kChecks) {
    if (!verdict.checks.empty() && !verdict.checks.back().ok) {
      verdict.not_made.emplace_back(check.name);
      continue;
    }
    const Result<std::string> said =
        bundle.ok() ? check.make(checked) : Result<std::string>(bundle.error());
    verdict.checks.push_back(
        {std::string(check.name), said.ok(), OnOneLine(said.ok() ? *said : said.error().message)});
  }
  if (checked.key.has_value()) {
    verdict.key = checked.key->ToText();
    verdict.fingerprint = checked.key->key.Fingerprint().ToString();
  }
  for (const KnownKey& key : checked.people.keys()) {
    verdict.people.push_back({key.fingerprint.ToHex(), OnOneLine(key.newest().printed_name),
                              OnOneLine(key.newest().owner), LinesOfTexts(key.newest().roles),
                              key.revoked.has_value()});
  }
  verdict.notes = LinesOfTexts(checked.notes);
  verdict.anchors = LinesOfTexts(checked.anchors);
  verdict.uncovered = OnOneLine(checked.uncovered);
  verdict.signatures = OnOneLine(checked.signatures);
  return verdict;
}

}  // namespace reprise::tracker
