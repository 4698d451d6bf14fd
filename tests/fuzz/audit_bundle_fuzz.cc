// A whole audit bundle, as the bytes of an archive.
//
// Whatever it holds is judged without harm.  What lies behind the signatures is reached because the
// bundle is sealed first, as somebody would who has the log's key: with the key of this program a
// checkpoint over the entries that are listed, the proofs of those that have one, and SHA256SUMS;
// report.json tells of that key, too.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "storage/base/assert.h"
#include "storage/base/canonical.h"
#include "storage/crypto/sha256.h"
#include "storage/ledger_proof.h"
#include "storage/merkle.h"
#include "storage/signed_note.h"
#include "tests/support/ledgers.h"
#include "tracker/audit/check/verify_bundle.h"

namespace reprise {
namespace {

std::string ContentOf(const tracker::BundleFileSet& bundle, const std::string& path) {
  const std::string* const content = bundle.Find(path);
  return content == nullptr ? "" : *content;
}

// What the text says before the first `end`.
std::string UpTo(const std::string& text, char end) { return text.substr(0, text.find(end)); }

void SealLog(tracker::BundleFileSet& bundle, const storage::NoteKey& key,
             const crypto::Ed25519PrivateKey& signer) {
  std::map<std::uint64_t, Digest> stored;
  std::vector<std::string> leaves;
  storage::MerkleFrontier frontier;
  std::string rest = ContentOf(bundle, "log/headers.jsonl");
  for (std::size_t end; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1)) {
    leaves.push_back(rest.substr(0, end));
    for (const Digest& hash : frontier.Append(storage::LeafHash(leaves.back()))) {
      stored.emplace(stored.size(), hash);
    }
  }
  const std::string text = storage::FormatCheckpoint({key.name, frontier.size(), frontier.Root()});
  const auto note = storage::SignNote(text, key.name, signer);
  REPRISE_ASSERT(note.ok());
  bundle.files["log/checkpoint"] = *note;
  const auto read = [&](std::uint64_t position) -> Result<Digest> { return stored.at(position); };
  for (std::uint64_t i = 0; i < leaves.size(); ++i) {
    const auto proof = bundle.files.find("proofs/" + std::to_string(i) + ".json");
    if (proof == bundle.files.end()) continue;
    const auto path = storage::ProveInclusion(i, leaves.size(), read);
    REPRISE_ASSERT(path.ok());
    proof->second =
        FormatJson(storage::LedgerProofToJson({leaves[i], i, *path, *note}, leaves.size()));
  }
}

void ReplaceIn(std::string& text, const std::string& before, const std::string& after) {
  const std::size_t at = before.empty() ? std::string::npos : text.find(before);
  if (at != std::string::npos) text.replace(at, before.size(), after);
}

void SealBundle(tracker::BundleFileSet& bundle) {
  static const crypto::Ed25519PrivateKey signer = testing::TestKey(0x11);
  const std::string name = UpTo(ContentOf(bundle, "keys/checkpoint.vkey"), '+');
  const storage::NoteKey key{name, signer.PublicKey()};
  if (!storage::NoteKey::Parse(key.ToText()).ok()) return;  // It cannot be the name of a key.
  const auto before =
      storage::NoteKey::Parse(UpTo(ContentOf(bundle, "keys/checkpoint.vkey"), '\n'));
  if (before.ok() && bundle.files.contains("report.json")) {
    std::string& report = bundle.files["report.json"];
    ReplaceIn(report, before->ToText(), key.ToText());
    ReplaceIn(report, before->key.Fingerprint().ToString(), key.key.Fingerprint().ToString());
  }
  bundle.files["keys/checkpoint.vkey"] = key.ToText() + "\n";
  SealLog(bundle, key, signer);
  std::string note = ContentOf(bundle, "SHA256SUMS.sig");
  std::string text = UpTo(note, '\n');
  note.erase(0, std::min(text.size() + 1, note.size()));
  text += "\n" + UpTo(note, '\n') + "\n";
  bundle.files.erase("SHA256SUMS");
  bundle.files.erase("SHA256SUMS.sig");
  std::string sums;
  for (const auto& [path, content] : bundle.files) {
    sums += crypto::Sha256(content).ToHex() + "  " + path + "\n";
  }
  const auto sealed =
      storage::SignNote(text + crypto::Sha256(sums).ToString() + "\n", key.name, signer);
  if (!sealed.ok()) return;
  bundle.files["SHA256SUMS"] = std::move(sums);
  bundle.files["SHA256SUMS.sig"] = *sealed;
}

// An answer is whole and can be shown, whatever the bundle is.
void ExpectAnswer(const Result<tracker::BundleFileSet>& bundle) {
  const tracker::BundleVerdict verdict =
      tracker::VerifyBundle(bundle, {.accepts_proofs_only = true});
  REPRISE_ASSERT(!verdict.checks.empty() && verdict.ok() == verdict.not_made.empty());
  for (const tracker::BundleCheck& check : verdict.checks) {
    REPRISE_ASSERT(check.message == Printable(check.message) ||
                   check.message.find('\\') != std::string::npos);
  }
  REPRISE_ASSERT(Canonicalize(verdict.ToJson()).ok());
}

}  // namespace
}  // namespace reprise

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view archive = AsText(std::as_bytes(std::span(data, size)));
  auto bundle = tracker::ReadBundleArchive(
      archive, {.file_bytes_max = 1 << 20, .bundle_bytes_max = 4 << 20, .files_max = 1000});
  ExpectAnswer(bundle);
  if (!bundle.ok()) return 0;
  SealBundle(*bundle);
  ExpectAnswer(bundle);
  return 0;
}
