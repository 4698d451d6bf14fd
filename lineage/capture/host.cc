#include "lineage/capture/host.h"

#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <span>

#include "lineage/capture/text_fields.h"
#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

constexpr std::uint64_t kProcBytesMax = 64 << 20;  // cpuinfo of thousands of processors.

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

// How many threads the libraries take that compute in parallel.
constexpr std::array<std::string_view, 22> kThreadVariables = {"BLIS_NUM_THREADS",
                                                               "GOMAXPROCS",
                                                               "GOTO_NUM_THREADS",
                                                               "JULIA_NUM_THREADS",
                                                               "MKL_DOMAIN_NUM_THREADS",
                                                               "MKL_DYNAMIC",
                                                               "MKL_NUM_THREADS",
                                                               "NUMBA_NUM_THREADS",
                                                               "NUMEXPR_MAX_THREADS",
                                                               "NUMEXPR_NUM_THREADS",
                                                               "OMP_DYNAMIC",
                                                               "OMP_NUM_THREADS",
                                                               "OMP_PROC_BIND",
                                                               "OMP_SCHEDULE",
                                                               "OMP_THREAD_LIMIT",
                                                               "OPENBLAS_NUM_THREADS",
                                                               "POLARS_MAX_THREADS",
                                                               "RAYON_NUM_THREADS",
                                                               "TBB_NUM_THREADS",
                                                               "TF_NUM_INTEROP_THREADS",
                                                               "TF_NUM_INTRAOP_THREADS",
                                                               "VECLIB_MAXIMUM_THREADS"};
constexpr std::size_t kThreadValueBytesMax = 256;  // "4,2,1", "static,64"; no more is meant.

std::vector<std::pair<std::string, std::string>> ThreadVariables(const Variables& variables) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string_view name : kThreadVariables) {
    const auto value = FindVariable(variables, name);
    if (!value.has_value() || value->size() > kThreadValueBytesMax) continue;
    found.emplace_back(name, *value);
  }
  return found;
}

// The values of `keys` in cpuinfo, one after the other; nothing if one is not there.
std::optional<std::string> Signature(std::string_view cpuinfo,
                                     std::initializer_list<std::string_view> keys) {
  std::string text;
  for (const std::string_view key : keys) {
    const auto value = FindField(cpuinfo, key, ':');
    if (!value.has_value() || value->empty()) return std::nullopt;
    text += (text.empty() ? "" : " ") + *value;
  }
  return text;
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
  // The first processor's part tells all of this, and the file is long.
  const std::string_view first = std::string_view(*text).substr(0, text->find("\n\n"));
  processor.signature = Signature(first, {"vendor_id", "cpu family", "model", "stepping"});
  if (!processor.signature.has_value()) {
    processor.signature = Signature(
        first, {"CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision"});
  }
  processor.microcode = FindField(first, "microcode", ':');
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

Host ReadHost(const SystemView& view, const Variables& variables) {
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
  if (const auto allowed = AllowedProcessors(); !allowed.empty()) {
    host.usable_processors = static_cast<std::uint32_t>(allowed.size());
    host.processor_affinity = RangesOf(allowed);
  }
  host.limits = ReadControlGroupLimits(view);
  if (const auto text = view.Read("/proc/meminfo", kProcBytesMax); text.ok()) {
    const std::string total = FindField(*text, "MemTotal", ':').value_or("");
    std::uint64_t kib = 0;
    if (std::from_chars(total.data(), total.data() + total.size(), kib).ec == std::errc{}) {
      host.memory_bytes = kib * 1024;
    }
  }
  host.user = UserName();
  std::optional<NvmlFacts> nvml;
  const bool is_real = &view.files() == &PosixFileSystem() && view.Outside("/") == "/";
  if (is_real && HasNvidiaDriver(view)) nvml = ReadNvml(kNvmlLibrary);
  host.accelerators = ReadAccelerators(view, nvml);
  host.process = ReadProcessFacts(view);
  host.thread_variables = ThreadVariables(variables);
  return host;
}

Json HostToJson(const Host& host) {
  const auto text = [](const std::optional<std::string>& value) {
    return value.has_value() ? Json(Printable(*value)) : Json();
  };
  const auto texts = [](const std::vector<std::string>& values) {
    Json list = Json::Array{};
    for (const std::string& value : values) list.Append(Printable(value));
    return list;
  };
  Json json = Json::Object{};
  json.Set("name", text(host.name));
  json.Set("kernel", text(host.kernel));
  json.Set("operating_system", text(host.operating_system));
  json.Set("processor", text(host.processor.model));
  json.Set("processor_signature", text(host.processor.signature));
  json.Set("microcode", text(host.processor.microcode));
  json.Set("processors", host.processor.processors);
  json.Set("usable_processors", Json(host.usable_processors));
  json.Set("processor_affinity", text(host.processor_affinity));
  json.Set("processor_limit", Json(host.limits.processors));
  json.Set("memory_bytes", Json(host.memory_bytes));
  json.Set("memory_limit_bytes", Json(host.limits.memory_bytes));
  json.Set("user", text(host.user));
  json.Set("accelerators", texts(host.accelerators.models));
  json.Set("accelerator_architectures", texts(host.accelerators.architectures));
  json.Set("accelerator_driver", text(host.accelerators.driver));
  json.Set("cuda_version", text(host.accelerators.cuda_version));
  json.Set("process", ProcessFactsToJson(host.process));
  Json variables = Json::Object{};
  for (const auto& [name, value] : host.thread_variables) variables.Set(name, Printable(value));
  json.Set("thread_variables", std::move(variables));
  return json;
}

}  // namespace reprise::capture
