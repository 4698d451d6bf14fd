// Whether an audit bundle proves what it says: the native counterpart of its verify.py, which
// makes the same checks in the same order.  docs/formats/bundle.md, "What is checked".
//
// Needs no store.  A bundle is judged by what is in it and by what the auditor brought along.
//
// Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/cosignature.h"
#include "storage/signed_note.h"
#include "tracker/audit/check/bundle_reader.h"

namespace reprise::tracker {

// What the auditor has from elsewhere than the bundle.
struct BroughtAlong {
  std::vector<storage::NoteKey> trusted_keys;
  std::vector<Digest> trusted_fingerprints;  // Of such keys.
  std::vector<Digest> trusted_people;        // Fingerprints of keys by which people sign.
  std::vector<Digest> listed_fingerprints;   // Of one kind or the other.
  std::optional<std::string> kept_checkpoint;
  std::vector<storage::WitnessKey> witnesses;  // Each once.
  std::optional<std::size_t> quorum;           // Of the witnesses; absent: all of them.
  std::string authorities;                     // Certificates, PEM; "" for none.
  bool accepts_proofs_only = false;
};

struct BundleCheck {
  std::string name;  // "files", "signature", …
  bool ok = false;
  std::string message;  // Printable.
};

// A key by which a person signs, as the ledger of the bundle tells of it.
struct BundlePerson {
  std::string fingerprint;  // 64 hexadecimal digits.
  std::string printed_name;
  std::string owner;
  std::vector<std::string> roles;
  bool is_revoked = false;
};

struct BundleVerdict {
  std::vector<BundleCheck> checks;    // Up to the first that failed: later ones rest on it.
  std::vector<std::string> not_made;  // Names of those.
  std::vector<std::string> notes;     // Printable, like all that follows.
  std::vector<std::string> anchors;   // What of that which was brought along covers the run.
  std::string uncovered;              // What a kept checkpoint does not cover, or "".
  std::string signatures;             // Whose the signatures are that moves rest on, or "".
  std::vector<BundlePerson> people;
  std::string key;  // That signed, and its fingerprint; "" if it was not found.
  std::string fingerprint;

  bool ok() const { return !checks.empty() && checks.back().ok; }
  // One sentence: what the bundle is worth.
  std::string Conclusion() const;
  Json ToJson() const;
};

// Checks a bundle, or says that the first check failed for the reason that reading it did.
BundleVerdict VerifyBundle(const Result<BundleFileSet>& bundle, const BroughtAlong& brought);

}  // namespace reprise::tracker
