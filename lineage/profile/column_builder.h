// Profiles one column of a table, value by value, in memory that does not grow with the table.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/profile/distinct_sketch.h"
#include "lineage/profile/frequent_values.h"
#include "lineage/profile/profile.h"
#include "lineage/profile/quantile_sketch.h"
#include "lineage/table/field_hash.h"
#include "lineage/table/field_value.h"
#include "storage/crypto/sha256.h"

namespace reprise::lineage {

// A column with at most so many different values is known exactly, each value being looked at once.
inline constexpr std::size_t kExactValuesMax = 512;
// Longer values are counted, but not kept as frequent ones.
inline constexpr std::size_t kKeptValueBytesMax = 256;
inline constexpr std::size_t kFrequentValuesMax = 16;

class ColumnBuilder {
 public:
  explicit ColumnBuilder(std::string name) : name_(std::move(name)) {}

  void Add(std::string_view value);
  ColumnProfile Finish();

 private:
  struct Known {  // One of the values, while they are few.
    FieldHash hash;
    std::uint64_t count = 0;
    FieldValue read;
    std::string text;  // Empty if it is too long to be kept.
  };
  // Mean and squared deviations, of blocks (Chan, Golub and LeVeque 1983) that each is summed
  // twice: neither many values nor a large mean lose digits.
  struct Moments {
    double count = 0;
    double mean = 0;
    double squares = 0;
    void AddBlock(double block_count, double block_mean, double block_squares);
  };
  // The state once there are too many values to know each.
  struct Stream {
    DistinctSketch distinct;
    FrequentValues frequent;
    QuantileSketch quantiles;
    Moments moments;
    std::vector<double> block;
    double min = 0;
    double max = 0;
    bool has_numbers = false;
  };

  void AddToDigest(std::string_view value);
  bool AddKnown(const FieldHash& hash, std::string_view value);
  void BeginStream();
  void AddToStream(const FieldHash& hash, std::string_view value);
  void NoteTypes(const FieldValue& read, std::string_view text);
  void AddNumber(double number, std::uint64_t count);
  void AddTime(double seconds, std::uint64_t count);
  void FlushBlock();
  void FinishKnown(ColumnProfile& profile) const;
  void FinishStream(ColumnProfile& profile);

  std::string name_;
  std::uint64_t values_ = 0;  // That are not missing.
  std::uint64_t missing_ = 0;
  std::uint64_t infinite_ = 0;
  unsigned types_ = kIsAnyType;  // That every value can be taken for.
  std::int64_t integer_min_ = INT64_MAX;
  std::int64_t integer_max_ = INT64_MIN;
  std::string time_min_;
  std::string time_max_;
  FieldHash sum_;  // Of the hashes of all values.
  crypto::Sha256Stream digest_;
  std::string undigested_;
  std::vector<Known> known_;
  std::vector<std::uint16_t> slots_;  // Of known_, from 1 on, by hash.
  std::unique_ptr<Stream> stream_;
};

}  // namespace reprise::lineage
