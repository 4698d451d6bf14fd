// What goes into which layer of an image.
//
// The first layer holds what belongs to the machine: programs, libraries, caches, configuration.
// Runs of one environment mostly have the same, and then it has the same digest, so that whoever
// keeps several images keeps it once.  The second holds what belongs to the run: its project, its
// data, and whatever lies in temporary folders.
//
// Thread-safety: as ObjectReader.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/oci/tar.h"
#include "tracker/replay/root_contents.h"

namespace reprise::tracker {

struct LayerEntry {
  TarEntry header;
  std::optional<Digest> content;  // Of a file; none: it is empty.
};

struct LayerContents {
  std::string name;                 // "system", "project".
  std::vector<LayerEntry> entries;  // By path; each folder before what is in it.
};

struct ImageContents {
  std::vector<LayerContents> layers;  // Those that have entries; at least one.
  std::uint64_t size_bytes = 0;       // Of all content.
  std::vector<std::string> missing;   // Sentences: what the run used and cannot be put in.
  std::vector<std::string> secrets;   // Paths that are left out.
};

// Sorts `contents` into layers.  Placeholders are empty files; of folders that have no entry of
// their own the mode is 0755 and the time 0.  `project_folder` is absolute.
// Errors: kCorruption  a path is not one that can be laid out below a root;
//         those of ObjectReader::Describe() but kNotFound.
Result<ImageContents> ContentsOfImage(storage::ObjectReader& objects, const RootContents& contents,
                                      const std::string& project_folder);

}  // namespace reprise::tracker
