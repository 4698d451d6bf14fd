#include "tracker/recorder/content_pool.h"

#include <mutex>

#include "storage/base/clock.h"
#include "storage/parallel.h"
#include "tracker/content_digest.h"

namespace reprise::tracker {
namespace {

bool IsFatal(ErrorCode code) { return code == ErrorCode::kNoSpace; }

class ContentPool {
 public:
  ContentPool(FileSystem& files, std::vector<WantedContent>& wanted, DigestCache& cache,
              storage::ObjectWriter& writer)
      : files_(files), wanted_(wanted), cache_(cache), writer_(writer) {}

  Result<void> Fetch(storage::PresenceIndex* presence) {
    REPRISE_TRY(AskCache(presence));
    return storage::ParallelFor(unread_.size(), storage::ThreadCount(0),
                                [this](std::size_t i) { return ReadInto(wanted_[unread_[i]]); });
  }

 private:
  // What is known need not be read, unless it is to be stored and is not.
  Result<void> AskCache(storage::PresenceIndex* presence) {
    std::vector<std::size_t> to_ask;
    std::vector<Digest> digests;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      WantedContent& content = wanted_[i];
      const auto stat = files_.StatFollowing(content.path);
      if (!stat.ok()) {
        content.problem = stat.error().message;
        continue;
      }
      content.stat = *stat;
      if (stat->kind != FileKind::kFile) {
        content.problem = "'" + Printable(content.path) + "' is no regular file any more";
        continue;
      }
      content.digest = cache_.Find(content.path, *stat);
      if (!content.digest.has_value() || (content.store && presence == nullptr)) {
        unread_.push_back(i);
      } else if (content.store) {
        to_ask.push_back(i);
        digests.push_back(*content.digest);
      }
    }
    if (digests.empty()) return {};
    REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> present, presence->HasObjects(digests));
    for (std::size_t i = 0; i < to_ask.size(); ++i) {
      if (!present[i]) unread_.push_back(to_ask[i]);
    }
    return {};
  }

  // Fails only where the others need not be tried.
  Result<void> ReadInto(WantedContent& content) {
    const std::int64_t now_unix_ns = NowUnixMs() * 1'000'000;
    auto digest = ReadOne(content);
    const std::lock_guard lock(mutex_);
    if (digest.ok()) {
      content.digest = digest->digest;
      cache_.Remember(content.path, content.stat, digest->digest, now_unix_ns);
      LookAgain(content, digest->size_bytes);
      return {};
    }
    content.digest.reset();
    content.problem = digest.error().message;
    if (IsFatal(digest.error().code)) return std::move(digest).error();
    return {};
  }

  struct ReadContent {
    Digest digest;
    std::uint64_t size_bytes;
  };

  Result<ReadContent> ReadOne(const WantedContent& content) {
    if (!content.store) {
      REPRISE_ASSIGN_OR_RETURN(const storage::Imported read, DigestContent(files_, content.path));
      return ReadContent{read.digest, read.size_bytes};
    }
    REPRISE_ASSIGN_OR_RETURN(const auto file, files_.Open(content.path, OpenMode::kRead));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_.PutFile(*file));
    return ReadContent{put.digest, put.size_bytes};
  }

  void LookAgain(WantedContent& content, std::uint64_t size_bytes) const {
    const auto after = files_.StatFollowing(content.path);
    content.changed = !after.ok() || !IsUnchanged(content.stat, *after);
    if (after.ok()) content.stat = *after;
    content.stat.size_bytes = size_bytes;
  }

  FileSystem& files_;
  std::vector<WantedContent>& wanted_;
  DigestCache& cache_;
  storage::ObjectWriter& writer_;
  std::vector<std::size_t> unread_;
  std::mutex mutex_;
};

}  // namespace

Result<void> FetchContents(FileSystem& files, std::vector<WantedContent>& wanted,
                           DigestCache& cache, storage::PresenceIndex* presence,
                           storage::ObjectWriter& writer) {
  return ContentPool(files, wanted, cache, writer).Fetch(presence);
}

}  // namespace reprise::tracker
