#include "tracker/sandbox/sandbox.h"

#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tracker/sandbox/abilities.h"
#include "tracker/sandbox/enter.h"
#include "tracker/sandbox/layer_files.h"

namespace reprise::tracker {
namespace {

constexpr int kLinksMax = 40;  // As the kernel follows in one path.

const char* const kDevices[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                "/dev/random", "/dev/urandom", "/dev/tty"};

// Overlays keep in attributes what folders replace others.
bool KeepsAttributes(const std::string& folder) {
  if (lsetxattr(folder.c_str(), "user.overlay.probe", "y", 1, 0) != 0) return false;
  (void)lremovexattr(folder.c_str(), "user.overlay.probe");
  return true;
}

}  // namespace

Sandbox::Sandbox(FileSystem& files, SandboxSpec spec) : files_(files), spec_(std::move(spec)) {
  plan_ = std::make_unique<SandboxPlan>(
      SandboxPlan{.identity = SandboxIdentity(spec_.user_id, spec_.group_id),
                  .host_name = spec_.host_name,
                  .umask = spec_.umask & 0777});
}

Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::Prepare(FileSystem& files, SandboxSpec spec) {
  REPRISE_TRY(CheckSandboxSpec(files, spec));
  std::unique_ptr<Sandbox> sandbox(new Sandbox(files, std::move(spec)));
  REPRISE_TRY(sandbox->MakeLayers());
  REPRISE_TRY(sandbox->TryNamespaces());
  REPRISE_TRY(sandbox->PlaceSystemFolders());
  REPRISE_TRY(sandbox->PlaceDevices());
  for (const SandboxBind& bind : sandbox->spec_.binds) REPRISE_TRY(sandbox->PlaceBind(bind));
  for (Layer& layer : sandbox->layers_) REPRISE_TRY(layer.Settle());
  sandbox->plan_->mounts.root_mount = sandbox->PlanLayer(0, "");
  return sandbox;
}

int Sandbox::Enter(const char** failed_step) const {
  const StepFailure failure = EnterSandbox(*plan_);
  *failed_step = failure.step;
  return failure.error_number;
}

Error Sandbox::EnterError(FileSystem& files, int error_number, const char* step) {
  return SandboxUnsupported(files, {error_number, step});
}

bool Sandbox::uses_overlay() const {
  return std::ranges::none_of(layers_, [](const Layer& layer) { return layer.is_copy(); });
}

// Folders to write in ------------------------------------------------------------------------

Result<void> Sandbox::MakeLayers() {
  MountPlan& plan = plan_->mounts;
  plan.root = JoinPath(spec_.scratch, "root");
  REPRISE_TRY(files_.CreateDirectory(plan.root, 0700));
  const auto add = [&](const std::string& lower) -> Result<void> {
    const std::string name = "layer" + std::to_string(layers_.size());
    REPRISE_ASSIGN_OR_RETURN(Layer layer,
                             Layer::Create(files_, lower, JoinPath(spec_.scratch, name)));
    layers_.push_back(std::move(layer));
    return {};
  };
  REPRISE_TRY(add(spec_.base));
  for (const SandboxBind& bind : spec_.binds) {
    if (!bind.copy_on_write) continue;
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files_.StatFollowing(bind.source));
    if (stat.kind != FileKind::kDirectory) continue;
    cow_layers_[bind.target] = layers_.size();
    REPRISE_TRY(add(bind.source));
  }
  if (!spec_.without_overlay && KeepsAttributes(layers_[0].overlay().upper)) return {};
  for (Layer& layer : layers_) REPRISE_TRY(layer.BecomeCopy());
  return {};
}

// In a child, so that the answer is there before anything depends on it.
Result<void> Sandbox::TryNamespaces() {
  for (;;) {
    std::vector<PlannedMount> tried;
    std::vector<std::size_t> owners;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      if (layers_[layer].is_copy()) continue;
      tried.push_back(PlanLayer(layer, ""));
      tried.back().overlay.work = layers_[layer].probe_work();
      owners.push_back(layer);
    }
    const auto mount_all = [&]() -> StepFailure {
      if (const auto failed = MakeMountsPrivate()) return failed;
      constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
      if (mount("proc", plan_->mounts.root.c_str(), "proc", kFlags, nullptr) != 0) {
        return {errno, "mount a /proc of its own"};
      }
      for (const PlannedMount& planned : tried) {
        if (const auto failed = MountOverlay(planned)) return failed;
      }
      return {};
    };
    const StepFailure failure = TryInNamespaces(kSandboxNamespaces, plan_->identity, mount_all);
    if (!failure) return {};
    const auto culprit = std::ranges::find_if(
        tried, [&](const PlannedMount& planned) { return planned.step.c_str() == failure.step; });
    if (culprit == tried.end()) return SandboxUnsupported(files_, failure);
    REPRISE_TRY(layers_[owners[static_cast<std::size_t>(culprit - tried.begin())]].BecomeCopy());
    for (Layer& layer : layers_) REPRISE_TRY(layer.ClearProbe());
  }
}

