#include "lineage/capture/environment.h"

#include <sys/utsname.h>

#include <algorithm>
#include <set>

#include "lineage/capture/elf.h"
#include "lineage/capture/elf_closure.h"
#include "lineage/capture/elf_comments.h"
#include "lineage/capture/host.h"
#include "lineage/capture/variables.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::capture {
namespace {

constexpr std::uint64_t kTimeZoneBytesMax = 4096;
constexpr std::string_view kType = "reprise/environment/v1";

std::string Architecture(std::optional<std::uint16_t> machine) {
  if (machine == kMachineX86_64) return "x86_64";
  if (machine == kMachineAarch64) return "aarch64";
  utsname names{};
  return uname(&names) == 0 ? names.machine : "unknown";
}

class Builder {
 public:
  Builder(const SystemView& view, const EnvironmentRequest& request)
      : view_(view), request_(request) {}

  Result<Environment> Build() {
    const Result<std::string> project = view_.RealPath(request_.project_folder);
    project_ = project.ok() ? *project : request_.project_folder;
    const Processor processor = ReadProcessor(view_);
    Closure closure = FindCommand(HardwareLevels(processor.flags));
    AddMapped(closure);
    AddFiles(closure);
    AddPython(closure);
    AddConda(closure);
    KeptVariables variables =
        SelectVariables(request_.command.variables, request_.keep_variables, project_);
    result_.redacted |= variables.redacted;
    for (std::string& warning : variables.warnings) Warn(std::move(warning));

    Json document = Json::Object{};
    document.Set("type", kType);
    document.Set("architecture", Architecture(closure.machine));
    if (!result_.conda_packages.empty()) document.Set("conda_packages", CondaToJson());
    document.Set("files", FilesToJson());
    Json instructions = Json::Array{};
    for (const std::string& name : NumericInstructionSet(processor.flags)) {
      instructions.Append(name);
    }
    document.Set("instruction_set", std::move(instructions));
    document.Set("locale", EffectiveLocale(request_.command.variables));
    document.Set("python_packages", PythonToJson());
    document.Set("time_zone", TimeZone(view_, request_.command.variables));
    document.Set("variables", std::move(variables.list));
    REPRISE_ASSIGN_OR_RETURN(result_.document, Canonicalize(document));
    return std::move(result_);
  }

 private:
  void Warn(std::string warning) { result_.warnings.push_back(std::move(warning)); }

  Closure FindCommand(const std::vector<std::string>& hardware_levels) {
    if (request_.command.arguments.empty()) return {};
    Result<Closure> closure = FindClosure(view_, request_.command, hardware_levels);
    if (!closure.ok()) {
      Warn("the command's files are not recorded: " + closure.error().message);
      return {};
    }
    for (std::string& warning : closure->warnings) Warn(std::move(warning));
    for (const MissingLibrary& library : closure->missing) {
      Warn("the library '" + Printable(library.name) + "' that '" + Printable(library.needed_by) +
           "' needs is not found");
    }
    return *std::move(closure);
  }

  // Adds the ELF objects among the mapped files; memory that is no file has no name there.
  void AddMapped(Closure& closure) {
    std::set<std::string> known;
    for (const ClosureFile& file : closure.files) known.insert(file.real_path);
    for (const std::string& path : request_.mapped_files) {
      if (!path.starts_with('/')) continue;
      if (path.ends_with(" (deleted)")) {
        Warn("'" + Printable(path) + "' was replaced while it ran and is not recorded");
        continue;
      }
      const Result<std::string> real = view_.RealPath(path);
      if (!real.ok() || !known.insert(*real).second) continue;
      const auto file = view_.Open(*real);
      if (!file.ok()) continue;
      const Result<ElfObject> elf = ParseElf(**file);
      if (!elf.ok() || elf->type == ElfType::kOther) continue;
      // Without a command, the program itself is among them.
      const bool is_program = elf->interpreter.has_value() && !elf->soname.has_value();
      if (!closure.machine.has_value()) closure.machine = elf->machine;
      closure.files.push_back(
          {*real, *real, is_program ? FileRole::kExecutable : FileRole::kLibrary, elf->build_id});
    }
  }

  void AddFiles(const Closure& closure) {
    Result<PackageIndex> packages = OpenPackageIndex(view_, request_.cache_folder);
    if (!packages.ok()) {
      Warn("the packages of files are not known: " + packages.error().message);
      packages = PackageIndex();
    }
    for (const ClosureFile& found : closure.files) {
      const Result<FileStat> stat = view_.Stat(found.real_path);
      if (!stat.ok()) {
        Warn(stat.error().message);
        continue;
      }
      EnvironmentFile file{.path = RelativePath(found),
                           .real_path = found.real_path,
                           .role = found.role,
                           .size_bytes = stat->size_bytes,
                           .build_id = found.build_id};
      if (Result<Digest> digest = request_.digest_of(found.real_path); digest.ok()) {
        file.digest = *digest;
      } else {
        Warn("the content of '" + Printable(found.real_path) +
             "' is not known: " + digest.error().message);
      }
      file.package = packages->FindOwner(found.real_path);
      if (!file.package.has_value()) file.package = packages->FindOwner(found.path);
      if (found.role != FileRole::kLibrary || Below(project_, found.real_path).has_value()) {
        if (const auto content = view_.Open(found.real_path); content.ok()) {
          file.compilers = ReadElfComments(**content);
        }
      }
      result_.files.push_back(std::move(file));
    }
    std::sort(result_.files.begin(), result_.files.end(),
              [](const EnvironmentFile& a, const EnvironmentFile& b) { return a.path < b.path; });
  }

