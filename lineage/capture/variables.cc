#include "lineage/capture/variables.h"

#include <algorithm>
#include <array>
#include <set>

#include "lineage/capture/redact.h"
#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

constexpr std::string_view kProject = "<project>";

std::string RelativePart(const std::string& part, std::string_view project_folder) {
  const std::optional<std::string> below = Below(project_folder, part);
  if (!below.has_value()) return part;
  return below->empty() ? std::string(kProject) : JoinPath(kProject, *below);
}

std::string RelativeList(std::string_view list, std::string_view project_folder) {
  std::string result;
  for (const std::string& part : Split(list, ':')) {
    result += RelativePart(part, project_folder) + ":";
  }
  result.pop_back();
  return result;
}

}  // namespace

std::string WithProject(std::string_view list, std::string_view project_folder) {
  std::string result;
  for (const std::string& part : Split(list, ':')) {
    if (Below(kProject, part).has_value()) {
      result.append(project_folder).append(part, kProject.size());
    } else {
      result += part;
    }
    result += ':';
  }
  result.pop_back();
  return result;
}

const std::vector<VariableRule>& VariableRules() {
  // Not here on purpose: PATH, HOME, USER, PWD and the like (the files found are recorded
  // instead), MASTER_ADDR (a host name), anything that only changes logging.
  static const std::vector<VariableRule> rules = {
      {"BLIS_*", false},
      {"CONDA_DEFAULT_ENV", false},
      {"CUBLASLT_*", false},
      {"CUBLAS_*", false},
      {"CUDA_*", false},
      {"CUDNN_*", false},
      {"DNNL_*", false},
      {"FLAGS_*", false},
      {"GLIBC_TUNABLES", false},
      {"GOMAXPROCS", false},
      {"GOMP_*", false},
      {"GOTO_NUM_THREADS", false},
      {"GSL_RNG_*", false},
      {"HIP_*", false},
      {"HSA_*", false},
      {"HYDRA_FULL_ERROR", false},
      {"JAX_*", false},
      {"JULIA_NUM_THREADS", false},
      {"KERAS_BACKEND", false},
      {"KMP_*", false},
      {"LANG", false},
      {"LANGUAGE", false},
      {"LC_*", false},
      {"LD_AUDIT", true},
      {"LD_BIND_NOW", false},
      {"LD_LIBRARY_PATH", true},
      {"LD_PRELOAD", true},
      {"LOCAL_RANK", false},
      {"LOCAL_WORLD_SIZE", false},
      {"MALLOC_*", false},
      {"MIOPEN_*", false},
      {"MKL_*", false},
      {"NCCL_*", false},
      {"NODE_RANK", false},
      {"NPY_*", false},
      {"NUMBA_*", false},
      {"NUMEXPR_*", false},
      {"NVIDIA_TF32_OVERRIDE", false},
      {"NVIDIA_VISIBLE_DEVICES", false},
      {"OMP_*", false},
      {"ONEDNN_*", false},
      {"OPENBLAS_*", false},
      {"PYTHONHASHSEED", false},
      {"PYTHONHOME", true},
      {"PYTHONINTMAXSTRDIGITS", false},
      {"PYTHONIOENCODING", false},
      {"PYTHONMALLOC", false},
      {"PYTHONNOUSERSITE", false},
      {"PYTHONOPTIMIZE", false},
      {"PYTHONPATH", true},
      {"PYTHONSAFEPATH", false},
      {"PYTHONUTF8", false},
      {"PYTORCH_*", false},
      {"RANK", false},
      {"RAYON_NUM_THREADS", false},
      {"ROCBLAS_*", false},
      {"ROCR_VISIBLE_DEVICES", false},
      {"TBB_*", false},
      {"TF_*", false},
      {"TORCH_*", false},
      {"TZ", false},
      {"VECLIB_MAXIMUM_THREADS", false},
      {"WORLD_SIZE", false},
      {"XLA_*", false},
  };
  return rules;
}

