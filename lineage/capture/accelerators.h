// The accelerators of a machine: NVIDIA's by /proc/driver and NVML, AMD's by the kfd of Linux.
//
// NVML is opened at run time (dlopen), so that nothing here needs a driver to build or to start.
// Only its calls without structures are used: their layout differs between releases.
// https://docs.nvidia.com/deploy/nvml-api/
//
// Thread-safety: NVML may be used by any number of threads; the rest are pure functions of the file
// system.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lineage/capture/system_view.h"

namespace reprise::capture {

inline constexpr const char* kNvmlLibrary = "libnvidia-ml.so.1";

// What NVML says; what it does not say is absent.
struct NvmlFacts {
  std::optional<std::string> driver;        // "535.104.05"
  std::optional<std::string> cuda_version;  // The newest that the driver runs: "12.2".
  struct Device {
    std::string name;                         // "NVIDIA A100-SXM4-40GB"
    std::optional<std::string> architecture;  // Its compute capability: "sm_80".

    friend bool operator==(const Device&, const Device&) = default;
  };
  std::vector<Device> devices;  // By NVML's index, which is the order of the bus.

  friend bool operator==(const NvmlFacts&, const NvmlFacts&) = default;
};

// Opens `library`, asks and closes it.  Nothing if there is no such library, or if it cannot
// start: no driver is loaded, or another than the library was made for.  Where the driver does not
// keep its devices awake this may take a second.
std::optional<NvmlFacts> ReadNvml(const char* library);

struct Accelerators {
  std::vector<std::string> models;  // NVIDIA's by bus, then AMD's by node.
  // "sm_80", "gfx90a, 104 compute units": what kernels are compiled and chosen for.  One for each
  // model, "unknown" where it is not; empty if nothing is known of any.
  std::vector<std::string> architectures;
  std::optional<std::string> driver;        // Its version, as it says it.
  std::optional<std::string> cuda_version;  // The newest that the driver runs.

  friend bool operator==(const Accelerators&, const Accelerators&) = default;
};

// `nvml` is asked where /proc/driver does not tell.
Accelerators ReadAccelerators(const SystemView& view, const std::optional<NvmlFacts>& nvml);

// Whether the system has a driver of NVIDIA, without which loading NVML is in vain.
bool HasNvidiaDriver(const SystemView& view);

}  // namespace reprise::capture
