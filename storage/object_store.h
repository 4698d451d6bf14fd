// Content-addressed storage of immutable byte strings, called objects.
//
// An object is named by the SHA-256 digest of its bytes: equal content has one name, and a name can
// always be checked against what it names.  Runs, metrics and lineage are unknown here.
//
// Objects lie in packs (storage/pack.h) as content-defined chunks (storage/chunker.h).  An
// ObjectWriter belongs to one writer's session and writes new packs into that session's folder; a
// sealed session's packs are adopted into the store under the store lock (AdoptPacks), which is
// when other sessions can see them.  An ObjectReader reads adopted packs, and a session's own.
//
// On-disk layout: docs/formats/pack.md.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"

namespace reprise::storage {

// What Get() will hold in memory at once; larger objects are streamed by Read().
inline constexpr std::uint64_t kObjectSizeBytesMax = 64U << 20;

struct ObjectInfo {
  Digest digest;
  std::uint64_t size_bytes = 0;    // Of the content, before any compression.
  std::uint64_t stored_bytes = 0;  // Of its chunks as they lie in packs.
  std::uint64_t chunks = 0;
};

// The content of one object, part by part, at the pace of whoever asks.
//
// Thread-safety: one thread at a time.  Not to be used after its ObjectReader.
class ObjectStream {
 public:
  virtual ~ObjectStream() = default;
  // Appends the next part, verified against its chunk's digest, to `out`; false at the end, where
  // the whole has been verified: until then, what was delivered may have to be discarded.
  // Errors: as ObjectReader; the same one again if called after it.
  virtual Result<bool> Next(std::string& out) = 0;
};

// Thread-safety: all methods may be called concurrently.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;

  // Errors of all methods: kNotFound    no such object.
  //                        kCorruption  bytes are present but are not what they were; the message
  //                                     names the object and the pack.  Nothing damaged is
  //                                     returned.
  //                        kIoError     the device refused; says nothing about presence.
  virtual Result<ObjectInfo> Describe(const Digest& digest) = 0;

  // The whole content.
  // Errors: kInvalidArgument  larger than kObjectSizeBytesMax.
  virtual Result<std::string> Get(const Digest& digest) = 0;

  // Calls `sink` with consecutive parts of the content, each verified against its chunk's digest
  // before the call, and verifies the whole against `digest` at the end: when Read() fails, the
  // parts already delivered must be discarded.
  virtual Result<void> Read(const Digest& digest,
                            const std::function<Result<void>(ByteSpan part)>& sink) = 0;

  // As Read(), by pulling.
  virtual Result<std::unique_ptr<ObjectStream>> Open(const Digest& digest) = 0;

  // Calls `visit` for every chunk of the object's content, in order and with repetitions, and
  // `visit_list`, unless it is nullptr, for the chunks that list those of a very long object, each
  // before those that it lists.  Content is not read.  For collection and for estimates of shared
  // content.
  using ChunkVisit = std::function<Result<void>(const Digest& chunk, std::uint64_t size_bytes)>;
  virtual Result<void> VisitChunks(const Digest& digest, const ChunkVisit& visit,
                                   const ChunkVisit& visit_list) = 0;
};

// Answers which chunks and objects the store holds already, so that a session need not write them
// again.  "Absent" may be wrong (dedup misses), "present" may not.
//
// Thread-safety: all methods may be called concurrently.  They are asked in batches of up to a few
// thousand digests.
class PresenceIndex {
 public:
  virtual ~PresenceIndex() = default;
  // Whether the folder with the document `tree` is present with all that is below it.  That an
  // object of this name is present does not prove it: a file may have a document's bytes.
  virtual Result<bool> HasTree(const Digest& tree) = 0;
  // One flag for each digest, in order.
  virtual Result<std::vector<bool>> HasChunks(std::span<const Digest> digests) = 0;
  virtual Result<std::vector<bool>> HasObjects(std::span<const Digest> digests) = 0;
};

struct PutResult {
  Digest digest;
  std::uint64_t size_bytes = 0;
};

