// Which compilers made an ELF object: the texts of its section ".comment", into which each compiler
// writes its name and from which the linker drops repetitions.
//
// As lineage/capture/elf.h, every offset, size and count is checked and every read is bounded.
//
// Thread-safety: pure functions.

#pragma once

#include <string>
#include <vector>

#include "lineage/capture/elf.h"

namespace reprise::capture {

// "GCC: (Debian 12.2.0-14) 12.2.0", in their order, at most 64 of at most 1 KiB.  Empty where the
// object has no such section (many distributions strip it) or is damaged: comments explain, no
// more.
std::vector<std::string> ReadElfComments(const ReadAt& read_at);
std::vector<std::string> ReadElfComments(ByteSpan content);
std::vector<std::string> ReadElfComments(const File& file);

}  // namespace reprise::capture
