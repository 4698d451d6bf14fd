// Passing over the chunks that two tree documents share.
//
// A chunk in both means the same entries in both.  Names are in order and stand once, so what lies
// between two shared chunks of one document can only be matched by what lies between the same two
// of the other.  The ends of such a stretch need not be ends of entries: it is widened by the end
// of the shared chunk before it and the beginning of the one after it, which are the same in both.

#include <algorithm>
#include <array>
#include <unordered_map>

#include "lineage/diff/tree_diff.h"

namespace reprise::lineage {
namespace {

using storage::TreeEntry;

// The end of one entry and the beginning of the next, whose first member is its digest or, of a
// symlink, its kind.  In a string of canonical JSON a quote stands only after a backslash, and
// after the quote that ends one comes a comma, a colon or a bracket: so these stand nowhere else in
// a tree document.  A name may well end with "},{".
constexpr std::array<std::string_view, 2> kBetweenEntries = {R"(},{"d)", R"(},{"k)"};

std::size_t FindFirstBetween(std::string_view chunk) {
  return std::min(chunk.find(kBetweenEntries[0]), chunk.find(kBetweenEntries[1]));
}

std::size_t FindLastBetween(std::string_view chunk) {
  const std::size_t file = chunk.rfind(kBetweenEntries[0]);
  const std::size_t symlink = chunk.rfind(kBetweenEntries[1]);
  if (file == chunk.npos || symlink == chunk.npos) return std::min(file, symlink);
  return std::max(file, symlink);
}

class CursorEntries final : public EntryReader {
 public:
  explicit CursorEntries(storage::TreeCursor cursor) : cursor_(std::move(cursor)) {}
  Result<std::optional<TreeEntry>> Next() override { return cursor_.Next(); }

 private:
  storage::TreeCursor cursor_;
};

// Chunks [begin, end) of a document, with parts of shared chunks around them.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string lead;   // Of the chunk before, from the beginning of its last entry on.
  std::string trail;  // Of the chunk after, to the end of its first whole entry or part of one.
  bool begins_document = false;
  bool ends_document = false;
};

class StretchEntries final : public EntryReader {
 public:
  StretchEntries(storage::ChunkReader& chunks, std::vector<Digest> digests,
                 std::vector<Stretch> stretches)
      : chunks_(chunks), digests_(std::move(digests)), stretches_(std::move(stretches)) {
    const std::string empty = storage::EncodeTree({});
    const std::size_t entries = empty.find('[') + 1;
    head_ = empty.substr(0, entries);
    tail_ = empty.substr(entries);
  }

  Result<std::optional<TreeEntry>> Next() override {
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(auto entry, decoder_.Next());
      if (entry.has_value()) return entry;
      if (fed_whole_) {
        REPRISE_TRY(decoder_.Finish());
        decoder_ = {};
        fed_whole_ = false;
        ++stretch_;
        is_open_ = false;
      }
      if (stretch_ == stretches_.size()) return std::optional<TreeEntry>();
      REPRISE_TRY(FeedOn());
    }
  }

 private:
  Result<void> FeedOn() {
    const Stretch& stretch = stretches_[stretch_];
    if (!is_open_) {
      is_open_ = true;
      next_ = stretch.begin;
      if (!stretch.begins_document) decoder_.Feed(head_ + stretch.lead);
    }
    if (next_ < stretch.end) {
      REPRISE_ASSIGN_OR_RETURN(const std::string content, chunks_.ReadChunk(digests_[next_++]));
      decoder_.Feed(content);
      return {};
    }
    if (!stretch.ends_document) decoder_.Feed(stretch.trail + tail_);
    fed_whole_ = true;
    return {};
  }

  storage::ChunkReader& chunks_;
  const std::vector<Digest> digests_;
  const std::vector<Stretch> stretches_;
  std::string head_;
  std::string tail_;
  storage::TreeDecoder decoder_;
  std::size_t stretch_ = 0;
  std::size_t next_ = 0;  // The chunk to be fed.
  bool is_open_ = false;
  bool fed_whole_ = false;
};

