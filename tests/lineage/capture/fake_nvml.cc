// A libnvidia-ml.so.1 of two made-up devices, for accelerators_test.cc.  The signatures are those
// of https://docs.nvidia.com/deploy/nvml-api/, with the enum as int and the handle as void*.

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kSuccess = 0;
constexpr int kInvalidArgument = 2;
constexpr int kDriverNotLoaded = 9;
constexpr int kUnknown = 999;

bool is_initialized = false;
int handles[2] = {0, 1};

int Copy(const char* text, char* buffer, unsigned size) {
  if (!is_initialized || std::strlen(text) >= size) return kInvalidArgument;
  std::snprintf(buffer, size, "%s", text);
  return kSuccess;
}

}  // namespace

extern "C" {

int nvmlInit_v2() {
  if (std::getenv("FAKE_NVML_NO_DRIVER") != nullptr) return kDriverNotLoaded;
  is_initialized = true;
  return kSuccess;
}

int nvmlShutdown() {
  is_initialized = false;
  return kSuccess;
}

int nvmlSystemGetDriverVersion(char* version, unsigned size) {
  return Copy("535.104.05", version, size);
}

int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  *version = 12020;
  return kSuccess;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 3;  // The last is lost.
  return kSuccess;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index >= 2) return kUnknown;
  *device = &handles[index];
  return kSuccess;
}

int nvmlDeviceGetName(void* device, char* name, unsigned size) {
  return Copy(device == &handles[0] ? "NVIDIA A100-SXM4-40GB" : "Tesla V100", name, size);
}

int nvmlDeviceGetCudaComputeCapability(void* device, int* major, int* minor) {
  if (device != &handles[0]) return kUnknown;
  *major = 8;
  *minor = 0;
  return kSuccess;
}

}  // extern "C"
