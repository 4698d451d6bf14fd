#include "lineage/capture/python.h"

#include <algorithm>
#include <set>

#include "storage/base/bytes.h"
#include "storage/base/json.h"

namespace reprise::capture {
namespace {

constexpr std::size_t kDistributionsMax = 20000;
constexpr std::size_t kPthFoldersMax = 1000;
constexpr std::uint64_t kConfigBytesMax = 64 << 10;
constexpr std::string_view kFileUrl = "file://";

std::string_view Trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r") - start + 1);
}

struct Venv {
  std::string prefix;
  std::string home;  // The folder of the interpreter that it was made from.
  bool with_system = false;
};

std::optional<Venv> FindVenv(const SystemView& view, const std::string& interpreter) {
  const std::string folder = ParentPath(interpreter);
  for (const std::string& prefix : {folder, ParentPath(folder)}) {
    const auto text = view.Read(JoinPath(prefix, "pyvenv.cfg"), kConfigBytesMax);
    if (!text.ok()) continue;
    Venv venv{.prefix = prefix};
    for (const std::string& line : Split(*text, '\n')) {
      const std::size_t equals = line.find('=');
      if (equals == std::string::npos) continue;
      const std::string_view key = Trim(std::string_view(line).substr(0, equals));
      const std::string_view value = Trim(std::string_view(line).substr(equals + 1));
      if (key == "home") venv.home = value;
      if (key == "include-system-site-packages") venv.with_system = value == "true";
    }
    return venv;
  }
  return std::nullopt;
}

// "python3.11" of an interpreter named so; otherwise every such folder of `library_folder`.
std::vector<std::string> VersionFolders(const SystemView& view, const std::string& real_name,
                                        const std::string& library_folder) {
  if (real_name.find('.') != std::string::npos) return {real_name};
  std::vector<std::string> names;
  if (const auto entries = view.List(library_folder); entries.ok()) {
    for (const DirectoryEntry& entry : *entries) {
      if (entry.stat.kind == FileKind::kFile || !IsPython(entry.name)) continue;
      if (entry.name.find('.') != std::string::npos) names.push_back(entry.name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The folders that the .pth files of `folder` add to sys.path, in their order: site.addpackage(),
// of which lines that import something are code and say nothing here.
std::vector<std::string> PthFolders(const SystemView& view, const std::string& folder) {
  std::vector<std::string> names;
  if (const auto entries = view.List(folder); entries.ok()) {
    for (const DirectoryEntry& entry : *entries) {
      if (entry.name.ends_with(".pth") && !entry.name.starts_with('.')) names.push_back(entry.name);
    }
  }
  std::sort(names.begin(), names.end());
  std::vector<std::string> folders;
  for (const std::string& name : names) {
    const auto text = view.Read(JoinPath(folder, name), kConfigBytesMax);
    if (!text.ok()) continue;
    for (const std::string& line : Split(*text, '\n')) {
      const std::string_view path = Trim(line);
      if (path.empty() || path.starts_with('#') || path.starts_with("import ") ||
          path.starts_with("import\t")) {
        continue;
      }
      if (folders.size() >= kPthFoldersMax) return folders;
      folders.push_back(AbsolutePath(folder, path));
    }
  }
  return folders;
}

class SitePath {
 public:
  SitePath(const SystemView& view, std::string real_name)
      : view_(view), real_name_(std::move(real_name)) {}

  void Add(const std::string& folder) {
    if (std::find(folders_.begin(), folders_.end(), folder) != folders_.end()) return;
    const Result<FileStat> stat = view_.Stat(folder);
    if (stat.ok() && stat->kind == FileKind::kDirectory) folders_.push_back(folder);
  }

  void AddPrefix(const std::string& prefix) {
    for (const char* library : {"lib", "lib64"}) {
      const std::string folder = JoinPath(prefix, library);
      for (const std::string& version : VersionFolders(view_, real_name_, folder)) {
        Add(JoinPath(JoinPath(folder, version), "site-packages"));
        Add(JoinPath(JoinPath(folder, version), "dist-packages"));
      }
    }
  }

  // Adds the folders that the lines of .pth files name, below those in which site.py looks for such
  // files; those of PYTHONPATH, the first `without` ones, are not among them.
  void AddPthFolders(std::size_t without) {
    for (std::size_t i = without, end = folders_.size(); i < end; ++i) {
      for (const std::string& folder : PthFolders(view_, folders_[i])) Add(folder);
    }
  }

  std::size_t size() const { return folders_.size(); }

  // The interpreter of Debian has its own folders beside those of its prefix.
  void AddSystem(const std::string& prefix) {
    if (prefix == "/usr") AddPrefix("/usr/local");
    AddPrefix(prefix);
    if (prefix == "/usr") Add("/usr/lib/python3/dist-packages");
  }

  std::vector<std::string> Take() { return std::move(folders_); }

 private:
  const SystemView& view_;
  std::string real_name_;
  std::vector<std::string> folders_;
};

// What "name.egg-link" of `folder` leads to: its first line is the folder of the code, in which
// "name.egg-info" tells the version.
std::optional<Distribution> ReadEggLink(const SystemView& view, const std::string& folder,
                                        std::string_view file_name) {
  constexpr std::string_view kEnding = ".egg-link";
  if (!file_name.ends_with(kEnding) || file_name.size() == kEnding.size()) return std::nullopt;
  Distribution distribution;
  distribution.name = file_name.substr(0, file_name.size() - kEnding.size());
  if (distribution.name.find('-') != std::string::npos) {
    // Where names of distributions have a dash, those of their folders have an underscore.
    std::replace(distribution.name.begin(), distribution.name.end(), '-', '_');
  }
  const auto text = view.Read(JoinPath(folder, file_name), kConfigBytesMax);
  if (!text.ok()) return std::nullopt;
  const std::string_view target = Trim(std::string_view(*text).substr(0, text->find('\n')));
  if (target.empty()) return std::nullopt;
  distribution.editable_folder = AbsolutePath(folder, target);
  const auto information =
      view.Read(JoinPath(*distribution.editable_folder, distribution.name + ".egg-info/PKG-INFO"),
                kConfigBytesMax);
  if (!information.ok()) return distribution;
  for (const std::string& line : Split(*information, '\n')) {
    constexpr std::string_view kVersion = "Version:";
    if (line.empty()) break;  // The description follows.
    if (!line.starts_with(kVersion)) continue;
    distribution.version = Trim(std::string_view(line).substr(kVersion.size()));
    break;
  }
  return distribution;
}

// "name-1.2.dist-info", "name-1.2-py3.11.egg-info", "name.egg-info".
std::optional<Distribution> ParseFolderName(std::string_view name) {
  const bool is_egg = name.ends_with(".egg-info");
  if (!is_egg && !name.ends_with(".dist-info")) return std::nullopt;
  name.remove_suffix(is_egg ? 9 : 10);
  // A tilde marks what pip left behind.
  if (name.empty() || name.starts_with("~") || name.starts_with("-")) return std::nullopt;
  const std::size_t dash = name.find('-');
  Distribution distribution{.name = std::string(name.substr(0, dash))};
  if (dash == std::string_view::npos) return distribution;
  std::string_view version = name.substr(dash + 1);
  if (is_egg) version = version.substr(0, version.find("-py"));
  distribution.version = version;
  return distribution;
}

std::string PercentDecode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      if (const auto byte = FromHex(text.substr(i + 1, 2)); byte.ok()) {
        result += *byte;
        i += 2;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

std::optional<std::string> EditableFolder(const SystemView& view, const std::string& folder) {
  const auto text = view.Read(JoinPath(folder, "direct_url.json"), kConfigBytesMax);
  if (!text.ok()) return std::nullopt;
  const Result<Json> json = ParseJson(*text);
  if (!json.ok()) return std::nullopt;
  const Json* const info = json->Find("dir_info");
  if (info == nullptr || !info->GetBool("editable").value_or(false)) return std::nullopt;
  const std::string url = json->GetString("url").value_or(std::string());
  if (!url.starts_with(kFileUrl)) return std::nullopt;
  return PercentDecode(std::string_view(url).substr(kFileUrl.size()));
}

}  // namespace

bool IsPython(std::string_view path) {
  std::string name = BaseName(path);
  for (const std::string_view stem : {"python", "pypy"}) {
    if (!name.starts_with(stem)) continue;
    return name.find_first_not_of("0123456789.", stem.size()) == std::string::npos;
  }
  return false;
}

std::vector<std::string> SiteFolders(const SystemView& view, const std::string& interpreter,
                                     const Command& command) {
  const Result<std::string> real = view.RealPath(interpreter);
  if (!real.ok()) return {};
  SitePath path(view, BaseName(*real));
  if (const auto list = FindVariable(command.variables, "PYTHONPATH");
      list.has_value() && !list->empty()) {
    for (const std::string& folder : Split(*list, ':')) {
      if (folder.empty()) continue;
      path.Add(AbsolutePath(command.working_directory, folder));
    }
  }
  const std::size_t without_pth = path.size();
  const std::optional<Venv> venv = FindVenv(view, interpreter);
  if (venv.has_value()) path.AddPrefix(venv->prefix);
  if (!venv.has_value() || venv->with_system) {
    const auto flag = FindVariable(command.variables, "PYTHONNOUSERSITE");
    const auto home = FindVariable(command.variables, "HOME");
    const auto base = FindVariable(command.variables, "PYTHONUSERBASE");
    if (!flag.has_value() || flag->empty()) {
      if (base.has_value() && !base->empty()) {
        path.AddPrefix(*base);
      } else if (home.has_value()) {
        path.AddPrefix(JoinPath(*home, ".local"));
      }
    }
    const bool use_home = venv.has_value() && !venv->home.empty();
    path.AddSystem(ParentPath(use_home ? venv->home : ParentPath(*real)));
  }
  path.AddPthFolders(without_pth);
  return path.Take();
}

std::vector<Distribution> ListDistributions(const SystemView& view,
                                            const std::vector<std::string>& folders) {
  std::vector<Distribution> distributions;
  std::set<std::string> names;
  for (const std::string& folder : folders) {
    auto entries = view.List(folder);
    if (!entries.ok()) continue;
    std::sort(entries->begin(), entries->end(),
              [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
    for (const DirectoryEntry& entry : *entries) {
      std::optional<Distribution> distribution = ReadEggLink(view, folder, entry.name);
      const bool is_link = distribution.has_value();
      if (!is_link) distribution = ParseFolderName(entry.name);
      if (!distribution.has_value() || distributions.size() >= kDistributionsMax) continue;
      if (!names.insert(distribution->name).second) continue;
      if (!is_link && entry.stat.kind == FileKind::kDirectory) {
        distribution->editable_folder = EditableFolder(view, JoinPath(folder, entry.name));
      }
      distributions.push_back(*std::move(distribution));
    }
  }
  std::sort(distributions.begin(), distributions.end());
  return distributions;
}

}  // namespace reprise::capture
