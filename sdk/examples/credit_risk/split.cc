// Each class is shuffled by Fisher and Yates (Knuth, The Art of Computer Programming 2, 3.4.2,
// algorithm P) and its head is held out.  Sorting afterwards keeps the order of the file, so that
// the split decides which rows are trained on and nothing else.

#include "split.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "csv.h"
#include "text.h"

namespace credit_risk {

std::uint64_t SplitMix64::Next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

std::uint64_t SplitMix64::Below(std::uint64_t bound) {
  // Numbers under 2^64 mod `bound` are drawn again: without them every remainder is equally likely.
  const std::uint64_t rejected_below = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t number = Next();
    if (number >= rejected_below) return number % bound;
  }
}

Split StratifiedSplit(const std::vector<std::uint8_t>& labels, double hold_out_fraction,
                      std::uint64_t seed) {
  SplitMix64 random(seed);
  Split split;
  for (const std::uint8_t label : {0, 1}) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      if (labels[row] == label) rows.push_back(row);
    }
    for (std::size_t left = rows.size(); left > 1; --left) {
      std::swap(rows[left - 1], rows[random.Below(left)]);
    }
    const double wanted = std::round(hold_out_fraction * static_cast<double>(rows.size()));
    if (!(wanted >= 1) || !(wanted < static_cast<double>(rows.size()))) {
      throw InputError("holding out " + ToText(hold_out_fraction) + " of the " +
                       (label == 1 ? "bad" : "good") + " loans, of which there are " +
                       ToText(rows.size()) +
                       ", leaves a part without any; more rows are needed, or another share");
    }
    const auto head = rows.begin() + static_cast<std::ptrdiff_t>(wanted);
    split.hold_out.insert(split.hold_out.end(), rows.begin(), head);
    split.train.insert(split.train.end(), head, rows.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.hold_out.begin(), split.hold_out.end());
  return split;
}

}  // namespace credit_risk
