// Signed notes and checkpoints on arbitrary bytes: what their readers accept is what their writers
// write.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/signed_note.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::storage;
  const std::string_view text = reprise::AsText(std::as_bytes(std::span(data, size)));
  if (const auto note = SignedNote::Parse(text); note.ok()) {
    REPRISE_ASSERT(note->Encode() == text);
    const auto checkpoint = ParseCheckpoint(note->text);
    if (checkpoint.ok()) REPRISE_ASSERT(FormatCheckpoint(*checkpoint) == note->text);
  }
  if (const auto checkpoint = ParseCheckpoint(text); checkpoint.ok()) {
    REPRISE_ASSERT(FormatCheckpoint(*checkpoint) == text);
  }
  return 0;
}
