// The file header leads to the program headers; they give the interpreter, the notes and the
// dynamic section; PT_LOAD translates the addresses in the latter to file offsets.  Strings are
// read one by one, because the string table of a large library has tens of megabytes.

#include "lineage/capture/elf.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace reprise::capture {
namespace {

constexpr std::size_t kProgramHeadersMax = 1024;
constexpr std::size_t kDynamicEntriesMax = 16384;
constexpr std::size_t kNeededMax = 4096;
constexpr std::size_t kNoteBytesMax = 64 * 1024;
constexpr std::size_t kStringBytesMax = 4096;  // PATH_MAX; longer names cannot be opened.
// RPATH and RUNPATH may list many folders.
constexpr std::size_t kPathListBytesMax = 64 * 1024;
constexpr std::size_t kBuildIdBytesMax = 64;

Error Damaged(std::string_view what) {
  return Error{ErrorCode::kCorruption, "not a sound ELF object: " + std::string(what)};
}

class Parser {
 public:
  explicit Parser(const ReadAt& read_at) : read_at_(read_at) {}

  Result<ElfObject> Parse() {
    REPRISE_TRY(ReadHeader());
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == PT_INTERP) REPRISE_TRY(ReadInterpreter(segment));
      if (segment.p_type == PT_NOTE) REPRISE_TRY(ReadNotes(segment));
    }
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == PT_DYNAMIC) {
        REPRISE_TRY(ReadDynamic(segment));
        break;
      }
    }
    return std::move(object_);
  }

 private:
  Result<void> ReadExactly(std::uint64_t offset, MutableByteSpan buffer) const {
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count, read_at_(offset, buffer));
    if (count < buffer.size()) return Damaged("it ends too early");
    return {};
  }

  Result<void> ReadHeader() {
    std::array<std::byte, sizeof(Elf64_Ehdr)> bytes{};
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count, read_at_(0, bytes));
    if (!IsElf(std::span(bytes).first(count))) {
      return Error{ErrorCode::kInvalidArgument, "not an ELF object"};
    }
    if (count < EI_NIDENT) return Damaged("it ends too early");
    if (static_cast<unsigned>(bytes[EI_CLASS]) != ELFCLASS64 ||
        static_cast<unsigned>(bytes[EI_DATA]) != ELFDATA2LSB) {
      return Error{ErrorCode::kUnsupported, "only 64-bit little-endian ELF objects can be read"};
    }
    if (static_cast<unsigned>(bytes[EI_VERSION]) != EV_CURRENT) {
      return Error{ErrorCode::kUnsupported, "an ELF object of an unknown version"};
    }
    if (count < bytes.size()) return Damaged("it ends too early");
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    object_.machine = header.e_machine;
    if (header.e_type == ET_EXEC) object_.type = ElfType::kExecutable;
    if (header.e_type == ET_DYN) object_.type = ElfType::kShared;
    if (header.e_phnum == 0) return {};
    if (header.e_phentsize != sizeof(Elf64_Phdr)) return Damaged("strange program headers");
    if (header.e_phnum > kProgramHeadersMax) return Damaged("too many program headers");
    segments_.resize(header.e_phnum);
    return ReadExactly(header.e_phoff, std::as_writable_bytes(std::span(segments_)));
  }

  Result<void> ReadInterpreter(const Elf64_Phdr& segment) {
    if (segment.p_filesz == 0 || segment.p_filesz > kStringBytesMax) {
      return Damaged("the interpreter's name has an impossible length");
    }
    std::string name(segment.p_filesz, '\0');
    REPRISE_TRY(ReadExactly(segment.p_offset, std::as_writable_bytes(std::span(name))));
    name.resize(std::min(name.find('\0'), name.size()));
    if (name.empty()) return Damaged("the interpreter has no name");
    object_.interpreter = std::move(name);
    return {};
  }

  // A note: sizes of name and description, type; both are padded to the segment's alignment.
  Result<void> ReadNotes(const Elf64_Phdr& segment) {
    if (object_.build_id.has_value()) return {};
    if (segment.p_filesz > kNoteBytesMax) return {};  // Not where linkers put the build id.
    std::string notes(segment.p_filesz, '\0');
    REPRISE_TRY(ReadExactly(segment.p_offset, std::as_writable_bytes(std::span(notes))));
    const std::uint64_t alignment = segment.p_align == 8 ? 8 : 4;
    const auto padded = [&](std::uint64_t size) {
      return (size + alignment - 1) & ~(alignment - 1);
    };
    std::uint64_t position = 0;
    while (notes.size() - position >= sizeof(Elf64_Nhdr)) {
      Elf64_Nhdr note;
      std::memcpy(&note, notes.data() + position, sizeof note);
      // The sums cannot overflow: the sizes are 32-bit and the position is small.
      const std::uint64_t name = position + sizeof note;
      const std::uint64_t description = name + padded(note.n_namesz);
      if (description + note.n_descsz > notes.size()) return {};  // Notes explain, no more.
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          std::memcmp(notes.data() + name, "GNU", 4) == 0 && note.n_descsz > 0 &&
          note.n_descsz <= kBuildIdBytesMax) {
        object_.build_id =
            ToHex(AsBytes(std::string_view(notes).substr(description, note.n_descsz)));
        return {};
      }
      position = description + padded(note.n_descsz);
      if (position > notes.size()) return {};
    }
    return {};
  }

  // The file offset of what is loaded at `address`, and how many bytes of the file follow it.
  struct Place {
    std::uint64_t offset;
    std::uint64_t available_bytes;
  };
  Result<Place> OffsetOf(std::uint64_t address) const {
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
      const std::uint64_t distance = address - segment.p_vaddr;
      if (distance >= segment.p_filesz) continue;
      if (segment.p_offset > UINT64_MAX - segment.p_filesz) continue;
      return Place{segment.p_offset + distance, segment.p_filesz - distance};
    }
    return Damaged("the string table is not loaded");
  }

  Result<void> ReadDynamic(const Elf64_Phdr& segment) {
    const std::uint64_t count =
        std::min<std::uint64_t>(segment.p_filesz / sizeof(Elf64_Dyn), kDynamicEntriesMax);
    std::vector<Elf64_Dyn> entries(count);
    REPRISE_TRY(ReadExactly(segment.p_offset, std::as_writable_bytes(std::span(entries))));
    const auto end = std::find_if(entries.begin(), entries.end(),
                                  [](const Elf64_Dyn& entry) { return entry.d_tag == DT_NULL; });
    entries.erase(end, entries.end());
    std::optional<std::uint64_t> table_address;
    std::uint64_t table_bytes = UINT64_MAX;
    for (const Elf64_Dyn& entry : entries) {
      if (entry.d_tag == DT_STRTAB) table_address = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRSZ) table_bytes = entry.d_un.d_val;
    }
    if (!table_address.has_value()) return {};  // Static-pie objects may have no names at all.
    for (const Elf64_Dyn& entry : entries) {
      if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_SONAME && entry.d_tag != DT_RPATH &&
          entry.d_tag != DT_RUNPATH) {
        continue;
      }
      REPRISE_ASSIGN_OR_RETURN(const Place table, OffsetOf(*table_address));
      table_bytes = std::min(table_bytes, table.available_bytes);
      if (entry.d_un.d_val >= table_bytes) return Damaged("a name lies outside the string table");
      REPRISE_TRY(ReadName(entry, table.offset + entry.d_un.d_val, table_bytes - entry.d_un.d_val));
    }
    return {};
  }

  Result<void> ReadName(const Elf64_Dyn& entry, std::uint64_t offset, std::uint64_t bytes_max) {
    const bool is_list = entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH;
    const std::size_t limit = is_list ? kPathListBytesMax : kStringBytesMax;
    std::string name;
    std::array<char, 256> buffer;  // Most names are short.
    for (;;) {
      const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), bytes_max - name.size());
      REPRISE_ASSIGN_OR_RETURN(
          const std::size_t count,
          read_at_(offset + name.size(), std::as_writable_bytes(std::span(buffer).first(wanted))));
      const char* const end = std::find(buffer.data(), buffer.data() + count, '\0');
      name.append(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
      if (end != buffer.data() + count) break;
      if (count == 0 || name.size() >= limit) return Damaged("a name has no end");
    }
    if (entry.d_tag == DT_SONAME)
      object_.soname = std::move(name);
    else if (entry.d_tag == DT_RPATH)
      object_.rpath = std::move(name);
    else if (entry.d_tag == DT_RUNPATH)
      object_.runpath = std::move(name);
    else if (object_.needed.size() < kNeededMax)
      object_.needed.push_back(std::move(name));
    else
      return Damaged("too many needed libraries");
    return {};
  }

  const ReadAt& read_at_;
  std::vector<Elf64_Phdr> segments_;
  ElfObject object_;
};

}  // namespace

bool IsElf(ByteSpan content) {
  return content.size() >= SELFMAG && std::memcmp(content.data(), ELFMAG, SELFMAG) == 0;
}

Result<ElfObject> ParseElf(const ReadAt& read_at) { return Parser(read_at).Parse(); }

Result<ElfObject> ParseElf(ByteSpan content) {
  return ParseElf([content](std::uint64_t offset, MutableByteSpan buffer) -> Result<std::size_t> {
    if (offset >= content.size()) return std::size_t{0};
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), content.size() - offset);
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), count, buffer.begin());
    return count;
  });
}

Result<ElfObject> ParseElf(const File& file) {
  return ParseElf([&file](std::uint64_t offset, MutableByteSpan buffer) -> Result<std::size_t> {
    // pread(2) takes a signed offset.
    if (offset > static_cast<std::uint64_t>(INT64_MAX)) return std::size_t{0};
    return file.ReadAt(offset, buffer);
  });
}

}  // namespace reprise::capture
