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

}  // namespace reprise::tracker
