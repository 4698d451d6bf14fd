#include "tracker/run_closure.h"

namespace reprise::tracker {

Result<lineage::Closure> ReadClosure(storage::ObjectReader& objects, const Digest& closure) {
  std::string document;  // That of a run with very many files is larger than what Get() holds.
  REPRISE_TRY(objects.Read(closure, [&](ByteSpan part) -> Result<void> {
    document += AsText(part);
    return {};
  }));
  return lineage::DecodeClosure(document);
}

Result<std::vector<std::string>> SecretsRead(storage::ObjectReader& objects,
                                             const lineage::RunRecord& record) {
  std::vector<std::string> paths;
  if (!record.capture.closure.has_value()) return paths;
  REPRISE_ASSIGN_OR_RETURN(const lineage::Closure closure,
                           ReadClosure(objects, *record.capture.closure));
  constexpr std::uint32_t kUsesOfContent = lineage::kFileRead | lineage::kFileExecuted;
  for (const lineage::ClosureFile& file : closure.files) {
    const bool is_read = file.file_class == lineage::FileClass::kSecret &&
                         file.kind == FileKind::kFile && (file.uses & kUsesOfContent) != 0;
    if (is_read) paths.push_back(file.path);
  }
  return paths;
}

}  // namespace reprise::tracker
