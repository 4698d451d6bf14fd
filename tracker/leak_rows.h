// The rows that tables of different roles share: a part of tracker/leak.h.
//
// Thread-safety: one thread at a time.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "tracker/leak.h"

namespace reprise::tracker {

// Sentences in the order in which they came, each once.
class SentenceList {
 public:
  void Add(std::string sentence) {
    if (known_.insert(sentence).second) sentences_.push_back(std::move(sentence));
  }
  std::vector<std::string> Take() { return std::move(sentences_); }

 private:
  std::vector<std::string> sentences_;
  std::set<std::string> known_;
};

// Adds to `pairs` what the tables and JSON Lines among `files`, which are in the order of their
// roles, share by rows, to `not_checked` what could not be compared, and to `not_read` files of
// formats that hold rows and are not read.  A file that is also one of an earlier role is not
// compared with that role.
//
// Tables are compared over the columns that both have.  Every table is read once for each such set
// of columns that it has with others: mostly once.
// Errors: as FindLeaks().
Result<void> CompareRows(storage::ObjectReader& objects, const LeakOptions& options,
                         const std::vector<LeakFile>& files, LeakingPairs& pairs,
                         SentenceList& not_checked, SentenceList& not_read);

}  // namespace reprise::tracker
