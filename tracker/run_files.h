// The files of a run by class, and which rule put each there, for whoever asks what was recorded
// and why.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/closure.h"
#include "lineage/run_record.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// A file that the run used or made.
struct RunFile {
  std::string path;           // Absolute and real; of outputs as the run record has it; raw bytes.
  std::string name_of_class;  // As in lineage::FileClassName(), or "output", "missing".
  std::uint32_t uses = 0;     // lineage::FileUse
  std::optional<std::uint64_t> size_bytes;  // Of files and outputs.
  std::optional<Digest> digest;
  // What is kept of it: "stored"; "hashed": its digest alone; "unread": its content was not used;
  // "unreadable"; "secret": to be supplied again; "volatile": made anew by each kernel; "absent";
  // or what is no file: "folder", "link", "special".
  std::string state;
  bool unstable = false;
  std::optional<lineage::ClosureRule> rule;  // None where it was not recorded.
};

struct FilesOfRule {
  std::optional<lineage::ClosureRule> rule;
  std::uint64_t count = 0;
  std::uint64_t size_bytes = 0;  // Of those files whose size is known.
};

struct FilesOfClass {
  std::string name_of_class;
  std::uint64_t count = 0;
  std::uint64_t size_bytes = 0;
  std::vector<FilesOfRule> rules;  // Most files first; else in the order of rules.
};

struct RunFiles {
  // Files, folders and symlinks that the run used, by path; then its outputs; then the names that
  // it looked up and did not find.
  std::vector<RunFile> files;
  std::vector<FilesOfClass> classes;  // In the order of FileClassNames(); none that is empty.
};

// What name_of_class can be, in the order in which they are shown.
std::vector<std::string> FileClassNames();

// Whether a file is asked for by `choice`: the name of a class, "input" (data that the run read) or
// "all" (all that was there).
bool IsChosen(const RunFile& file, std::string_view choice);

// The paths of the secrets whose content the run used, in their order.
std::vector<std::string> SecretsRead(const RunFiles& files);

// Nothing for a run that was not traced.  Errors: those of ReadClosure().
Result<std::optional<RunFiles>> FilesOfRun(storage::ObjectReader& objects,
                                           const lineage::RunRecord& record);

// {"classes": [{"class", "count", "size_bytes", "rules": […]}], "listed": null, or those of
// `choice`}.
Json RunFilesToJson(const RunFiles& files, const std::optional<std::string>& choice);

}  // namespace reprise::tracker