struct WriterStats {
  std::uint64_t logical_bytes = 0;  // Content put.
  std::uint64_t new_bytes = 0;      // Content of chunks that were not present.
  std::uint64_t stored_bytes = 0;   // What was written into packs.
  std::uint64_t objects = 0;        // Objects that were not present.
};

// Fills `buffer` with the content from `offset` on, short only at its end; returns how much.
using ContentSource =
    std::function<Result<std::size_t>(std::uint64_t offset, MutableByteSpan buffer)>;

// Thread-safety: the Put methods may be called from several threads; Finish from one, last.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;

  virtual Result<PutResult> Put(ByteSpan content) = 0;

  // Stores the content of an open file, read once from start to end.
  // Errors: kIoError  the file could not be read; nothing of it is named by the session.
  Result<PutResult> PutFile(File& file) {
    return PutStream([&file](std::uint64_t offset, MutableByteSpan buffer) {
      return file.ReadAt(offset, buffer);
    });
  }

  // Stores content that is made while it is stored, asked for once from start to end.
  // Errors: also those of `source`; nothing of it is then named by the session.
  virtual Result<PutResult> PutStream(const ContentSource& source) = 0;

  // Makes everything put so far survive power loss, and returns the ids of the session's packs
  // (files JoinPath(folder, id + ".pack")).  Nothing may be put afterwards.
  // Errors: kIoError, kNoSpace  the session is void and must be abandoned; a sync is never retried.
  virtual Result<std::vector<Ulid>> Finish() = 0;

  virtual WriterStats stats() const = 0;
};

struct WriterOptions {
  std::string folder;                 // Of the session; must exist.
  Ulid store_id;                      // Written into each pack.
  PresenceIndex* presence = nullptr;  // Not owned; nullptr: nothing is present.
  unsigned threads = 0;               // Workers that hash and compress; 0: one for each processor.
};
Result<std::unique_ptr<ObjectWriter>> NewObjectWriter(FileSystem& files, WriterOptions options);

// Reads objects of the store at `store_folder` (its packs/ below), found through `catalog`.
// `catalog` must outlive the reader.
std::unique_ptr<ObjectReader> NewObjectReader(FileSystem& files, std::string store_folder,
                                              const Catalog& catalog);

// Reads objects of finished packs in a session's folder that is not adopted yet.  Chunks that the
// session did not write because the store had them are found through `catalog`, which may be
// nullptr and must outlive the reader.
Result<std::unique_ptr<ObjectReader>> NewSessionReader(FileSystem& files, const std::string& folder,
                                                       std::span<const Ulid> packs,
                                                       const std::string& store_folder = "",
                                                       const Catalog* catalog = nullptr);

// Presence by the catalog's chunk and object spaces.  Objects and chunks that are marked damaged
// (storage/object_rows.h) count as absent, so that putting them again heals them; trees are present
// if they were noted as whole and nothing was damaged since.  `catalog` must outlive the result.
std::unique_ptr<PresenceIndex> NewCatalogPresence(const Catalog& catalog);

// Moves a session's packs into the store and indexes them in `catalog`, a few packs at a time: the
// memory that it takes (some 40 MiB) does not grow with the session.  Idempotent: packs that were
// moved already are only indexed, so an interrupted adoption is completed by repeating it; until
// then the catalog may know a folder's document and not all that lies below.  The caller holds the
// store lock.
// Errors: kNotFound    a pack is neither in the session nor in the store.
//         kCorruption  a pack is damaged or is another than its name says.
//                      With either, nothing was moved or indexed.
//         kIoError, kNoSpace; those of Catalog::Apply().
Result<void> AdoptPacks(FileSystem& files, const std::string& store_folder,
                        const std::string& session_folder, std::span<const Ulid> packs,
                        Catalog& catalog);

// Where an adopted pack lies: packs/<last two characters of its id>/<id>.pack.
std::string PackPath(const std::string& store_folder, const Ulid& pack);

}  // namespace reprise::storage
