// The C interface, a thin cover of the C++ one.  A null handle is a run that records nothing.

#include "reprise/run_c.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/run.h"

struct reprise_run {
  reprise::Run run;
};

namespace {

std::string_view Text(const char* text) { return text != nullptr ? text : ""; }

reprise::RunOptions ToOptions(const reprise_run_options& given) {
  reprise::RunOptions options;
  options.experiment = Text(given.experiment);
  options.name = Text(given.name);
  options.strict = given.strict != 0;
  options.abort_on_error = given.abort_on_error != 0;
  options.wait_ms_max = given.wait_ms_max;
  if (given.on_error != nullptr) {
    options.on_error = [handler = given.on_error,
                        context = given.on_error_context](const reprise::Problem& problem) {
      const std::string message(problem.message);
      handler(context, static_cast<int>(problem.kind), message.c_str());
    };
  }
  return options;
}

}  // namespace

extern "C" {

void reprise_run_options_init(reprise_run_options* options) {
  if (options == nullptr) return;
  *options = reprise_run_options{};
  options->struct_bytes = sizeof(reprise_run_options);
  options->wait_ms_max = -1;
}

reprise_run* reprise_run_start(const reprise_run_options* given) {
  reprise_run_options all;
  reprise_run_options_init(&all);
  // A program that was compiled with an older header has fewer fields.
  if (given != nullptr && given->struct_bytes != 0) {
    std::memcpy(&all, given, std::min(given->struct_bytes, sizeof(all)));
  }
  try {
    return new reprise_run{reprise::Run::Start(ToOptions(all))};
  } catch (...) {
    return nullptr;  // No memory.
  }
}

int64_t reprise_run_param_int(reprise_run* run, const char* key, int64_t value) {
  return run != nullptr ? run->run.param(Text(key), value) : value;
}

uint64_t reprise_run_param_uint(reprise_run* run, const char* key, uint64_t value) {
  return run != nullptr ? run->run.param(Text(key), value) : value;
}

double reprise_run_param_real(reprise_run* run, const char* key, double value) {
  return run != nullptr ? run->run.param(Text(key), value) : value;
}

int reprise_run_param_bool(reprise_run* run, const char* key, int value) {
  return run != nullptr ? static_cast<int>(run->run.param(Text(key), value != 0)) : value;
}

size_t reprise_run_param_string(reprise_run* run, const char* key, const char* value, char* buffer,
                                size_t buffer_bytes) {
  std::string in_force;
  std::string_view result = Text(value);
  if (run != nullptr) {
    in_force = run->run.param(Text(key), result);
    result = in_force;
  }
  if (buffer != nullptr && buffer_bytes > 0) {
    const std::size_t copied = std::min(result.size(), buffer_bytes - 1);
    std::memcpy(buffer, result.data(), copied);
    buffer[copied] = '\0';
  }
  return result.size();
}

void reprise_run_metric(reprise_run* run, const char* key, double value, int64_t step) {
  if (run != nullptr) run->run.metric(Text(key), value, step);
}

int reprise_run_input(reprise_run* run, const char* path, const char* role) {
  return run != nullptr && run->run.input(Text(path), Text(role)) ? 1 : 0;
}

int reprise_run_output(reprise_run* run, const char* path, const char* role) {
  return run != nullptr && run->run.output(Text(path), Text(role)) ? 1 : 0;
}

int reprise_run_evidence(reprise_run* run, const char* kind, const char* path_or_json) {
  return run != nullptr && run->run.evidence(Text(kind), Text(path_or_json)) ? 1 : 0;
}

int reprise_run_log(reprise_run* run, int level, const char* text) {
  const int bounded = std::clamp<int>(level, REPRISE_LOG_DEBUG, REPRISE_LOG_ERROR);
  return run != nullptr && run->run.log(Text(text), static_cast<reprise::LogLevel>(bounded)) ? 1
                                                                                             : 0;
}

int reprise_run_tag(reprise_run* run, const char* key, const char* value) {
  return run != nullptr && run->run.tag(Text(key), Text(value)) ? 1 : 0;
}

int reprise_run_note(reprise_run* run, const char* text) {
  return run != nullptr && run->run.note(Text(text)) ? 1 : 0;
}

int reprise_run_derive(reprise_run* run, const char* column, const char* const* sources,
                       size_t source_count) {
  if (run == nullptr) return 0;
  try {
    std::vector<std::string_view> names;
    for (size_t i = 0; i < source_count; ++i) names.push_back(Text(sources[i]));
    return run->run.derive(Text(column), std::span<const std::string_view>(names)) ? 1 : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

int reprise_run_finish(reprise_run* run, int status) {
  const auto end =
      status == REPRISE_RUN_FINISHED ? reprise::RunStatus::kFinished : reprise::RunStatus::kFailed;
  return run != nullptr && run->run.finish(end) ? 1 : 0;
}

int reprise_run_active(const reprise_run* run) {
  return run != nullptr && run->run.active() ? 1 : 0;
}

int reprise_run_ok(const reprise_run* run) { return run != nullptr && run->run.ok() ? 1 : 0; }

size_t reprise_run_id(const reprise_run* run, char* buffer, size_t buffer_bytes) {
  const std::string id = run != nullptr ? run->run.id() : std::string();
  if (buffer != nullptr && buffer_bytes > 0) {
    const std::size_t copied = std::min(id.size(), buffer_bytes - 1);
    std::memcpy(buffer, id.data(), copied);
    buffer[copied] = '\0';
  }
  return id.size();
}

void reprise_run_free(reprise_run* run) { delete run; }

const char* reprise_version(void) { return REPRISE_VERSION; }

}  // extern "C"
