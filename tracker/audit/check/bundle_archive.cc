// A bundle as a .zip.  Only what the list at its end names is in it; a member that says otherwise
// of itself is refused, so that whoever unpacks the archive has what was checked.

#include <algorithm>
#include <set>

#include "lineage/compare/inflate.h"
#include "lineage/compare/zip_archive.h"
#include "storage/base/plain_path.h"
#include "tracker/audit/check/bundle_reader.h"

namespace reprise::tracker {
namespace {

using lineage::ContentSource;
using lineage::ZipMember;

constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::size_t kNameSizeAt = 26;       // In it.
constexpr std::uint16_t kKindMask = 0170000;  // As in st_mode.
constexpr std::uint16_t kRegular = 0100000;

Error Malformed(std::string_view name, std::string_view why) {
  return {ErrorCode::kCorruption, "'" + std::string(name) + "' in the archive " + std::string(why)};
}

class ArchiveReader {
 public:
  ArchiveReader(std::string_view archive, const BundleLimits& limits)
      : archive_(archive), limits_(limits), left_bytes_(limits.bundle_bytes_max) {}

  Result<BundleFileSet> Read() {
    REPRISE_ASSIGN_OR_RETURN(const auto members, lineage::ReadZipMembers(archive_));
    if (!members.has_value()) {
      return Error{ErrorCode::kCorruption,
                   "this is no bundle: neither a folder nor an archive (.zip) that can be read"};
    }
    if (members->size() > limits_.files_max) {
      return Error{ErrorCode::kCorruption, "there are more files than in any bundle"};
    }
    for (const ZipMember& member : *members) REPRISE_TRY(Add(member));
    for (const std::string& folder : folders_) {
      const auto below = bundle_.files.lower_bound(folder + "/");
      const bool is_empty = below == bundle_.files.end() || !below->first.starts_with(folder + "/");
      if (is_empty) bundle_.empty_folders.push_back(folder);
    }
    LeaveOuterFolder();
    return std::move(bundle_);
  }

 private:
  Result<void> Add(const ZipMember& member) {
    std::string_view name = member.name;
    const bool is_folder = name.ends_with('/');
    if (is_folder) name.remove_suffix(1);
    if (!ArePlainNames(name)) return Malformed(member.name, "has a name that leads elsewhere");
    if (is_folder) {
      if (member.expanded_bytes != 0) return Malformed(member.name, "is a folder with content");
      folders_.emplace(name);
      return {};
    }
    const int kind = member.unix_mode & kKindMask;
    if (kind != 0 && kind != kRegular) return Malformed(member.name, "is no regular file");
    REPRISE_ASSIGN_OR_RETURN(std::string content, ContentOf(member));
    left_bytes_ -= content.size();
    if (!bundle_.files.emplace(name, std::move(content)).second) {
      return Malformed(member.name, "is there twice");
    }
    return {};
  }

  Result<std::string> ContentOf(const ZipMember& member) const {
    if (member.expanded_bytes > std::min(limits_.file_bytes_max, left_bytes_)) {
      return Malformed(member.name, "is larger than anything in a bundle");
    }
    REPRISE_ASSIGN_OR_RETURN(const auto offset, lineage::FindZipData(archive_, member));
    if (!offset.has_value() || member.is_encrypted) {
      return Malformed(member.name, "cannot be read: it is damaged or encrypted");
    }
    REPRISE_ASSIGN_OR_RETURN(
        const std::string own,
        lineage::ReadText(archive_, member.header_offset + kNameSizeAt,
                          kLocalHeaderBytes - kNameSizeAt + member.name.size()));
    const std::size_t own_size = LoadLe<std::uint16_t>(AsBytes(own));
    if (own_size != member.name.size() ||
        own.substr(kLocalHeaderBytes - kNameSizeAt) != member.name) {
      return Malformed(member.name, "has another name in its own header");
    }
    const lineage::ContentRange stored(archive_, *offset, member.stored_bytes);
    if (member.method == lineage::kZipStored) {
      if (member.stored_bytes != member.expanded_bytes) {
        return Malformed(member.name, "does not have the size that the archive says");
      }
      return lineage::ReadText(stored, 0, static_cast<std::size_t>(member.stored_bytes));
    }
    if (member.method != lineage::kZipDeflated) {
      return Malformed(member.name, "is compressed in a way that no bundle uses");
    }
    return Expand(member, stored);
  }

  // However much comes out, no more is expanded than the archive says, and a part.
  static Result<std::string> Expand(const ZipMember& member, const ContentSource& stored) {
    REPRISE_ASSIGN_OR_RETURN(const auto next,
                             lineage::OpenDeflated(stored, lineage::DeflateForm::kRaw));
    std::string content;
    for (;;) {
      const auto more = next(content);
      if (!more.ok()) return Malformed(member.name, "is damaged: " + more.error().message);
      if (content.size() > member.expanded_bytes || !*more) break;
    }
    if (content.size() != member.expanded_bytes) {
      return Malformed(member.name, "does not have the size that the archive says");
    }
    return content;
  }

  // Where the whole bundle lies in one folder, as archives are often made.
  void LeaveOuterFolder() {
    if (bundle_.files.empty() || bundle_.files.contains("SHA256SUMS")) return;
    const std::string& first = bundle_.files.begin()->first;
    const std::string outer = first.substr(0, first.find('/') + 1);
    const auto is_below = [&](const std::string& path) { return path.starts_with(outer); };
    if (outer.empty() || !bundle_.files.contains(outer + "SHA256SUMS") ||
        !is_below(bundle_.files.rbegin()->first) ||
        !std::ranges::all_of(bundle_.empty_folders, is_below)) {
      return;
    }
    BundleFileSet inner;
    for (auto& [path, content] : bundle_.files) {
      inner.files.emplace(path.substr(outer.size()), std::move(content));
    }
    for (const std::string& folder : bundle_.empty_folders) {
      inner.empty_folders.push_back(folder.substr(outer.size()));
    }
    bundle_ = std::move(inner);
  }

  const lineage::MemoryContent archive_;
  const BundleLimits limits_;
  std::uint64_t left_bytes_;
  std::set<std::string> folders_;
  BundleFileSet bundle_;
};

}  // namespace

Result<BundleFileSet> ReadBundleArchive(std::string_view archive, const BundleLimits& limits) {
  return ArchiveReader(archive, limits).Read();
}

}  // namespace reprise::tracker
