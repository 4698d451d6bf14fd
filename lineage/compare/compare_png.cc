// PNG images chunk by chunk (ISO/IEC 15948, section 5): whether the pixels differ, or only what is
// noted of them.

#include <algorithm>
#include <set>
#include <vector>

#include "lineage/compare/kinds.h"
#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kSignature{"\x89PNG\r\n\x1A\n", 8};
constexpr std::size_t kChunksMax = 100'000;
constexpr std::size_t kTypesMax = 64;    // The chunks of each type are gone through once.
constexpr std::size_t kFrameBytes = 12;  // Length, type and checksum of a chunk.

struct PngChunk {
  std::string type;
  std::uint64_t offset = 0;      // Of its data.
  std::uint64_t size_bytes = 0;  // Likewise.
};

// Absent: not well-formed.
Result<std::optional<std::vector<PngChunk>>> ReadChunks(const ContentSource& source) {
  using Chunks = std::optional<std::vector<PngChunk>>;
  std::vector<PngChunk> chunks;
  std::set<std::string> types;
  for (std::uint64_t offset = kSignature.size(); offset < source.size_bytes();) {
    REPRISE_ASSIGN_OR_RETURN(const std::string head, ReadText(source, offset, 8));
    if (head.size() < 8 || chunks.size() == kChunksMax) return Chunks();
    const std::uint64_t length = LoadBe<std::uint32_t>(AsBytes(head));
    if (length + kFrameBytes > source.size_bytes() - offset) return Chunks();
    chunks.push_back({head.substr(4), offset + 8, length});
    offset += length + kFrameBytes;
    types.insert(chunks.back().type);
    if (types.size() > kTypesMax) return Chunks();
  }
  const bool is_whole =
      chunks.size() >= 2 && chunks.front().type == "IHDR" && chunks.front().size_bytes == 13;
  return is_whole ? Chunks(std::move(chunks)) : Chunks();
}

// The data of all chunks of a type, one after the other.
class TypeData final : public ContentSource {
 public:
  TypeData(const ContentSource& source, const std::vector<PngChunk>& chunks, std::string_view type)
      : source_(source) {
    for (const PngChunk& chunk : chunks) {
      if (chunk.type != type || chunk.size_bytes == 0) continue;
      starts_.push_back(size_bytes_);
      chunks_.push_back(chunk);
      size_bytes_ += chunk.size_bytes;
    }
  }
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    std::size_t done = 0;
    while (done < buffer.size() && offset + done < size_bytes_) {
      const auto next = std::ranges::upper_bound(starts_, offset + done);
      const auto index = static_cast<std::size_t>(next - starts_.begin() - 1);
      const PngChunk& chunk = chunks_[index];
      const std::uint64_t inside = offset + done - starts_[index];
      const auto length = static_cast<std::size_t>(
          std::min<std::uint64_t>(buffer.size() - done, chunk.size_bytes - inside));
      REPRISE_ASSIGN_OR_RETURN(const std::size_t read,
                               source_.ReadAt(chunk.offset + inside, buffer.subspan(done, length)));
      if (read == 0) break;
      done += read;
    }
    return done;
  }

 private:
  const ContentSource& source_;
  std::vector<PngChunk> chunks_;
  std::vector<std::uint64_t> starts_;  // Of each chunk's data among all.
  std::uint64_t size_bytes_ = 0;
};

std::string SizeText(std::string_view header) {
  const ByteSpan bytes = AsBytes(header);
  return std::to_string(LoadBe<std::uint32_t>(bytes)) + "x" +
         std::to_string(LoadBe<std::uint32_t>(bytes, sizeof(std::uint32_t)));
}

// Where the data of chunks differ, by type.
Result<std::set<std::string>> DifferingTypes(const ContentPair& pair,
                                             const std::vector<PngChunk>& before,
                                             const std::vector<PngChunk>& after) {
  std::set<std::string> types;
  for (const auto& chunk : before) types.insert(chunk.type);
  for (const auto& chunk : after) types.insert(chunk.type);
  std::set<std::string> differing;
  for (const std::string& type : types) {
    const TypeData expected(pair.expected, before, type);
    const TypeData actual(pair.actual, after, type);
    REPRISE_ASSIGN_OR_RETURN(const auto first, FindFirstDifference(expected, actual));
    if (first.has_value() || expected.size_bytes() != actual.size_bytes()) differing.insert(type);
  }
  return differing;
}

std::string DescribeTypes(const std::set<std::string>& types) {
  std::string text;
  for (const std::string& type : types) text += (text.empty() ? "" : ", ") + Printable(type);
  return text;
}

}  // namespace

Result<std::optional<ContentDifference>> ComparePng(const ContentPair& pair, std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(const bool begin_alike, BothBegin(pair, kSignature));
  if (!begin_alike) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const auto before, ReadChunks(pair.expected));
  REPRISE_ASSIGN_OR_RETURN(const auto after, ReadChunks(pair.actual));
  if (!before.has_value() || !after.has_value()) {
    why_not = "not as PNG: its chunks are malformed";
    return std::optional<ContentDifference>();
  }
  REPRISE_ASSIGN_OR_RETURN(const auto types, DifferingTypes(pair, *before, *after));
  REPRISE_ASSIGN_OR_RETURN(const std::string e,
                           ReadText(pair.expected, before->front().offset, 13));
  REPRISE_ASSIGN_OR_RETURN(const std::string a, ReadText(pair.actual, after->front().offset, 13));
  const bool same_pixels = !types.contains("IHDR") && !types.contains("IDAT") &&
                           !types.contains("PLTE") && !types.contains("tRNS");
  std::string sentence;
  if (types.empty()) {
    sentence = "the same image and notes; only how its chunks are cut or ordered differs";
  } else if (types == std::set<std::string>{"tIME"}) {
    sentence = "the same image; only the time of its last change (tIME) differs";
  } else if (same_pixels) {
    sentence = "the same image; only what is noted of it differs: " + DescribeTypes(types);
  } else if (SizeText(e) != SizeText(a)) {
    sentence = "an image of " + SizeText(e) + " pixels became one of " + SizeText(a);
  } else {
    sentence = "an image of " + SizeText(e) + " pixels with other data: " + DescribeTypes(types);
  }
  Json list = Json::Array{};
  for (const std::string& type : types) {
    if (list.as_array().size() < kListedMax) list.Append(Printable(type));
  }
  Json details = Json()
                     .Set("expected_size", SizeText(e))
                     .Set("actual_size", SizeText(a))
                     .Set("same_image", same_pixels)
                     .Set("only_time", types == std::set<std::string>{"tIME"})
                     .Set("chunks", std::move(list));
  return std::optional(ContentDifference{
      .kind = "png", .sentence = std::move(sentence), .details = std::move(details)});
}

}  // namespace reprise::lineage
