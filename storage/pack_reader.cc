// Scan() keeps a window over the file that holds the longest possible record.  Where the window
// does not begin with a whole record, it searches for the next place that does: records are framed
// by magic and checksums, so one damaged record hides no other.  A pack that was made to mislead
// the search is given up when it has cost as much as a few honest ones.

#include "storage/pack_reader.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kRecordMagicBytes = "RpRc";
constexpr std::size_t kScanWindowBytes = 2 * kRecordBytesMax;
// The bytes of false records that a search looks at, in sizes of the pack.  Damage makes none that
// count; a pack made of nothing else would take a megabyte of checksums for each 32 bytes.
constexpr std::uint64_t kFalseFactorMax = 4;

struct Candidate {
  std::size_t size_bytes = 0;  // Looked at; 0 if there is nothing like a record.
  bool is_whole = false;
};

// What looks like a record at the front of `bytes`; whole if its checksums hold.
Candidate FindRecord(ByteSpan bytes) {
  const Result<RecordHeader> header = DecodeRecordHeader(bytes);
  if (!header.ok() || header->record_bytes() > bytes.size()) return {};
  const std::size_t size_bytes = header->record_bytes();
  return {size_bytes, EntriesOfRecord(bytes.first(size_bytes), 0).ok()};
}

bool IsOrdered(const PackEntry& a, const PackEntry& b) {
  return std::tie(a.digest, a.kind, a.offset, a.position) <
         std::tie(b.digest, b.kind, b.offset, b.position);
}

// The entries of a whole record whose content is what they name.
Result<std::vector<PackEntry>> IntactEntries(ByteSpan record, std::uint32_t offset) {
  REPRISE_ASSIGN_OR_RETURN(std::vector<PackEntry> entries, EntriesOfRecord(record, offset));
  if (entries[0].kind == EntryKind::kManifest) return entries;
  const Result<Block> block = DecodeBlock(record);
  std::erase_if(entries, [&](const PackEntry& entry) {
    return !block.ok() ||
           crypto::Sha256(
               AsBytes(block->raw).subspan(block->starts[entry.position], entry.size_bytes)) !=
               entry.digest;
  });
  return entries;
}

}  // namespace

Error PackReader::Damaged(const Error& error) const {
  if (error.code == ErrorCode::kIoError) return error;
  return Annotate(error, "the pack '" + Printable(file_->path()) + "' cannot be used");
}

Result<std::unique_ptr<PackReader>> PackReader::Open(FileSystem& files, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(std::unique_ptr<File> file, files.Open(path, OpenMode::kRead));
  return FromFile(std::move(file));
}

Result<std::unique_ptr<PackReader>> PackReader::OpenDamaged(FileSystem& files,
                                                            const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(std::unique_ptr<File> file, files.Open(path, OpenMode::kRead));
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, file->Stat());
  return std::unique_ptr<PackReader>(new PackReader(std::move(file), stat.size_bytes));
}

Result<std::unique_ptr<PackReader>> PackReader::FromFile(std::unique_ptr<File> file) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, file->Stat());
  std::unique_ptr<PackReader> reader(new PackReader(std::move(file), stat.size_bytes));
  std::string bytes(kPackHeaderBytes, '\0');
  REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                           reader->file_->ReadAt(0, std::as_writable_bytes(std::span(bytes))));
  Result<PackHeader> header = DecodePackHeader(AsBytes(bytes).first(count));
  if (!header.ok()) return reader->Damaged(header.error());
  reader->header_ = *header;
  return reader;
}

Result<std::string> PackReader::ReadRecord(std::uint64_t offset, std::uint64_t record_bytes) const {
  if (offset > size_bytes_ || record_bytes > size_bytes_ - offset) {
    return Damaged({ErrorCode::kCorruption, "it ends before one of its records"});
  }
  std::string bytes(record_bytes, '\0');
  REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                           file_->ReadAt(offset, std::as_writable_bytes(std::span(bytes))));
  if (count != record_bytes) {
    return Damaged({ErrorCode::kCorruption, "it ends before one of its records"});
  }
  return bytes;
}

Result<PackTrailer> PackReader::ReadTrailer() const {
  if (size_bytes_ < kPackHeaderBytes + kPackTrailerBytes) {
    return Error{ErrorCode::kCorruption, "it is too short to be a finished pack"};
  }
  const std::uint64_t footer_end = size_bytes_ - kPackTrailerBytes;
  REPRISE_ASSIGN_OR_RETURN(const std::string bytes, ReadRecord(footer_end, kPackTrailerBytes));
  REPRISE_ASSIGN_OR_RETURN(const PackTrailer trailer, DecodeTrailer(AsBytes(bytes)));
  const std::uint64_t footer_bytes = std::uint64_t{trailer.entries} * kFooterEntryBytes;
  if (trailer.footer_offset < kPackHeaderBytes || trailer.footer_offset > footer_end ||
      footer_end - trailer.footer_offset != footer_bytes) {
    return Error{ErrorCode::kCorruption, "its trailer places the index wrongly"};
  }
  return trailer;
}

