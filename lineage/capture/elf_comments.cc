// The file header leads to the section headers, one of which is the table of the sections' names,
// by which ".comment" is found.

#include "lineage/capture/elf_comments.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

namespace reprise::capture {
namespace {

constexpr std::size_t kSectionsMax = 16384;
constexpr std::size_t kCommentBytesMax = 64 * 1024;
constexpr std::size_t kCommentsMax = 64;
constexpr std::size_t kTextBytesMax = 1024;
constexpr std::string_view kName = ".comment";

class Reader {
 public:
  explicit Reader(const ReadAt& read_at) : read_at_(read_at) {}

  std::vector<std::string> Read() {
    if (!ReadSections()) return {};
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type != SHT_PROGBITS || !IsNamedComment(section)) continue;
      const std::size_t size = std::min<std::uint64_t>(section.sh_size, kCommentBytesMax);
      std::string texts(size, '\0');
      if (!ReadExactly(section.sh_offset, std::as_writable_bytes(std::span(texts)))) return {};
      return Texts(texts);
    }
    return {};
  }

 private:
  bool ReadExactly(std::uint64_t offset, MutableByteSpan buffer) const {
    const Result<std::size_t> count = read_at_(offset, buffer);
    return count.ok() && *count == buffer.size();
  }

  bool ReadSections() {
    Elf64_Ehdr header;
    std::array<std::byte, sizeof header> bytes{};
    if (!ReadExactly(0, bytes) || !IsElf(bytes)) return false;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
      return false;
    }
    if (header.e_shoff == 0 || header.e_shnum == 0 || header.e_shnum > kSectionsMax ||
        header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shstrndx >= header.e_shnum) {
      return false;
    }
    sections_.resize(header.e_shnum);
    names_ = header.e_shstrndx;
    return ReadExactly(header.e_shoff, std::as_writable_bytes(std::span(sections_)));
  }

  bool IsNamedComment(const Elf64_Shdr& section) const {
    const Elf64_Shdr& names = sections_[names_];
    std::array<char, kName.size() + 1> name{};
    if (section.sh_name >= names.sh_size || names.sh_size - section.sh_name < name.size() ||
        names.sh_offset > UINT64_MAX - section.sh_name) {
      return false;
    }
    return ReadExactly(names.sh_offset + section.sh_name,
                       std::as_writable_bytes(std::span(name))) &&
           name.back() == '\0' && std::string_view(name.data(), kName.size()) == kName;
  }

  static std::vector<std::string> Texts(std::string_view texts) {
    std::vector<std::string> found;
    while (!texts.empty() && found.size() < kCommentsMax) {
      const std::size_t end = std::min(texts.find('\0'), texts.size());
      const std::string_view text = texts.substr(0, std::min(end, kTextBytesMax));
      if (!text.empty() && std::find(found.begin(), found.end(), text) == found.end()) {
        found.emplace_back(text);
      }
      texts.remove_prefix(std::min(end + 1, texts.size()));
    }
    return found;
  }

  const ReadAt& read_at_;
  std::vector<Elf64_Shdr> sections_;
  std::size_t names_ = 0;
};

}  // namespace

std::vector<std::string> ReadElfComments(const ReadAt& read_at) { return Reader(read_at).Read(); }

std::vector<std::string> ReadElfComments(ByteSpan content) {
  return ReadElfComments(
      [content](std::uint64_t offset, MutableByteSpan buffer) -> Result<std::size_t> {
        if (offset >= content.size()) return std::size_t{0};
        const std::size_t count = std::min<std::uint64_t>(buffer.size(), content.size() - offset);
        std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), count, buffer.begin());
        return count;
      });
}

std::vector<std::string> ReadElfComments(const File& file) {
  return ReadElfComments(
      [&file](std::uint64_t offset, MutableByteSpan buffer) -> Result<std::size_t> {
        // pread(2) takes a signed offset.
        if (offset > static_cast<std::uint64_t>(INT64_MAX)) return std::size_t{0};
        return file.ReadAt(offset, buffer);
      });
}

}  // namespace reprise::capture
