// While a column has few different values each is kept with its count, and a value that comes again
// costs a hash and a look-up: categories and rounded numbers never go further.  The first value too
// many turns what is known into sketches, and every value goes there from then on.

#include "lineage/profile/column_builder.h"

#include <algorithm>
#include <cmath>

namespace reprise::lineage {
namespace {

constexpr std::size_t kSlots = 2 * kExactValuesMax;  // A power of two.
constexpr std::size_t kBlockValues = 256;
constexpr std::size_t kDigestedBytes = 4096;

// The mean of weighted values, and their squared deviations from it.
template <typename Values>  // Of pairs: number and weight.
void SumTwice(const Values& values, double& count, double& mean, double& squares) {
  count = 0;
  double sum = 0;
  for (const auto& [number, weight] : values) {
    count += static_cast<double>(weight);
    sum += number * static_cast<double>(weight);
  }
  mean = sum / count;
  squares = 0;
  for (const auto& [number, weight] : values) {
    squares += (number - mean) * (number - mean) * static_cast<double>(weight);
  }
}

std::optional<double> Deviation(double count, double squares) {
  if (count < 2) return std::nullopt;
  return std::sqrt(squares / (count - 1));
}

ColumnType TypeOf(unsigned types, bool is_empty) {
  if (is_empty) return ColumnType::kEmpty;
  if ((types & kIsInteger) != 0) return ColumnType::kInteger;
  if ((types & kIsReal) != 0) return ColumnType::kReal;
  if ((types & kIsBoolean) != 0) return ColumnType::kBoolean;
  if ((types & kIsTime) != 0) return ColumnType::kTime;
  return ColumnType::kText;
}

bool IsNumeric(ColumnType type) {
  return type == ColumnType::kInteger || type == ColumnType::kReal;
}

}  // namespace

void ColumnBuilder::Moments::AddBlock(double block_count, double block_mean, double block_squares) {
  const double total = count + block_count;
  const double delta = block_mean - mean;
  mean += delta * (block_count / total);
  squares += block_squares + delta * delta * (count * block_count / total);
  count = total;
}

// Each value with its length before it, so that "a" and "bc" are not "ab" and "c".
void ColumnBuilder::AddToDigest(std::string_view value) {
  if (undigested_.capacity() == 0) undigested_.reserve(kDigestedBytes + 16);
  std::size_t length = value.size();
  for (; length >= 128; length >>= 7) undigested_ += static_cast<char>(length | 128);
  undigested_ += static_cast<char>(length);
  if (undigested_.size() + value.size() <= kDigestedBytes) {
    undigested_ += value;
    return;
  }
  digest_.Update(AsBytes(undigested_));
  undigested_.clear();
  if (value.size() >= kDigestedBytes) {
    digest_.Update(AsBytes(value));
  } else {
    undigested_ += value;
  }
}

void ColumnBuilder::Add(std::string_view value) {
  AddToDigest(value);
  const FieldHash hash = HashField(value);
  sum_.low += hash.low;
  sum_.high += hash.high;
  if (IsMissing(value)) {
    ++missing_;
    return;
  }
  ++values_;
  if (stream_ == nullptr) {
    if (AddKnown(hash, value)) return;
    BeginStream();
  }
  AddToStream(hash, value);
}

// False if there are too many.
bool ColumnBuilder::AddKnown(const FieldHash& hash, std::string_view value) {
  if (slots_.empty()) slots_.resize(kSlots);
  std::size_t slot = hash.low % kSlots;
  for (; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
    Known& known = known_[slots_[slot] - 1U];
    if (known.hash != hash) continue;
    ++known.count;
    return true;
  }
  if (known_.size() == kExactValuesMax) return false;
  Known known{hash, 1, ReadFieldValue(value), {}};
  if (value.size() <= kKeptValueBytesMax) known.text = value;
  NoteTypes(known.read, value);
  known_.push_back(std::move(known));
  slots_[slot] = static_cast<std::uint16_t>(known_.size());
  return true;
}

void ColumnBuilder::NoteTypes(const FieldValue& read, std::string_view text) {
  types_ &= read.types;
  if ((read.types & kIsInteger) != 0) {
    integer_min_ = std::min(integer_min_, read.integer);
    integer_max_ = std::max(integer_max_, read.integer);
  }
  if ((types_ & kIsTime) != 0) {
    if (time_min_.empty() || text < time_min_) time_min_ = text;
    if (time_max_.empty() || text > time_max_) time_max_ = text;
  }
}

void ColumnBuilder::BeginStream() {
  stream_ = std::make_unique<Stream>();
  for (const Known& known : known_) {
    stream_->distinct.Add(known.hash.low);
    if (known.text.empty()) {
      stream_->frequent.AddUncounted(known.count);
    } else {
      stream_->frequent.Add(known.hash, known.text, known.count);
    }
    if ((types_ & kIsReal) != 0) AddNumber(known.read.number, known.count);
    if ((types_ & kIsTime) != 0) AddTime(known.read.number, known.count);
  }
  known_ = {};
  slots_ = {};
}

void ColumnBuilder::AddToStream(const FieldHash& hash, std::string_view value) {
  stream_->distinct.Add(hash.low);
  if (types_ != 0) {  // What is text stays text.
    const FieldValue read = ReadFieldValue(value);
    NoteTypes(read, value);
    if ((types_ & kIsReal) != 0) AddNumber(read.number, 1);
    if ((types_ & kIsTime) != 0) AddTime(read.number, 1);
  }
  // Of numbers only quantiles are kept; should they turn out to be text, this is what was missed.
  if ((types_ & kIsReal) != 0 || value.size() > kKeptValueBytesMax) {
    stream_->frequent.AddUncounted(1);
  } else {
    stream_->frequent.Add(hash, value);
  }
}

void ColumnBuilder::AddNumber(double number, std::uint64_t count) {
  if (std::isinf(number)) {
    infinite_ += count;
    return;
  }
  Stream& stream = *stream_;
  stream.min = stream.has_numbers ? std::min(stream.min, number) : number;
  stream.max = stream.has_numbers ? std::max(stream.max, number) : number;
  stream.has_numbers = true;
  if (stream.block.capacity() == 0) stream.block.reserve(kBlockValues);
  for (; count > 0; --count) {
    stream.quantiles.Add(number);
    stream.block.push_back(number);
    if (stream.block.size() == kBlockValues) FlushBlock();
  }
}

void ColumnBuilder::AddTime(double seconds, std::uint64_t count) {
  for (; count > 0; --count) stream_->quantiles.Add(seconds);
}

void ColumnBuilder::FlushBlock() {
  double sum = 0;
  for (const double number : stream_->block) sum += number;
  const auto count = static_cast<double>(stream_->block.size());
  const double mean = sum / count;
  double squares = 0;
  for (const double number : stream_->block) squares += (number - mean) * (number - mean);
  stream_->moments.AddBlock(count, mean, squares);
  stream_->block.clear();
}

void ColumnBuilder::FinishKnown(ColumnProfile& profile) const {
  profile.distinct = known_.size();
  if (IsNumeric(profile.type)) {
    NumberSummary numbers;
    std::vector<std::pair<double, std::uint64_t>> points;
    for (const Known& known : known_) {
      if (std::isinf(known.read.number)) {
        profile.infinite += known.count;
      } else {
        points.emplace_back(known.read.number, known.count);
      }
    }
    if (points.empty()) return;
    double count = 0;
    double squares = 0;
    SumTwice(points, count, numbers.mean, squares);
    numbers.standard_deviation = Deviation(count, squares);
    const auto [low, high] = std::ranges::minmax_element(points);
    numbers.min = low->first;
    numbers.max = high->first;
    numbers.quantiles = SummarizeQuantiles(std::move(points));
    profile.numbers = std::move(numbers);
    return;
  }
  if (profile.type == ColumnType::kTime) {
    std::vector<std::pair<double, std::uint64_t>> points;
    for (const Known& known : known_) points.emplace_back(known.read.number, known.count);
    profile.time_quantiles = SummarizeQuantiles(std::move(points));
  }
  std::vector<FrequentValue> values;
  for (const Known& known : known_) {
    if (known.text.empty()) {
      profile.frequent_error += known.count;
    } else {
      values.push_back({known.text, known.count});
    }
  }
  profile.frequent = MostFrequent(std::move(values), kFrequentValuesMax);
}

void ColumnBuilder::FinishStream(ColumnProfile& profile) {
  profile.distinct = stream_->distinct.Estimate();
  profile.distinct_is_exact = false;
  if (!IsNumeric(profile.type)) {
    profile.frequent = stream_->frequent.Top(kFrequentValuesMax);
    profile.frequent_error = stream_->frequent.error();
    if (profile.type == ColumnType::kTime) profile.time_quantiles = stream_->quantiles.Summary();
    return;
  }
  profile.infinite = infinite_;
  if (!stream_->has_numbers) return;
  if (!stream_->block.empty()) FlushBlock();
  const Moments& moments = stream_->moments;
  profile.numbers =
      NumberSummary{stream_->min, stream_->max, moments.mean,
                    Deviation(moments.count, moments.squares), stream_->quantiles.Summary()};
}

ColumnProfile ColumnBuilder::Finish() {
  ColumnProfile profile;
  profile.name = std::move(name_);
  profile.type = TypeOf(types_, values_ == 0);
  profile.missing = missing_;
  digest_.Update(AsBytes(undigested_));
  profile.digest = digest_.Finish();
  std::string sum;
  for (const std::uint64_t lane : {sum_.high, sum_.low}) AppendBe(sum, lane);
  profile.values = ToHex(AsBytes(sum));
  if (profile.type == ColumnType::kInteger) {
    profile.integer_min = integer_min_;
    profile.integer_max = integer_max_;
  }
  if (profile.type == ColumnType::kTime) {
    profile.time_min = time_min_;
    profile.time_max = time_max_;
  }
  if (stream_ == nullptr) {
    FinishKnown(profile);
  } else {
    FinishStream(profile);
  }
  return profile;
}

}  // namespace reprise::lineage
