#include "lineage/query/field.h"

#include <algorithm>
#include <utility>

namespace reprise::lineage::query {
namespace {

using Named = std::pair<std::string_view, FieldKind>;

constexpr Named kPrefixes[] = {
    {"metrics.", FieldKind::kMetric}, {"params.", FieldKind::kParam}, {"tags.", FieldKind::kTag}};
constexpr Named kFields[] = {{"id", FieldKind::kId},
                             {"name", FieldKind::kName},
                             {"status", FieldKind::kStatus},
                             {"experiment", FieldKind::kExperiment},
                             {"started", FieldKind::kStarted},
                             {"ended", FieldKind::kEnded},
                             {"duration", FieldKind::kDuration},
                             {"exit_code", FieldKind::kExitCode},
                             {"signal", FieldKind::kSignal},
                             {"commit", FieldKind::kCommit},
                             {"branch", FieldKind::kBranch},
                             {"dirty", FieldKind::kDirty},
                             {"host", FieldKind::kHost},
                             {"actor", FieldKind::kActor}};

}  // namespace

std::optional<Field> FieldNamed(std::string_view name) {
  for (const auto& [prefix, kind] : kPrefixes) {
    if (name.starts_with(prefix) && name.size() > prefix.size()) {
      return Field{kind, std::string(name.substr(prefix.size()))};
    }
  }
  const auto* const found = std::ranges::find(kFields, name, &Named::first);
  if (found == std::end(kFields)) return std::nullopt;
  return Field{found->second, ""};
}

std::string NameOf(const Field& field) {
  for (const auto& [prefix, kind] : kPrefixes) {
    if (kind == field.kind) return std::string(prefix) + field.key;
  }
  return std::string(std::ranges::find(kFields, field.kind, &Named::second)->first);
}

bool IsTime(FieldKind kind) { return kind == FieldKind::kStarted || kind == FieldKind::kEnded; }

std::optional<SummaryKey> SummaryIn(std::string_view metric_key) {
  constexpr std::pair<std::string_view, Summary> kSuffixes[] = {
      {".min", Summary::kMin}, {".max", Summary::kMax}, {".count", Summary::kCount}};
  for (const auto& [suffix, summary] : kSuffixes) {
    if (metric_key.ends_with(suffix) && metric_key.size() > suffix.size()) {
      return SummaryKey{metric_key.substr(0, metric_key.size() - suffix.size()), summary};
    }
  }
  return std::nullopt;
}

std::string FieldList() {
  std::string list;
  for (const Named& named : kPrefixes) list += std::string(named.first) + "KEY, ";
  for (const Named& named : kFields) list += std::string(named.first) + ", ";
  list.resize(list.size() - 2);
  return list;
}

}  // namespace reprise::lineage::query
