// What the system says of the machine, on arbitrary bytes: /proc, control groups, the devices of
// NVIDIA and AMD, and os-release.  Each of these files has the same content, so that one input
// reaches every reader.

#include <cstddef>
#include <cstdint>

#include "lineage/capture/host.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "tests/support/fault_file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  testing::FaultFileSystem files;
  for (const char* name :
       {"/proc/cpuinfo", "/proc/meminfo", "/proc/self/status", "/proc/self/cgroup",
        "/proc/driver/nvidia/version", "/proc/driver/nvidia/gpus/0/information", "/etc/os-release",
        "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/class/kfd/kfd/topology/nodes/1/properties",
        "/sys/class/kfd/kfd/topology/nodes/1/name", "/sys/module/amdgpu/version"}) {
    const std::string path = name;
    REPRISE_ASSERT(CreateDirectories(files, ParentPath(path)).ok());
    const auto file = files.Open(path, OpenMode::kCreate);
    REPRISE_ASSERT(file.ok() && (*file)->WriteAt(0, AsBytes(text)).ok());
  }
  const capture::SystemView view(files);
  const capture::Host host = capture::ReadHost(view, {{"OMP_NUM_THREADS", std::string(text)}});
  REPRISE_ASSERT(host.accelerators.architectures.empty() ||
                 host.accelerators.architectures.size() == host.accelerators.models.size());
  REPRISE_ASSERT(!host.process.umask.has_value() || *host.process.umask <= 0777);
  REPRISE_ASSERT(Canonicalize(capture::HostToJson(host)).ok());
  (void)capture::NumericInstructionSet(host.processor.flags);
  return 0;
}
