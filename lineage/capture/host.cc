#include "lineage/capture/host.h"

#include <pwd.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

constexpr std::uint64_t kProcBytesMax = 64 << 20;  // cpuinfo of thousands of processors.

std::string_view Trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\"");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\"") - start + 1);
}

// The value of the first "key: value" or "key=value" line.
std::optional<std::string> FindField(std::string_view text, std::string_view key, char separator) {
  for (const std::string& line : Split(text, '\n')) {
    const std::size_t end = line.find(separator);
    if (end == std::string::npos || Trim(std::string_view(line).substr(0, end)) != key) continue;
    return std::string(Trim(std::string_view(line).substr(end + 1)));
  }
  return std::nullopt;
}

// x86 and Arm names; what is not here has no effect on numbers.
constexpr std::array<std::string_view, 43> kNumericFlags = {
    "amx_bf16",      "amx_complex", "amx_fp16",
    "amx_int8",      "amx_tile",    "asimd",
    "asimddp",       "asimdfhm",    "asimdhp",
    "avx",           "avx2",        "avx512_4fmaps",
    "avx512_4vnniw", "avx512_bf16", "avx512_fp16",
    "avx512_vbmi2",  "avx512_vnni", "avx512_vpopcntdq",
    "avx512bw",      "avx512cd",    "avx512dq",
    "avx512er",      "avx512f",     "avx512ifma",
    "avx512vbmi",    "avx512vl",    "avx_vnni",
    "bf16",          "f16c",        "fma",
    "fma4",          "fphp",        "i8mm",
    "pni",           "sme",         "sse2",
    "sse4_1",        "sse4_2",      "ssse3",
    "sve",           "sve2",        "svebf16",
    "svei8mm"};

bool HasAll(const std::vector<std::string>& flags, std::span<const std::string_view> wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view flag) {
    return std::binary_search(flags.begin(), flags.end(), flag);
  });
}

void ReadAccelerators(const SystemView& view, Host& host) {
  auto entries = view.List("/proc/driver/nvidia/gpus");
  if (!entries.ok()) return;
  std::sort(entries->begin(), entries->end(),
            [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
  for (const DirectoryEntry& entry : *entries) {
    const auto text =
        view.Read("/proc/driver/nvidia/gpus/" + entry.name + "/information", kProcBytesMax);
    if (!text.ok()) continue;
    host.accelerators.push_back(FindField(*text, "Model", ':').value_or("unknown"));
  }
  if (const auto text = view.Read("/proc/driver/nvidia/version", kProcBytesMax); text.ok()) {
    host.accelerator_driver = FindField(*text, "NVRM version", ':');
  }
}

std::optional<std::string> UserName() {
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return std::string(found->pw_name);
  }
  return "uid " + std::to_string(geteuid());
}

}  // namespace

Processor ReadProcessor(const SystemView& view) {
  Processor processor;
  const auto text = view.Read("/proc/cpuinfo", kProcBytesMax);
  if (!text.ok()) return processor;
  processor.model = FindField(*text, "model name", ':');
  const auto flags = FindField(*text, "flags", ':');
  const std::string list =
      flags.has_value() ? *flags : FindField(*text, "Features", ':').value_or("");
  processor.flags = Split(list, ' ');
  std::erase(processor.flags, "");
  std::sort(processor.flags.begin(), processor.flags.end());
  for (const std::string& line : Split(*text, '\n')) {
    if (line.starts_with("processor")) ++processor.processors;
  }
  return processor;
}

std::vector<std::string> NumericInstructionSet(const std::vector<std::string>& flags) {
  std::vector<std::string> result;
  for (const std::string& flag : flags) {
    if (std::find(kNumericFlags.begin(), kNumericFlags.end(), flag) != kNumericFlags.end()) {
      result.push_back(flag);
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> HardwareLevels(const std::vector<std::string>& flags) {
  static constexpr std::array<std::string_view, 7> kLevel2 = {"cx16",   "lahf_lm", "pni",  "popcnt",
                                                              "sse4_1", "sse4_2",  "ssse3"};
  static constexpr std::array<std::string_view, 9> kLevel3 = {
      "abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"};
  static constexpr std::array<std::string_view, 5> kLevel4 = {"avx512bw", "avx512cd", "avx512dq",
                                                              "avx512f", "avx512vl"};
  std::vector<std::string> levels;
  if (!HasAll(flags, kLevel2)) return levels;
  levels.insert(levels.begin(), "x86-64-v2");
  if (!HasAll(flags, kLevel3)) return levels;
  levels.insert(levels.begin(), "x86-64-v3");
  if (HasAll(flags, kLevel4)) levels.insert(levels.begin(), "x86-64-v4");
  return levels;
}

Host ReadHost(const SystemView& view) {
  Host host;
  utsname names{};
  if (uname(&names) == 0) {
    host.name = names.nodename;
    host.kernel = std::string(names.sysname) + " " + names.release;
  }
  if (const auto text = view.Read("/etc/os-release", kProcBytesMax); text.ok()) {
    host.operating_system = FindField(*text, "PRETTY_NAME", '=');
  }
  host.processor = ReadProcessor(view);
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (sched_getaffinity(0, sizeof usable, &usable) == 0) {
    host.usable_processors = static_cast<std::uint32_t>(CPU_COUNT(&usable));
  }
  if (const auto text = view.Read("/proc/meminfo", kProcBytesMax); text.ok()) {
    const std::string total = FindField(*text, "MemTotal", ':').value_or("");
    std::uint64_t kib = 0;
    if (std::from_chars(total.data(), total.data() + total.size(), kib).ec == std::errc{}) {
      host.memory_bytes = kib * 1024;
    }
  }
  host.user = UserName();
  ReadAccelerators(view, host);
  return host;
}

Json HostToJson(const Host& host) {
  const auto text = [](const std::optional<std::string>& value) {
    return value.has_value() ? Json(Printable(*value)) : Json();
  };
  Json json = Json::Object{};
  json.Set("name", text(host.name));
  json.Set("kernel", text(host.kernel));
  json.Set("operating_system", text(host.operating_system));
  json.Set("processor", text(host.processor.model));
  json.Set("processors", host.processor.processors);
  json.Set("usable_processors", Json(host.usable_processors));
  json.Set("memory_bytes", Json(host.memory_bytes));
  json.Set("user", text(host.user));
  Json accelerators = Json::Array{};
  for (const std::string& name : host.accelerators) accelerators.Append(Printable(name));
  json.Set("accelerators", std::move(accelerators));
  json.Set("accelerator_driver", text(host.accelerator_driver));
  return json;
}

}  // namespace reprise::capture
