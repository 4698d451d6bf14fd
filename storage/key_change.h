// How one key that signs a log's checkpoints is followed by another.
//
// A change is a signed note that both keys sign: the old one, so that whoever trusts it knows whom
// to trust next; the new one, which shows that it is there.  The log has an entry of kind
// "checkpoint_key" about its own origin, whose payload is the note in a document; checkpoints that
// cover this entry are signed by the new key, and those that do not by the old one.
// docs/formats/checkpoint_keys.md.
//
//   reprise checkpoint key v1                    sets it apart from checkpoints
//   reprise/01HZ…                                origin of the log, name of both keys
//   reprise/01HZ…+5c28ba33+AYM5…                 verifier key that signed until now
//   reprise/01HZ…+0f1e2d3c+Ab7Q…                 verifier key that signs from now on
//   2026-11-28T01:02:03.004Z                     when it was made
//   the machine that had the key was sold        why: one line
//
//   — reprise/01HZ… XCi6M…                       by the old key
//   — reprise/01HZ… Dx4tP…                       by the new key
//
// Thread-safety: values and pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"
#include "storage/signed_note.h"

namespace reprise::storage {

inline constexpr std::string_view kKeyChangeEntry = "checkpoint_key";  // Kind of the ledger entry.
inline constexpr std::size_t kKeyChangeReasonSizeBytesMax = 4096;

struct KeyChange {
  NoteKey from;
  NoteKey to;
  std::int64_t time_unix_ms = 0;
  std::string reason;
  std::string note;  // That says all this.

  // Makes the note of a change from `from`, whose private half is `from_key`, to `to_key`.
  // Errors: kInvalidArgument  a reason that is empty, too long, or not one line of UTF-8.
  static Result<KeyChange> Make(const NoteKey& from, const crypto::Ed25519PrivateKey& from_key,
                                const crypto::Ed25519PrivateKey& to_key, std::int64_t time_unix_ms,
                                std::string_view reason);
  // Reads a note, whose signatures by both keys are checked.
  // Errors: kCorruption  not such a note, or a signature is wrong.
  static Result<KeyChange> Parse(std::string_view note);

  // The document "reprise/checkpoint-key/v1": payload of the entry.
  Result<std::string> Document() const;
  // Errors: kCorruption  not such a document.
  static Result<KeyChange> Decode(std::string_view document);
};

// The keys of a log, one after the other.
class KeyChain {
 public:
  // Of a log whose key never changed.
  explicit KeyChain(NoteKey first) : first_(std::move(first)) {}

  // The key that signs checkpoints of `size` entries.
  const NoteKey& KeyFor(std::uint64_t size) const;
  const NoteKey& newest() const { return steps_.empty() ? first_ : steps_.back().change.to; }
  // Whether `key` has signed checkpoints at any time.
  bool Has(const NoteKey& key) const;

  struct Step {
    std::uint64_t entry = 0;  // Sequence of the entry that says so.
    KeyChange change;
  };
  const std::vector<Step>& steps() const { return steps_; }

  // Errors: kInvalidArgument  it does not follow the last step, or changes another key.
  Result<void> Add(std::uint64_t entry, KeyChange change);
  // Forgets the steps from entry `size` on.
  void Cut(std::uint64_t size);

  // One line of canonical JSON for each step: {"entry":…,"note":"…"}.
  Result<std::string> Encode() const;
  // The inverse of Encode(); the origin is that of `key`, which must be the first key if there are
  // no steps, and is not looked at otherwise.
  // Errors: kCorruption  a line cannot be read, a signature is wrong, or a step does not follow.
  static Result<KeyChain> Parse(std::string_view lines, const NoteKey& key);

 private:
  NoteKey first_;
  std::vector<Step> steps_;
};

// The checkpoint of `note`, if the key of `keys` that signs checkpoints of its size signed it.
// Errors: kCorruption  otherwise.
Result<Checkpoint> OpenCheckpoint(std::string_view note, const KeyChain& keys);

}  // namespace reprise::storage
