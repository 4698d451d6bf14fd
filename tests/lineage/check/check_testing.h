// Tables for the tests of checks.

#pragma once

#include <sstream>
#include <string>

#include "lineage/check/check_table.h"

namespace reprise::lineage::testing {

// A table in memory.
class Table {
 public:
  explicit Table(std::string text) : text_(std::move(text)), content_(text_) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  CheckedTable Checked(const std::string& name = "scores.csv") const {
    return {.name = name, .digest = Digest(), .content = &content_};
  }

 private:
  const std::string text_;
  const MemoryContent content_;
};

// 200 rows with the columns score, other, bad and sex, of which SciPy and scikit-learn computed
// what the tests expect:
//   score = [((i * 37 + 11) % 101) / 101 for i in range(200)]
//   other = [((i * 29 + 5) % 103) / 103 * 0.5 + score[i] * 0.5 for i in range(200)]
//   bad = [1 if ((i * 53) % 97) / 97 < 0.15 + 0.6 * score[i] else 0 for i in range(200)]
//   sex = ["F" if i % 3 else "M" for i in range(200)]
inline std::string SampleText() {
  std::ostringstream text;
  text.precision(17);
  text << "score,other,bad,sex\n";
  for (int i = 0; i < 200; ++i) {
    const double score = (i * 37 + 11) % 101 / 101.0;
    const double other = (i * 29 + 5) % 103 / 103.0 * 0.5 + score * 0.5;
    const int bad = i * 53 % 97 / 97.0 < 0.15 + 0.6 * score ? 1 : 0;
    text << score << "," << other << "," << bad << "," << (i % 3 != 0 ? "F" : "M") << "\n";
  }
  return text.str();
}

}  // namespace reprise::lineage::testing
