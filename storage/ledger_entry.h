// One entry of the ledger, and its document "reprise/ledger-entry/v1".
//
// An entry says that something was recorded: when, of what kind, about what, by whom, and the
// digest of the document that holds the facts.  The facts themselves lie in the object store, so
// that all entries can be shown without showing them.  docs/formats/ledger.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::storage {

inline constexpr std::size_t kLedgerKindSizeBytesMax = 64;
inline constexpr std::size_t kLedgerSubjectSizeBytesMax = 1024;
inline constexpr std::size_t kLedgerActorSizeBytesMax = 1024;
// Of the document; well above what the limits of the members allow.
inline constexpr std::size_t kLedgerEntrySizeBytesMax = 64 * 1024;

struct LedgerEntry {
  std::uint64_t sequence = 0;     // Position in the log, from 0.
  std::int64_t time_unix_ms = 0;  // When it happened, by the recording machine's clock.
  std::string kind;     // "run", "dataset", "note", "tag", "name", "key", "statement", …
  std::string subject;  // What it is about: a digest, or a run's id.
  std::string actor;    // Who says so.
  Digest payload;       // Of the document with the facts.
  std::optional<std::uint64_t> previous;  // Sequence of the previous entry about `subject`.

  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

// The canonical document, which is the Merkle leaf.
// Errors: kInvalidArgument  a member that is empty, too long or not UTF-8, a sequence or time out
//                           of range, or `previous` not below `sequence`.
Result<std::string> EncodeLedgerEntry(const LedgerEntry& entry);

// The inverse of EncodeLedgerEntry; rejects everything that it would not have written.
// Errors: kCorruption          not such a document.
//         kUnsupportedVersion  an entry of a later version.
Result<LedgerEntry> DecodeLedgerEntry(std::string_view document);

}  // namespace reprise::storage
