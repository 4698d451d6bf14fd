// The headers of .safetensors and .npy files: where tensors begin, so that chunks begin there too,
// and what they are, for whoever compares them.
//
// Checkpoints of one model have the same layout; cutting at tensor boundaries makes an unchanged
// tensor the same chunks even where its neighbours changed length.  The kind of file is recognised
// by its first bytes, never by its name.  The result only moves cuts, so a file that is not what it
// seems loses nothing.
//
// Formats: github.com/huggingface/safetensors (format section of its README), and NumPy's
// numpy.lib.format documentation, versions 1 to 3.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/json.h"

namespace reprise::storage {

// Longer headers are not read.
inline constexpr std::size_t kTensorHeaderBytesMax = 1U << 20;
// Smaller tensors do not force a cut: they would make chunks that cost more than they save.
inline constexpr std::uint64_t kTensorCutBytesMin = 64U << 10;

struct NpyHeader {
  std::uint64_t data_offset = 0;  // In the file; `head` may end before it.
  // The literal of a Python dictionary that describes the array, borrowed from `head`; cut short
  // where that is.
  std::string_view dictionary;
};
// The header of a file that begins as .npy files do; absent for every other, and for versions that
// are not known.
std::optional<NpyHeader> FindNpyHeader(ByteSpan head);

struct SafetensorsHeader {
  std::uint64_t data_offset = 0;  // In the file; the offsets of tensors are relative to it.
  Json tensors;                   // An object: name → {"dtype", "shape", "data_offsets"}.
};
// The header of a .safetensors file, which must lie wholly in `head`; absent for every other file.
std::optional<SafetensorsHeader> ReadSafetensorsHeader(ByteSpan head);

// The name among the tensors of a header that is none.
inline constexpr std::string_view kSafetensorsMetadata = "__metadata__";

struct TensorRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // Not before `begin`.
};
// "data_offsets" of a tensor in such a header; absent where there are none that make sense.
std::optional<TensorRange> ReadTensorRange(const Json& tensor);

// The offsets at which a chunk must end, ascending and without repetition, given at least the first
// kTensorHeaderBytesMax bytes of a file (or all of it); empty for every other kind of file.
std::vector<std::uint64_t> TensorCuts(ByteSpan head);

}  // namespace reprise::storage
