// The facts of a run that expressions name: "metrics.auc", "params.eta", "status".  docs/where.md.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace reprise::lineage::query {

enum class FieldKind {
  kMetric,
  kParam,
  kTag,
  kId,
  kName,
  kExperiment,
  kStatus,
  kStarted,
  kEnded,
  kDuration,
  kExitCode,
  kSignal,
  kCommit,
  kBranch,
  kDirty,
  kHost,
  kActor,
};

struct Field {
  FieldKind kind = FieldKind::kName;
  std::string key;  // Of a metric, parameter or tag, raw bytes; else "".

  friend bool operator==(const Field&, const Field&) = default;
};

// The field of that name, its key not quoted: "metrics.val loss" is the metric "val loss".
std::optional<Field> FieldNamed(std::string_view name);

// The inverse.
std::string NameOf(const Field& field);

// Whether values of the field are times.
bool IsTime(FieldKind kind);

// A metric's key may end in the name of a summary: "auc.min" is the least value of "auc", for a run
// that has no metric of the whole name.
enum class Summary { kMin, kMax, kCount };
struct SummaryKey {
  std::string_view metric;  // Of the key that was given.
  Summary summary;
};
std::optional<SummaryKey> SummaryIn(std::string_view metric_key);

// "metrics.KEY, params.KEY, tags.KEY, id, …": for messages.
std::string FieldList();

}  // namespace reprise::lineage::query
