#include "tracker/run_index.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "tracker/index.h"
#include "tracker/run_filter.h"

namespace reprise::tracker {
namespace {

using lineage::query::Field;
using lineage::query::FieldKind;
using lineage::query::Value;
using storage::Space;

// Zero bytes are escaped, so that two of them end a text and sort before anything longer.
void AppendEscaped(std::string_view text, std::string& key) {
  for (const char c : text) {
    key += c;
    if (c == '\0') key += '\xff';
  }
}

constexpr std::string_view kEnd("\0\0", 2);

void AppendRow(const ListedRun& run, const Field& field, const Value& value,
               std::vector<std::string>& keys) {
  std::string key = FieldRowsPrefix(field);
  AppendValueOf(value, key);
  AppendRunId(run.id, key);
  keys.push_back(std::move(key));
}

bool IsWide(const ListedRun& run) {
  return run.metrics.size() + run.params.size() + run.tags.size() > kIndexedKeysMax;
}

bool IdTellsStart(const ListedRun& run) {
  const auto of_id = static_cast<std::int64_t>(run.id.unix_ms());  // 48 bits.
  return run.started_at_unix_ms >= of_id - kIdTimeSkewMsMax &&
         run.started_at_unix_ms <= of_id + kIdTimeSkewMsMax;
}

}  // namespace

bool IsIndexed(const Field& field) {
  switch (field.kind) {
    case FieldKind::kMetric:
      // Of a run without that metric it may be the summary of another.
      return !lineage::query::SummaryIn(field.key).has_value();
    case FieldKind::kParam:
    case FieldKind::kTag:
    case FieldKind::kName:
    case FieldKind::kExperiment:
    case FieldKind::kStatus:
    case FieldKind::kStarted:
    case FieldKind::kCommit:
      return true;
    default:
      return false;
  }
}

std::vector<std::string> IndexKeysOf(const ListedRun& run) {
  std::vector<std::string> keys;
  for (const FieldKind kind : {FieldKind::kName, FieldKind::kExperiment, FieldKind::kCommit}) {
    if (const auto value = FieldOf(run, {kind, ""})) AppendRow(run, {kind, ""}, *value, keys);
  }
  if (run.status != lineage::RunStatus::kFinished) {
    const Field status{FieldKind::kStatus, ""};
    AppendRow(run, status, *FieldOf(run, status), keys);
  }
  if (!IdTellsStart(run)) {
    AppendRow(run, {FieldKind::kStarted, ""}, Value::OfTime(run.started_at_unix_ms), keys);
  }
  if (IsWide(run)) {
    keys.emplace_back(kWideRunsPrefix);
    AppendRunId(run.id, keys.back());
  } else {
    for (const auto& [key, last] : run.metrics) {
      AppendRow(run, {FieldKind::kMetric, key}, {"", last}, keys);
    }
    for (const auto& [key, text] : run.params) {
      AppendRow(run, {FieldKind::kParam, key}, Value::OfText(text), keys);
    }
    for (const auto& [key, text] : run.tags) {
      AppendRow(run, {FieldKind::kTag, key}, Value::OfText(text), keys);
    }
  }
  std::ranges::sort(keys);
  return keys;
}

void PutIndexRows(const ListedRun* before, const ListedRun& run, storage::CatalogBatch& batch) {
  const std::vector<std::string> keys = IndexKeysOf(run);
  const std::vector<std::string> had =
      before != nullptr ? IndexKeysOf(*before) : std::vector<std::string>();
  for (const std::string& key : had) {
    if (!std::ranges::binary_search(keys, key)) batch.Delete(Space::kName, key);
  }
  for (const std::string& key : keys) {
    if (!std::ranges::binary_search(had, key)) batch.Put(Space::kName, key, "");
  }
}

std::string FieldRowsPrefix(const Field& field) {
  std::string prefix(kIndexPrefix);
  AppendEscaped(NameOf(field), prefix);
  prefix += kEnd;
  return prefix;
}

// A double's bits sort as its value does when all bits of a negative one, and the sign of any
// other, are inverted.
void AppendNumber(double number, std::string& key) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);  // -0 is 0.
  const std::uint64_t sortable = (bits & kSign) != 0 ? ~bits : bits | kSign;
  AppendBe(key, sortable);
}

void AppendTextPrefix(std::string_view prefix, std::string& key) {
  AppendEscaped(prefix.substr(0, kIndexedTextBytesMax), key);
}

void AppendText(std::string_view text, std::string& key) {
  AppendTextPrefix(text, key);
  key += kEnd;
}

void AppendValueOf(const Value& value, std::string& key) {
  if (!value.number.has_value()) {
    key += kTextRow;
    AppendText(value.text, key);
  } else if (std::isnan(*value.number)) {
    key += kNanRow;
  } else {
    key += kNumberRow;
    AppendNumber(*value.number, key);
  }
}

void AppendRunId(const Ulid& id, std::string& key) {
  for (const std::byte byte : id.bytes()) key += static_cast<char>(~byte);
}

Ulid RunIdOf(std::string_view key) {
  std::array<std::byte, Ulid::kSizeBytes> bytes{};
  const ByteSpan last = AsBytes(key).last(Ulid::kSizeBytes);
  std::ranges::transform(last, bytes.begin(), [](std::byte byte) { return ~byte; });
  return Ulid::FromBytes(bytes);
}

std::string ListedKey(const Ulid& id) {
  std::string key(kListedRunPrefix);
  key += AsText(id.bytes());
  return key;
}

}  // namespace reprise::tracker
