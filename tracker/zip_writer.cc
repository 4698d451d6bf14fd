#include "tracker/zip_writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "storage/zlib/crc32.h"

namespace reprise::tracker {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034B50;
constexpr std::uint32_t kCentralSignature = 0x02014B50;
constexpr std::uint32_t kEndSignature = 0x06054B50;
constexpr std::uint32_t kEnd64Signature = 0x06064B50;
constexpr std::uint32_t kLocator64Signature = 0x07064B50;
constexpr std::uint16_t kUtf8Flag = 1U << 11;
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersion64 = 45;
constexpr std::uint16_t kMadeByUnix = 3U << 8;
constexpr std::uint16_t kFirstDay = 0x21;  // 1 January 1980, as MS-DOS has dates.
constexpr std::uint16_t kExtra64 = 1;
constexpr std::uint32_t kAbsent32 = 0xFFFF'FFFF;  // It stands in the record of ZIP64.
constexpr std::uint16_t kAbsent16 = 0xFFFF;
constexpr std::size_t kPieceBytes = 1U << 20;

using storage::Crc32;

template <typename... Values>
void AppendAll(std::string& out, Values... values) {
  (AppendLe(out, values), ...);
}

std::uint16_t FlagsOf(const std::string& name) { return IsUtf8(name) ? kUtf8Flag : 0; }

Result<void> AddEntries(FileSystem& files, const std::string& folder, const std::string& prefix,
                        ZipWriter& zip) {
  REPRISE_ASSIGN_OR_RETURN(std::vector<DirectoryEntry> entries, files.List(folder));
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  for (const DirectoryEntry& entry : entries) {
    const std::string path = JoinPath(folder, entry.name);
    const std::string name = prefix + entry.name;
    if (entry.stat.kind == FileKind::kDirectory) {
      REPRISE_TRY(zip.AddFolder(name));
      REPRISE_TRY(AddEntries(files, path, name + "/", zip));
    } else if (entry.stat.kind == FileKind::kSymlink) {
      REPRISE_ASSIGN_OR_RETURN(const std::string target, files.ReadLink(path));
      REPRISE_TRY(zip.AddLink(name, target));
    } else {
      REPRISE_ASSIGN_OR_RETURN(const auto content, files.Open(path, OpenMode::kRead));
      REPRISE_TRY(zip.AddFile(name, *content, entry.stat.executable));
    }
  }
  return {};
}

}  // namespace

Result<void> ZipWriter::AddFolder(const std::string& name) {
  Entry entry{.name = name + "/", .mode = S_IFDIR | 0755};
  REPRISE_TRY(Begin(entry));
  return End(std::move(entry));
}

Result<void> ZipWriter::AddLink(const std::string& name, const std::string& target) {
  Entry entry{.name = name, .mode = S_IFLNK | 0777, .size_bytes = target.size()};
  REPRISE_TRY(Begin(entry));
  entry.crc32 = Crc32(0, AsBytes(target));
  REPRISE_TRY(Write(AsBytes(target)));
  return End(std::move(entry));
}

Result<void> ZipWriter::AddFile(const std::string& name, const File& content, bool executable) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, content.Stat());
  Entry entry{
      .name = name, .mode = S_IFREG | (executable ? 0755U : 0644U), .size_bytes = stat.size_bytes};
  REPRISE_TRY(Begin(entry));
  std::vector<std::byte> piece(std::min<std::uint64_t>(kPieceBytes, stat.size_bytes));
  for (std::uint64_t done = 0; done < entry.size_bytes;) {
    const MutableByteSpan wanted =
        std::span(piece).first(std::min<std::uint64_t>(piece.size(), entry.size_bytes - done));
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count, content.ReadAt(done, wanted));
    if (count == 0) {
      return Error{ErrorCode::kIoError, "'" + Printable(content.path()) +
                                            "' became shorter while it was read; try again"};
    }
    entry.crc32 = Crc32(entry.crc32, wanted.first(count));
    REPRISE_TRY(Write(wanted.first(count)));
    done += count;
  }
  return End(std::move(entry));
}

Result<void> ZipWriter::AddBytes(const std::string& name, ByteSpan content) {
  Entry entry{.name = name, .mode = S_IFREG | 0644, .size_bytes = content.size()};
  REPRISE_TRY(Begin(entry));
  entry.crc32 = Crc32(0, content);
  REPRISE_TRY(Write(content));
  return End(std::move(entry));
}

