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

constexpr std::uint32_t kUsesOfContent = lineage::kFileRead | lineage::kFileExecuted;

// A run whose own reads could not be kept is not rerun without them being supplied.
bool HasContent(const ClosureFile& file) {
  return file.digest.has_value() || (file.uses & kUsesOfContent) != 0;
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
    // What is no file of the closure may be of the code or of an input, and has its content then.
    const bool only_its_name =
        before != known.end() ? !HasContent(*before->second)
                              : file.size_bytes == 0 && file.file_class != FileClass::kCode;
    if (file.kind == FileKind::kFile && (file.uses & kUsesOfContent) != 0 && only_its_name) {
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
