// Where tensors begin in .safetensors and .npy files, so that chunks begin there too.
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
#include <vector>

#include "storage/base/bytes.h"

namespace reprise::storage {

// Longer headers are not read.
inline constexpr std::size_t kTensorHeaderBytesMax = 1U << 20;
// Smaller tensors do not force a cut: they would make chunks that cost more than they save.
inline constexpr std::uint64_t kTensorCutBytesMin = 64U << 10;

// The offsets at which a chunk must end, ascending and without repetition, given at least the first
// kTensorHeaderBytesMax bytes of a file (or all of it); empty for every other kind of file.
std::vector<std::uint64_t> TensorCuts(ByteSpan head);

}  // namespace reprise::storage
