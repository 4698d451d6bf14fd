// Builds segments byte by byte, by docs/formats/segment.md and not by the SDK's own writer.

#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/wire/segment.h"

namespace reprise::sdk::testing {

class SegmentBuilder {
 public:
  explicit SegmentBuilder(std::size_t size_bytes = 4096) : bytes_(size_bytes / 8) {
    wire::SegmentHeader header{};
    header.magic = wire::kSegmentMagic;
    header.version = wire::kSegmentVersion;
    header.header_bytes = sizeof(header);
    header.capacity_bytes = size_bytes;
    header.pid = 4711;
    header.session = 1;
    header.process_start_ticks = 123456;
    header.thread = 1;
    header.sequence = 1;
    header.created_unix_ns = 1'700'000'000'000'000'000;
    std::memcpy(header.run_id, "01J00000000000000000000000", 26);
    this->header() = header;
  }

  wire::SegmentHeader& header() { return *reinterpret_cast<wire::SegmentHeader*>(bytes_.data()); }

  template <typename Payload>
  SegmentBuilder& Add(wire::RecordKind kind, const Payload& payload,
                      const std::vector<std::string_view>& texts = {}, std::uint8_t flags = 0) {
    std::string all(reinterpret_cast<const char*>(&payload), sizeof(payload));
    for (const std::string_view text : texts) all += text;
    return AddRaw(kind, flags, static_cast<std::uint32_t>(all.size()), all);
  }

  SegmentBuilder& AddKey(std::uint32_t series, std::string_view key) {
    return Add(wire::RecordKind::kMetricKey,
               wire::MetricKeyPayload{series, static_cast<std::uint32_t>(key.size())}, {key});
  }

  SegmentBuilder& AddPoint(std::uint32_t series, const wire::MetricPointPayload& point) {
    return AddRaw(wire::RecordKind::kMetricPoint, 0, series,
                  {reinterpret_cast<const char*>(&point), sizeof(point)});
  }

  // One record with whatever argument and payload.
  SegmentBuilder& AddRaw(wire::RecordKind kind, std::uint8_t flags, std::uint32_t argument,
                         std::string_view payload) {
    std::string padded(payload);
    padded.resize(wire::RoundUpToWord(padded.size()));
    const std::uint64_t word = wire::HeaderWord(kind, flags, argument);
    const std::uint64_t header =
        wire::WithCheck(word, wire::RecordCheck(word, offset_, padded.data(), padded.size()));
    std::memcpy(data() + offset_ + 8, padded.data(), padded.size());
    std::memcpy(data() + offset_, &header, 8);
    offset_ += 8 + padded.size();
    return *this;
  }

  std::size_t offset() const { return offset_; }
  char* data() { return reinterpret_cast<char*>(bytes_.data()); }
  std::size_t size() const { return bytes_.size() * 8; }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size() * 8};
  }

 private:
  std::vector<std::uint64_t> bytes_;  // Words, so that records are aligned.
  std::size_t offset_ = sizeof(wire::SegmentHeader);
};

}  // namespace reprise::sdk::testing
