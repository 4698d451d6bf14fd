#include "tracker/new_folder.h"

#include <utility>

namespace reprise::tracker {

NewFolder::NewFolder(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {
  if (!Exists(files_, path_)) {
    what_ = What::kFolder;
    return;
  }
  const auto entries = files_.List(path_);
  if (entries.ok() && entries->empty()) what_ = What::kContent;
}

NewFolder::~NewFolder() {
  // Best effort: the failure that led here is the one to report.
  if (what_ == What::kFolder) (void)RemoveTree(files_, path_);
  if (what_ != What::kContent) return;
  const auto entries = files_.List(path_);
  if (!entries.ok()) return;
  for (const DirectoryEntry& entry : *entries)
    (void)RemoveTree(files_, JoinPath(path_, entry.name));
}

}  // namespace reprise::tracker
