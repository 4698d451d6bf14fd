#include "storage/zlib/inflate_stream.h"

#include <zlib.h>

#include <utility>

namespace reprise::storage {
namespace {

Error Damaged() { return {ErrorCode::kCorruption, "compressed content is damaged or cut short"}; }

}  // namespace

struct InflateStream::Context {
  z_stream stream{};
};

InflateStream::InflateStream(DeflateForm form, NextBlock next_block)
    : context_(std::make_unique<Context>()), next_block_(std::move(next_block)), form_(form) {}

InflateStream::~InflateStream() {
  if (is_open_) inflateEnd(&context_->stream);
}

Result<void> InflateStream::Start() {
  const int window_bits = form_ == DeflateForm::kRaw ? -MAX_WBITS : MAX_WBITS + 16;
  if (inflateInit2(&context_->stream, window_bits) != Z_OK) {
    return Error{ErrorCode::kIoError, "there is no memory to expand compressed content"};
  }
  is_open_ = true;
  return {};
}

Result<bool> InflateStream::Next(std::size_t part_bytes, std::string& out) {
  if (!is_open_) {
    REPRISE_TRY(Start());
  }
  z_stream& stream = context_->stream;
  const std::size_t begin = out.size();
  out.resize(begin + part_bytes);
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + begin);
  stream.avail_out = static_cast<uInt>(part_bytes);
  auto done = Fill();
  out.resize(begin + part_bytes - stream.avail_out);
  if (!done.ok()) return std::move(done).error();
  return out.size() > begin;
}

// Expands until the output is full or the content ends.
Result<void> InflateStream::Fill() {
  z_stream& stream = context_->stream;
  while (stream.avail_out > 0 && !is_at_end_) {
    REPRISE_ASSIGN_OR_RETURN(const bool has_input, Refill());
    if (is_between_members_) {
      is_at_end_ = !has_input || form_ == DeflateForm::kRaw;
      if (is_at_end_) break;
      if (inflateReset(&stream) != Z_OK) return Damaged();
      is_between_members_ = false;
    }
    if (!has_input) return Damaged();
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      is_between_members_ = true;
    } else if (status != Z_OK) {
      return Damaged();
    }
  }
  return {};
}

Result<bool> InflateStream::Refill() {
  z_stream& stream = context_->stream;
  if (stream.avail_in > 0) return true;
  REPRISE_ASSIGN_OR_RETURN(const ByteSpan block, next_block_());
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(block.data()));
  stream.avail_in = static_cast<uInt>(block.size());
  return !block.empty();
}

}  // namespace reprise::storage
