// Small ELF objects for tests.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::testing {

// What FakeElf() puts into an object.
struct FakeElfParts {
  std::uint16_t type = 3;  // ET_DYN
  std::uint16_t machine = 62;
  std::string interpreter = {};
  std::vector<std::string> needed = {};
  std::string soname = {};
  std::string rpath = {};
  std::string runpath = {};
  std::string build_id = {};               // Raw bytes.
  std::vector<std::string> comments = {};  // Of ".comment"; without any there are no sections.
};

// The bytes of a 64-bit little-endian ELF object with those facts and no code.
std::string FakeElf(const FakeElfParts& parts);

}  // namespace reprise::testing
