// What the system says of a file, as FileSystem tells it.

#pragma once

#include <sys/stat.h>

#include "storage/base/file.h"

namespace reprise {

// A time beyond the years 1677 to 2262, which a file may be given, is the first or last of them.
FileStat FromStat(const struct stat& st);

}  // namespace reprise
