// What `reprise diff` prints for people.

#pragma once

#include <ostream>

#include "lineage/diff/run_diff.h"

namespace reprise::cli {

// Every list is cut after `listed_max` lines, with a line that says how many more there are.
// Nothing is printed of what does not differ.
void PrintRunDiff(const lineage::RunDiff& diff, std::size_t listed_max, std::ostream& out);

// `subject` is what the sentence is about, printable.
void PrintArtifactDiff(const std::string& subject, const lineage::ArtifactDiff& diff,
                       std::size_t listed_max, std::ostream& out);

}  // namespace reprise::cli