Result<void> ZipWriter::Begin(Entry& entry) {
  if (entry.name.size() > kAbsent16) {
    return Error{ErrorCode::kInvalidArgument,
                 "a name is too long for a .zip: '" + Printable(entry.name.substr(0, 100)) + "…'"};
  }
  entry.offset = offset_;
  entry.is_large = entry.size_bytes > limits_.bytes_max;
  return Write(AsBytes(LocalHeader(entry)));
}

// The header stands before the content, and holds its checksum.
Result<void> ZipWriter::End(Entry entry) {
  if (entry.size_bytes > 0) {
    REPRISE_TRY(archive_.WriteAt(entry.offset, AsBytes(LocalHeader(entry))));
  }
  AppendToDirectory(entry);
  ++entries_;
  return {};
}

Result<void> ZipWriter::Write(ByteSpan bytes) {
  REPRISE_TRY(archive_.WriteAt(offset_, bytes));
  offset_ += bytes.size();
  return {};
}

// APPNOTE.TXT 4.3.7.
std::string ZipWriter::LocalHeader(const Entry& entry) const {
  std::string header;
  const std::uint32_t size =
      entry.is_large ? kAbsent32 : static_cast<std::uint32_t>(entry.size_bytes);
  AppendAll(header, kLocalSignature, entry.is_large ? kVersion64 : kVersion, FlagsOf(entry.name),
            std::uint16_t{0}, std::uint16_t{0}, kFirstDay, entry.crc32, size, size,
            static_cast<std::uint16_t>(entry.name.size()),
            static_cast<std::uint16_t>(entry.is_large ? 20 : 0));
  header += entry.name;
  if (entry.is_large) {
    AppendAll(header, kExtra64, std::uint16_t{16}, entry.size_bytes, entry.size_bytes);
  }
  return header;
}

// APPNOTE.TXT 4.3.12; of the 64 bits that which does not fit into 32 (4.5.3).
void ZipWriter::AppendToDirectory(const Entry& entry) {
  const bool is_far = entry.offset > limits_.bytes_max;
  std::string extra;
  if (entry.is_large) AppendAll(extra, entry.size_bytes, entry.size_bytes);
  if (is_far) AppendLe(extra, entry.offset);
  const std::uint16_t version = extra.empty() ? kVersion : kVersion64;
  const std::uint32_t size =
      entry.is_large ? kAbsent32 : static_cast<std::uint32_t>(entry.size_bytes);
  AppendAll(directory_, kCentralSignature, static_cast<std::uint16_t>(kMadeByUnix | version),
            version, FlagsOf(entry.name), std::uint16_t{0}, std::uint16_t{0}, kFirstDay,
            entry.crc32, size, size, static_cast<std::uint16_t>(entry.name.size()),
            static_cast<std::uint16_t>(extra.empty() ? 0 : extra.size() + 4), std::uint16_t{0},
            std::uint16_t{0}, std::uint16_t{0}, entry.mode << 16,
            is_far ? kAbsent32 : static_cast<std::uint32_t>(entry.offset));
  directory_ += entry.name;
  if (extra.empty()) return;
  AppendAll(directory_, kExtra64, static_cast<std::uint16_t>(extra.size()));
  directory_ += extra;
}

// APPNOTE.TXT 4.3.14 to 4.3.16.
Result<void> ZipWriter::Finish() {
  const std::uint64_t start = offset_;
  const std::uint64_t size = directory_.size();
  const bool is_large =
      entries_ > limits_.entries_max || start > limits_.bytes_max || size > limits_.bytes_max;
  std::string end;
  if (is_large) {
    AppendAll(end, kEnd64Signature, std::uint64_t{44},
              static_cast<std::uint16_t>(kMadeByUnix | kVersion64), kVersion64, std::uint32_t{0},
              std::uint32_t{0}, entries_, entries_, size, start);
    AppendAll(end, kLocator64Signature, std::uint32_t{0}, start + size, std::uint32_t{1});
  }
  const std::uint16_t count = is_large ? kAbsent16 : static_cast<std::uint16_t>(entries_);
  AppendAll(end, kEndSignature, std::uint16_t{0}, std::uint16_t{0}, count, count,
            is_large ? kAbsent32 : static_cast<std::uint32_t>(size),
            is_large ? kAbsent32 : static_cast<std::uint32_t>(start), std::uint16_t{0});
  REPRISE_TRY(Write(AsBytes(directory_)));
  REPRISE_TRY(Write(AsBytes(end)));
  return archive_.Sync();
}

Result<void> ZipFolder(FileSystem& files, const std::string& folder, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const auto archive, files.Open(path, OpenMode::kCreateExclusive));
  ZipWriter zip(*archive);
  REPRISE_TRY(AddEntries(files, folder, "", zip));
  return zip.Finish();
}

}  // namespace reprise::tracker
