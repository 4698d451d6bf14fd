// The dynamic loader's index of libraries, /etc/ld.so.cache, in glibc's "new" format 1.1
// (glibc: sysdeps/generic/dl-cache.h), alone or behind the old format as glibc before 2.32 wrote
// it.
//
// Every count and offset is checked; a hostile file is an error or finds nothing.
//
// Thread-safety: a const object may be used by any number of threads.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"

namespace reprise::capture {

class LdSoCache {
 public:
  // A cache that lists nothing.
  LdSoCache() = default;

  // Errors: kUnsupported  not a cache of that format.
  //         kCorruption   truncated, or an offset points outside.
  static Result<LdSoCache> Parse(std::string content);

  // The path that the loader would take for `name`.  `machine` is an ELF e_machine value;
  // `hardware_levels` are the names of the glibc-hwcaps folders that the processor may use, the
  // best first.
  std::optional<std::string> Find(std::string_view name, std::uint16_t machine,
                                  std::span<const std::string> hardware_levels) const;

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t flags;
    std::uint32_t name;  // Offset in content_, as all that follows.
    std::uint32_t path;
    std::uint64_t hardware;
  };

  std::string_view Text(std::uint64_t offset) const;
  Result<void> ParseExtensions(std::uint64_t offset);

  std::string content_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> hardware_levels_;  // Offsets of their names.
};

}  // namespace reprise::capture
