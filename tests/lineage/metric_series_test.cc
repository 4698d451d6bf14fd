#include "lineage/metric_series.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/crc32c.h"
#include "storage/base/file.h"
#include "storage/crypto/sha256.h"

namespace reprise::lineage {
namespace {

using Points = std::vector<MetricPoint>;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kStart = 1'795'414'271'042;
constexpr std::size_t kHeaderBytes = 24;

bool SameBits(const Points& a, const Points& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(MetricPoint)) == 0);
}

void ExpectSurvives(const Points& points) {
  const std::string encoded = EncodeSeries(points);
  const auto decoded = DecodeSeries(encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_TRUE(SameBits(*decoded, points));
}

// Everything that is awkward, in one series.
Points OddPoints() {
  const double nan = std::bit_cast<double>(0xFFF8DEAD0000BEEF);
  const double signalling = std::bit_cast<double>(0x7FF0000000000001);
  const double infinity = std::numeric_limits<double>::infinity();
  return {{0, kStart, 0.5},       {0, kStart, 0.5},        {1, kStart + 1, nan}, {-7, kStart, -0.0},
          {kMax, kMin, infinity}, {kMin, kMax, -infinity}, {kMin, kMin, 5e-324}, {3, 0, signalling},
          {4, -1, 0.0},           {4, kStart, 1.7e+308},   {5, kStart, -1e-300}};
}

// A loss that falls smoothly, logged every 100 ms with `jitter_ms` of uncertainty.
Points SmoothPoints(int count, int jitter_ms, double (*value)(double x)) {
  std::mt19937 random(42);
  Points points;
  std::int64_t time = kStart;
  for (int i = 0; i < count; ++i) {
    if (jitter_ms > 0) time += static_cast<int>(random() % (2 * jitter_ms + 1)) - jitter_ms;
    points.push_back({i * 10, time, value(static_cast<double>(i) / count)});
    time += 100;
  }
  return points;
}

double Decay(double x) { return 0.1 + 2.3 * std::exp(-5 * x); }
double DecayFloat(double x) { return static_cast<float>(Decay(x)); }
double Line(double x) { return 0.1 * x; }
double Constant(double) { return 0.1; }

double BytesAPoint(const Points& points) {
  ExpectSurvives(points);
  return static_cast<double>(EncodeSeries(points).size()) / static_cast<double>(points.size());
}

TEST(MetricSeries, AnyPointsSurviveExactly) {
  ExpectSurvives({});
  ExpectSurvives({{1, kStart, 0.1}});
  ExpectSurvives({{0, 0, 0}});
  ExpectSurvives({{kMin, kMax, -0.0}});
  ExpectSurvives(OddPoints());
  for (std::size_t size = 0; size < OddPoints().size(); ++size) {
    const Points odd = OddPoints();
    ExpectSurvives(Points(odd.begin(), odd.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST(MetricSeries, BlocksMeetWithoutASeam) {
  for (const int count : {65'535, 65'536, 65'537, 131'072, 150'000}) {
    ExpectSurvives(SmoothPoints(count, 3, Decay));
  }
}

// Series of every mixture of calm and wild stretches, in all three columns.
TEST(MetricSeries, RandomSeriesSurvive) {
  std::mt19937_64 random(2026);
  const auto next = [&](std::uint64_t last, std::uint64_t before) -> std::uint64_t {
    switch (random() % 9) {
      case 0:
        return random();
      case 1:
        return last;
      case 2:
        return last + random() % 16;
      case 3:
        return last - random() % 1000;
      case 4:
        return last ^ std::uint64_t{1} << random() % 64;
      case 5:
        return random() << random() % 64;
      case 6:
        return before;
      default:
        return last + (last - before);
    }
  };
  for (int series = 0; series < 3000; ++series) {
    const std::size_t count = random() % 40;
    Points points;
    std::uint64_t cells[3] = {random(), kStart, std::bit_cast<std::uint64_t>(0.1)};
    std::uint64_t before[3] = {};
    for (std::size_t i = 0; i < count; ++i) {
      points.push_back({static_cast<std::int64_t>(cells[0]), static_cast<std::int64_t>(cells[1]),
                        std::bit_cast<double>(cells[2])});
      for (int c = 0; c < 3; ++c) {
        const std::uint64_t cell = next(cells[c], before[c]);
        before[c] = std::exchange(cells[c], cell);
      }
    }
    ExpectSurvives(points);
    if (HasFailure()) return;
  }
}

TEST(MetricSeries, ASmoothSeriesTakesAtMostTwoBytesAPoint) {
  EXPECT_LE(BytesAPoint(SmoothPoints(1000, 0, Decay)), 2.0);
  EXPECT_LE(BytesAPoint(SmoothPoints(10'000, 0, Decay)), 1.1);
  EXPECT_LE(BytesAPoint(SmoothPoints(10'000, 5, Decay)), 1.5);
  EXPECT_LE(BytesAPoint(SmoothPoints(1000, 5, DecayFloat)), 1.3);
  EXPECT_LE(BytesAPoint(SmoothPoints(10'000, 5, DecayFloat)), 1.1);
  EXPECT_LE(BytesAPoint(SmoothPoints(10'000, 5, Line)), 1.1);
  EXPECT_LE(BytesAPoint(SmoothPoints(10'000, 0, Constant)), 0.4);
}

TEST(MetricSeries, NoiseTakesLittleMoreThanItsBits) {
  std::mt19937_64 random(7);
  Points points;
  for (int i = 0; i < 10'000; ++i)
    points.push_back({i, kStart + i, std::bit_cast<double>(random())});
  EXPECT_LE(BytesAPoint(points), 8.5);
  for (MetricPoint& point : points) point.value = static_cast<double>(100 + random() % 20) / 128;
  EXPECT_LE(BytesAPoint(points), 1.0);  // An accuracy over 128 examples.
}

TEST(MetricSeries, BytesStayAsTheyAre) {
  const std::string path = REPRISE_GOLDEN_DIR "/metric_series/";
  const std::pair<std::string, Points> files[] = {
      {"odd_v1.bin", OddPoints()},
      {"smooth_v1.bin", SmoothPoints(50, 2, Decay)},
      {"example_v1.bin", {{0, 1000, 0.5}, {1, 1100, 0.5}, {2, 1200, 0.25}}},
      {"empty_v1.bin", {}}};
  for (const auto& [name, series] : files) {
    const std::string encoded = EncodeSeries(series);
    if (std::getenv("REPRISE_TEST_ACCEPT") != nullptr) {
      ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), path + name, encoded).ok());
    }
    const auto golden = ReadFile(PosixFileSystem(), path + name);
    ASSERT_TRUE(golden.ok()) << golden.error().message;
    EXPECT_EQ(ToHex(AsBytes(encoded)), ToHex(AsBytes(*golden))) << name;
    const auto decoded = DecodeSeries(*golden);
    ASSERT_TRUE(decoded.ok());
    EXPECT_TRUE(SameBits(*decoded, series));
  }
}

TEST(MetricSeries, AnyFlippedBitIsNoticed) {
  const std::string encoded = EncodeSeries(OddPoints());
  for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    std::string damaged = encoded;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    const auto decoded = DecodeSeries(damaged);
    ASSERT_FALSE(decoded.ok()) << bit;
    const bool in_version = bit / 8 == 3 && bit % 8 != 0;
    EXPECT_EQ(decoded.error().code,
              in_version ? ErrorCode::kUnsupportedVersion : ErrorCode::kCorruption)
        << bit;
  }
}

TEST(MetricSeries, CutOrLengthenedBytesAreCorruption) {
  const std::string encoded = EncodeSeries(OddPoints());
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(DecodeSeries(encoded.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeSeries(encoded + '\0').ok());
  EXPECT_FALSE(DecodeSeries(encoded + encoded).ok());
  EXPECT_FALSE(DecodeSeries(EncodeSeries({}) + EncodeSeries({})).ok());
}

// A full block may be followed by another, but not by an empty one.
TEST(MetricSeries, AnEmptyBlockAtTheEndIsCorruption) {
  const Points full = SmoothPoints(65'536, 0, Constant);
  EXPECT_FALSE(DecodeSeries(EncodeSeries(full) + EncodeSeries({})).ok());
  EXPECT_TRUE(DecodeSeries(EncodeSeries(full) + EncodeSeries(OddPoints())).ok());
}

std::string WithChecksum(std::string block) {
  const std::string_view view = block;
  const std::uint32_t crc =
      Crc32c(AsBytes(view.substr(kHeaderBytes)), Crc32c(AsBytes(view.substr(0, 20))));
  std::memcpy(block.data() + 20, &crc, sizeof crc);
  return block;
}

TEST(MetricSeries, ACountThatLiesIsFoundBehindAValidChecksum) {
  const std::string encoded = EncodeSeries(OddPoints());
  ASSERT_EQ(WithChecksum(encoded), encoded);
  for (const std::uint32_t count : {0U, 1U, 10U, 12U, 1000U, 65'536U, 65'537U, 0xFFFFFFFFU}) {
    std::string lying = encoded;
    std::memcpy(lying.data() + 4, &count, sizeof count);
    const auto decoded = DecodeSeries(WithChecksum(lying));
    ASSERT_FALSE(decoded.ok()) << count;
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorruption);
  }
}

// Behind a valid checksum some flips give other series; none may crash or ask for more memory.
TEST(MetricSeries, FlippedBitsBehindAValidChecksumAreHarmless) {
  for (const Points& points : {OddPoints(), SmoothPoints(50, 2, Decay)}) {
    const std::string encoded = EncodeSeries(points);
    for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
      std::string damaged = encoded;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
      const auto decoded = DecodeSeries(WithChecksum(damaged));
      if (decoded.ok()) {
        ASSERT_EQ(decoded->size(), points.size()) << bit;
        ExpectSurvives(*decoded);
      } else if (bit >= kHeaderBytes * 8) {
        EXPECT_EQ(decoded.error().code, ErrorCode::kCorruption) << bit;
      }
    }
  }
}

TEST(MetricSeries, ANewerVersionIsRefusedByName) {
  std::string encoded = EncodeSeries(OddPoints());
  encoded[3] = 2;
  const auto decoded = DecodeSeries(encoded);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::kUnsupportedVersion);
}

TEST(SeriesEncoder, GivesTheBytesOfTheWholeAndTheDecoderItsBlocks) {
  Points points;
  for (const std::size_t count : {0, 1, 65535, 65536, 65537, 131072, 131073}) {
    while (points.size() < count) {
      const auto i = static_cast<std::int64_t>(points.size());
      points.push_back({i, 3 * i, 1.0 / static_cast<double>(1 + i)});
    }
    SeriesEncoder encoder;
    std::string encoded;
    for (const MetricPoint& point : points) {
      encoder.Add(point);
      encoded += encoder.Take();
    }
    encoder.Finish();
    encoded += encoder.Take();
    EXPECT_EQ(encoded, EncodeSeries(points)) << count;
    SeriesDecoder decoder(encoded);
    std::size_t decoded = 0;
    for (Points block; *decoder.Next(block);) {
      EXPECT_LE(block.size(), 65536U);
      decoded += block.size();
    }
    EXPECT_EQ(decoded, count);
  }
}

TEST(SeriesValuesDigest, IsThatOfTheDocumentedBytes) {
  std::string bytes = "reprise/metric-series-values/v1\n";
  for (const MetricPoint& point : OddPoints()) {
    AppendLe(bytes, static_cast<std::uint64_t>(point.step));
    AppendLe(bytes, std::bit_cast<std::uint64_t>(point.value));
  }
  EXPECT_EQ(SeriesValuesDigest(OddPoints()), crypto::Sha256(bytes));
  const Points many = SmoothPoints(20'000, 1, Decay);  // More than the function hashes at once.
  bytes = "reprise/metric-series-values/v1\n";
  for (const MetricPoint& point : many) {
    AppendLe(bytes, static_cast<std::uint64_t>(point.step));
    AppendLe(bytes, std::bit_cast<std::uint64_t>(point.value));
  }
  EXPECT_EQ(SeriesValuesDigest(many), crypto::Sha256(bytes));
}

TEST(SeriesValuesDigest, DoesNotDependOnTimesButOnEveryStepAndBitOfAValue) {
  const Points points = {{0, 1, 0.0}, {1, 2, 0.5}};
  const Digest digest = SeriesValuesDigest(points);
  EXPECT_EQ(SeriesValuesDigest(Points{{0, 99, 0.0}, {1, -5, 0.5}}), digest);
  EXPECT_NE(SeriesValuesDigest(Points{{0, 1, -0.0}, {1, 2, 0.5}}), digest);
  EXPECT_NE(SeriesValuesDigest(Points{{0, 1, 0.0}, {2, 2, 0.5}}), digest);
  EXPECT_NE(SeriesValuesDigest(Points{{1, 2, 0.5}, {0, 1, 0.0}}), digest);
  EXPECT_NE(SeriesValuesDigest(Points{{0, 1, 0.0}}), digest);
  EXPECT_NE(SeriesValuesDigest(Points{}), SeriesValuesDigest(Points{{0, 0, 0.0}}));
}

}  // namespace
}  // namespace reprise::lineage
