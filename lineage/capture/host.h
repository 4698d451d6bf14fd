// Facts about the machine.
//
// The instruction set belongs to the environment, since it changes results; the rest is told with
// the run and is no part of any identity.  Facts that cannot be found are absent, never an error.
//
// Thread-safety: pure functions of the file system, the system calls named and NVML.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lineage/capture/accelerators.h"
#include "lineage/capture/limits.h"
#include "lineage/capture/program.h"
#include "lineage/capture/system_view.h"
#include "storage/base/json.h"

namespace reprise::capture {

struct Processor {
  std::optional<std::string> model;  // "AMD EPYC 7763 64-Core Processor".
  // By which libraries choose their kernels: maker, family, model and stepping,
  // "AuthenticAMD 25 1 1"; on Arm implementer, architecture, variant, part and revision.
  std::optional<std::string> signature;
  std::optional<std::string> microcode;  // Its version, as the kernel writes it.
  std::vector<std::string> flags;  // Of the first processor, as the kernel names them; sorted.
  std::uint32_t processors = 0;    // Logical ones that the kernel runs on.
};

// Reads /proc/cpuinfo (x86: "flags"; Arm: "Features").
Processor ReadProcessor(const SystemView& view);

// The flags that change floating-point results or which kernels libraries choose: vector width,
// fused multiply-add, half precision, matrix tiles; sorted.
std::vector<std::string> NumericInstructionSet(const std::vector<std::string>& flags);

// The glibc-hwcaps folders that a processor with those flags uses, the best first: x86-64-v4,
// x86-64-v3, x86-64-v2 (x86-64 psABI, table 3.1).
std::vector<std::string> HardwareLevels(const std::vector<std::string>& flags);

struct Host {
  std::optional<std::string> name;              // uname(2)
  std::optional<std::string> kernel;            // "Linux 6.1.0-18-amd64"
  std::optional<std::string> operating_system;  // PRETTY_NAME of os-release(5).
  Processor processor;
  std::optional<std::uint32_t> usable_processors;  // sched_getaffinity(2)
  std::optional<std::string> processor_affinity;   // Which ones: "0-3,8".
  ControlGroupLimits limits;
  std::optional<std::uint64_t> memory_bytes;  // MemTotal
  std::optional<std::string> user;            // Of the effective user id.
  Accelerators accelerators;
  ProcessFacts process;
  // Variables that say how many threads libraries take; by name.
  std::vector<std::pair<std::string, std::string>> thread_variables;
};

// NVML is loaded only if the real system is looked at and has a driver for it.  `variables` are
// those of the command.
Host ReadHost(const SystemView& view, const Variables& variables = {});

// An object for the run document; absent facts are null.
Json HostToJson(const Host& host);

}  // namespace reprise::capture
