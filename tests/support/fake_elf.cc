#include "tests/support/fake_elf.h"

#include <elf.h>

#include <cstring>

namespace reprise::testing {
namespace {

template <typename T>
void Put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Appends ".comment", the sections' names and their headers, and tells the file header.
void AppendSections(std::string& out, const std::vector<std::string>& comments) {
  const std::string names = std::string("\0.comment\0.shstrtab\0", 20);
  std::string texts;
  for (const std::string& comment : comments) texts.append(comment).push_back('\0');
  Elf64_Shdr comment_section{};
  comment_section.sh_name = 1;
  comment_section.sh_type = SHT_PROGBITS;
  comment_section.sh_offset = out.size();
  comment_section.sh_size = texts.size();
  out += texts;
  Elf64_Shdr names_section{};
  names_section.sh_name = 10;
  names_section.sh_type = SHT_STRTAB;
  names_section.sh_offset = out.size();
  names_section.sh_size = names.size();
  out += names;
  out.resize((out.size() + 7) / 8 * 8, '\0');
  Elf64_Ehdr header;
  std::memcpy(&header, out.data(), sizeof header);
  header.e_shoff = out.size();
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 2;
  std::memcpy(out.data(), &header, sizeof header);
  Put(out, Elf64_Shdr{});
  Put(out, comment_section);
  Put(out, names_section);
}

}  // namespace

std::string FakeElf(const FakeElfParts& parts) {
  std::string strings(1, '\0');
  std::vector<Elf64_Dyn> dynamic;
  const auto name = [&](std::int64_t tag, const std::string& text) {
    Elf64_Dyn entry{};
    entry.d_tag = tag;
    entry.d_un.d_val = strings.size();
    dynamic.push_back(entry);
    strings.append(text).push_back('\0');
  };
  for (const std::string& needed : parts.needed) name(DT_NEEDED, needed);
  if (!parts.soname.empty()) name(DT_SONAME, parts.soname);
  if (!parts.rpath.empty()) name(DT_RPATH, parts.rpath);
  if (!parts.runpath.empty()) name(DT_RUNPATH, parts.runpath);
  std::string note;
  if (!parts.build_id.empty()) {
    Put(note, Elf64_Nhdr{4, static_cast<Elf64_Word>(parts.build_id.size()), NT_GNU_BUILD_ID});
    note.append("GNU\0", 4).append(parts.build_id);
    note.resize((note.size() + 3) / 4 * 4, '\0');
  }
  constexpr std::uint64_t kBase = 0x10000;  // Addresses differ from offsets.
  const std::size_t segments = 2 + (parts.interpreter.empty() ? 0 : 1) + (note.empty() ? 0 : 1);
  const std::uint64_t dynamic_at = sizeof(Elf64_Ehdr) + segments * sizeof(Elf64_Phdr);
  const std::uint64_t dynamic_size = (dynamic.size() + 3) * sizeof(Elf64_Dyn);
  const std::uint64_t strings_at = dynamic_at + dynamic_size;
  const std::uint64_t interpreter_at = strings_at + strings.size();
  const std::uint64_t note_at = (interpreter_at + parts.interpreter.size() + 1 + 3) / 4 * 4;
  const std::uint64_t size = note_at + note.size();
  dynamic.push_back({DT_STRTAB, {kBase + strings_at}});
  dynamic.push_back({DT_STRSZ, {strings.size()}});
  dynamic.push_back({DT_NULL, {0}});

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = parts.type;
  header.e_machine = parts.machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<Elf64_Half>(segments);
  std::string out;
  Put(out, header);
  const auto segment = [&](std::uint32_t type, std::uint64_t offset, std::uint64_t bytes) {
    Put(out, Elf64_Phdr{type, PF_R, offset, kBase + offset, kBase + offset, bytes, bytes, 4});
  };
  segment(PT_LOAD, 0, size);
  segment(PT_DYNAMIC, dynamic_at, dynamic_size);
  if (!parts.interpreter.empty()) segment(PT_INTERP, interpreter_at, parts.interpreter.size() + 1);
  if (!note.empty()) segment(PT_NOTE, note_at, note.size());
  for (const Elf64_Dyn& entry : dynamic) Put(out, entry);
  out.append(strings).append(parts.interpreter).push_back('\0');
  out.resize(note_at, '\0');
  out += note;
  if (!parts.comments.empty()) AppendSections(out, parts.comments);
  return out;
}

}  // namespace reprise::testing