struct Stretches {
  std::vector<Stretch> before;
  std::vector<Stretch> after;
};

// What lies between the chunks that both lists have in one order.
Stretches FindStretches(const std::vector<Digest>& before, const std::vector<Digest>& after) {
  std::unordered_map<Digest, std::size_t> places;  // In `after`; of repetitions the first.
  places.reserve(after.size());
  for (std::size_t i = 0; i < after.size(); ++i) places.emplace(after[i], i);
  Stretches stretches;
  std::size_t next_before = 0;
  std::size_t next_after = 0;
  const auto add = [&](std::size_t end_before, std::size_t end_after) {
    if (end_before == next_before && end_after == next_after) return;
    const bool begins = next_before == 0 && next_after == 0;
    const bool ends = end_before == before.size() && end_after == after.size();
    stretches.before.push_back({next_before, end_before, "", "", begins, ends});
    stretches.after.push_back({next_after, end_after, "", "", begins, ends});
  };
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto found = places.find(before[i]);
    if (found == places.end() || found->second < next_after) continue;
    add(i, found->second);
    next_before = i + 1;
    next_after = found->second + 1;
  }
  add(before.size(), after.size());
  return stretches;
}

// Fills in what surrounds the stretches; false: some shared chunk has no end of an entry.
Result<bool> Widen(storage::ChunkReader& chunks, const std::vector<Digest>& digests,
                   Stretches& stretches) {
  for (std::size_t i = 0; i < stretches.before.size(); ++i) {
    Stretch& stretch = stretches.before[i];
    if (!stretch.begins_document) {
      REPRISE_ASSIGN_OR_RETURN(const std::string chunk,
                               chunks.ReadChunk(digests[stretch.begin - 1]));
      const std::size_t between = FindLastBetween(chunk);
      if (between == std::string::npos) return false;
      stretch.lead = chunk.substr(between + 2);
    }
    if (!stretch.ends_document) {
      REPRISE_ASSIGN_OR_RETURN(const std::string chunk, chunks.ReadChunk(digests[stretch.end]));
      const std::size_t between = FindFirstBetween(chunk);
      if (between == std::string::npos) return false;
      stretch.trail = chunk.substr(0, between + 1);
    }
    stretches.after[i].lead = stretch.lead;
    stretches.after[i].trail = stretch.trail;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<EntryReader>> OpenEntries(const StoredContents& contents,
                                                 const Digest& folder) {
  REPRISE_ASSIGN_OR_RETURN(auto entries, storage::TreeCursor::Open(contents.objects, folder));
  return std::unique_ptr<EntryReader>(std::make_unique<CursorEntries>(std::move(entries)));
}

Result<EntryReaders> OpenDifferingEntries(const StoredContents& contents, const Digest& before,
                                          const Digest& after) {
  if (contents.chunks != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(std::vector<Digest> old_chunks, contents.chunks->ListChunks(before));
    REPRISE_ASSIGN_OR_RETURN(std::vector<Digest> new_chunks, contents.chunks->ListChunks(after));
    Stretches stretches = FindStretches(old_chunks, new_chunks);
    REPRISE_ASSIGN_OR_RETURN(const bool are_entries,
                             Widen(*contents.chunks, old_chunks, stretches));
    if (are_entries) {
      return EntryReaders{std::make_unique<StretchEntries>(*contents.chunks, std::move(old_chunks),
                                                           std::move(stretches.before)),
                          std::make_unique<StretchEntries>(*contents.chunks, std::move(new_chunks),
                                                           std::move(stretches.after))};
    }
  }
  EntryReaders readers;
  REPRISE_ASSIGN_OR_RETURN(readers.before, OpenEntries(contents, before));
  REPRISE_ASSIGN_OR_RETURN(readers.after, OpenEntries(contents, after));
  return readers;
}

}  // namespace reprise::lineage