Result<std::vector<PackEntry>> PackReader::ReadIndex() const {
  const Result<PackTrailer> trailer = ReadTrailer();
  if (!trailer.ok()) return Damaged(trailer.error());
  REPRISE_ASSIGN_OR_RETURN(
      const std::string footer,
      ReadRecord(trailer->footer_offset, std::uint64_t{trailer->entries} * kFooterEntryBytes));
  if (crypto::Sha256(footer) != trailer->footer_sha256) {
    return Damaged({ErrorCode::kCorruption, "its index does not match its digest"});
  }
  Result<std::vector<PackEntry>> entries = DecodeFooter(AsBytes(footer));
  if (!entries.ok()) return Damaged(entries.error());
  return entries;
}

Result<PackScan> PackReader::Scan(
    const std::function<Result<void>(ByteSpan record, std::uint32_t offset)>& visit) const {
  const Result<PackTrailer> trailer = ReadTrailer();
  if (!trailer.ok() && trailer.error().code == ErrorCode::kIoError) return trailer.error();
  const std::uint64_t end = trailer.ok() ? trailer->footer_offset : size_bytes_;
  PackScan scan;
  std::string window;
  std::uint64_t window_start = kPackHeaderBytes;
  std::uint64_t offset = kPackHeaderBytes;
  std::uint64_t false_bytes = 0;  // Of what looked like records and were none.
  while (offset < end && offset <= UINT32_MAX) {
    const bool window_reaches_end = window_start + window.size() >= end;
    if (window.empty() ||
        (!window_reaches_end && window_start + window.size() - offset < kRecordBytesMax)) {
      window_start = offset;
      REPRISE_ASSIGN_OR_RETURN(
          window, ReadRecord(offset, std::min<std::uint64_t>(kScanWindowBytes, end - offset)));
    }
    const std::size_t position = offset - window_start;
    const ByteSpan ahead = AsBytes(window).subspan(position);
    const Candidate candidate = FindRecord(ahead);
    if (candidate.is_whole) {
      REPRISE_TRY(visit(ahead.first(candidate.size_bytes), static_cast<std::uint32_t>(offset)));
      ++scan.records;
      offset += candidate.size_bytes;
      continue;
    }
    false_bytes += candidate.size_bytes;
    if (false_bytes > kFalseFactorMax * size_bytes_ + kRecordBytesMax) {
      scan.damaged_bytes += end - offset;
      break;
    }
    // A magic that straddles the window's end is found when the window has moved on.
    const std::size_t next = window.find(kRecordMagicBytes, position + 1);
    const std::uint64_t resume = next != std::string::npos ? window_start + next
                                 : window_start + window.size() >= end
                                     ? end
                                     : window_start + window.size() - kRecordMagicBytes.size();
    scan.damaged_bytes += resume - offset;
    offset = resume;
  }
  return scan;
}

Result<std::vector<PackEntry>> PackReader::RebuildIndex(PackScan& scan) const {
  std::vector<PackEntry> entries;
  const auto collect = [&](ByteSpan record, std::uint32_t offset) -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const std::vector<PackEntry> added, EntriesOfRecord(record, offset));
    entries.insert(entries.end(), added.begin(), added.end());
    return {};
  };
  REPRISE_ASSIGN_OR_RETURN(scan, Scan(collect));
  EncodeFooter(entries);  // Sorts.
  return entries;
}

Result<PackDamage> PackReader::Verify(std::vector<PackEntry>* intact_entries) const {
  PackDamage damage;
  std::vector<PackEntry> index;
  Result<std::vector<PackEntry>> read = ReadIndex();
  if (read.ok()) {
    index = *std::move(read);
  } else if (read.error().code == ErrorCode::kCorruption) {
    damage.index = true;
  } else {
    return std::move(read).error();
  }
  std::vector<PackEntry> intact;
  const auto check = [&](ByteSpan record, std::uint32_t offset) -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const std::vector<PackEntry> good, IntactEntries(record, offset));
    intact.insert(intact.end(), good.begin(), good.end());
    return {};
  };
  REPRISE_ASSIGN_OR_RETURN(const PackScan scan, Scan(check));
  damage.damaged_bytes = scan.damaged_bytes;
  std::sort(intact.begin(), intact.end(), IsOrdered);
  std::set_difference(index.begin(), index.end(), intact.begin(), intact.end(),
                      std::back_inserter(damage.entries), IsOrdered);
  // Everything intact must be listed, and listed with its true size.
  if (index.size() - damage.entries.size() != intact.size()) damage.index = true;
  if (intact_entries != nullptr) *intact_entries = std::move(intact);
  return damage;
}

}  // namespace reprise::storage
