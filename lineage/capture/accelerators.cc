#include "lineage/capture/accelerators.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>

#include "lineage/capture/text_fields.h"

namespace reprise::capture {
namespace {

constexpr std::uint64_t kFileBytesMax = 1 << 20;
constexpr unsigned kDevicesMax = 1024;
constexpr const char* kNvidiaFolder = "/proc/driver/nvidia";
constexpr const char* kAmdNodes = "/sys/class/kfd/kfd/topology/nodes";

// Calls into a library of NVML, loaded while the object lives.
class Nvml {
 public:
  explicit Nvml(const char* library) : handle_(dlopen(library, RTLD_NOW | RTLD_LOCAL)) {}

  std::optional<NvmlFacts> Read() {
    if (handle_ == nullptr || !Call("nvmlInit_v2")) return std::nullopt;
    NvmlFacts facts;
    facts.driver = Text("nvmlSystemGetDriverVersion");
    int cuda = 0;
    if (Call("nvmlSystemGetCudaDriverVersion_v2", &cuda) && cuda > 0) {
      // 1000 × major + 10 × minor (NVML_CUDA_DRIVER_VERSION_MAJOR).
      facts.cuda_version = std::to_string(cuda / 1000) + "." + std::to_string(cuda % 1000 / 10);
    }
    unsigned count = 0;
    if (!Call("nvmlDeviceGetCount_v2", &count)) count = 0;
    for (unsigned i = 0; i < std::min(count, kDevicesMax); ++i) facts.devices.push_back(Device(i));
    (void)Call("nvmlShutdown");
    return facts;
  }

 private:
  struct Close {
    void operator()(void* handle) const { dlclose(handle); }
  };

  // Whether the function is there and succeeded.  All of them return nvmlReturn_t, an enum of which
  // 0 is success.
  template <typename... Arguments>
  bool Call(const char* name, Arguments... arguments) const {
    using Function = int (*)(Arguments...);
    const auto function = reinterpret_cast<Function>(dlsym(handle_.get(), name));
    return function != nullptr && function(arguments...) == 0;
  }

  template <typename... Arguments>
  std::optional<std::string> Text(const char* name, Arguments... arguments) const {
    std::array<char, 256> buffer{};  // The longest that NVML names has 96.
    if (!Call(name, arguments..., buffer.data(), static_cast<unsigned>(buffer.size() - 1))) {
      return std::nullopt;
    }
    return std::string(buffer.data());
  }

  NvmlFacts::Device Device(unsigned index) const {
    void* device = nullptr;
    NvmlFacts::Device found{.name = "unknown"};
    if (!Call("nvmlDeviceGetHandleByIndex_v2", index, &device)) return found;
    found.name = Text("nvmlDeviceGetName", device).value_or(found.name);
    int major = 0;
    int minor = 0;
    if (Call("nvmlDeviceGetCudaComputeCapability", device, &major, &minor)) {
      found.architecture = "sm_" + std::to_string(major) + std::to_string(minor);
    }
    return found;
  }

  std::unique_ptr<void, Close> handle_;
};

std::vector<std::string> SortedNames(const SystemView& view, const std::string& folder) {
  std::vector<std::string> names;
  if (const auto entries = view.List(folder); entries.ok()) {
    for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
  }
  // Node 10 comes behind node 9.
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return names;
}

void ReadNvidia(const SystemView& view, const std::optional<NvmlFacts>& nvml, Accelerators& found) {
  const std::string gpus = JoinPath(kNvidiaFolder, "gpus");
  for (const std::string& name : SortedNames(view, gpus)) {
    const auto text = view.Read(JoinPath(JoinPath(gpus, name), "information"), kFileBytesMax);
    if (!text.ok()) continue;
    found.models.push_back(FindField(*text, "Model", ':').value_or("unknown"));
  }
  if (const auto text = view.Read(JoinPath(kNvidiaFolder, "version"), kFileBytesMax); text.ok()) {
    found.driver = FindField(*text, "NVRM version", ':');
  }
  if (!nvml.has_value()) return;
  found.cuda_version = nvml->cuda_version;
  if (!found.driver.has_value()) found.driver = nvml->driver;
  // A container may show only some of the devices by the one way and all by the other.
  const bool same_devices = found.models.size() == nvml->devices.size();
  if (!found.models.empty() && !same_devices) return;
  for (const NvmlFacts::Device& device : nvml->devices) {
    if (!same_devices) found.models.push_back(device.name);
    found.architectures.push_back(device.architecture.value_or("unknown"));
  }
}

// "gfx90a" of 90010: decimal major, minor and stepping, of which the last is written in hexadecimal
// (linux/include/uapi/linux/kfd_sysfs.h; LLVM's AMDGPU processors).
std::string GfxName(std::uint64_t version) {
  std::array<char, 16> stepping{};
  const auto end =
      std::to_chars(stepping.data(), stepping.data() + stepping.size(), version % 100, 16).ptr;
  return "gfx" + std::to_string(version / 10000) + std::to_string(version / 100 % 100) +
         std::string(stepping.data(), end);
}

void ReadAmd(const SystemView& view, Accelerators& found) {
  bool any = false;
  for (const std::string& node : SortedNames(view, kAmdNodes)) {
    const std::string folder = JoinPath(kAmdNodes, node);
    const auto properties = view.Read(JoinPath(folder, "properties"), kFileBytesMax);
    if (!properties.ok()) continue;
    const auto property = [&properties](std::string_view key) {
      return ParseUnsigned(FindField(*properties, key, ' ').value_or("")).value_or(0);
    };
    const std::uint64_t simds = property("simd_count");
    if (simds == 0) continue;  // A processor is a node, too.
    any = true;
    std::string model = "AMD";
    if (const auto name = view.Read(JoinPath(folder, "name"), kFileBytesMax); name.ok()) {
      const std::string_view trimmed =
          TrimField(std::string_view(*name).substr(0, name->find('\n')));
      if (!trimmed.empty()) model += " " + std::string(trimmed);
    }
    // What NVML does not tell of those before is not known.
    found.architectures.resize(found.models.size(), "unknown");
    found.models.push_back(std::move(model));
    std::string architecture = GfxName(property("gfx_target_version"));
    if (const std::uint64_t per_unit = property("simd_per_cu"); per_unit > 0) {
      architecture += ", " + std::to_string(simds / per_unit) + " compute units";
    }
    found.architectures.push_back(std::move(architecture));
  }
  if (!any || found.driver.has_value()) return;
  if (const auto text = view.Read("/sys/module/amdgpu/version", kFileBytesMax); text.ok()) {
    const std::string_view version = TrimField(std::string_view(*text).substr(0, text->find('\n')));
    if (!version.empty()) found.driver = "amdgpu " + std::string(version);
  }
}

}  // namespace

std::optional<NvmlFacts> ReadNvml(const char* library) { return Nvml(library).Read(); }

bool HasNvidiaDriver(const SystemView& view) {
  // The last is that of Windows, of which WSL has NVML and no /proc/driver.
  for (const char* path : {kNvidiaFolder, "/dev/nvidiactl", "/dev/dxg"}) {
    if (view.Stat(path).ok()) return true;
  }
  return false;
}

Accelerators ReadAccelerators(const SystemView& view, const std::optional<NvmlFacts>& nvml) {
  Accelerators found;
  ReadNvidia(view, nvml, found);
  ReadAmd(view, found);
  return found;
}

}  // namespace reprise::capture
