// Comparisons of made-up files, each checked for what holds of every difference.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lineage/compare/content_difference.h"
#include "storage/base/canonical.h"

namespace reprise::testing {

// How `actual` differs from `expected`.  Sentences are printable and details canonical, always.
inline lineage::ContentDifference Compare(std::string_view expected, std::string_view actual,
                                          std::string_view name = "file") {
  const lineage::MemoryContent before(expected);
  const lineage::MemoryContent after(actual);
  auto difference = lineage::CompareContent(before, after, name);
  EXPECT_TRUE(difference.ok()) << difference.error().message;
  if (!difference.ok()) return {};
  EXPECT_TRUE(IsUtf8(difference->sentence));
  EXPECT_EQ(difference->sentence.find('\n'), std::string::npos);
  EXPECT_TRUE(difference->details.is_object());
  EXPECT_TRUE(Canonicalize(lineage::ContentDifferenceToJson(*difference)).ok());
  return *std::move(difference);
}

// "kind: sentence".
inline std::string Told(std::string_view expected, std::string_view actual,
                        std::string_view name = "file") {
  const lineage::ContentDifference difference = Compare(expected, actual, name);
  return difference.kind + ": " + difference.sentence;
}

// The member at "a/b/0" of some JSON as canonical text; "absent" if there is none.
inline std::string At(const Json& json, std::string_view path) {
  const Json* value = &json;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (value->is_array()) {
      const std::size_t index = std::stoul(std::string(name));
      if (index >= value->as_array().size()) return "absent";
      value = &value->as_array()[index];
    } else {
      value = value->Find(name);
      if (value == nullptr) return "absent";
    }
  }
  return Canonicalize(*value).value_or("not canonical");
}

}  // namespace reprise::testing
