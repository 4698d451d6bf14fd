// Folders that are filled as a whole or not at all.

#pragma once

#include <memory>
#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// A folder that a command fills: removed again with all that is in it, unless it is kept, because a
// part of a result would look like the result.  One that was there and empty is emptied.
//
// Of several processes that want the same folder one gets it, and only that one removes anything:
// until it is laid out, a file of the name kClaimName lies in it.
class NewFolder {
 public:
  static constexpr std::string_view kClaimName = ".reprise-new";

  // Makes it, and the folders above it.
  // Errors: kAlreadyExists  something is in it, or it is no folder; nothing was changed.
  static Result<std::unique_ptr<NewFolder>> Make(FileSystem& files, std::string path);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  // Everything has been laid out, so that only that is to be there; it may still be removed.
  void EndLayout();
  void Keep();

 private:
  NewFolder(FileSystem& files, std::string path, bool is_made)
      : files_(files), path_(std::move(path)), is_made_(is_made) {}

  FileSystem& files_;
  const std::string path_;
  const bool is_made_;  // By us, so that it goes as a whole.
  bool is_kept_ = false;
};

}  // namespace reprise::tracker
