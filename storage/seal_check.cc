#include "storage/seal_check.h"

#include <set>
#include <utility>

#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "storage/crypto/timestamp.h"

namespace reprise::storage {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

CheckedCosignature CheckCosignature(const std::string& text, const NoteSignature& cosignature,
                                    const std::vector<WitnessKey>& witnesses) {
  CheckedCosignature checked{cosignature.name, cosignature.key_id, SealState::kUnknown, 0, ""};
  const WitnessKey* const key = FindWitness(witnesses, cosignature);
  if (key == nullptr) return checked;
  const auto time = CosignedAt(text, cosignature, *key);
  if (!time.ok()) {
    checked.state = SealState::kWrong;
    checked.why = time.error().message;
  } else if (time->has_value()) {
    checked.state = SealState::kHolds;
    checked.time_unix_s = **time;
  }
  return checked;
}

CheckedTimestamp CheckTimestamp(const Digest& imprint, const std::string& response,
                                std::string_view authorities) {
  CheckedTimestamp checked;
  auto said = crypto::ReadTimestamp(response);
  if (said.ok()) {
    checked.time_unix_s = said->time_unix_s;
    checked.authority = said->authority;
    if (authorities.empty()) {
      checked.why = "no certificate of an authority is given";
      return checked;
    }
    said = crypto::VerifyTimestamp(response, imprint, authorities);
  }
  checked.state = said.ok() ? SealState::kHolds : SealState::kWrong;
  if (!said.ok()) checked.why = said.error().message;
  return checked;
}

Json TimeOrNull(SealState state, std::int64_t time_unix_s) {
  if (state == SealState::kWrong) return Json();
  return Json(FormatTime(time_unix_s * kMsPerSecond));
}

}  // namespace

std::string_view SealStateName(SealState state) {
  switch (state) {
    case SealState::kHolds:
      return "holds";
    case SealState::kUnknown:
      return "unknown";
    case SealState::kWrong:
      return "wrong";
  }
  return "";
}

std::size_t CheckedSeal::witnesses() const {
  std::set<std::pair<std::string, std::uint32_t>> holding;  // Who cosigned twice is one.
  for (const CheckedCosignature& each : cosignatures) {
    if (each.state == SealState::kHolds) holding.emplace(each.name, each.key_id);
  }
  return holding.size();
}

std::vector<std::string> CheckedSeal::Problems() const {
  std::vector<std::string> problems;
  const std::string of = "the checkpoint of " + std::to_string(size) + " entries: ";
  for (const CheckedCosignature& each : cosignatures) {
    if (each.state == SealState::kWrong) problems.push_back(of + each.why);
  }
  for (const CheckedTimestamp& each : timestamps) {
    if (each.state == SealState::kWrong) problems.push_back(of + each.why);
  }
  return problems;
}

Json CheckedSeal::ToJson() const {
  Json cosigned = Json::Array{};
  for (const CheckedCosignature& each : cosignatures) {
    std::string id;
    AppendBe(id, each.key_id);
    const bool holds = each.state == SealState::kHolds;
    cosigned.Append(Json()
                        .Set("witness", each.name)
                        .Set("key_id", ToHex(AsBytes(id)))
                        .Set("state", SealStateName(each.state))
                        .Set("time", holds ? TimeOrNull(each.state, each.time_unix_s) : Json()));
  }
  Json stamped = Json::Array{};
  for (const CheckedTimestamp& each : timestamps) {
    stamped.Append(Json()
                       .Set("authority", each.authority)
                       .Set("state", SealStateName(each.state))
                       .Set("time", TimeOrNull(each.state, each.time_unix_s)));
  }
  return Json()
      .Set("size", size)
      .Set("cosignatures", std::move(cosigned))
      .Set("timestamps", std::move(stamped));
}

CheckedSeal CheckSeal(const Seal& seal, const std::vector<WitnessKey>& witnesses,
                      std::string_view authorities) {
  CheckedSeal checked;
  checked.size = seal.size;
  const auto note = SignedNote::Parse(seal.checkpoint_note);
  const std::string text = note.ok() ? note->text : std::string();
  for (const NoteSignature& cosignature : seal.cosignatures) {
    checked.cosignatures.push_back(CheckCosignature(text, cosignature, witnesses));
  }
  const Digest imprint = crypto::Sha256(seal.checkpoint_note);
  for (const std::string& response : seal.timestamps) {
    checked.timestamps.push_back(CheckTimestamp(imprint, response, authorities));
  }
  return checked;
}

}  // namespace reprise::storage
