// What a root folder must hold so that a recorded run finds in it what it found then.
//
// The closure of the run, the rest of its code and inputs around that, and the names, without
// content, that only had to be there: of listed folders, and of files that were asked for and not
// read.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/closure.h"
#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct RootEntry {
  FileKind kind = FileKind::kFile;
  lineage::FileClass file_class = lineage::FileClass::kSystem;
  std::optional<Digest> digest;          // Of kFile; none: only the name is known.
  std::uint64_t size_bytes = 0;          // Of kFile.
  std::uint32_t mode = 0644;             // Permission bits.
  std::int64_t modified_at_unix_ns = 0;  // 0: not known.
  std::string target;                    // Of kSymlink.
  bool changed = false;                  // By the run: it needs one of its own.
};

struct RootContents {
  // By absolute path.  Folders above an entry need not have one of their own.  Devices and what the
  // kernel makes up are left out.
  std::map<std::string, RootEntry> entries;
  // What is needed and cannot be had from the store: sentences.
  std::vector<std::string> missing;
  bool moves_folders = false;  // The run renamed or removed some, which overlays forbid.
};

// Absolute paths lead to where they led on the recording machine; the project lies at its recorded
// path.
// Errors: kNotFound               the run has no closure: it was not traced, or not to the end;
//         kCorruption, kIoError   a document cannot be read.
Result<RootContents> ContentsOfRoot(Store& store, const StoredRun& run);

// `path` without the symlinks that `contents` has.
std::string RealInRoot(const RootContents& contents, const std::string& path);

// The closure document of a run.  Errors: as above.
Result<lineage::Closure> ReadClosure(Store& store, const StoredRun& run);

// The absolute path by which the run named its project.
std::string RecordedProject(const StoredRun& run);

}  // namespace reprise::tracker
