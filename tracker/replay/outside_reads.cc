#include "tracker/replay/outside_reads.h"

#include <map>
#include <set>

#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using lineage::ClosureFile;
using lineage::FileClass;

// What does not come from the recording machine anyway.
bool IsLocal(FileClass file_class) {
  return file_class == FileClass::kScratch || file_class == FileClass::kCache ||
         file_class == FileClass::kDevice || file_class == FileClass::kKernel;
}

}  // namespace

std::vector<std::string> ReadsOutside(const lineage::Closure& original,
                                      const lineage::Closure& rerun) {
  std::map<std::string, const ClosureFile*> known;
  for (const ClosureFile& file : original.files) known.emplace(file.path, &file);
  std::set<std::string> listed;
  for (const lineage::ClosureListing& listing : original.listings) listed.insert(listing.folder);
  std::vector<std::string> sentences;
  for (const ClosureFile& file : rerun.files) {
    if (IsLocal(file.file_class)) continue;
    const auto before = known.find(file.path);
    const bool was_read =
        before != known.end() &&
        (before->second->digest.has_value() || before->second->file_class == FileClass::kSecret);
    if (file.kind == FileKind::kFile && (file.uses & lineage::kFileRead) != 0 && !was_read &&
        file.digest.has_value() && file.size_bytes == 0) {
      sentences.push_back("it read '" + Printable(file.path) +
                          "', of which only the name was captured");
    }
    if (file.kind == FileKind::kDirectory && (file.uses & lineage::kFileListed) != 0 &&
        !listed.contains(file.path)) {
      sentences.push_back("it listed '" + Printable(file.path) +
                          "', of which not every name was captured");
    }
  }
  return sentences;
}

}  // namespace reprise::tracker
