#include "tracker/replay/factors.h"

#include <algorithm>
#include <string_view>

#include "storage/base/file.h"

namespace reprise::tracker {
namespace {

// Variables by which libraries are told how many threads to take.
constexpr const char* kThreadVariables[] = {
    "OMP_NUM_THREADS",   "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",  "NUMEXPR_NUM_THREADS",  "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS",    "JULIA_NUM_THREADS"};

// Names of glibc 2.33 and later (sysdeps/x86/cpu-tunables.c); earlier ones end in _Usable.  What a
// processor or a glibc does not know is passed over.
constexpr std::string_view kGlibcFeatures =
    "-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD,-AVX2,-AVX,-FMA,-FMA4,-AVX2_Usable,"
    "-AVX_Usable,-FMA_Usable,-FMA4_Usable,-AVX512F_Usable";

bool Uses(const lineage::Closure& closure, std::string_view interpreter) {
  return std::ranges::any_of(closure.files, [&](const lineage::ClosureFile& file) {
    const std::string name = BaseName(file.path);
    return (file.uses & (lineage::kFileExecuted | lineage::kFileRead)) != 0 &&
           (name.starts_with(interpreter) || name.starts_with("lib" + std::string(interpreter)));
  });
}

Factor Threads() {
  Factor factor{.name = "threads", .meaning = "one thread, on one processor"};
  for (const char* const name : kThreadVariables) factor.variables[name] = "1";
  factor.one_processor = true;
  factor.noun = "the number of threads";
  factor.remedy =
      "set OMP_NUM_THREADS=1 (for other libraries OPENBLAS_NUM_THREADS, MKL_NUM_THREADS and the "
      "like), or start the command with `taskset -c 0`";
  return factor;
}

Factor InstructionSet(const std::map<std::string, std::string>& recorded) {
  Factor factor{.name = "instruction_set", .meaning = "no AVX, FMA or AVX-512 in libraries"};
  std::string tunables = "glibc.cpu.hwcaps=" + std::string(kGlibcFeatures);
  if (const auto own = recorded.find("GLIBC_TUNABLES"); own != recorded.end()) {
    tunables = own->second + ":" + tunables;
  }
  factor.variables = {{"GLIBC_TUNABLES", tunables},
                      {"OPENBLAS_CORETYPE", "Nehalem"},
                      {"MKL_CBWR", "COMPATIBLE"},
                      {"MKL_ENABLE_INSTRUCTIONS", "SSE4_2"},
                      {"DNNL_MAX_CPU_ISA", "SSE41"},
                      {"ATEN_CPU_CAPABILITY", "default"},
                      {"NPY_DISABLE_CPU_FEATURES",
                       "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"}};
  factor.noun = "the instruction set that libraries choose";
  factor.remedy =
      "set GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F, OPENBLAS_CORETYPE=Nehalem, "
      "MKL_CBWR=COMPATIBLE and NPY_DISABLE_CPU_FEATURES='AVX2 FMA3', as far as its libraries know "
      "them";
  return factor;
}

// Today's values of what says where and in which language somebody is.
std::optional<Factor> Place(const std::map<std::string, std::string>& recorded,
                            const std::map<std::string, std::string>& today) {
  Factor factor{.name = "time_zone_and_locale", .meaning = "today's time zone and locale"};
  const auto is_of_place = [](const std::string& name) {
    return name == "TZ" || name == "LANG" || name == "LANGUAGE" || name.starts_with("LC_");
  };
  for (const auto& [name, value] : recorded) {
    if (is_of_place(name) && !today.contains(name)) factor.variables[name] = std::nullopt;
  }
  for (const auto& [name, value] : today) {
    if (!is_of_place(name)) continue;
    const auto before = recorded.find(name);
    if (before == recorded.end() || before->second != value) factor.variables[name] = value;
  }
  if (factor.variables.empty()) return std::nullopt;
  factor.noun = "the time zone or the locale";
  factor.remedy = "set TZ and LC_ALL in the command (`--env TZ --env LC_ALL`)";
  return factor;
}

}  // namespace

std::vector<Factor> FactorsOf(const lineage::Closure& closure,
                              const std::map<std::string, std::string>& recorded,
                              const std::map<std::string, std::string>& today) {
  std::vector<Factor> factors;
  if (Uses(closure, "python")) {
    factors.push_back({.name = "python_hash_seed",
                       .meaning = "PYTHONHASHSEED=0",
                       .variables = {{"PYTHONHASHSEED", "0"}},
                       .noun = "the seed of Python's hashes",
                       .remedy = "set PYTHONHASHSEED=0"});
  }
  if (Uses(closure, "perl")) {
    factors.push_back({.name = "perl_hash_seed",
                       .meaning = "PERL_HASH_SEED=0",
                       .variables = {{"PERL_HASH_SEED", "0"}, {"PERL_PERTURB_KEYS", "0"}},
                       .noun = "the seed of Perl's hashes",
                       .remedy = "set PERL_HASH_SEED=0 and PERL_PERTURB_KEYS=0"});
  }
  factors.push_back(Threads());
  factors.push_back(InstructionSet(recorded));
  factors.push_back({.name = "addresses",
                     .meaning = "memory laid out without chance",
                     .fixed_addresses = true,
                     .noun = "the layout of memory",
                     .remedy = "start the command with `setarch -R`"});
  if (auto place = Place(recorded, today)) factors.push_back(*std::move(place));
  return factors;
}

std::vector<std::string> WithFactor(const std::vector<std::string>& environment,
                                    const Factor& factor) {
  std::vector<std::string> changed;
  for (const std::string& variable : environment) {
    if (!factor.variables.contains(variable.substr(0, variable.find('=')))) {
      changed.push_back(variable);
    }
  }
  for (const auto& [name, value] : factor.variables) {
    if (value.has_value()) changed.push_back(std::string(name).append("=").append(*value));
  }
  return changed;
}

}  // namespace reprise::tracker
