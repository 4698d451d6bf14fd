#include "tracker/recorder/traced_secrets.h"

#include <algorithm>

#include "lineage/capture/system_view.h"

namespace reprise::tracker {
namespace {

using lineage::FileClass;

// A name changes the change time, and nothing else of a file.
bool IsSameFile(const FileStat& one, const FileStat& other) {
  return one.device == other.device && one.inode == other.inode &&
         one.size_bytes == other.size_bytes && one.mtime_unix_ns == other.mtime_unix_ns;
}

}  // namespace

TracedSecrets::TracedSecrets(FileSystem& files, const Trace& trace, const ClassOf& class_of,
                             const std::string& project_folder)
    : class_of_(class_of) {
  for (const auto& [path, access] : trace.accesses) {
    if (access.state == NameState::kSymlink) AddTargetOf(files, access, project_folder);
  }
  for (const auto& [path, access] : trace.accesses) {
    if (IsSecretPath(path)) AddFile(files, access);
  }
}

void TracedSecrets::AddFile(FileSystem& files, const Access& secret) {
  const auto now = files.Stat(secret.path);
  if (now.ok() && now->kind == FileKind::kFile) inodes_.emplace(now->device, now->inode);
  if (secret.state != NameState::kFile) return;
  constexpr std::uint32_t kWrittenAndMoved = kChangeWritten | kChangeRemoved;
  if ((secret.changes & kWrittenAndMoved) == kWrittenAndMoved) {
    inodes_.emplace(secret.stat.device, secret.stat.inode);
  }
  secrets_.push_back(secret.stat);
}

void TracedSecrets::AddTargetOf(FileSystem& files, const Access& link,
                                const std::string& project_folder) {
  // The rule of a folder speaks of what lies in it.
  const bool is_secret = class_of_(link.path) == FileClass::kSecret ||
                         class_of_(JoinPath(link.path, "content")) == FileClass::kSecret;
  if (!is_secret) return;
  const std::string target = capture::AbsolutePath(ParentPath(link.path), link.target);
  auto real = capture::SystemView(files).RealPath(target);
  if (!real.ok() || capture::Below(*real, project_folder).has_value()) return;
  targets_.insert(*std::move(real));
}

bool TracedSecrets::IsSecretPath(const std::string& path) const {
  if (class_of_(path) == FileClass::kSecret) return true;
  return std::ranges::any_of(targets_, [&](const std::string& target) {
    return capture::Below(target, path).has_value();
  });
}

bool TracedSecrets::IsContentOfSecret(const FileStat& stat) const {
  if (inodes_.contains({stat.device, stat.inode})) return true;
  return std::ranges::any_of(secrets_,
                             [&](const FileStat& secret) { return IsSameFile(secret, stat); });
}

bool TracedSecrets::IsSecret(const Access& access) const {
  return IsSecretPath(access.path) ||
         (access.state == NameState::kFile && IsContentOfSecret(access.stat));
}

std::optional<std::string> KeyedDigestOf(FileSystem& files, const std::string& path,
                                         const StoreKey& key) {
  const auto content = ReadFile(files, path, kSecretSizeBytesMax);
  if (!content.ok()) return std::nullopt;
  return key.DigestOf(*content);
}

}  // namespace reprise::tracker
