#include "tracker/listed_run.h"

#include <algorithm>
#include <vector>

#include "storage/base/bytes.h"
#include "tracker/index.h"
#include "tracker/proto/catalog.pb.h"

namespace reprise::tracker {

ListedRun ListedRunOf(const StoredRun& run) {
  const lineage::RunRecord& record = run.record;
  ListedRun listed{.id = record.id,
                   .experiment = record.experiment,
                   .name = record.name,
                   .status = record.status,
                   .exit_code = record.exit_code,
                   .signal = record.signal,
                   .started_at_unix_ms = record.started_at_unix_ms,
                   .ended_at_unix_ms = record.ended_at_unix_ms,
                   .actor = record.actor,
                   .commit = {},
                   .branch = {},
                   .dirty = {},
                   .host = {},
                   .metrics = {},
                   .metric_bounds = {},
                   .params = {},
                   .tags = run.tags};
  if (run.code.has_value()) {
    listed.commit = run.code->commit;
    listed.branch = run.code->branch;
    listed.dirty = run.code->dirty;
  }
  if (const auto host = record.host.GetString("name"); host.ok()) listed.host = *host;
  for (const auto& [key, metric] : record.metrics) {
    listed.metrics[key] = metric.last;
    listed.metric_bounds.push_back({metric.min, metric.max, metric.count});
  }
  if (run.recipe.has_value()) {
    for (const auto& [key, value] : run.recipe->parameters) listed.params[key] = value.text();
  }
  return listed;
}

std::string EncodeListedRun(const ListedRun& run) {
  v1::CatalogListedRun row;
  row.set_experiment(run.experiment);
  row.set_name(run.name);
  row.set_status(std::string(lineage::RunStatusName(run.status)));
  if (run.exit_code.has_value()) row.set_exit_code(*run.exit_code);
  if (run.signal.has_value()) row.set_signal(*run.signal);
  row.set_started_at_unix_ms(run.started_at_unix_ms);
  if (run.ended_at_unix_ms.has_value()) row.set_ended_at_unix_ms(*run.ended_at_unix_ms);
  row.set_actor(run.actor);
  if (run.commit.has_value()) row.set_commit(*run.commit);
  if (run.branch.has_value()) row.set_branch(*run.branch);
  if (run.dirty.has_value()) row.set_dirty(*run.dirty);
  if (run.host.has_value()) row.set_host(*run.host);
  for (const auto& [key, last] : run.metrics) {
    row.add_metric_keys(key);
    row.add_metric_values(last);
  }
  for (const MetricBounds& bounds : run.metric_bounds) {
    row.add_metric_min(bounds.min);
    row.add_metric_max(bounds.max);
    row.add_metric_counts(bounds.count);
  }
  for (const auto& [key, value] : run.params) {
    row.add_params(key);
    row.add_params(value);
  }
  for (const auto& [key, value] : run.tags) {
    row.add_tags(key);
    row.add_tags(value);
  }
  return row.SerializeAsString();
}

Result<ListedRun> DecodeListedRun(const Ulid& id, std::string_view value) {
  v1::CatalogListedRun row;
  const bool parsed = row.ParseFromArray(value.data(), static_cast<int>(value.size()));
  const auto status = lineage::ParseRunStatus(row.status());
  const int bounds = row.metric_min_size();
  const bool bounds_fit = (bounds == 0 || bounds == row.metric_keys_size()) &&
                          row.metric_max_size() == bounds && row.metric_counts_size() == bounds;
  if (!parsed || !status.ok() || row.metric_keys_size() != row.metric_values_size() ||
      !bounds_fit || row.params_size() % 2 != 0 || row.tags_size() % 2 != 0) {
    return Error{ErrorCode::kCorruption, "the catalog's row of run " + id.ToString() +
                                             " is damaged; `reprise fsck --rebuild-index` mends "
                                             "it"};
  }
  ListedRun run;
  run.id = id;
  run.experiment = std::move(*row.mutable_experiment());
  run.name = std::move(*row.mutable_name());
  run.status = *status;
  if (row.has_exit_code()) run.exit_code = row.exit_code();
  if (row.has_signal()) run.signal = row.signal();
  run.started_at_unix_ms = row.started_at_unix_ms();
  if (row.has_ended_at_unix_ms()) run.ended_at_unix_ms = row.ended_at_unix_ms();
  run.actor = std::move(*row.mutable_actor());
  if (row.has_commit()) run.commit = std::move(*row.mutable_commit());
  if (row.has_branch()) run.branch = std::move(*row.mutable_branch());
  if (row.has_dirty()) run.dirty = row.dirty();
  if (row.has_host()) run.host = std::move(*row.mutable_host());
  run.metric_bounds.reserve(static_cast<std::size_t>(bounds));
  for (int i = 0; i < bounds; ++i) {
    run.metric_bounds.push_back({row.metric_min(i), row.metric_max(i), row.metric_counts(i)});
  }
  // They were written in the order of the maps, so each belongs at the end.
  for (int i = 0; i < row.metric_keys_size(); ++i) {
    run.metrics.emplace_hint(run.metrics.end(), std::move(*row.mutable_metric_keys(i)),
                             row.metric_values(i));
  }
  for (int i = 0; i + 1 < row.params_size(); i += 2) {
    run.params.emplace_hint(run.params.end(), std::move(*row.mutable_params(i)),
                            std::move(*row.mutable_params(i + 1)));
  }
  for (int i = 0; i + 1 < row.tags_size(); i += 2) {
    run.tags.emplace_hint(run.tags.end(), std::move(*row.mutable_tags(i)),
                          std::move(*row.mutable_tags(i + 1)));
  }
  return run;
}

Result<std::map<Ulid, ListedRun>> FindListedRuns(const storage::Catalog& catalog,
                                                 std::span<const Ulid> ids) {
  std::map<Ulid, ListedRun> runs;
  constexpr std::size_t kAtOnce = 1024;
  for (std::size_t begin = 0; begin < ids.size(); begin += kAtOnce) {
    const auto part = ids.subspan(begin, std::min(kAtOnce, ids.size() - begin));
    std::vector<std::string> keys;
    keys.reserve(part.size());
    for (const Ulid& id : part) {
      keys.emplace_back(kListedRunPrefix).append(AsText(id.bytes()));
    }
    REPRISE_ASSIGN_OR_RETURN(const auto rows, catalog.MultiGet(storage::Space::kName, keys));
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (!rows[i].has_value()) continue;
      REPRISE_ASSIGN_OR_RETURN(ListedRun run, DecodeListedRun(part[i], *rows[i]));
      runs.emplace_hint(runs.end(), part[i], std::move(run));
    }
  }
  return runs;
}

}  // namespace reprise::tracker
