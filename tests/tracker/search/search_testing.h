// Runs and expressions made up at random, in a catalog in memory.

#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "storage/catalog.h"
#include "tracker/listed_run.h"
#include "tracker/run_index.h"

namespace reprise::tracker::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}

  std::size_t Below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(bits_);
  }
  bool OneIn(std::size_t count) { return Below(count) == 0; }
  template <typename T>
  const T& Of(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  std::mt19937_64 bits_;
};

// Texts that meet every corner of the order: numbers in several forms, prefixes of each other, zero
// bytes, and more than what a row keeps.
inline const std::vector<std::string>& SomeTexts() {
  static const std::vector<std::string> texts = {"0.1",
                                                 "0.10",
                                                 "1",
                                                 "-1",
                                                 "-0",
                                                 "0",
                                                 "1e3",
                                                 "1000",
                                                 "inf",
                                                 "-inf",
                                                 "NaN",
                                                 "nan",
                                                 "auto",
                                                 "a",
                                                 "ab",
                                                 "abc",
                                                 "",
                                                 "A",
                                                 "true",
                                                 std::string("a\0", 2),
                                                 std::string("a\0b", 3),
                                                 "a\x01",
                                                 "\xff\xff",
                                                 "m\xc3\xbc"
                                                 "d",
                                                 "it's",
                                                 "12%",
                                                 "i",
                                                 "In",
                                                 std::string(64, 'x'),
                                                 std::string(65, 'x'),
                                                 std::string(64, 'x') + "y"};
  return texts;
}

inline const std::vector<double>& SomeNumbers() {
  static const std::vector<double> numbers = {0.0,   -0.0,   0.1,    0.5,      1,         -1, 1000,
                                              1e300, -1e300, 5e-324, INFINITY, -INFINITY, NAN};
  return numbers;
}

constexpr std::int64_t kFirstStart = 1'700'000'000'000;

inline ListedRun RandomRun(Random& random, std::uint64_t number) {
  ListedRun run;
  std::array<std::byte, 10> bits{};
  bits[9] = static_cast<std::byte>(number);
  bits[8] = static_cast<std::byte>(number >> 8);
  const auto id_ms = kFirstStart + static_cast<std::int64_t>(random.Below(600'000));
  run.id = Ulid::FromParts(static_cast<std::uint64_t>(id_ms), bits);
  run.started_at_unix_ms = id_ms + static_cast<std::int64_t>(random.Below(100));
  if (random.OneIn(5)) {
    run.started_at_unix_ms = kFirstStart + static_cast<std::int64_t>(random.Below(600'000));
  }
  if (random.OneIn(20)) run.started_at_unix_ms = 1'000;
  run.name = "run-" + std::to_string(number);
  run.experiment = random.Of<std::string>({"credit", "fraud", "7", ""});
  run.status = random.Of<lineage::RunStatus>(
      {lineage::RunStatus::kFinished, lineage::RunStatus::kFinished, lineage::RunStatus::kFailed,
       lineage::RunStatus::kKilled, lineage::RunStatus::kLost});
  run.actor = "ada";
  if (random.OneIn(2)) run.commit = random.Of<std::string>({"c0ffee", "0ff", "12345678"});
  if (random.OneIn(2)) run.ended_at_unix_ms = run.started_at_unix_ms + 500;
  for (const char* const key : {"auc", "loss", "auc.min"}) {
    if (random.OneIn(2)) run.metrics[key] = random.Of(SomeNumbers());
  }
  for (std::size_t i = 0; i < run.metrics.size(); ++i) run.metric_bounds.push_back({-1, 1, 7});
  for (const char* const key : {"eta", "a b"}) {
    if (random.OneIn(2)) run.params[key] = random.Of(SomeTexts());
  }
  if (random.OneIn(3)) run.tags["team"] = random.Of(SomeTexts());
  return run;
}

inline void MakeWide(ListedRun& run) {
  for (std::size_t i = 0; i <= kIndexedKeysMax; ++i) run.params["p" + std::to_string(i)] = "1";
}

inline void Put(storage::Catalog& catalog, const ListedRun* before, const ListedRun& run) {
  storage::CatalogBatch batch;
  batch.Put(storage::Space::kName, ListedKey(run.id), EncodeListedRun(run));
  PutIndexRows(before, run, batch);
  ASSERT_TRUE(catalog.Apply(batch).ok());
}

inline std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

inline std::string RandomValue(Random& random) {
  std::string text = random.Of(SomeTexts());
  const bool is_word = !text.empty() && text.find_first_of("'\" (),=<>!~") == std::string::npos;
  return is_word && random.OneIn(2) ? text : Quoted(text);
}

// One that comparisons with `field` take.
inline std::string RandomValueOf(Random& random, const std::string& field) {
  if (field == "status") return random.Of<std::string>({"finished", "'failed'", "lost", "killed"});
  if (field == "duration" || field.starts_with("metrics.")) {
    return random.Of<std::string>({"0", "0.1", "'0.10'", "-1", "1e3", "7", "nan", "'inf'", "-inf"});
  }
  return RandomValue(random);
}

inline std::string RandomComparison(Random& random) {
  const std::string field = random.Of<std::string>(
      {"metrics.auc", "metrics.loss", "metrics.auc.min", "metrics.loss.max", "params.eta",
       "params.'a b'", "tags.team", "params.p7", "name", "experiment", "status", "commit", "id",
       "duration", "actor", "started"});
  const std::string sign = random.Of<std::string>({"=", "!=", "<", "<=", ">", ">="});
  if (field == "started") {
    const std::string minute = "'2023-11-14T22:1" + std::to_string(random.Below(10)) + ":20Z'";
    return field + " " + sign + " " + minute;
  }
  if (field == "status" && random.OneIn(2)) {
    return field + " " + sign + " " + random.Of<std::string>({"finished", "failed", "lost"});
  }
  switch (random.Below(6)) {
    case 0:
      return field + random.Of<std::string>({" is null", " is not null"});
    case 1:
      return field + random.Of<std::string>({" in (", " not in ("}) + RandomValueOf(random, field) +
             ", " + RandomValueOf(random, field) + ")";
    case 2:
      return field + random.Of<std::string>({" like ", " not like "}) +
             random.Of<std::string>({"'a%'", "'%b'", "'0._'", "'run-1%'", "'xxxx%'", "'N%'"});
    case 3:
      return field + " ~ " + RandomValue(random);
    default:
      return field + " " + sign + " " + RandomValueOf(random, field);
  }
}

inline std::string RandomExpression(Random& random, int depth) {
  if (depth == 0 || random.OneIn(3)) return RandomComparison(random);
  if (random.OneIn(6)) return "not (" + RandomExpression(random, depth - 1) + ")";
  return "(" + RandomExpression(random, depth - 1) +
         random.Of<std::string>({" and ", " and ", " or "}) + RandomExpression(random, depth - 1) +
         ")";
}

}  // namespace reprise::tracker::testing
