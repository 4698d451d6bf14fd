// A folder to work in, for what is laid out of a run.
//
// Thread-safety: one thread at a time.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/new_folder.h"

namespace reprise::tracker {

struct WorkFolderOptions {
  // Absolute: to be kept; else a temporary folder, in $TMPDIR or /tmp.
  std::optional<std::string> keep_folder{};
  // Of several that are to be kept: it is the subfolder of this name.
  std::optional<unsigned> number{};
  std::string purpose = "rerun";  // "rerun": a temporary one is reprise-rerun-….
};

// Removed at the end unless it is to be kept.  One that is to be kept is removed, too, when the
// command was never started in it: a part of a project would look like one.
//
// Beside a temporary one lies a file ….lock, locked while its process lives: the next one of that
// purpose removes what a process that was killed left there.
class WorkFolder {
 public:
  // Errors: kAlreadyExists  the one to be kept is not empty; kIoError, kNoSpace.
  static Result<WorkFolder> Make(FileSystem& files, const WorkFolderOptions& options);
  ~WorkFolder();
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;

  const std::string& path() const { return path_; }
  void EndLayout();
  void Keep();  // From now on it is what was asked for.

  // What a failure before Keep(), or an interruption after it, says of the folder to be kept.
  Error NotBegun(Error error) const;
  std::string WhatIsLeft() const;

 private:
  static Result<WorkFolder> Kept(FileSystem& files, std::string path,
                                 std::optional<std::string> above);

  // With `partial` it is to be kept.
  WorkFolder(FileSystem& files, std::string path, std::unique_ptr<NewFolder> partial,
             std::optional<std::string> above)
      : files_(files),
        path_(std::move(path)),
        kept_(partial != nullptr),
        partial_(std::move(partial)),
        above_(std::move(above)) {}

  FileSystem& files_;
  std::string path_;
  bool kept_;
  std::unique_ptr<FileLock> lock_;  // Of a temporary one.
  std::unique_ptr<NewFolder> partial_;
  std::optional<std::string> above_;  // The folder that was made for those of all reruns.
};

}  // namespace reprise::tracker
