#include "tracker/import/mlflow_artifacts.h"

#include <algorithm>

#include "storage/followed_path.h"
#include "tracker/import/mlflow_files.h"
#include "tracker/project_path.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kDepthMax = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct Location {
  std::string path;
  bool is_local = false;    // Of this machine, as far as the URI tells.
  bool is_proxied = false;  // Of the tracking server's own folder, wherever that is.
};

Location ParseLocation(const std::string& location) {
  constexpr std::string_view kProxied = "mlflow-artifacts:";
  constexpr std::string_view kFile = "file:";
  const auto without_host = [](std::string_view rest) {
    if (!rest.starts_with("//")) return rest;
    rest.remove_prefix(2);
    const std::size_t slash = rest.find('/');
    return slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  };
  const std::string_view text = location;
  if (text.starts_with(kProxied)) {
    return {PercentDecoded(without_host(text.substr(kProxied.size()))), false, true};
  }
  if (text.starts_with(kFile)) {
    return {PercentDecoded(without_host(text.substr(kFile.size()))), true, false};
  }
  if (text.find("://") != std::string_view::npos) return {};
  return {location, true, false};
}

// The last components of `path` from the experiment's on; "" if it does not end as MLflow's do.
std::string TailOf(const std::string& path, const std::string& id) {
  const std::string end = "/" + id + "/artifacts";
  if (!path.ends_with(end)) return "";
  std::string before = path.substr(0, path.size() - end.size());
  std::string tail = id + "/artifacts";
  if (BaseName(before) == "models") {
    tail = "models/" + tail;
    before = ParentPath(before);
  }
  return JoinPath(BaseName(before), tail);
}

bool IsFolderWithoutLinks(FileSystem& files, const std::string& base, const std::string& tail) {
  const std::string path = JoinPath(base, tail);
  return IsRealFolder(files, path) &&
         storage::FollowedPath(files, path) == JoinPath(storage::FollowedPath(files, base), tail);
}

Result<void> AddFiles(FileSystem& files, const std::string& folder, const std::string& prefix,
                      std::size_t depth, ArtifactEntry& entry, std::uint64_t& left_out) {
  if (depth == kDepthMax) {
    ++left_out;
    return {};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& below : entries) {
    const std::string path = prefix + "/" + below.name;
    if (below.stat.kind == FileKind::kFile) {
      entry.files.emplace_back(path, below.stat.size_bytes);
    } else if (below.stat.kind == FileKind::kDirectory) {
      REPRISE_TRY(AddFiles(files, JoinPath(folder, below.name), path, depth + 1, entry, left_out));
    } else {
      ++left_out;
    }
  }
  return {};
}

}  // namespace

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                         HexDigit(text[i + 2]) >= 0;
    if (!is_code) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
    i += 2;
  }
  return decoded;
}

ArtifactPlace FindArtifacts(FileSystem& files, const std::string& store_folder,
                            const std::string& location, const std::string& id) {
  const Location parsed = ParseLocation(location);
  if (!parsed.is_local && !parsed.is_proxied) return {std::nullopt, !location.empty()};
  if (HasParentPart(parsed.path)) return {std::nullopt, true};
  const std::string tail = TailOf(parsed.path, id);
  if (tail.empty()) return {std::nullopt, !location.empty()};
  for (const std::string& base :
       {store_folder, JoinPath(store_folder, "mlruns"), JoinPath(store_folder, "mlartifacts"),
        JoinPath(ParentPath(store_folder), "mlartifacts")}) {
    if (IsFolderWithoutLinks(files, base, tail)) return {JoinPath(base, tail)};
  }
  if (!parsed.is_local) return {};
  const std::string named = AbsolutePath(parsed.path, store_folder);
  const std::string own_end = "/" + id + "/artifacts";
  const std::string base = named.substr(0, named.size() - own_end.size());
  if (IsFolderWithoutLinks(files, base, own_end.substr(1))) return {named};
  return {};
}

Result<ArtifactList> ListArtifacts(FileSystem& files, const std::string& folder) {
  ArtifactList list;
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& found : entries) {
    ArtifactEntry entry;
    entry.name = found.name;
    entry.is_folder = found.stat.kind == FileKind::kDirectory;
    if (entry.is_folder) {
      REPRISE_TRY(
          AddFiles(files, JoinPath(folder, found.name), found.name, 1, entry, list.left_out));
    } else if (found.stat.kind == FileKind::kFile) {
      entry.files.emplace_back(found.name, found.stat.size_bytes);
    } else {
      ++list.left_out;
    }
    std::ranges::sort(entry.files);
    if (!entry.files.empty()) list.entries.push_back(std::move(entry));
  }
  std::ranges::sort(list.entries, {}, &ArtifactEntry::name);
  return list;
}

}  // namespace reprise::tracker
