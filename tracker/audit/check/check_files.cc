// The first checks: that every file is as listed, and that the list is the one that was signed.

#include <algorithm>

#include "storage/crypto/sha256.h"
#include "tracker/audit/check/checked_bundle.h"

namespace reprise::tracker {
namespace {

// Sets SHA256SUMS.sig apart from checkpoints of the same key.
constexpr std::string_view kNoteTitle = "reprise audit bundle v1";
constexpr std::size_t kHexDigits = 2 * Digest::kSizeBytes;

// What every bundle has.
constexpr std::string_view kFiles[] = {
    "README.txt",           "SHA256SUMS",          "SHA256SUMS.sig",
    "bom.cdx.json",         "data/approvals.csv",  "data/attestations.csv",
    "data/events.csv",      "data/evidence.csv",   "data/inputs.csv",
    "data/inventory.csv",   "data/metrics.csv",    "data/outputs.csv",
    "data/params.csv",      "data/promotions.csv", "data/series.csv",
    "keys/checkpoint.vkey", "log/checkpoint",      "openlineage/events.jsonl",
    "prov/prov.json",       "prov/prov.provn",     "report.json",
    "report/lineage.svg",   "report/report.html",  "verify.py"};
// What it may have besides: nothing that no check looks at, but what is for people and other tools.
constexpr std::string_view kOtherFiles[] = {
    "data/requirements.csv", "keys/changes.jsonl", "keys/timestamp-authorities.pem",
    "keys/witnesses",        "log/headers.jsonl",  "report/report.pdf"};
constexpr std::string_view kFolders[] = {"attest/",    "documents/", "evidence/", "keys/people/",
                                         "log/seals/", "log/since/", "policy/",   "proofs/"};
// What is here only beside seals, by which it is checked.
constexpr std::string_view kFilesOfSeals[] = {"keys/timestamp-authorities.pem", "keys/witnesses"};

bool MayBeInBundle(std::string_view path) {
  return std::ranges::find(kFiles, path) != std::ranges::end(kFiles) ||
         std::ranges::find(kOtherFiles, path) != std::ranges::end(kOtherFiles) ||
         std::ranges::any_of(kFolders,
                             [&](std::string_view folder) { return path.starts_with(folder); });
}

struct ListedFile {
  std::string_view checksum;
  std::string_view name;
};

// "HEX  NAME", as sha256sum writes it of names that need no escapes.
std::optional<ListedFile> ParseSum(std::string_view line) {
  if (line.size() < kHexDigits + 3 || line.substr(kHexDigits, 2) != "  ") return std::nullopt;
  const ListedFile listed{line.substr(0, kHexDigits), line.substr(kHexDigits + 2)};
  const bool is_hex = listed.checksum.find_first_not_of("0123456789abcdef") == std::string::npos;
  const bool is_plain =
      std::ranges::all_of(listed.name, [](char c) { return c >= '!' && c <= '~'; });
  return is_hex && is_plain ? std::optional(listed) : std::nullopt;
}

// The files are those that a bundle has.
Result<void> CheckKindsOfFiles(const CheckedBundle& bundle) {
  std::vector<std::string> unknown;
  for (const auto& [path, content] : bundle.files.files) {
    if (!MayBeInBundle(path)) unknown.push_back(Quoted(path));
  }
  if (!unknown.empty()) return Failed("nothing in a bundle is called: " + Joined(unknown, ", "));
  std::vector<std::string> missing;
  for (const std::string_view path : kFiles) {
    if (bundle.files.Find(path) == nullptr) missing.emplace_back(path);
  }
  if (!missing.empty()) {
    return Failed("missing, though every bundle has it: " + Joined(missing, ", "));
  }
  if (!bundle.FilesBelow("log/seals/").empty()) return {};
  for (const std::string_view path : kFilesOfSeals) {
    if (bundle.files.Find(path) != nullptr) {
      return Failed(std::string(path) + " is here, and nobody confirmed a checkpoint");
    }
  }
  return {};
}

}  // namespace

Result<std::string> CheckListedFiles(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(std::string_view sums, bundle.File("SHA256SUMS"));
  while (sums.ends_with('\n')) sums.remove_suffix(1);
  std::set<std::string_view> listed;
  for (bool more = true; more;) {
    const std::size_t end = sums.find('\n');
    const std::string_view line = sums.substr(0, end);
    more = end != std::string_view::npos;
    if (more) sums.remove_prefix(end + 1);
    const auto file = ParseSum(line);
    if (!file.has_value()) return Failed("SHA256SUMS has a malformed line, " + Quoted(line));
    const std::string name(file->name);
    // Names are compared and never opened, so that "../" in one leads nowhere.
    const std::string* const content = bundle.files.Find(name);
    if (content == nullptr) return Failed(name + " is listed in SHA256SUMS and is missing");
    if (!listed.insert(file->name).second) return Failed(name + " is listed twice in SHA256SUMS");
    if (crypto::Sha256(*content).ToHex() != file->checksum) {
      return Failed(name + " is not what SHA256SUMS says: it was changed");
    }
  }
  std::vector<std::string> extra;
  for (const auto& [path, content] : bundle.files.files) {
    const bool is_list = path == "SHA256SUMS" || path == "SHA256SUMS.sig";
    if (!is_list && !listed.contains(path)) extra.push_back(Quoted(path));
  }
  for (const std::string& folder : bundle.files.empty_folders) extra.push_back(Quoted(folder));
  if (!extra.empty()) return Failed("not listed in SHA256SUMS: " + Joined(extra, ", "));
  REPRISE_TRY(CheckKindsOfFiles(bundle));
  return std::to_string(listed.size()) + " files are as listed";
}

Result<std::string> CheckBundleNote(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(std::string_view key_text, bundle.File("keys/checkpoint.vkey"));
  while (key_text.ends_with('\n')) key_text.remove_suffix(1);
  REPRISE_ASSIGN_OR_RETURN(bundle.key, storage::NoteKey::Parse(key_text));
  const storage::NoteKey& key = *bundle.key;
  REPRISE_ASSIGN_OR_RETURN(const std::string_view note, bundle.File("SHA256SUMS.sig"));
  const auto text = storage::OpenNote(note, key);
  if (!text.ok()) {
    return Failed("SHA256SUMS.sig is not signed by key " + key.name + ": " + text.error().message);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto lines, LinesOf(*text, "SHA256SUMS.sig"));
  if (lines.size() != 3 || lines[0] != kNoteTitle) {
    return Failed("SHA256SUMS.sig is of another kind");
  }
  bundle.signed_name = lines[1];
  REPRISE_ASSIGN_OR_RETURN(const std::string_view sums, bundle.File("SHA256SUMS"));
  if (lines[2] != crypto::Sha256(sums).ToString()) {
    return Failed("SHA256SUMS is not the one that was signed");
  }
  return "SHA256SUMS is signed by " + key.name;
}

}  // namespace reprise::tracker
