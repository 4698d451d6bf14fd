// Whether what others said of a checkpoint holds.  docs/formats/seals.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/checkpoint_seals.h"

namespace reprise::storage {

enum class SealState {
  kHolds,
  kUnknown,  // By a witness or authority that nobody has told us of.
  kWrong,
};
std::string_view SealStateName(SealState state);  // "holds", "unknown", "wrong".

struct CheckedCosignature {
  std::string name;
  std::uint32_t key_id = 0;
  SealState state = SealState::kUnknown;
  std::int64_t time_unix_s = 0;  // Where it holds.
  std::string why;               // Where it is wrong.
};

struct CheckedTimestamp {
  SealState state = SealState::kUnknown;
  std::int64_t time_unix_s = 0;  // What it says, unless it cannot be read.
  std::string authority;         // Likewise.
  std::string why;               // Unless it holds.
};

struct CheckedSeal {
  std::uint64_t size = 0;
  std::vector<CheckedCosignature> cosignatures;
  std::vector<CheckedTimestamp> timestamps;

  // How many of the cosignatures hold.
  std::size_t witnesses() const;
  // What is wrong, as sentences.
  std::vector<std::string> Problems() const;
  Json ToJson() const;
};

// Checks a seal whose checkpoint is known to be the log's own.
// `authorities` are certificates (PEM) or "".
CheckedSeal CheckSeal(const Seal& seal, const std::vector<WitnessKey>& witnesses,
                      std::string_view authorities);

}  // namespace reprise::storage