namespace {

// Whether `name` is `pattern`, or begins with it if that ends in '*'.
bool Matches(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return name == pattern;
  pattern.remove_suffix(1);
  return name.starts_with(pattern);
}

// Terraform's variables, which share TensorFlow's prefix and hold whole configurations.
bool IsTerraforms(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {
      "TF_CLI_",          "TF_CLOUD_", "TF_DATA_DIR", "TF_IGNORE",    "TF_INPUT",
      "TF_IN_AUTOMATION", "TF_LOG",    "TF_PLUGIN_",  "TF_REATTACH_", "TF_REGISTRY_",
      "TF_STATE_",        "TF_VAR_",   "TF_WORKSPACE"};
  return std::ranges::any_of(kPrefixes,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

const VariableRule* FindVariableRule(std::string_view name) {
  if (IsTerraforms(name)) return nullptr;
  for (const VariableRule& rule : VariableRules()) {
    if (Matches(rule.name, name)) return &rule;
  }
  return nullptr;
}

const std::vector<std::string_view>& ContextVariables() {
  // Not here on purpose: all of CONDA_*, PIP_* and the like, whose addresses may hold tokens that
  // look like none, proxies, MAKEFLAGS, which has what was set for make, and sockets of agents.
  static const std::vector<std::string_view> names = {
      "CC",
      "CFLAGS",
      "COLORTERM",
      "COLUMNS",
      "CONDA_DEFAULT_ENV",
      "CONDA_EXE",
      "CONDA_PREFIX*",
      "CONDA_PYTHON_EXE",
      "CONDA_SHLVL",
      "CPATH",
      "CPPFLAGS",
      "CXX",
      "CXXFLAGS",
      "C_INCLUDE_PATH",
      "EDITOR",
      "GEM_HOME",
      "GOPATH",
      "GOROOT",
      "HF_HOME",
      "HOME",
      "HOSTNAME",
      "INFOPATH",
      "JAVA_HOME",
      "JULIA_DEPOT_PATH",
      "LANG",
      "LANGUAGE",
      "LC_*",
      "LDFLAGS",
      "LD_LIBRARY_PATH",
      "LIBRARY_PATH",
      "LINES",
      "LOADEDMODULES",
      "LOGNAME",
      "MANPATH",
      "MODULEPATH",
      "MPLBACKEND",
      "MPLCONFIGDIR",
      "NODE_PATH",
      "NO_COLOR",
      "NVM_*",
      "OLDPWD",
      "PAGER",
      "PATH",
      "PERL5LIB",
      "PKG_CONFIG_PATH",
      "PWD",
      "PYENV_*",
      "PYTHON*",
      "RBENV_*",
      "R_HOME",
      "R_LIBS*",
      "SHELL",
      "SHLVL",
      "SOURCE_DATE_EPOCH",
      "TERM",
      "TMPDIR",
      "TZ",
      "USER",
      "VIRTUAL_ENV",
      "VISUAL",
      "XDG_*",
      "_",
  };
  return names;
}

bool IsRecordedVariable(std::string_view name) {
  const auto matches = [&](std::string_view pattern) { return Matches(pattern, name); };
  return !IsSecretVariable(name) &&
         (FindVariableRule(name) != nullptr || std::ranges::any_of(ContextVariables(), matches));
}

KeptVariables SelectVariables(const Variables& variables, const std::vector<std::string>& keep,
                              std::string_view project_folder) {
  KeptVariables kept;
  std::set<std::string> names;
  for (const auto& [name, value] : variables) {
    if (FindVariableRule(name) != nullptr && !IsSecretVariable(name)) names.insert(name);
  }
  for (const std::string& name : keep) {
    if (IsSecretVariable(name)) {
      kept.warnings.push_back("the variable " + Printable(name) +
                              " is not recorded: its name looks like that of a secret");
      kept.redacted = true;
    } else if (!variables.contains(name)) {
      kept.warnings.push_back("the variable " + Printable(name) + " is not set");
    } else {
      names.insert(name);
    }
  }
  for (const std::string& name : names) {
    RedactedText value = RedactText(variables.find(name)->second);
    kept.redacted |= value.redacted;
    const VariableRule* const rule = FindVariableRule(name);
    const bool is_path_list = rule != nullptr && rule->is_path_list;
    if (is_path_list) value.text = RelativeList(value.text, project_folder);
    if (!IsUtf8(name)) continue;  // No program of ours could ask for it.
    const bool is_text = IsUtf8(value.text);
    Json variable = Json::Object{};
    variable.Set("name", name);
    variable.Set("type", !is_text ? "bytes" : is_path_list ? "path_list" : "string");
    variable.Set("value", is_text ? value.text : ToBase64(AsBytes(value.text)));
    kept.list.Append(std::move(variable));
  }
  return kept;
}

Json EffectiveLocale(const Variables& variables) {
  static constexpr std::array<std::pair<const char*, std::string_view>, 6> kCategories = {
      {{"collate", "LC_COLLATE"},
       {"ctype", "LC_CTYPE"},
       {"messages", "LC_MESSAGES"},
       {"monetary", "LC_MONETARY"},
       {"numeric", "LC_NUMERIC"},
       {"time", "LC_TIME"}}};
  Json locale = Json::Object{};
  for (const auto& [key, variable] : kCategories) {
    std::string value = "C";
    for (const std::string_view name :
         {std::string_view("LC_ALL"), variable, std::string_view("LANG")}) {
      const auto found = FindVariable(variables, name);
      if (!found.has_value() || found->empty()) continue;
      value = Printable(*found);
      break;
    }
    locale.Set(key, std::move(value));
  }
  return locale;
}

}  // namespace reprise::capture
