// Objects in memory, for tests of what reads them.

#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/crypto/sha256.h"
#include "storage/object_store.h"
#include "storage/tree.h"

namespace reprise::testing {

class MemoryObjects final : public storage::ObjectReader {
 public:
  Digest Put(std::string content) {
    const Digest digest = crypto::Sha256(content);
    objects_[digest] = std::move(content);
    return digest;
  }

  // A folder of entries, which need not be sorted.
  Digest PutTree(std::vector<storage::TreeEntry> entries) {
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return Put(storage::EncodeTree({std::move(entries)}));
  }

  void Remove(const Digest& digest) { objects_.erase(digest); }

  Result<storage::ObjectInfo> Describe(const Digest& digest) override {
    REPRISE_ASSIGN_OR_RETURN(const std::string content, Get(digest));
    return storage::ObjectInfo{digest, content.size(), content.size(), 1};
  }
  Result<std::string> Get(const Digest& digest) override {
    const auto object = objects_.find(digest);
    if (object == objects_.end()) {
      return Error{ErrorCode::kNotFound, "there is no object " + digest.ToString()};
    }
    return object->second;
  }
  Result<void> Read(const Digest& digest,
                    const std::function<Result<void>(ByteSpan part)>& sink) override {
    REPRISE_ASSIGN_OR_RETURN(const std::string content, Get(digest));
    return sink(AsBytes(content));
  }
  Result<std::unique_ptr<storage::ObjectStream>> Open(const Digest& digest) override {
    REPRISE_ASSIGN_OR_RETURN(std::string content, Get(digest));
    return std::unique_ptr<storage::ObjectStream>(std::make_unique<Stream>(std::move(content)));
  }
  Result<void> VisitChunks(const Digest& digest, const ChunkVisit& visit,
                           const ChunkVisit&) override {
    REPRISE_ASSIGN_OR_RETURN(const std::string content, Get(digest));
    return visit(digest, content.size());  // As if every object were one chunk.
  }

 private:
  class Stream final : public storage::ObjectStream {
   public:
    explicit Stream(std::string content) : rest_(std::move(content)) {}
    Result<bool> Next(std::string& out) override {
      if (rest_.empty()) return false;
      out += std::exchange(rest_, {});
      return true;
    }

   private:
    std::string rest_;
  };

  std::map<Digest, std::string> objects_;
};

inline storage::TreeEntry FileEntry(const std::string& name, const Digest& digest,
                                    std::uint64_t size_bytes = 1) {
  return {.name = name, .size_bytes = size_bytes, .digest = digest, .target = ""};
}
inline storage::TreeEntry FileOf(const std::string& name, const std::string& content) {
  return FileEntry(name, crypto::Sha256(content), content.size());
}
inline storage::TreeEntry FolderEntry(const std::string& name, const Digest& digest,
                                      std::uint64_t size_bytes = 0) {
  return {.name = name,
          .kind = FileKind::kDirectory,
          .size_bytes = size_bytes,
          .digest = digest,
          .target = ""};
}

}  // namespace reprise::testing