  // The folder is resolved, so that "bin/../lib/x.so" and "lib/x.so" are one name; the last part
  // is not, since it is the name by which the loader knows the file.
  std::string RelativePath(const ClosureFile& file) const {
    const Result<std::string> folder = view_.RealPath(ParentPath(file.path));
    const bool is_plain =
        file.path.find("/.") == std::string::npos && file.path.find("//") == std::string::npos;
    const std::string path = folder.ok() ? JoinPath(*folder, BaseName(file.path)) : file.path;
    if (auto below = Below(project_, path)) return *below;
    return is_plain ? file.path : path;
  }

  void AddPython(const Closure& closure) {
    std::string interpreter;
    for (const Program& program : closure.programs) {
      if (program.role != FileRole::kScript && IsPython(program.path)) interpreter = program.path;
    }
    if (interpreter.empty()) return;
    result_.python_packages =
        ListDistributions(view_, SiteFolders(view_, interpreter, request_.command));
    for (Distribution& package : result_.python_packages) {
      if (!package.editable_folder.has_value()) continue;
      if (auto below = Below(project_, *package.editable_folder)) {
        package.editable_folder = below->empty() ? "." : *below;
        continue;
      }
      Warn("the Python package '" + Printable(package.name) + "' runs from '" +
           Printable(*package.editable_folder) +
           "' outside the project (editable installation): its code is not recorded");
    }
  }

  // Of every prefix that a program of the command lies in: of Python, of R, of what env(1) starts.
  void AddConda(const Closure& closure) {
    std::set<std::string> prefixes;
    for (const Program& program : closure.programs) {
      const Result<std::string> real = view_.RealPath(program.path);
      if (!real.ok()) continue;
      if (const auto prefix = CondaPrefix(view_, *real)) prefixes.insert(*prefix);
    }
    for (const std::string& prefix : prefixes) {
      for (CondaPackage& package : ListCondaPackages(view_, prefix)) {
        result_.conda_packages.push_back(std::move(package));
      }
    }
    std::sort(result_.conda_packages.begin(), result_.conda_packages.end());
  }

  Json CondaToJson() const {
    Json packages = Json::Array{};
    for (const CondaPackage& package : result_.conda_packages) {
      Json json = Json::Object{};
      json.Set("name", Printable(package.name));
      json.Set("version", Printable(package.version));
      json.Set("build", Printable(package.build));
      json.Set("channel", package.channel.has_value() ? Json(Printable(*package.channel)) : Json());
      packages.Append(std::move(json));
    }
    return packages;
  }

  Json FilesToJson() const {
    Json files = Json::Array{};
    for (const EnvironmentFile& file : result_.files) {
      Json json = Json::Object{};
      json.Set("path", BytesToJson(file.path));
      json.Set("role", FileRoleName(file.role));
      json.Set("digest", file.digest.has_value() ? Json(file.digest->ToString()) : Json());
      json.Set("size_bytes", file.size_bytes);
      json.Set("build_id", Json(file.build_id));
      json.Set("package", file.package.has_value() ? Json(Printable(file.package->name)) : Json());
      json.Set("version",
               file.package.has_value() ? Json(Printable(file.package->version)) : Json());
      if (!file.compilers.empty()) {
        Json compilers = Json::Array{};
        for (const std::string& compiler : file.compilers) compilers.Append(Printable(compiler));
        json.Set("compiler", std::move(compilers));
      }
      files.Append(std::move(json));
    }
    return files;
  }

  Json PythonToJson() const {
    Json packages = Json::Array{};
    for (const Distribution& package : result_.python_packages) {
      Json json = Json::Object{};
      json.Set("name", Printable(package.name));
      json.Set("version", Printable(package.version));
      json.Set("editable_folder", package.editable_folder.has_value()
                                      ? BytesToJson(*package.editable_folder)
                                      : Json());
      packages.Append(std::move(json));
    }
    return packages;
  }

  const SystemView& view_;
  const EnvironmentRequest& request_;
  std::string project_;
  Environment result_;
};

}  // namespace

Result<Environment> BuildEnvironment(const SystemView& view, const EnvironmentRequest& request) {
  REPRISE_ASSERT(request.digest_of != nullptr);
  return Builder(view, request).Build();
}

std::string TimeZone(const SystemView& view, const Variables& variables) {
  if (const auto zone = FindVariable(variables, "TZ"); zone.has_value()) {
    // An empty TZ means UTC (tzset(3)); a leading colon means nothing.
    const std::string_view name = std::string_view(*zone).substr(zone->starts_with(':') ? 1 : 0);
    return name.empty() ? "UTC" : Printable(name);
  }
  // The link's own text: what it leads to may be an alias of the same zone.
  if (auto target = view.files().ReadLink(view.Outside("/etc/localtime")); target.ok()) {
    constexpr std::string_view kZones = "zoneinfo/";
    if (const std::size_t at = target->rfind(kZones); at != std::string::npos) {
      return Printable(target->substr(at + kZones.size()));
    }
  }
  if (auto text = view.Read("/etc/timezone", kTimeZoneBytesMax); text.ok()) {
    const std::string name = text->substr(0, text->find('\n'));
    if (!name.empty()) return Printable(name);
  }
  return "UTC";
}

}  // namespace reprise::capture
