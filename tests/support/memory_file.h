// A read-only file whose content is a byte string.

#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "storage/base/file.h"

namespace reprise::testing {

class MemoryFile final : public File {
 public:
  explicit MemoryFile(std::string content) : content_(std::move(content)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    if (offset >= content_.size()) return std::size_t{0};
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), content_.size() - offset);
    std::memcpy(buffer.data(), content_.data() + offset, count);
    return count;
  }
  Result<void> WriteAt(std::uint64_t, ByteSpan) override { return ReadOnly(); }
  Result<void> Sync() override { return ReadOnly(); }
  void StartWriteback(std::uint64_t, std::uint64_t) override {}
  Result<void> Truncate(std::uint64_t) override { return ReadOnly(); }
  Result<FileStat> Stat() const override {
    FileStat stat;
    stat.size_bytes = content_.size();
    return stat;
  }
  const std::string& path() const override { return path_; }

 private:
  static Error ReadOnly() { return {ErrorCode::kReadOnly, "a file in memory is read-only"}; }

  const std::string content_;
  const std::string path_ = "memory";
};

}  // namespace reprise::testing
