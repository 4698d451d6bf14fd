// CompareContent() on two arbitrary contents of any kind: no crash, no failure, a sentence that a
// terminal can show, and members that have a canonical form; without values the same once and
// twice.
//
// What comes out is docs/formats/difference.md.  The first byte chooses the name, the next two the
// length of the expected content; the rest is both, one after the other.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "lineage/compare/content_difference.h"
#include "lineage/compare/withheld_values.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  constexpr std::string_view kNames[] = {"",        "t.csv",    "t.tsv", "a.json",
                                         "a.jsonl", "a.npy",    "a.npz", "m.safetensors",
                                         "a.zip",   "t.csv.gz", "i.png", "log.txt"};
  std::string_view rest = AsText(std::as_bytes(std::span(data, size)));
  if (rest.size() < 3) return 0;
  const auto chosen = static_cast<unsigned char>(rest[0]);
  const std::size_t length = LoadLe<std::uint16_t>(AsBytes(rest), 1);
  rest.remove_prefix(3);
  // Exactly as large as they are, so that the sanitizers see a read beyond an end.
  const std::string expected(rest.substr(0, std::min(length, rest.size())));
  const std::string actual(rest.substr(expected.size()));
  const lineage::MemoryContent before(expected);
  const lineage::MemoryContent after(actual);
  const auto difference =
      lineage::CompareContent(before, after, kNames[chosen % std::size(kNames)]);
  REPRISE_ASSERT(difference.ok());
  REPRISE_ASSERT(!difference->sentence.empty() && IsUtf8(difference->sentence));
  REPRISE_ASSERT(std::ranges::none_of(difference->sentence,
                                      [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  const Json json = lineage::ContentDifferenceToJson(*difference);
  REPRISE_ASSERT(Canonicalize(json).ok());
  const auto all = [](const std::string&) { return true; };
  const Json withheld = lineage::WithholdValues(json, all);
  REPRISE_ASSERT(Canonicalize(withheld).ok());
  REPRISE_ASSERT(lineage::WithholdValues(withheld, all) == withheld);
  return 0;
}