// What lies where ----------------------------------------------------------------------------

Result<void> Sandbox::PlaceSystemFolders() {
  REPRISE_TRY(AddPlace("", {.layer = 0}));
  MountPlan& plan = plan_->mounts;
  const auto place = [&](const char* target) -> Result<std::string> {
    REPRISE_ASSIGN_OR_RETURN(const std::string path, MakeMountPoint(target, true));
    if (path !=
        target) {  // What is mounted in it would come to lie where the link leads on the host.
      return InvalidSandbox("its '" + std::string(target) + "' is a link, to '" + Printable(path) +
                            "'");
    }
    REPRISE_TRY(AddPlace(path, {}));
    return InRoot(path);
  };
  REPRISE_ASSIGN_OR_RETURN(plan.proc, place("/proc"));
  REPRISE_ASSIGN_OR_RETURN(plan.dev, place("/dev"));
  plan.shm = JoinPath(plan.dev, "shm");
  plan.pts = JoinPath(plan.dev, "pts");
  plan.shield_proc = plan_->identity.is_root;
  if (Exists(files_, "/sys")) {
    REPRISE_TRY(place("/sys"));
    plan.mounts.push_back(PlanBind("/sys", "/sys"));
  }
  return layers_[0].AddFolder("tmp", 01777);
}

Result<void> Sandbox::PlaceDevices() {
  std::vector<std::string> devices(std::begin(kDevices), std::end(kDevices));
  std::erase_if(devices, [&](const std::string& device) { return !Exists(files_, device); });
  for (const std::string& device : spec_.devices) {
    if (std::ranges::find(devices, device) == devices.end()) devices.push_back(device);
  }
  for (const std::string& device : devices) {
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files_.StatFollowing(device));
    PlannedMount planned = PlanBind(device, device);
    planned.read_only = false;
    planned.make =
        stat.kind == FileKind::kDirectory ? PlannedMount::Make::kFolder : PlannedMount::Make::kFile;
    plan_->mounts.mounts.push_back(std::move(planned));
  }
  return {};
}

Result<void> Sandbox::PlaceBind(const SandboxBind& bind) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files_.StatFollowing(bind.source));
  const bool is_folder = stat.kind == FileKind::kDirectory;
  if (bind.copy_on_write && !is_folder) {
    if (stat.kind != FileKind::kFile) {
      return InvalidSandbox("'" + Printable(bind.source) + "' is neither a file nor a folder");
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string path, MakeMountPoint(bind.target, false));
    const auto [place, rest] = PlaceOf(path);
    if (!place->layer) {
      return InvalidSandbox("'" + Printable(bind.target) + "' lies in a folder that is read-only");
    }
    return layers_[*place->layer].AddCopy(rest, bind.source);
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string path, MakeMountPoint(bind.target, is_folder));
  if (bind.copy_on_write) {
    const std::size_t layer = cow_layers_.at(bind.target);
    plan_->mounts.mounts.push_back(PlanLayer(layer, path));
    return AddPlace(path, {.layer = layer});
  }
  PlannedMount planned = PlanBind(bind.source, path);
  planned.read_only = !bind.shared;
  if (IsInside(path, "/dev")) {
    planned.make = is_folder ? PlannedMount::Make::kFolder : PlannedMount::Make::kFile;
  }
  plan_->mounts.mounts.push_back(std::move(planned));
  return AddPlace(path, {.source = bind.source});
}

Result<void> Sandbox::AddPlace(const std::string& path, Place place) {
  const auto next = places_.lower_bound(path + "/");
  const bool hides = next != places_.end() && next->first.starts_with(path + "/");
  if (hides || places_.contains(path)) {
    const std::string& other = hides ? next->first : path;
    return InvalidSandbox("'" + Printable(path) + "' would hide what lies at '" + Printable(other) +
                          "'; give the paths to which links lead");
  }
  places_.emplace(path, std::move(place));
  return {};
}

Result<std::string> Sandbox::MakeMountPoint(const std::string& target, bool is_folder) {
  REPRISE_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(target, true));
  if (resolved.found) {
    if ((resolved.found->stat.kind == FileKind::kDirectory) == is_folder) return resolved.path;
    return InvalidSandbox("what is at '" + Printable(target) + "' already is " +
                          (is_folder ? "no folder" : "a folder"));
  }
  const auto [place, rest] = PlaceOf(resolved.path);
  if (place->layer) {
    Layer& layer = layers_[*place->layer];
    REPRISE_TRY(is_folder ? layer.AddFolder(rest) : layer.AddFile(rest));
  } else if (!place->source.empty()) {
    return InvalidSandbox("nothing is at '" + Printable(target) +
                          "', in a read-only folder, to lie over");
  }
  return resolved.path;
}

std::pair<const Sandbox::Place*, std::string> Sandbox::PlaceOf(const std::string& path) const {
  std::string prefix = path;
  for (;;) {
    const auto found = places_.find(prefix);
    if (found != places_.end()) {
      const std::size_t skipped = prefix.size() == path.size() ? path.size() : prefix.size() + 1;
      return {&found->second, path.substr(skipped)};
    }
    prefix.resize(prefix.rfind('/'));  // The root is a place, and every path begins with a slash.
  }
}

