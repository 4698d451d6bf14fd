#include "tracker/audit/bundle_seals.h"

#include "storage/base/clock.h"
#include "storage/checkpoint_seals.h"
#include "storage/ledger_proof.h"
#include "tracker/audit/report_sections.h"

namespace reprise::tracker {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

std::string KeyIdText(std::uint32_t id) {
  std::string bytes;
  AppendBe(bytes, id);
  return ToHex(AsBytes(bytes));
}

// What the cosignature says of its time, if it has the form of one.
std::optional<std::string> TimeOf(const storage::NoteSignature& cosignature) {
  if (cosignature.signature.size() < sizeof(std::uint64_t)) return std::nullopt;
  const auto time_s = LoadBe<std::uint64_t>(AsBytes(cosignature.signature));
  constexpr std::uint64_t kLastSecondOf9999 = 253402300799;
  if (time_s > kLastSecondOf9999) return std::nullopt;
  return FormatTime(static_cast<std::int64_t>(time_s) * kMsPerSecond);
}

}  // namespace

Result<void> GatherSeals(Store& store, BundleContent& content) {
  storage::Ledger& ledger = store.ledger();
  content.key_steps = ledger.keys().steps();
  for (const storage::KeyChain::Step& step : content.key_steps) {
    REPRISE_ASSIGN_OR_RETURN(content.proofs[step.entry], ledger.ProofDocument(step.entry));
  }
  const storage::CheckpointSeals kept(store.files(), store.folder());
  REPRISE_ASSIGN_OR_RETURN(const std::vector<storage::Seal> all, kept.ReadAll());
  for (const storage::Seal& seal : all) {
    if (seal.cosignatures.empty() && seal.timestamps.empty()) continue;
    const auto checkpoint = storage::OpenCheckpoint(seal.checkpoint_note, ledger.keys());
    if (!checkpoint.ok()) {
      return Annotate(checkpoint.error(),
                      "the kept checkpoint of " + std::to_string(seal.size) + " entries");
    }
    BundleSeal& added = content.seals.emplace_back();
    added.seal = seal;
    if (seal.size == 0) continue;  // With the empty log every log begins.
    REPRISE_ASSIGN_OR_RETURN(const auto proof, ledger.ProveConsistency(seal.size, ledger.size()));
    added.consistency = storage::EncodeConsistencyProof(seal.size, proof, content.checkpoint);
  }
  if (content.seals.empty()) return {};
  REPRISE_ASSIGN_OR_RETURN(const auto witnesses, kept.Witnesses());
  for (const storage::WitnessKey& key : witnesses) content.witnesses += key.ToText() + "\n";
  REPRISE_ASSIGN_OR_RETURN(content.authorities, kept.Authorities());
  return {};
}

Result<std::vector<BundleFile>> SealFiles(const BundleContent& content) {
  std::vector<BundleFile> files;
  if (!content.key_steps.empty()) {
    storage::KeyChain chain(content.key_steps.front().change.from);
    for (const auto& step : content.key_steps) REPRISE_TRY(chain.Add(step.entry, step.change));
    REPRISE_ASSIGN_OR_RETURN(std::string lines, chain.Encode());
    files.push_back({"keys/changes.jsonl", std::move(lines)});
  }
  if (!content.witnesses.empty()) files.push_back({"keys/witnesses", content.witnesses});
  if (!content.authorities.empty()) {
    files.push_back({"keys/timestamp-authorities.pem", content.authorities});
  }
  for (const BundleSeal& each : content.seals) {
    const std::string folder = "log/seals/" + std::to_string(each.seal.size) + "/";
    files.push_back({folder + "checkpoint", each.seal.checkpoint_note});
    if (!each.consistency.empty()) files.push_back({folder + "consistency", each.consistency});
    if (!each.seal.cosignatures.empty()) {
      files.push_back({folder + "cosigned", each.seal.CosignedNote()});
    }
    std::size_t number = 0;
    for (const std::string& response : each.seal.timestamps) {
      files.push_back({folder + std::to_string(++number) + ".tsr", response});
    }
  }
  return files;
}

Json KeyChangesToJson(const BundleContent& content) {
  Json changes = Json::Array{};
  for (const storage::KeyChain::Step& step : content.key_steps) {
    changes.Append(Json()
                       .Set("entry", step.entry)
                       .Set("from", step.change.from.ToText())
                       .Set("to", step.change.to.ToText())
                       .Set("time", FormatTime(step.change.time_unix_ms))
                       .Set("reason", step.change.reason));
  }
  return changes;
}

Json SealsToJson(const BundleContent& content) {
  Json seals = Json::Array{};
  for (const BundleSeal& each : content.seals) {
    Json cosignatures = Json::Array{};
    for (const storage::NoteSignature& line : each.seal.cosignatures) {
      cosignatures.Append(Json()
                              .Set("witness", line.name)
                              .Set("key_id", KeyIdText(line.key_id))
                              .Set("time", TimeOf(line)));
    }
    seals.Append(Json()
                     .Set("size", each.seal.size)
                     .Set("cosignatures", std::move(cosignatures))
                     .Set("timestamps", std::uint64_t{each.seal.timestamps.size()}));
  }
  return seals;
}

void WriteSeals(const BundleContent& content, HtmlWriter& page) {
  if (!content.key_steps.empty()) {
    page.Subheading("Keys that signed before");
    Rows rows;
    for (const storage::KeyChain::Step& step : content.key_steps) {
      rows.push_back({Number(std::to_string(step.entry)),
                      Plain(FormatTime(step.change.time_unix_ms)), Plain(step.change.reason),
                      Digits(step.change.from.key.Fingerprint().ToString()),
                      Digits(step.change.to.key.Fingerprint().ToString())});
    }
    page.Table({"Entry", "Time", "Reason", "From the key", "To the key"}, rows, "");
  }
  if (content.seals.empty()) return;
  page.Subheading("What others confirmed");
  Rows rows;
  for (const BundleSeal& each : content.seals) {
    const storage::CheckedSeal checked = storage::CheckSeal(
        each.seal, *storage::ParseWitnessKeys(content.witnesses), content.authorities);
    for (const auto& line : checked.cosignatures) {
      rows.push_back({Number(std::to_string(each.seal.size)), Plain("cosignature"),
                      Plain(line.name),
                      Plain(line.state == storage::SealState::kHolds
                                ? FormatTime(line.time_unix_s * kMsPerSecond)
                                : ""),
                      Plain(storage::SealStateName(line.state))});
    }
    for (const auto& stamp : checked.timestamps) {
      rows.push_back({Number(std::to_string(each.seal.size)), Plain("time stamp (RFC 3161)"),
                      Plain(stamp.authority), Plain(FormatTime(stamp.time_unix_s * kMsPerSecond)),
                      Plain(storage::SealStateName(stamp.state))});
    }
  }
  page.Table({"Entries", "What", "By", "Time", "Checked at export"}, rows, "");
  page.Paragraph(
      "Keys and certificates inside of this bundle prove nothing by themselves: verify.py takes "
      "those "
      "that you know with --witness and --tsa-ca.");
}

}  // namespace reprise::tracker
