#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lineage/capture/host.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/replay/prospect.h"
#include "tracker/sandbox/abilities.h"
#include "tracker/trace/filter.h"

namespace reprise::cli {
namespace {

using tracker::SandboxAbility;

struct Check {
  SandboxAbility ability;
  std::string meaning;  // What it is good for.
  bool needed = false;  // Without it a rerun has no sandbox, or a run no trace.
};

std::string TemporaryFolder() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

// Installs a filter in a process of its own, which ends with the errno of what failed.
SandboxAbility ProbeTracing() {
  SandboxAbility tracing{"trace", false, "", ""};
  const auto program = tracker::BuildFilter();
  if (!program.ok()) {
    tracing.reason = program.error().message;
    return tracing;
  }
  const pid_t child = fork();
  if (child == 0) {
    const int listener = tracker::InstallFilter(*program);
    _exit(listener < 0 ? -listener : 0);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const int error_number = child < 0 || !WIFEXITED(status) ? ECHILD : WEXITSTATUS(status);
  tracing.available = error_number == 0;
  if (tracing.available) return tracing;
  tracing.reason = "cannot listen to system calls: ";
  if (error_number == EBUSY) {
    tracing.reason += "another program listens to them already";
    tracing.fix = "start the run outside of that program";
  } else {
    tracing.reason += std::strerror(error_number);
    tracing.fix =
        "Linux 5.5 or newer; in a container: docker run --security-opt "
        "seccomp=unconfined, or the like of it";
  }
  return tracing;
}

// The Yama module lets only ancestors look into a process (1), which a tracer is, or root (2), or
// nobody (3): Documentation/admin-guide/LSM/Yama.rst of the kernel.
SandboxAbility ProbePtrace(FileSystem& files) {
  SandboxAbility ptrace{"ptrace", true, "", ""};
  const auto scope = ReadFile(files, "/proc/sys/kernel/yama/ptrace_scope", 64);
  if (!scope.ok()) return ptrace;  // No such module.
  const char level = scope->empty() ? '0' : scope->front();
  if (level < '2' || (level == '2' && geteuid() == 0)) return ptrace;
  ptrace.available = false;
  ptrace.reason = std::string("kernel.yama.ptrace_scope is ") + level;
  ptrace.fix = level == '2' ? "sysctl -w kernel.yama.ptrace_scope=1"
                            : "kernel.yama.ptrace_scope=1 in /etc/sysctl.d, and a restart";
  return ptrace;
}

std::vector<Check> Examine(Context& context) {
  FileSystem& files = context.files;
  const std::string temporary = TemporaryFolder();
  const tracker::SandboxAbilities sandbox = tracker::ProbeSandbox(files, temporary);
  std::vector<Check> checks = {
      {ProbeTracing(), "what a run reads and writes is seen", true},
      {ProbePtrace(files), "the memory of a traced program can be read", true},
      {sandbox.user_namespace, "a sandbox without privileges", true},
      {sandbox.mounts, "a root folder of captured files alone", true},
      {sandbox.processes, "processes of a sandbox end with it", true},
      {sandbox.network, "a sandbox without network", true},
      {sandbox.overlay, "a sandbox copies only what is written, in " + Printable(temporary), false},
      {tracker::ProbeReflink(files, temporary), "copies cost nothing in " + Printable(temporary),
       false}};
  if (const auto store = context.StoreFolder(); store.ok()) {
    SandboxAbility reflink = tracker::ProbeReflink(files, *store);
    reflink.name = "store_reflink";
    checks.push_back({std::move(reflink), "copies cost nothing in the store", false});
  }
  return checks;
}

// Of NVIDIA's driver; without them no program here uses its accelerators.
std::vector<std::string> AcceleratorDevices(FileSystem& files) {
  std::vector<std::string> devices;
  const auto entries = files.List("/dev");
  if (!entries.ok()) return devices;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name.starts_with("nvidia")) devices.push_back("/dev/" + entry.name);
  }
  std::ranges::sort(devices);
  return devices;
}

void PrintText(const std::vector<Check>& checks, const capture::Host& host, Context& context) {
  std::ostream& out = context.out;
  for (const Check& check : checks) {
    const SandboxAbility& ability = check.ability;
    std::string line = ability.available ? "yes" : check.needed ? "NO" : "no";
    PadTo(5, line);
    line += ability.name;
    PadTo(21, line);
    out << line << check.meaning << "\n";
    if (!ability.reason.empty()) out << "       " << Printable(ability.reason) << "\n";
    if (!ability.fix.empty()) out << "       what helps: " << ability.fix << "\n";
  }
  out << "kernel: " << Printable(host.kernel.value_or("unknown")) << "\n";
  if (host.accelerators.models.empty()) out << "accelerators: none\n";
  for (const std::string& accelerator : host.accelerators.models) {
    out << "accelerator: " << Printable(accelerator) << " (driver "
        << Printable(host.accelerators.driver.value_or("unknown")) << ")\n";
  }
  const std::vector<std::string> devices = AcceleratorDevices(context.files);
  if (!devices.empty()) out << "accelerator devices: " << ShellWords(devices) << "\n";
}

Json ToJson(const std::vector<Check>& checks, const capture::Host& host, Context& context,
            bool ok) {
  Json list = Json::Array{};
  for (const Check& check : checks) {
    const SandboxAbility& ability = check.ability;
    const auto or_null = [](const std::string& text) {
      return text.empty() ? Json() : BytesToJson(text);
    };
    list.Append(Json()
                    .Set("name", ability.name)
                    .Set("ok", ability.available)
                    .Set("needed", check.needed)
                    .Set("meaning", check.meaning)
                    .Set("reason", or_null(ability.reason))
                    .Set("fix", or_null(ability.fix)));
  }
  Json accelerators = Json::Array{};
  for (const std::string& accelerator : host.accelerators.models) {
    accelerators.Append(BytesToJson(accelerator));
  }
  Json devices = Json::Array{};
  for (const std::string& device : AcceleratorDevices(context.files)) {
    devices.Append(BytesToJson(device));
  }
  return Json()
      .Set("ok", ok)
      .Set("checks", std::move(list))
      .Set("kernel", host.kernel)
      .Set("accelerators", std::move(accelerators))
      .Set("accelerator_devices", std::move(devices))
      .Set("accelerator_driver", host.accelerators.driver);
}

// What tracing and the sandbox need, and this machine lacks, as a check of a rerun.
tracker::ProspectCheck MachineCheck(Context& context) {
  tracker::ProspectCheck check{.name = "machine",
                               .meaning = "this machine can trace, and make a sandbox",
                               .reasons = {},
                               .at_best = tracker::VerdictResult::kIncomplete};
  for (const Check& tried : Examine(context)) {
    if (tried.ability.available || !tried.needed) continue;
    std::string reason = tried.ability.name + ": " + Printable(tried.ability.reason);
    if (!tried.ability.fix.empty()) reason += "; what helps: " + tried.ability.fix;
    check.reasons.push_back(std::move(reason));
  }
  return check;
}

Json ProspectToJson(const std::string& run, const tracker::Prospect& prospect) {
  const auto texts = [](const std::vector<std::string>& list) {
    Json json = Json::Array{};
    for (const std::string& text : list) json.Append(BytesToJson(text));
    return json;
  };
  Json checks = Json::Array{};
  for (const tracker::ProspectCheck& check : prospect.checks) {
    checks.Append(Json()
                      .Set("name", check.name)
                      .Set("ok", check.reasons.empty())
                      .Set("needed", check.at_best != tracker::VerdictResult::kIdentical)
                      .Set("meaning", check.meaning)
                      .Set("reasons", texts(check.reasons)));
  }
  return Json()
      .Set("run", run)
      .Set("best_verdict", std::string(tracker::VerdictName(prospect.best)))
      .Set("reasons", texts(prospect.reasons()))
      .Set("checks", std::move(checks));
}

Result<int> DoctorOfRun(const std::string& ref, Context& context) {
  tracker::ProspectCheck machine = MachineCheck(context);  // Before the store has threads.
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
  REPRISE_ASSIGN_OR_RETURN(tracker::Prospect prospect, tracker::ExpectVerdict(*store, run));
  if (!machine.reasons.empty()) prospect.best = machine.at_best;  // The worst that there is.
  prospect.checks.insert(prospect.checks.begin(), std::move(machine));
  if (context.global.json) {
    context.PrintJson(ProspectToJson(run.record.id.ToString(), prospect));
  } else {
    std::ostream& out = context.out;
    for (const tracker::ProspectCheck& check : prospect.checks) {
      const bool lowers = check.at_best != tracker::VerdictResult::kIdentical;
      std::string line = check.reasons.empty() ? "yes" : lowers ? "NO" : "no";
      PadTo(5, line);
      line += check.name;
      PadTo(21, line);
      out << line << check.meaning << "\n";
      for (const std::string& reason : check.reasons) out << "       " << reason << "\n";
    }
    out << "best verdict to expect: " << tracker::VerdictName(prospect.best) << "\n";
  }
  return prospect.best == tracker::VerdictResult::kIdentical ? 0 : 1;
}

Result<int> Doctor(const po::variables_map& args, Context& context) {
  if (const auto ref = OptionalText(args, "ref")) {
    REPRISE_TRY(RequireText(*ref, "REF"));
    return DoctorOfRun(*ref, context);
  }
  const std::vector<Check> checks = Examine(context);
  const capture::Host host = capture::ReadHost(capture::SystemView{context.files});
  const bool ok = std::ranges::all_of(
      checks, [](const Check& check) { return check.ability.available || !check.needed; });
  if (context.global.json) {
    context.PrintJson(ToJson(checks, host, context, ok));
  } else {
    PrintText(checks, host, context);
  }
  return ok ? 0 : 1;
}

}  // namespace

Command DoctorCommand() {
  Command command{"doctor", "Show what this machine can do for reruns.", "[REF]"};
  command.examples = {{"reprise doctor", "each ability, and what helps where one is missing"},
                      {"reprise doctor @last", "the best verdict that a rerun can be given here"}};
  command.details =
      "Tries what tracing and the sandbox of a rerun need, in processes that end at once and "
      "folders that are removed again; changes nothing. Ends with 1 when something that is needed "
      "(NO) is missing. What is written `no` only costs time or room. Needs no store. With REF, a "
      "run: whether a rerun of it here can be "
      "identical, or at best not_comparable (other hardware) or incomplete (something is missing), "
      "and why; what is written `no` is to be known, but does not rule an identical one out. "
      "Nothing is run; ends with 0 for identical, else with 1.";
  command.hidden.add_options()("ref", po::value<std::string>());
  command.positionals.add("ref", 1);
  command.run = Doctor;
  return command;
}

}  // namespace reprise::cli
