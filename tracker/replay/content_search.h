// Looking for text in stored files.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lineage/recipe.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

using Matches = std::function<bool(const std::string& content)>;

// Whether a stored file is short enough to be looked at, which takes its size off `bytes_left`, and
// `matches`.
Result<bool> SearchContent(Store& store, const Digest& content, std::uint64_t size_bytes,
                           const Matches& matches, std::uint64_t& bytes_left);

// The first file of the tree whose content `matches`.
Result<std::optional<std::string>> FindInFolder(Store& store, const Digest& tree,
                                                const Matches& matches, std::uint64_t& bytes_left);

// The first file of the code whose content `matches`.
Result<std::optional<std::string>> FindInCode(Store& store, const lineage::Recipe& recipe,
                                              const Matches& matches);

}  // namespace reprise::tracker
