#include "tracker/closure_search.h"

#include <utility>

#include "tracker/run_closure.h"

namespace reprise::tracker {
namespace {

// The document; empty: it cannot be read.
std::string ReadDocument(storage::ObjectReader& objects, const Digest& closure) {
  std::string document;
  const auto read = objects.Read(closure, [&](ByteSpan part) -> Result<void> {
    document += AsText(part);
    return {};
  });
  return read.ok() ? document : "";
}

}  // namespace

Result<ClosureUses> FindInClosures(Store& store, const Digest& digest, std::size_t searched_max) {
  ClosureUses found;
  const std::string name = digest.ToString();
  std::size_t searched = 0;
  REPRISE_TRY(store.ForEachRun([&](const StoredRun& run) {
    if (!run.record.capture.closure.has_value()) return true;
    if (searched++ == searched_max) {
      found.is_cut = true;
      return false;
    }
    const std::string document = ReadDocument(store.objects(), *run.record.capture.closure);
    found.is_cut = found.is_cut || document.empty();
    if (document.find(name) == std::string::npos) return true;
    const auto closure = lineage::DecodeClosure(document);
    if (!closure.ok()) {
      found.is_cut = true;
      return true;
    }
    for (const lineage::ClosureFile& file : closure->files) {
      if (file.digest != digest) continue;
      found.uses.push_back({run.record.id, file.path, file.file_class});
    }
    return true;
  }));
  return found;
}

std::string SentenceOfCutSearch() {
  return "whether runs before the newest " + std::to_string(kClosuresSearchedMax) +
         " that were traced used it is not known";
}

}  // namespace reprise::tracker