std::optional<FoundName> Sandbox::Find(const std::string& path) const {
  const auto [place, rest] = PlaceOf(path);
  if (place->layer) return layers_[*place->layer].Find(rest);
  if (place->source.empty()) return std::nullopt;
  std::string host_path = rest.empty() ? place->source : JoinPath(place->source, rest);
  const auto stat = rest.empty() ? files_.StatFollowing(host_path) : files_.Stat(host_path);
  if (!stat.ok()) return std::nullopt;
  return FoundName{std::move(host_path), *stat};
}

Result<Sandbox::Resolved> Sandbox::Resolve(const std::string& path, bool follow_last) const {
  std::vector<std::string> left = PathParts(path);
  std::ranges::reverse(left);
  Resolved resolved{"", Find("")};
  for (int links = 0; !left.empty();) {
    const std::string part = std::move(left.back());
    left.pop_back();
    if (part == "..") {
      resolved.path.resize(resolved.path.empty() ? 0 : resolved.path.rfind('/'));
      resolved.found = Find(resolved.path);
      continue;
    }
    if (resolved.found && resolved.found->stat.kind != FileKind::kDirectory) {
      return InvalidSandbox("'" + Printable(path) + "' lies below '" + Printable(resolved.path) +
                            "', which is no folder");
    }
    const std::string name = resolved.path + "/" + part;
    std::optional<FoundName> found = Find(name);
    const bool is_last = left.empty();
    if (!found || found->stat.kind != FileKind::kSymlink || (is_last && !follow_last)) {
      resolved = {name, std::move(found)};
      continue;
    }
    if (++links > kLinksMax) {
      return InvalidSandbox("the links in '" + Printable(path) + "' go round in a circle");
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string target, files_.ReadLink(found->host_path));
    if (target.starts_with('/')) resolved = {"", Find("")};
    std::vector<std::string> more = PathParts(target);
    left.insert(left.end(), more.rbegin(), more.rend());
  }
  return resolved;
}

PlannedMount Sandbox::PlanLayer(std::size_t layer, const std::string& target) const {
  PlannedMount planned;
  planned.path = InRoot(target);
  planned.target = target.empty() ? "" : target.substr(1);
  const std::string at = "'" + Printable(target.empty() ? "/" : target) + "'";
  if (layers_[layer].is_copy()) {
    planned.source = layers_[layer].copy();
    planned.step = "mount a copy at " + at;
    return planned;
  }
  planned.kind = PlannedMount::Kind::kOverlay;
  planned.overlay = layers_[layer].overlay();
  planned.step = "lay an overlay over " + at;
  return planned;
}

PlannedMount Sandbox::PlanBind(const std::string& source, const std::string& target) const {
  PlannedMount planned;
  planned.path = InRoot(target);
  planned.target = target.substr(1);
  planned.source = source;
  planned.read_only = true;
  planned.step = "show '" + Printable(source) + "' at '" + Printable(target) + "'";
  return planned;
}

std::string Sandbox::InRoot(const std::string& target) const { return plan_->mounts.root + target; }

// Afterwards ---------------------------------------------------------------------------------

std::optional<std::string> Sandbox::HostPath(const std::string& path) const {
  if (!path.starts_with('/')) return std::nullopt;
  const auto resolved = Resolve(path, false);
  if (!resolved.ok() || !resolved->found) return std::nullopt;
  return resolved->found->host_path;
}

Result<std::vector<DirectoryEntry>> Sandbox::List(const std::string& path) const {
  REPRISE_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(path, true));
  if (!resolved.found || resolved.found->stat.kind != FileKind::kDirectory) {
    return Error{ErrorCode::kNotFound, "there is no folder '" + Printable(path) + "'"};
  }
  const auto [place, rest] = PlaceOf(resolved.path);
  if (!place->layer) return files_.List(resolved.found->host_path);
  REPRISE_ASSIGN_OR_RETURN(const std::set<std::string> names, layers_[*place->layer].Names(rest));
  std::vector<DirectoryEntry> entries;
  for (const std::string& name : names) {
    const auto found = Find(resolved.path + "/" + name);
    if (found) entries.push_back({name, found->stat});
  }
  return entries;
}

Result<std::vector<SandboxChange>> Sandbox::Changes() const {
  std::vector<SandboxChange> changes;
  for (const auto& [path, place] : places_) {
    if (!place.layer) continue;
    REPRISE_TRY(layers_[*place.layer].AppendChanges(path.empty() ? "/" : path, changes));
  }
  std::ranges::sort(changes, {}, &SandboxChange::path);
  return changes;
}

Result<void> Sandbox::RemoveScratch(FileSystem& files, const std::string& scratch) {
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(scratch));
  for (const DirectoryEntry& entry : entries) {
    REPRISE_TRY(RemoveLayers(files, JoinPath(scratch, entry.name)));
  }
  return {};
}

}  // namespace reprise::tracker
