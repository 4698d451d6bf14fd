// From the trace of a run to what it used and made: its closure, inputs and outputs.
//
// Which files are what is decided by classes (lineage/capture/file_rules.h) and by what the run did
// with them; docs/formats/closure.md says how a closure reads.

#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "lineage/closure.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/proto/journal.pb.h"
#include "tracker/recorder/used_file_rules.h"
#include "tracker/trace/access.h"

namespace reprise::tracker {

struct TracedFilesOptions {
  std::string project_folder;  // As the run names it.
  std::string store_folder;    // What lies in it is no file of the run.
  std::string session_folder;  // Where kept content lies.
  std::string cache_folder;    // Of digests; empty: none.
  RuleOfPath rule_of;
  // What the recorded code, whose content is stored anyhow, has at a real path: nullptr for
  // nothing; absent: it has nothing at all.
  std::function<const v1::CodeFile*(const std::string& path)> code_file{};
  bool stores_system = true;  // Else system files are named and not kept.
  // The run's paths are those of a sandbox.  Its files have other numbers for us than for the run,
  // and nothing is remembered of them.
  bool in_sandbox = false;
  // Whether what lies at a real path was changed when the run was over, so that it is no output of
  // it; absent: nothing was.
  std::function<bool(const std::string& path)> changed_afterwards{};
  // Absolute paths, as the run names them: what lies at or below them is captured already.
  std::set<std::string> known_inputs;
  std::set<std::string> known_outputs;
  storage::PresenceIndex* presence = nullptr;
};

struct TracedFiles {
  lineage::Closure closure;
  std::vector<v1::Artifact> inputs;    // Data that the run read.
  std::vector<v1::Artifact> outputs;   // What it made or changed and left.
  std::vector<std::string> libraries;  // System files that are ELF objects, by their real path.
  // Files of the session's folder that hold what secrets were before the run changed them: to be
  // removed before anybody else gets the session.
  std::vector<std::string> kept_secrets;
  std::vector<std::string> warnings;
};

// `files` has the files of the run by its paths, and the session's; `host` the cache.  Stores
// through `writer` what is to be stored.  Of a secret (FileClass::kSecret) that the run read
// the closure has a keyed digest, and its content is stored nowhere, under whatever name the run
// knew or left it, unless somebody named it as an input or it is part of the code.
// Errors: kNoSpace, and those of a store that cannot be written. What cannot be read is a warning.
Result<TracedFiles> CaptureTracedFiles(FileSystem& host, FileSystem& files, const Trace& trace,
                                       const TracedFilesOptions& options,
                                       storage::ObjectWriter& writer);

}  // namespace reprise::tracker
