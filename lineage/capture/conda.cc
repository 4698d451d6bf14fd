// The name of a package's file says name, version and build, as conda itself takes them from there;
// of the file only the channel is read, near its beginning (keys are sorted), because the list of
// the package's files that follows may have megabytes.

#include "lineage/capture/conda.h"

#include <algorithm>
#include <array>
#include <span>

#include "storage/base/json.h"

namespace reprise::capture {
namespace {

constexpr std::size_t kPackagesMax = 20'000;
constexpr std::size_t kHeadBytesMax = 16 << 10;
constexpr std::string_view kEnding = ".json";

// "numpy-1.26.4-py311h64a7726_0.json"; names may have dashes, versions and builds have none.
std::optional<CondaPackage> ParseFileName(std::string_view name) {
  if (!name.ends_with(kEnding)) return std::nullopt;
  name.remove_suffix(kEnding.size());
  const std::size_t build = name.rfind('-');
  if (build == std::string_view::npos || build == 0) return std::nullopt;
  const std::size_t version = name.rfind('-', build - 1);
  if (version == std::string_view::npos || version == 0) return std::nullopt;
  return CondaPackage{std::string(name.substr(0, version)),
                      std::string(name.substr(version + 1, build - version - 1)),
                      std::string(name.substr(build + 1)), std::nullopt};
}

// The value of "channel", which stands on a line of its own in what all of these programs write.
std::optional<std::string> FindChannel(std::string_view head) {
  constexpr std::string_view kKey = "\"channel\":";
  for (const std::string& line : Split(head, '\n')) {
    const std::size_t start = line.find_first_not_of(" \t{");
    if (start == std::string::npos || !std::string_view(line).substr(start).starts_with(kKey)) {
      continue;
    }
    std::string_view value = std::string_view(line).substr(start + kKey.size());
    value = value.substr(0, value.find_last_of('"') + 1);
    const Result<Json> json = ParseJson(value);
    if (!json.ok() || !json->is_string()) return std::nullopt;
    return json->as_string();
  }
  return std::nullopt;
}

std::optional<std::string> ReadChannel(const SystemView& view, const std::string& path) {
  const auto file = view.Open(path);
  if (!file.ok()) return std::nullopt;
  std::string head(kHeadBytesMax, '\0');
  const auto count = (*file)->ReadAt(0, std::as_writable_bytes(std::span(head)));
  if (!count.ok()) return std::nullopt;
  head.resize(*count);
  return FindChannel(head);
}

}  // namespace

std::optional<std::string> CondaPrefix(const SystemView& view, const std::string& program) {
  const std::string prefix = ParentPath(ParentPath(program));
  const Result<FileStat> stat = view.Stat(JoinPath(prefix, "conda-meta"));
  if (!stat.ok() || stat->kind != FileKind::kDirectory) return std::nullopt;
  return prefix;
}

std::vector<CondaPackage> ListCondaPackages(const SystemView& view, const std::string& prefix) {
  std::vector<CondaPackage> packages;
  const std::string folder = JoinPath(prefix, "conda-meta");
  const auto entries = view.List(folder);
  if (!entries.ok()) return packages;
  for (const DirectoryEntry& entry : *entries) {
    auto package = ParseFileName(entry.name);
    if (!package.has_value() || packages.size() >= kPackagesMax) continue;
    if (const auto channel = ReadChannel(view, JoinPath(folder, entry.name))) {
      package->channel = ChannelName(*channel);
    }
    packages.push_back(*std::move(package));
  }
  std::sort(packages.begin(), packages.end());
  return packages;
}

std::string ChannelName(std::string_view channel) {
  constexpr std::array<std::string_view, 2> kPlatforms = {"/noarch", "/linux-"};
  channel = channel.substr(0, channel.find_first_of("?#"));
  if (const std::size_t at = channel.find("://"); at != std::string_view::npos) {
    channel.remove_prefix(at + 3);
  }
  const std::size_t host_end = std::min(channel.find('/'), channel.size());
  if (const std::size_t at = channel.substr(0, host_end).rfind('@'); at != std::string_view::npos) {
    channel.remove_prefix(at + 1);
  }
  while (channel.ends_with('/')) channel.remove_suffix(1);
  const std::size_t last = channel.rfind('/');
  for (const std::string_view platform : kPlatforms) {
    if (last == std::string_view::npos || !channel.substr(last).starts_with(platform)) continue;
    channel = channel.substr(0, last);
    break;
  }
  std::string name;
  bool is_token = false;
  for (const std::string& part : Split(channel, '/')) {
    // "/t/TOKEN/" (conda's anaconda.org tokens).
    if (!is_token && part == "t" && !name.empty()) {
      is_token = true;
    } else if (is_token) {
      is_token = false;
    } else {
      name += (name.empty() ? "" : "/") + part;
    }
  }
  return name;
}

}  // namespace reprise::capture
