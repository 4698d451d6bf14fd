#include "tracker/recorder/journal_places.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace reprise::tracker {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

Error NoFrame() { return {ErrorCode::kCorruption, "a frame of the journal cannot be taken apart"}; }

// Calls `visit(number, content)` for each field that is a string or message.
Result<void> VisitFields(std::string_view message,
                         const std::function<Result<void>(int, std::string_view)>& visit) {
  CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(message.data()),
                          static_cast<int>(message.size()));
  while (const std::uint32_t tag = stream.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&stream, tag)) return NoFrame();
      continue;
    }
    int length = 0;
    if (!stream.ReadVarintSizeAsInt(&length)) return NoFrame();
    const auto begin = static_cast<std::size_t>(stream.CurrentPosition());
    if (!stream.Skip(length)) return NoFrame();
    REPRISE_TRY(visit(WireFormatLite::GetTagFieldNumber(tag),
                      message.substr(begin, static_cast<std::size_t>(length))));
  }
  if (!stream.ConsumedEntireMessage()) return NoFrame();
  return {};
}

// Calls `visit` for each field `number` of the frame's `observed`.
Result<void> VisitObserved(std::string_view payload, int number,
                           const std::function<Result<void>(std::string_view)>& visit) {
  return VisitFields(payload, [&](int body, std::string_view observed) -> Result<void> {
    if (body != v1::Frame::kObservedFieldNumber) return {};
    return VisitFields(observed, [&](int field, std::string_view content) -> Result<void> {
      return field == number ? visit(content) : Result<void>();
    });
  });
}

}  // namespace

Result<void> VisitPoints(std::string_view payload,
                         const std::function<Result<void>(const PointsPlace&)>& visit) {
  using Points = v1::Observed::Points;
  const auto take = [&](std::string_view message) -> Result<void> {
    PointsPlace place;
    REPRISE_TRY(VisitFields(message, [&](int field, std::string_view content) -> Result<void> {
      if (field == Points::kKeyFieldNumber) place.key = content;
      if (field == Points::kWriterFieldNumber) place.writer = content;
      if (field == Points::kBlockFieldNumber) place.block = content;
      return {};
    }));
    if (place.block.data() == nullptr) return NoFrame();  // Without it there is no place.
    return visit(place);
  };
  return VisitObserved(payload, v1::Observed::kPointsFieldNumber, take);
}

Result<void> VisitLogLines(std::string_view payload,
                           const std::function<Result<void>(const v1::Observed::LogLine&)>& visit) {
  v1::Observed::LogLine line;
  const auto take = [&](std::string_view message) -> Result<void> {
    if (!line.ParseFromArray(message.data(), static_cast<int>(message.size()))) return NoFrame();
    return visit(line);
  };
  return VisitObserved(payload, v1::Observed::kLogFieldNumber, take);
}

}  // namespace reprise::tracker
