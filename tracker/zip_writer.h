// Archives in the ZIP format (PKWARE's APPNOTE.TXT 6.3), of stored entries.
//
// What goes into one is mostly compressed already, or asked for by its digest; so entries are not
// compressed, and equal content gives equal bytes: entries have no time (1 January 1980) and no
// owner.  Archives of more than 4 GiB or 65,534 entries have the records of ZIP64.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

class ZipWriter {
 public:
  struct Limits {  // Beyond which ZIP64 is needed; lower ones are for tests.
    std::uint64_t bytes_max = 0xFFFF'FFFE;
    std::uint64_t entries_max = 0xFFFE;
  };

  // `archive` is empty, and must outlive the writer.
  explicit ZipWriter(File& archive) : ZipWriter(archive, Limits()) {}
  ZipWriter(File& archive, Limits limits) : archive_(archive), limits_(limits) {}

  // Names are relative, with slashes between their parts; raw bytes, and marked as UTF-8 where they
  // are.
  // Errors: kInvalidArgument  a name of more than 65,535 bytes.  Those of reading and writing.
  Result<void> AddFolder(const std::string& name);
  Result<void> AddFile(const std::string& name, const File& content, bool executable);
  Result<void> AddBytes(const std::string& name, ByteSpan content);  // As a file.
  Result<void> AddLink(const std::string& name, const std::string& target);

  // Writes the directory, without which it is no archive.
  Result<void> Finish();

 private:
  struct Entry {
    std::string name;
    std::uint32_t mode = 0;  // As st_mode.
    std::uint64_t size_bytes = 0;
    std::uint64_t offset = 0;
    std::uint32_t crc32 = 0;
    bool is_large = false;  // Has sizes of 64 bits.
  };

  Result<void> Begin(Entry& entry);
  Result<void> End(Entry entry);  // Its content has been written.
  Result<void> Write(ByteSpan bytes);
  std::string LocalHeader(const Entry& entry) const;
  void AppendToDirectory(const Entry& entry);

  File& archive_;
  const Limits limits_;
  std::uint64_t offset_ = 0;
  std::uint64_t entries_ = 0;
  std::string directory_;
};

// Writes everything in `folder`, in the order of the names, into the new file `path`.
Result<void> ZipFolder(FileSystem& files, const std::string& folder, const std::string& path);

}  // namespace reprise::tracker
