// Content that was compressed by deflate (RFC 1951), expanded as it is asked for.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::storage {

enum class DeflateForm {
  kRaw,  // As members of zip archives.
  kGzip  // One or more members with their headers (RFC 1952).
};

class InflateStream {
 public:
  // The next block of what was compressed, valid until the next call; empty at the end.
  using NextBlock = std::function<Result<ByteSpan>()>;

  InflateStream(DeflateForm form, NextBlock next_block);
  ~InflateStream();
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;

  // Appends up to `part_bytes` to `out`; false at the end, when nothing was appended.
  // Errors: kCorruption  the data are damaged or cut short; kIoError  there is no memory; those of
  //         the blocks.
  Result<bool> Next(std::size_t part_bytes, std::string& out);

 private:
  Result<void> Start();
  Result<void> Fill();
  Result<bool> Refill();

  struct Context;
  std::unique_ptr<Context> context_;
  NextBlock next_block_;
  const DeflateForm form_;
  bool is_open_ = false;
  bool is_between_members_ = false;  // The end of one was read.
  bool is_at_end_ = false;
};

}  // namespace reprise::storage
