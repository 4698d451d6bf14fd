// The index is a table of (hash of path, package) sorted by hash, searched by bisection.  The hash
// is the first 8 bytes of the path's SHA-256, so that two of a million paths collide with a chance
// of 1 in 30 million, and nobody can choose a path that collides.

#include "lineage/capture/packages.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include "storage/base/bytes.h"
#include "storage/base/crc32c.h"
#include "storage/crypto/sha256.h"

namespace reprise::capture {
namespace {

constexpr std::string_view kMagic = "reprise package index v1\n";
constexpr std::size_t kRecordSize = 12;
constexpr std::uint64_t kStatusBytesMax = 256 << 20;
constexpr std::uint64_t kListBytesMax = 256 << 20;
constexpr std::uint64_t kCacheBytesMax = 1 << 30;
constexpr std::string_view kFolder = "/var/lib/dpkg";

std::uint64_t HashOf(std::string_view path) {
  return LoadLe<std::uint64_t>(crypto::Sha256(path).bytes());
}

Error Damaged() {
  return Error{ErrorCode::kCorruption, "the index of installed packages is damaged"};
}

void AppendText(std::string& out, std::string_view text) {
  AppendLe(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

// Reads what AppendText and AppendLe wrote.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  Result<std::uint32_t> Integer() {
    if (rest_.size() < 4) return Damaged();
    const auto value = LoadLe<std::uint32_t>(AsBytes(rest_));
    rest_.remove_prefix(4);
    return value;
  }
  Result<std::string> Text() {
    REPRISE_ASSIGN_OR_RETURN(const std::uint32_t size, Integer());
    if (size > rest_.size()) return Damaged();
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// The other name of a path on a system with a merged /usr.
std::optional<std::string> MergedAlias(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kFolders = {"/bin/",   "/sbin/",  "/lib/",
                                                               "/lib32/", "/lib64/", "/libx32/"};
  const bool is_usr = path.starts_with("/usr/");
  const std::string_view rest = is_usr ? path.substr(4) : path;
  for (const std::string_view folder : kFolders) {
    if (rest.starts_with(folder)) return is_usr ? std::string(rest) : "/usr" + std::string(path);
  }
  return std::nullopt;
}

// The stanzas of /var/lib/dpkg/status by "name" and "name:architecture".
std::unordered_map<std::string, Package> ParseStatus(std::string_view status) {
  std::unordered_map<std::string, Package> packages;
  Package package;
  const auto finish = [&] {
    if (!package.name.empty()) {
      packages.emplace(package.name + ":" + package.architecture, package);
      packages.emplace(package.name, package);
    }
    package = {};
  };
  while (!status.empty()) {
    const std::size_t end = std::min(status.find('\n'), status.size());
    const std::string_view line = status.substr(0, end);
    status.remove_prefix(std::min(end + 1, status.size()));
    if (line.empty()) finish();
    const auto take = [&](std::string_view key, std::string& value) {
      if (line.starts_with(key)) value = line.substr(key.size());
    };
    take("Package: ", package.name);
    take("Version: ", package.version);
    take("Architecture: ", package.architecture);
  }
  finish();
  return packages;
}

Result<std::string> StateKey(const SystemView& view, const std::string& status_path,
                             const std::string& info_path) {
  std::string key;
  for (const std::string& path : {status_path, info_path}) {
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, view.Stat(path));
    for (const std::uint64_t value :
         {stat.device, stat.inode, stat.size_bytes, static_cast<std::uint64_t>(stat.mtime_unix_ns),
          static_cast<std::uint64_t>(stat.ctime_unix_ns)}) {
      AppendLe(key, value);
    }
  }
  return key;
}

Result<std::vector<PackageFiles>> ReadDatabase(const SystemView& view,
                                               const std::string& status_path,
                                               const std::string& info_path) {
  REPRISE_ASSIGN_OR_RETURN(const std::string status, view.Read(status_path, kStatusBytesMax));
  const std::unordered_map<std::string, Package> known = ParseStatus(status);
  REPRISE_ASSIGN_OR_RETURN(const auto entries, view.List(info_path));
  std::vector<PackageFiles> packages;
  for (const DirectoryEntry& entry : entries) {
    if (!entry.name.ends_with(".list")) continue;
    const auto found = known.find(entry.name.substr(0, entry.name.size() - 5));
    if (found == known.end()) continue;  // Removed meanwhile.
    REPRISE_ASSIGN_OR_RETURN(const std::string list,
                             view.Read(JoinPath(info_path, entry.name), kListBytesMax));
    packages.push_back({found->second, Split(list, '\n')});
  }
  return packages;
}

}  // namespace

std::string EncodePackageIndex(const std::vector<PackageFiles>& packages, std::string_view key) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> records;
  std::string out(kMagic);
  AppendText(out, key);
  AppendLe(out, static_cast<std::uint32_t>(packages.size()));
  for (std::uint32_t i = 0; i < packages.size(); ++i) {
    AppendText(out, packages[i].package.name);
    AppendText(out, packages[i].package.version);
    AppendText(out, packages[i].package.architecture);
    for (const std::string& path : packages[i].paths) {
      if (path.size() > 1) records.emplace_back(HashOf(path), i);
    }
  }
  std::sort(records.begin(), records.end());
  // Folders belong to many packages; a path that several own explains nothing and is left out.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> unique;
  for (std::size_t i = 0; i < records.size();) {
    std::size_t end = i + 1;
    while (end < records.size() && records[end].first == records[i].first) ++end;
    if (end == i + 1) unique.push_back(records[i]);
    i = end;
  }
  AppendLe(out, static_cast<std::uint32_t>(unique.size()));
  for (const auto& [hash, package] : unique) {
    AppendLe(out, hash);
    AppendLe(out, package);
  }
  AppendLe(out, Crc32c(AsBytes(out)));
  return out;
}

Result<PackageIndex> PackageIndex::Decode(std::string bytes, std::string_view key) {
  if (!bytes.starts_with(kMagic)) {
    return Error{ErrorCode::kUnsupportedVersion, "the index of installed packages is no such"};
  }
  if (bytes.size() < kMagic.size() + 4) return Damaged();
  const std::string_view content(bytes.data(), bytes.size() - 4);
  if (Crc32c(AsBytes(content)) != LoadLe<std::uint32_t>(AsBytes(bytes), content.size())) {
    return Damaged();
  }
  Cursor cursor(content.substr(kMagic.size()));
  REPRISE_ASSIGN_OR_RETURN(const std::string found_key, cursor.Text());
  if (found_key != key) {
    return Error{ErrorCode::kUnsupportedVersion, "the index of installed packages is outdated"};
  }
  PackageIndex index;
  REPRISE_ASSIGN_OR_RETURN(const std::uint32_t packages, cursor.Integer());
  for (std::uint32_t i = 0; i < packages; ++i) {
    Package package;
    REPRISE_ASSIGN_OR_RETURN(package.name, cursor.Text());
    REPRISE_ASSIGN_OR_RETURN(package.version, cursor.Text());
    REPRISE_ASSIGN_OR_RETURN(package.architecture, cursor.Text());
    index.packages_.push_back(std::move(package));
  }
  REPRISE_ASSIGN_OR_RETURN(const std::uint32_t paths, cursor.Integer());
  if (cursor.rest().size() != std::uint64_t{paths} * kRecordSize) return Damaged();
  index.path_count_ = paths;
  index.paths_at_ = content.size() - cursor.rest().size();
  index.bytes_ = std::move(bytes);
  return index;
}

std::optional<std::uint32_t> PackageIndex::FindExactly(std::string_view path) const {
  const std::uint64_t wanted = HashOf(path);
  const ByteSpan bytes = AsBytes(bytes_);
  std::uint64_t low = 0;
  std::uint64_t high = path_count_;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    const std::size_t at = paths_at_ + middle * kRecordSize;
    const auto hash = LoadLe<std::uint64_t>(bytes, at);
    if (hash == wanted) return LoadLe<std::uint32_t>(bytes, at + 8);
    if (hash < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

std::optional<Package> PackageIndex::FindOwner(std::string_view path) const {
  std::optional<std::uint32_t> package = FindExactly(path);
  if (!package.has_value()) {
    if (const auto alias = MergedAlias(path)) package = FindExactly(*alias);
  }
  if (!package.has_value() || *package >= packages_.size()) return std::nullopt;
  return packages_[*package];
}

Result<PackageIndex> OpenPackageIndex(const SystemView& view, const std::string& cache_folder) {
  const std::string status_path = JoinPath(kFolder, "status");
  const std::string info_path = JoinPath(kFolder, "info");
  const Result<std::string> key = StateKey(view, status_path, info_path);
  if (!key.ok()) {
    if (key.error().code == ErrorCode::kNotFound) return PackageIndex();
    return key.error();
  }
  const std::string cache_path = JoinPath(cache_folder, "packages.index");
  if (!cache_folder.empty()) {
    if (auto bytes = ReadFile(view.files(), cache_path, kCacheBytesMax); bytes.ok()) {
      if (auto index = PackageIndex::Decode(*std::move(bytes), *key); index.ok()) return index;
    }
  }
  REPRISE_ASSIGN_OR_RETURN(const auto packages, ReadDatabase(view, status_path, info_path));
  std::string bytes = EncodePackageIndex(packages, *key);
  if (!cache_folder.empty() && CreateDirectories(view.files(), cache_folder).ok()) {
    // A cache that cannot be kept is built again next time.
    (void)WriteFileAtomically(view.files(), cache_path, bytes);
  }
  return PackageIndex::Decode(std::move(bytes), *key);
}

}  // namespace reprise::capture
