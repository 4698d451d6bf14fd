// What the ledger holds of content whose bytes were removed on purpose: "reprise/erasure/v1", and
// the plan of a removal that is under way, "reprise/erasing/v1".  docs/formats/erasure.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

inline constexpr std::string_view kErasureEntry = "erasure";

// One content that is gone.
struct ErasedItem {
  Digest digest;
  std::string kind;  // "file", "log", "metrics", "note" or "profile".
  std::uint64_t size_bytes = 0;
  std::vector<std::string> paths;  // Raw bytes: where it lay in what was erased; sorted.

  friend bool operator==(const ErasedItem&, const ErasedItem&) = default;
};

// The payload of an entry of kind kErasureEntry.  Who and when stand in the entry.
struct ErasureDocument {
  std::string subject;            // The entry's: "sha256:…" of a file or folder, or a run's id.
  std::string reason;             // Raw bytes; not empty.
  std::vector<ErasedItem> items;  // By digest, each once; at least one.
  // Of their content so many bytes stay, as other content has them too.
  std::uint64_t kept_bytes = 0;

  friend bool operator==(const ErasureDocument&, const ErasureDocument&) = default;
};
// A canonical document.  Errors: kInvalidArgument  no reason, or no or unsorted items.
Result<std::string> EncodeErasure(const ErasureDocument& erasure);
// The inverse, for exactly the bytes that it writes.  Errors: kCorruption.
Result<ErasureDocument> DecodeErasure(std::string_view document);

// What is being removed.  It lies beside the packs until all of it is gone.
struct ErasingPlan {
  std::string subject;  // Of the first of the erasures, and its document: the ledger has them all,
  Digest document;      // or none.
  // Of the ledger when the plan was made: an entry before that is of an earlier erasure.
  std::uint64_t ledger_size = 0;
  // Documents in the catalog's own files go, so that it is made anew.
  bool purges_catalog = false;
  std::vector<Digest> chunks;   // Sorted.
  std::vector<Digest> objects;  // Likewise.
  // That there were when the plan was made, sorted; whatever is in others was stored since.
  std::vector<Ulid> packs;

  friend bool operator==(const ErasingPlan&, const ErasingPlan&) = default;
};
std::string EncodeErasingPlan(const ErasingPlan& plan);
// Errors: kCorruption.
Result<ErasingPlan> DecodeErasingPlan(std::string_view document);

}  // namespace reprise::tracker
