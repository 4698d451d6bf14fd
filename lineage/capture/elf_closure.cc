// The search follows ld.so(8).  Objects are loaded breadth first: for each name in DT_NEEDED order,
// an object already loaded under that name or soname is taken; a name with a slash is a path;
// otherwise the folders are tried in the order: DT_RPATH of the object and of those that led to it
// (unless it has a DT_RUNPATH), LD_LIBRARY_PATH, DT_RUNPATH of the object, ld.so.cache, the
// system's folders.  In each folder the glibc-hwcaps subfolders come first.  A file of another
// machine is passed over.

#include "lineage/capture/elf_closure.h"

#include <algorithm>
#include <set>

#include "lineage/capture/elf.h"
#include "lineage/capture/ld_so_cache.h"
#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

constexpr std::size_t kObjectsMax = 65536;
constexpr std::uint64_t kCacheBytesMax = 64 << 20;
constexpr std::uint64_t kPreloadBytesMax = 64 << 10;

std::string_view MultiarchFolder(std::uint16_t machine) {
  return machine == kMachineAarch64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
}

std::vector<std::string> SplitAny(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(separators);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

void ReplaceToken(std::string& text, std::string_view name, std::string_view value) {
  for (const std::string& token : {"${" + std::string(name) + "}", "$" + std::string(name)}) {
    std::size_t at = 0;
    while ((at = text.find(token, at)) != std::string::npos) {
      text.replace(at, token.size(), value);
      at += value.size();
    }
  }
}

// The objects of one process.
class Loader {
 public:
  Loader(const SystemView& view, const Command& command, const LdSoCache& cache,
         const std::vector<std::string>& hardware_levels, Closure& closure)
      : view_(view),
        command_(command),
        cache_(cache),
        hardware_levels_(hardware_levels),
        closure_(closure) {}

  void Load(const std::string& path, FileRole role) {
    Result<ElfObject> elf = ReadElf(path);
    if (!elf.ok()) {
      (void)Add(path, role, std::nullopt);
      closure_.warnings.push_back("the libraries of '" + Printable(path) +
                                  "' are not known: " + elf.error().message);
      return;
    }
    machine_ = elf->machine;
    closure_.machine = machine_;
    const std::optional<std::string> loader = elf->interpreter;
    (void)AddObject(path, role, *std::move(elf), std::nullopt);
    if (!loader.has_value()) return;  // Static: the kernel loads nothing else.
    if (Result<ElfObject> object = ReadElf(*loader); object.ok()) {
      (void)AddObject(*loader, FileRole::kLibrary, *std::move(object), 0);
    } else {
      closure_.missing.push_back({*loader, path});
    }
    for (const std::string& name : Preloads()) Need(name, 0);
    for (std::size_t i = 0; i < objects_.size() && i < kObjectsMax; ++i) {
      const std::vector<std::string> needed = objects_[i].elf.needed;
      for (const std::string& name : needed) Need(name, i);
    }
  }

 private:
  struct Object {
    std::string path;
    std::string origin;  // What $ORIGIN stands for.
    ElfObject elf;
    std::optional<std::size_t> needed_by;
  };

  Result<ElfObject> ReadElf(const std::string& path) const {
    REPRISE_ASSIGN_OR_RETURN(const auto file, view_.Open(path));
    return ParseElf(*file);
  }

  // Returns false if the file was there already.
  bool Add(const std::string& path, FileRole role, std::optional<std::string> build_id) {
    const Result<std::string> real = view_.RealPath(path);
    if (!real.ok()) return false;
    const auto same = [&](const ClosureFile& file) { return file.real_path == *real; };
    if (!loaded_.insert(*real).second) return false;
    if (std::none_of(closure_.files.begin(), closure_.files.end(), same)) {
      closure_.files.push_back({path, *real, role, std::move(build_id)});
    }
    return true;
  }

  void AddObject(const std::string& path, FileRole role, ElfObject elf,
                 std::optional<std::size_t> needed_by) {
    names_.insert(path);
    if (elf.soname.has_value()) names_.insert(*elf.soname);
    if (!Add(path, role, elf.build_id)) return;
    // glibc takes the program's own place from the kernel, which has resolved the symlinks.
    const Result<std::string> real = view_.RealPath(path);
    std::string origin = ParentPath(!needed_by.has_value() && real.ok() ? *real : path);
    objects_.push_back({path, std::move(origin), std::move(elf), needed_by});
  }

  std::vector<std::string> Preloads() const {
    std::string names = FindVariable(command_.variables, "LD_PRELOAD").value_or("");
    if (auto file = view_.Read("/etc/ld.so.preload", kPreloadBytesMax); file.ok()) {
      for (const std::string& line : Split(*file, '\n')) {
        names.append(" ").append(line, 0, std::min(line.find('#'), line.size()));
      }
    }
    std::vector<std::string> preloads = SplitAny(names, ": \t");
    std::erase(preloads, "");
    return preloads;
  }

  void Need(const std::string& name, std::size_t by) {
    if (names_.contains(name)) return;
    const std::optional<std::string> path = Find(name, by);
    if (!path.has_value()) {
      names_.insert(name);  // Reported once.
      closure_.missing.push_back({name, objects_[by].path});
      return;
    }
    names_.insert(name);
    if (Result<ElfObject> elf = ReadElf(*path); elf.ok()) {
      AddObject(*path, FileRole::kLibrary, *std::move(elf), by);
    }
  }

  std::optional<std::string> Find(const std::string& name, std::size_t by) {
    if (name.find('/') != std::string::npos) {
      std::string path =
          AbsolutePath(command_.working_directory, Expand(name, objects_[by].origin));
      return IsLoadable(path) ? std::optional(path) : std::nullopt;
    }
    if (!objects_[by].elf.runpath.has_value()) {
      for (std::optional<std::size_t> i = by; i.has_value(); i = objects_[*i].needed_by) {
        const ElfObject& elf = objects_[*i].elf;
        if (!elf.rpath.has_value() || elf.runpath.has_value()) continue;
        if (auto path = FindInList(name, *elf.rpath, objects_[*i].origin)) return path;
      }
    }
    if (const auto list = FindVariable(command_.variables, "LD_LIBRARY_PATH");
        list.has_value() && !list->empty()) {
      if (auto path = FindInList(name, *list, objects_[0].origin)) return path;
    }
    if (const auto& list = objects_[by].elf.runpath) {
      if (auto path = FindInList(name, *list, objects_[by].origin)) return path;
    }
    if (auto path = cache_.Find(name, machine_, hardware_levels_)) {
      if (IsLoadable(*path)) return path;
    }
    const std::string multiarch(MultiarchFolder(machine_));
    for (const std::string& folder :
         {"/lib/" + multiarch, "/usr/lib/" + multiarch, std::string("/lib64"),
          std::string("/usr/lib64"), std::string("/lib"), std::string("/usr/lib")}) {
      if (auto path = FindInFolder(name, folder)) return path;
    }
    return std::nullopt;
  }

  std::optional<std::string> FindInList(const std::string& name, std::string_view folders,
                                        const std::string& origin) {
    for (const std::string& folder : SplitAny(folders, ":;")) {
      const std::string absolute =
          folder.empty() ? command_.working_directory
                         : AbsolutePath(command_.working_directory, Expand(folder, origin));
      if (auto path = FindInFolder(name, absolute)) return path;
    }
    return std::nullopt;
  }

  std::optional<std::string> FindInFolder(const std::string& name, const std::string& folder) {
    if (!IsFolder(folder)) return std::nullopt;
    const std::string levels = JoinPath(folder, "glibc-hwcaps");
    if (IsFolder(levels)) {
      for (const std::string& level : hardware_levels_) {
        std::string path = JoinPath(JoinPath(levels, level), name);
        if (IsLoadable(path)) return path;
      }
    }
    std::string path = JoinPath(folder, name);
    if (IsLoadable(path)) return path;
    return std::nullopt;
  }

  bool IsFolder(const std::string& path) {
    const auto known = folders_.find(path);
    if (known != folders_.end()) return known->second;
    const Result<FileStat> stat = view_.Stat(path);
    return folders_[path] = stat.ok() && stat->kind == FileKind::kDirectory;
  }

  bool IsLoadable(const std::string& path) const {
    const Result<ElfObject> elf = ReadElf(path);
    return elf.ok() && elf->machine == machine_ && elf->type == ElfType::kShared;
  }

  std::string Expand(std::string text, const std::string& origin) const {
    if (text.find('$') == std::string::npos) return text;
    const std::string multiarch = "lib/" + std::string(MultiarchFolder(machine_));
    const bool has_multiarch = view_.Stat("/" + multiarch).ok();
    ReplaceToken(text, "ORIGIN", origin);
    ReplaceToken(text, "LIB", has_multiarch ? multiarch : "lib64");
    ReplaceToken(text, "PLATFORM", machine_ == kMachineAarch64 ? "aarch64" : "x86_64");
    return text;
  }

  const SystemView& view_;
  const Command& command_;
  const LdSoCache& cache_;
  const std::vector<std::string>& hardware_levels_;
  Closure& closure_;
  std::uint16_t machine_ = 0;
  std::vector<Object> objects_;   // In load order; the program is the first.
  std::set<std::string> names_;   // Names that are settled: sonames, asked-for names, paths.
  std::set<std::string> loaded_;  // Real paths.
  std::map<std::string, bool> folders_;
};

LdSoCache ReadCache(const SystemView& view, Closure& closure) {
  Result<std::string> content = view.Read("/etc/ld.so.cache", kCacheBytesMax);
  if (!content.ok()) return {};  // Not every system has one; the folders are searched.
  Result<LdSoCache> cache = LdSoCache::Parse(*std::move(content));
  if (cache.ok()) return *std::move(cache);
  closure.warnings.push_back(cache.error().message + "; libraries are searched for without it");
  return {};
}

}  // namespace

Result<Closure> FindClosure(const SystemView& view, const Command& command,
                            const std::vector<std::string>& hardware_levels) {
  Closure closure;
  REPRISE_ASSIGN_OR_RETURN(closure.programs, FindPrograms(view, command));
  const LdSoCache cache = ReadCache(view, closure);
  for (const Program& program : closure.programs) {
    const Result<std::string> real = view.RealPath(program.path);
    if (program.role == FileRole::kScript) {
      if (real.ok()) closure.files.push_back({program.path, *real, program.role, std::nullopt});
      continue;
    }
    Loader(view, command, cache, hardware_levels, closure).Load(program.path, program.role);
  }
  std::sort(closure.files.begin(), closure.files.end(),
            [](const ClosureFile& a, const ClosureFile& b) { return a.path < b.path; });
  return closure;
}

}  // namespace reprise::capture
