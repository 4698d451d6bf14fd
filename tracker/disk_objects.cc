#include "tracker/disk_objects.h"

#include <utility>

#include "storage/base/text_value.h"
#include "storage/crypto/sha256.h"
#include "storage/importer.h"
#include "storage/tree.h"
#include "tracker/content_digest.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kReadBytes = 1U << 20;

Error HasChanged(const std::string& path) {
  return Error{ErrorCode::kIoError,
               "'" + Printable(path) + "' changed while it was read; try again"};
}

// The documents of a folder and those below it, by the paths of the folders.
using Entries = std::map<std::string, std::vector<storage::TreeEntry>>;

Entries::mapped_type& EntriesOf(const std::string& path, Entries& entries) {
  const std::size_t slash = path.rfind('/');
  return entries[slash == std::string::npos ? "" : path.substr(0, slash)];
}

}  // namespace

// One object, hashed while it is handed out.
class DiskObjects::Stream final : public storage::ObjectStream {
 public:
  Stream(std::unique_ptr<File> file, const Digest& digest)
      : file_(std::move(file)), digest_(digest) {}

  Result<bool> Next(std::string& out) override {
    std::string part(kReadBytes, '\0');
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                             file_->ReadAt(offset_, std::as_writable_bytes(std::span(part))));
    part.resize(count);
    hash_.Update(AsBytes(part));
    offset_ += count;
    out += part;
    if (count > 0) return true;
    if (!is_verified_ && hash_.Finish() != digest_) return HasChanged(file_->path());
    is_verified_ = true;
    return false;
  }

 private:
  const std::unique_ptr<File> file_;
  const Digest digest_;
  crypto::Sha256Stream hash_;
  std::uint64_t offset_ = 0;
  bool is_verified_ = false;
};

// A document, which lives as long as the objects do.
class DiskObjects::TextStream final : public storage::ObjectStream {
 public:
  explicit TextStream(std::string_view text) : rest_(text) {}

  Result<bool> Next(std::string& out) override {
    const std::string_view part = rest_.substr(0, kReadBytes);
    rest_.remove_prefix(part.size());
    out += part;
    return !part.empty();
  }

 private:
  std::string_view rest_;
};

Result<void> DiskObjects::Add(const std::string& path, const ArtifactRef& artifact) {
  if (artifact.kind != lineage::ArtifactKind::kFolder) {
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files_.StatFollowing(path));
    objects_[artifact.digest] = {path, "", stat.size_bytes};
    return {};
  }
  Entries entries;
  entries[""];  // There is a document of a folder without entries.
  REPRISE_ASSIGN_OR_RETURN(
      const storage::Imported imported,
      DigestContent(files_, path, [&](const std::string& below, const storage::TreeEntry& entry) {
        EntriesOf(below, entries).push_back(entry);
        if (entry.kind == FileKind::kDirectory) entries[below];
        if (entry.kind != FileKind::kFile) return;
        objects_[entry.digest] = {JoinPath(path, below), "", entry.size_bytes};
      }));
  if (imported.digest != artifact.digest) return HasChanged(path);
  for (const auto& [folder, list] : entries) {
    storage::TreeEncoder encoder;
    for (const storage::TreeEntry& entry : list) encoder.Add(entry);
    std::string document = encoder.Finish();
    const Digest digest = crypto::Sha256(document);
    const std::uint64_t size_bytes = document.size();
    objects_[digest] = {"", std::move(document), size_bytes};
  }
  return {};
}

Result<storage::ObjectInfo> DiskObjects::Describe(const Digest& digest) {
  const auto found = objects_.find(digest);
  if (found == objects_.end()) return stored_.Describe(digest);
  return storage::ObjectInfo{digest, found->second.size_bytes, 0, 1};
}

Result<std::string> DiskObjects::Get(const Digest& digest) {
  const auto found = objects_.find(digest);
  if (found == objects_.end()) return stored_.Get(digest);
  if (found->second.path.empty()) return found->second.document;
  if (found->second.size_bytes > storage::kObjectSizeBytesMax) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(found->second.path) + "' is too large to be read at once"};
  }
  std::string content;
  REPRISE_TRY(Read(digest, [&](ByteSpan part) -> Result<void> {
    content += AsText(part);
    return {};
  }));
  return content;
}

Result<void> DiskObjects::Read(const Digest& digest,
                               const std::function<Result<void>(ByteSpan part)>& sink) {
  const auto found = objects_.find(digest);
  if (found == objects_.end()) return stored_.Read(digest, sink);
  if (found->second.path.empty()) return sink(AsBytes(found->second.document));
  REPRISE_ASSIGN_OR_RETURN(const auto stream, Open(digest));
  std::string part;
  for (bool more = true; more;) {
    part.clear();
    REPRISE_ASSIGN_OR_RETURN(more, stream->Next(part));
    if (more) REPRISE_TRY(sink(AsBytes(part)));
  }
  return {};
}

Result<std::unique_ptr<storage::ObjectStream>> DiskObjects::Open(const Digest& digest) {
  const auto found = objects_.find(digest);
  if (found == objects_.end()) return stored_.Open(digest);
  if (!found->second.path.empty()) {
    REPRISE_ASSIGN_OR_RETURN(auto file, files_.Open(found->second.path, OpenMode::kRead));
    return std::unique_ptr<storage::ObjectStream>(
        std::make_unique<Stream>(std::move(file), digest));
  }
  return std::unique_ptr<storage::ObjectStream>(
      std::make_unique<TextStream>(found->second.document));
}

Result<void> DiskObjects::VisitChunks(const Digest& digest, const ChunkVisit& visit,
                                      const ChunkVisit& visit_list) {
  const auto found = objects_.find(digest);
  if (found == objects_.end()) return stored_.VisitChunks(digest, visit, visit_list);
  return visit(digest, found->second.size_bytes);
}

}  // namespace reprise::tracker
