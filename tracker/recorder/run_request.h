// What is asked of a recorder.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lineage/param_value.h"
#include "storage/base/ulid.h"
#include "storage/stop.h"
#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker {

namespace v1 {
class CodeCaptured;
}

// How long a recorder asks a busy store what it has already, while a program waits for it; then
// everything is stored again.
inline constexpr std::int64_t kAskWaitMsMax = 500;

// What a command gets in place of the text that is recorded of it.
struct StartedAs {
  std::vector<std::string> arguments;  // Templates are filled.
  std::map<std::string, lineage::ParamValue> params;
  std::map<std::string, std::string> variables;  // Of its environment, those that differ.
};

// What is known of a rerun before it starts, as it is made of the store's content alone.
struct KnownStart {
  std::shared_ptr<const v1::CodeCaptured> captured;  // As of the original; inputs by absolute path.
  // Inputs that other data takes the place of: their absolute path, and where on the host the data
  // lies.
  std::map<std::string, std::string> replaced_inputs;
};

struct RunRequest {
  std::string store_folder;          // Absolute.
  std::string project_folder;        // Absolute.
  std::string working_directory;     // Absolute.
  std::vector<std::string> command;  // argv; "{key}" stands for the parameter `key`.
  std::string experiment = "default";
  std::optional<std::string> name;  // Made up when absent.
  std::map<std::string, lineage::ParamValue> params;
  std::vector<std::string> inputs;                 // -i; absolute.
  std::map<std::string, std::string> input_roles;  // Of some of `inputs`.
  std::vector<std::string> outputs;                // -o; absolute.
  std::map<std::string, std::string> tags;
  std::vector<std::string> notes;
  std::map<std::string, std::string> variables;  // Set for the command, and part of the recipe.
  std::optional<Ulid> reproduces;
  std::optional<Ulid> derived_from;
  std::vector<std::string> warnings;       // To be recorded.
  std::string capture_level = "declared";  // declared | observed | sealed
  // The folder that the recorded text means where it names the project; absent: project_folder.
  std::optional<std::string> named_project_folder;
  std::optional<StartedAs> started_as;                  // Absent: just what is recorded.
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; absent: ours.
  // In a sandbox: its root; paths of the request are those of the sandbox.  Needs `known_start`.
  std::optional<SandboxSpec> sandbox;
  std::optional<KnownStart> known_start;
  bool stdin_is_null = false;     // Else the command has ours.
  bool stdout_to_stderr = false;  // Under --json.
  // Asked until the command starts: then what was captured is thrown away, and nothing stays
  // behind. Later signals are the command's.
  storage::StopFunction stop{};
  // Called now and then from any thread until the command starts: files and bytes stored so far;
  // and once before it starts, or when it will not.
  std::function<void(std::uint64_t files, std::uint64_t bytes)> progress{};
  std::function<void()> progress_done{};
};

}  // namespace reprise::tracker
