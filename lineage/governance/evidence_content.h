// What evidence must hold where others read it: model cards, which inventories show, and the JSON
// documents of docs/formats/checks.md, which reports draw.
//
// Thread-safety: pure functions.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// Longer content is none of them.
inline constexpr std::size_t kTypedEvidenceBytesMax = std::size_t{16} << 20;

// Checks evidence of the kind `kind` as far as it is one of them; anything else is left as it is.
// `file_name` stands in messages.
// Errors: kInvalidArgument  the kind, a card that is none, a document whose members are not those
//                           of its type, or one that is evidence of another kind.
Result<void> CheckEvidenceContent(std::string_view kind, std::string_view content,
                                  std::string_view file_name);

// "reprise/validation/v1"
struct ValidationMetrics {
  std::map<std::string, double> metrics;
  std::optional<Digest> dataset;  // Of what the model was judged by, where it says so.
};

// The metrics of such a document; absent: `content` is none.
std::optional<ValidationMetrics> ReadValidation(std::string_view content);

}  // namespace reprise::lineage
