// The files of a bundle, and over all of them SHA256SUMS, which the log's key signs.

#include <algorithm>

#include "lineage/export/formats.h"
#include "lineage/render/render.h"
#include "storage/base/canonical.h"
#include "storage/crypto/sha256.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/bundle_seals.h"
#include "tracker/audit/embedded.h"
#include "tracker/audit/report_html.h"
#include "tracker/audit/report_json.h"
#include "tracker/audit/report_json_models.h"
#include "tracker/version.h"

namespace reprise::tracker {
namespace {

// Sets SHA256SUMS.sig apart from checkpoints of the same key: no log has this origin.
constexpr std::string_view kNoteTitle = "reprise audit bundle v1";

Result<void> AddReport(const BundleContent& content, std::vector<BundleFile>& files) {
  REPRISE_ASSIGN_OR_RETURN(const Json report, ReportJson(content));
  files.push_back({"report.json", FormatJson(report)});
  REPRISE_ASSIGN_OR_RETURN(std::string html, ReportHtml(content));
  files.push_back({"report/report.html", std::move(html)});
  files.push_back({"report/lineage.svg", lineage::RenderSvg(content.drawing)});
  for (BundleFile& table : ReportTables(content)) files.push_back(std::move(table));
  return {};
}

// What the report says of the lineage, for other tools.
Result<void> AddExports(const BundleContent& content, std::vector<BundleFile>& files) {
  const lineage::ProvDocument prov = lineage::ToProv(content.exported);
  files.push_back({"prov/prov.json", FormatJson(lineage::ProvToJson(prov))});
  files.push_back({"prov/prov.provn", lineage::ProvToText(prov)});
  const std::string version(kVersion);
  REPRISE_ASSIGN_OR_RETURN(std::string events, lineage::ToOpenLineage(content.exported, version));
  files.push_back({"openlineage/events.jsonl", std::move(events)});
  files.push_back({"bom.cdx.json", lineage::ToCycloneDx(content.exported, version)});
  return {};
}

Result<void> AddEvidence(const BundleContent& content, std::vector<BundleFile>& files) {
  for (const auto& [digest, bytes] : content.documents) {
    files.push_back({"documents/" + digest.ToHex() + ".json", bytes});
  }
  for (const auto& [digest, bytes] : content.patches) {
    // A patch with the bytes of a document is that file already.
    if (content.documents.contains(digest)) continue;
    files.push_back({"documents/" + digest.ToHex() + ".patch", bytes});
  }
  files.push_back({"log/checkpoint", content.checkpoint});
  if (content.lists_whole_log) {
    std::string lines;
    for (const std::string& leaf : content.headers) lines += leaf + "\n";
    files.push_back({"log/headers.jsonl", std::move(lines)});
  }
  for (const auto& [sequence, proof] : content.proofs) {
    files.push_back({"proofs/" + std::to_string(sequence) + ".json", FormatJson(proof)});
  }
  files.push_back({"keys/checkpoint.vkey", content.key + "\n"});
  REPRISE_ASSIGN_OR_RETURN(std::vector<BundleFile> seals, SealFiles(content));
  for (BundleFile& file : seals) files.push_back(std::move(file));
  for (BundleFile& file : GovernanceFiles(content)) files.push_back(std::move(file));
  if (content.since.has_value()) {
    files.push_back({"log/since/checkpoint", content.since->checkpoint_note});
    files.push_back({"log/since/consistency", content.since->consistency});
  }
  return {};
}

}  // namespace

Result<std::vector<BundleFile>> BundleFiles(const BundleContent& content, const Signer& sign) {
  std::vector<BundleFile> files;
  files.push_back({"README.txt", std::string(EmbeddedReadme())});
  files.push_back({"verify.py", std::string(EmbeddedVerifyPy())});
  REPRISE_TRY(AddReport(content, files));
  REPRISE_TRY(AddExports(content, files));
  REPRISE_TRY(AddEvidence(content, files));
  std::ranges::sort(files, {}, &BundleFile::path);
  std::string sums;
  for (const BundleFile& file : files) {
    sums += crypto::Sha256(file.bytes).ToHex() + "  " + file.path + "\n";
  }
  std::string note(kNoteTitle);
  note.append("\n").append(SignedNameOf(content.subject)).append("\n");
  note.append(crypto::Sha256(sums).ToString()).append("\n");
  REPRISE_ASSIGN_OR_RETURN(std::string signature, sign(note));
  files.push_back({"SHA256SUMS", std::move(sums)});
  files.push_back({"SHA256SUMS.sig", std::move(signature)});
  return files;
}

}  // namespace reprise::tracker
