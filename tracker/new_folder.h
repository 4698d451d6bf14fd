// Folders that are filled as a whole or not at all.

#pragma once

#include <string>

#include "storage/base/file.h"

namespace reprise::tracker {

// A folder that a command fills: removed again with all that is in it, unless it is kept, because a
// part of a result would look like the result.  A folder with something in it already is left
// alone; one that was there and empty is emptied.
class NewFolder {
 public:
  NewFolder(FileSystem& files, std::string path);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  void Keep() { what_ = What::kNothing; }

 private:
  enum class What { kNothing, kContent, kFolder };  // What is removed.

  FileSystem& files_;
  const std::string path_;
  What what_ = What::kNothing;
};

}  // namespace reprise::tracker
