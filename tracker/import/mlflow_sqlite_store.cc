// The tables that MLflow's SQLAlchemy models make (mlflow/store/tracking/dbmodels/models.py and
// mlflow/store/model_registry/dbmodels/models.py), by whichever migration: a column or table that
// an older one lacks is read as absent.

#include <cmath>
#include <limits>
#include <set>

#include "tracker/import/mlflow_store.h"
#include "tracker/import/sqlite_database.h"

namespace reprise::tracker {
namespace {

// "name" where the table has the column, NULL where it has not.
std::string ColumnOr(const std::set<std::string>& columns, const std::string& name,
                     const std::string& fallback = "NULL") {
  return columns.contains(name) ? "\"" + name + "\"" : fallback;
}

// MLflow stores infinities as the greatest doubles, as SQLite columns of other databases have none
// (SqlAlchemyStore.sanitize_metric_value).
double ValueOf(const SqliteQuery& query, int value_column, int is_nan_column) {
  if (query.Integer(is_nan_column).value_or(0) != 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double value = query.Real(value_column).value_or(0);
  // Texts of dumps have 15 digits, which is less than the greatest double.
  if (std::abs(value) > 1.797e308) {
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  }
  return value;
}

class SqliteStore final : public MlflowStore {
 public:
  SqliteStore(std::unique_ptr<SqliteDatabase> database, std::string folder)
      : database_(std::move(database)), folder_(std::move(folder)) {}

  // Errors: kInvalidArgument  not MLflow's tables.
  Result<void> Start() {
    for (const char* const table :
         {"experiments", "experiment_tags", "runs", "metrics", "params", "tags", "datasets",
          "inputs", "input_tags", "logged_models", "model_versions", "registered_model_aliases",
          "model_version_tags", "trace_info"}) {
      REPRISE_ASSIGN_OR_RETURN(columns_[table], database_->Columns(table));
    }
    for (const auto& [table, needed] : std::map<std::string, std::vector<std::string>>{
             {"experiments", {"experiment_id", "name"}},
             {"runs", {"run_uuid", "experiment_id", "status"}},
             {"metrics", {"key", "value", "timestamp", "run_uuid"}},
             {"params", {"key", "value", "run_uuid"}},
             {"tags", {"key", "value", "run_uuid"}}}) {
      for (const std::string& column : needed) {
        if (columns_[table].contains(column)) continue;
        return Error{ErrorCode::kInvalidArgument,
                     "its table '" + table + "' has no column '" + column +
                         "', so it is not a database of MLflow's tracking server"};
      }
    }
    return {};
  }

  std::string_view kind() const override { return "sqlite"; }
  const std::string& folder() const override { return folder_; }

  Result<MlflowParts<MlflowExperiment>> Experiments() override {
    std::vector<MlflowExperiment> experiments;
    REPRISE_ASSIGN_OR_RETURN(SqliteQuery query,
                             database_->Query("SELECT experiment_id, name, " +
                                              ColumnOr(columns_["experiments"], "lifecycle_stage") +
                                              " FROM experiments ORDER BY experiment_id"));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      MlflowExperiment experiment;
      experiment.id = query.Text(0).value_or("");
      experiment.name = query.Text(1).value_or(experiment.id);
      experiment.is_deleted = query.Text(2) == "deleted";
      experiments.push_back(std::move(experiment));
    }
    for (MlflowExperiment& experiment : experiments) {
      REPRISE_ASSIGN_OR_RETURN(experiment.tags,
                               Pairs("experiment_tags", "experiment_id", experiment.id));
    }
    return MlflowParts<MlflowExperiment>{std::move(experiments), {}};
  }

  Result<std::vector<std::string>> RunIds(const MlflowExperiment& experiment) override {
    std::vector<std::string> ids;
    REPRISE_ASSIGN_OR_RETURN(
        SqliteQuery query,
        database_->Query("SELECT run_uuid FROM runs WHERE experiment_id = ? ORDER BY run_uuid",
                         experiment.id));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return ids;
      ids.push_back(query.Text(0).value_or(""));
    }
  }

  Result<MlflowRun> ReadRun(const MlflowExperiment& experiment, const std::string& id) override {
    if (!IsMlflowId(id)) return Error{ErrorCode::kCorruption, "its id is malformed"};
    const auto& columns = columns_["runs"];
    std::string sql = "SELECT status";
    for (const char* const name : {"name", "user_id", "source_name", "source_version", "start_time",
                                   "end_time", "lifecycle_stage", "artifact_uri"}) {
      sql += ", " + ColumnOr(columns, name);
    }
    REPRISE_ASSIGN_OR_RETURN(SqliteQuery query,
                             database_->Query(sql + " FROM runs WHERE run_uuid = ?", id));
    REPRISE_ASSIGN_OR_RETURN(const bool is_there, query.Next());
    if (!is_there) return Error{ErrorCode::kNotFound, "it is not there any more"};
    MlflowRun run;
    run.id = id;
    run.experiment_id = experiment.id;
    REPRISE_ASSIGN_OR_RETURN(run.status, ParseMlflowStatus(query.Text(0).value_or("")));
    run.name = query.Text(1).value_or("");
    run.user = query.Text(2).value_or("");
    run.source_name = query.Text(3).value_or("");
    run.source_version = query.Text(4).value_or("");
    run.started_at_unix_ms = query.Integer(5);
    run.ended_at_unix_ms = query.Integer(6);
    run.is_deleted = query.Text(7) == "deleted";
    run.artifact_location = query.Text(8).value_or("");
    REPRISE_TRY(FillRun(run));
    return run;
  }

  Result<void> ForEachPoint(const MlflowRun& run, const PointVisitor& visit) override {
    const auto& columns = columns_["metrics"];
    const std::string step = ColumnOr(columns, "step", "0");
    REPRISE_ASSIGN_OR_RETURN(
        SqliteQuery query,
        database_->Query(
            "SELECT key, value, timestamp, " + step + ", " + ColumnOr(columns, "is_nan", "0") +
                " FROM metrics WHERE run_uuid = ? ORDER BY key, timestamp, " + step + ", rowid",
            run.id));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return {};
      lineage::MetricPoint point;
      point.value = ValueOf(query, 1, 4);
      point.time_unix_ms = query.Integer(2).value_or(0);
      point.step = query.Integer(3).value_or(0);
      REPRISE_TRY(visit(query.Text(0).value_or(""), point));
    }
  }

  Result<std::optional<std::int64_t>> StartOf(const std::string& run_id) override {
    REPRISE_ASSIGN_OR_RETURN(SqliteQuery query,
                             database_->Query("SELECT " + ColumnOr(columns_["runs"], "start_time") +
                                                  " FROM runs WHERE run_uuid = ?",
                                              run_id));
    REPRISE_ASSIGN_OR_RETURN(const bool found, query.Next());
    return found ? query.Integer(0) : std::nullopt;
  }

  Result<MlflowParts<MlflowModelVersion>> ModelVersions() override {
    MlflowParts<MlflowModelVersion> versions;
    const auto& columns = columns_["model_versions"];
    if (!columns.contains("name") || !columns.contains("version")) return versions;
    REPRISE_ASSIGN_OR_RETURN(
        SqliteQuery query,
        database_->Query("SELECT name, version, " + ColumnOr(columns, "run_id") + ", " +
                         ColumnOr(columns, "current_stage") + ", " +
                         ColumnOr(columns, "description") + ", " + ColumnOr(columns, "source") +
                         " FROM model_versions ORDER BY name, version"));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      MlflowModelVersion version;
      version.model = query.Text(0).value_or("");
      version.version = query.Text(1).value_or("");
      version.run_id = query.Text(2).value_or("");
      version.stage = query.Text(3).value_or("");
      version.description = query.Text(4).value_or("");
      version.source = query.Text(5).value_or("");
      versions.readable.push_back(std::move(version));
    }
    for (MlflowModelVersion& version : versions.readable) REPRISE_TRY(FillVersion(version));
    return versions;
  }

  Result<std::uint64_t> TraceCount() override {
    if (columns_["trace_info"].empty()) return std::uint64_t{0};
    REPRISE_ASSIGN_OR_RETURN(SqliteQuery query,
                             database_->Query("SELECT count(*) FROM trace_info"));
    REPRISE_TRY(query.Next());
    return static_cast<std::uint64_t>(query.Integer(0).value_or(0));
  }

 private:
  // Keys and values of the rows of `table` that belong to `owner`.
  Result<std::map<std::string, std::string>> Pairs(const std::string& table,
                                                   const std::string& owner_column,
                                                   const std::string& owner) {
    std::map<std::string, std::string> pairs;
    const auto& columns = columns_[table];
    if (!columns.contains("key") || !columns.contains(owner_column)) return pairs;
    REPRISE_ASSIGN_OR_RETURN(
        SqliteQuery query,
        database_->Query(
            "SELECT key, value FROM \"" + table + "\" WHERE \"" + owner_column + "\" = ?", owner));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return pairs;
      pairs[query.Text(0).value_or("")] = query.Text(1).value_or("");
    }
  }

  Result<void> FillRun(MlflowRun& run) {
    REPRISE_ASSIGN_OR_RETURN(run.params, Pairs("params", "run_uuid", run.id));
    REPRISE_ASSIGN_OR_RETURN(run.tags, Pairs("tags", "run_uuid", run.id));
    const auto name = run.tags.find("mlflow.runName");
    if (name != run.tags.end()) run.name = name->second;
    if (columns_["inputs"].empty()) return {};
    REPRISE_TRY(FillDatasets(run));
    return FillModels(run);
  }

  Result<void> FillDatasets(MlflowRun& run) {
    if (columns_["datasets"].empty() || columns_["input_tags"].empty()) return {};
    REPRISE_ASSIGN_OR_RETURN(
        SqliteQuery query,
        database_->Query(
            "SELECT d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema, "
            "d.dataset_profile, (SELECT value FROM input_tags t WHERE t.input_uuid = i.input_uuid "
            "AND t.name = 'mlflow.data.context') FROM inputs i JOIN datasets d ON d.dataset_uuid = "
            "i.source_id WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND "
            "i.destination_id = ? ORDER BY d.name, d.digest",
            run.id));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return {};
      run.datasets.push_back({query.Text(0).value_or(""), query.Text(1).value_or(""),
                              query.Text(2).value_or(""), query.Text(3).value_or(""),
                              query.Text(4).value_or(""), query.Text(5).value_or(""),
                              query.Text(6).value_or("")});
    }
  }

  Result<void> FillModels(MlflowRun& run) {
    if (columns_["logged_models"].empty()) return {};
    REPRISE_ASSIGN_OR_RETURN(
        SqliteQuery query,
        database_->Query("SELECT m.model_id, m.name, m.artifact_location FROM inputs i JOIN "
                         "logged_models m ON m.model_id = i.destination_id WHERE i.source_type = "
                         "'RUN_OUTPUT' AND i.destination_type = 'MODEL_OUTPUT' AND i.source_id = ? "
                         "ORDER BY m.model_id",
                         run.id));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return {};
      MlflowModel model{query.Text(0).value_or(""), query.Text(1).value_or(""),
                        query.Text(2).value_or("")};
      if (IsMlflowId(model.id)) run.models.push_back(std::move(model));
    }
  }

  Result<void> FillVersion(MlflowModelVersion& version) {
    const auto visit = [&](const std::string& table, const std::string& columns,
                           const std::function<void(const SqliteQuery&)>& add) -> Result<void> {
      if (!columns_[table].contains("name") || !columns_[table].contains("version")) return {};
      REPRISE_ASSIGN_OR_RETURN(SqliteQuery query,
                               database_->Query("SELECT version, " + columns + " FROM \"" + table +
                                                    "\" WHERE name = ? ORDER BY 2",
                                                version.model));
      for (;;) {
        REPRISE_ASSIGN_OR_RETURN(const bool more, query.Next());
        if (!more) return {};
        if (query.Text(0) == version.version) add(query);
      }
    };
    REPRISE_TRY(visit("registered_model_aliases", "alias", [&](const SqliteQuery& query) {
      version.aliases.push_back(query.Text(1).value_or(""));
    }));
    return visit("model_version_tags", "key, value", [&](const SqliteQuery& query) {
      version.tags[query.Text(1).value_or("")] = query.Text(2).value_or("");
    });
  }

  std::unique_ptr<SqliteDatabase> database_;
  const std::string folder_;
  std::map<std::string, std::set<std::string>> columns_;
};

Result<std::unique_ptr<MlflowStore>> Started(Result<std::unique_ptr<SqliteDatabase>> opened,
                                             std::string folder) {
  REPRISE_ASSIGN_OR_RETURN(auto database, std::move(opened));
  auto store = std::make_unique<SqliteStore>(std::move(database), std::move(folder));
  REPRISE_TRY(store->Start());
  return std::unique_ptr<MlflowStore>(std::move(store));
}

}  // namespace

Result<std::unique_ptr<MlflowStore>> OpenMlflowSqlite(const std::string& path) {
  return Started(SqliteDatabase::Open(path), ParentPath(path));
}

Result<std::unique_ptr<MlflowStore>> OpenMlflowSqliteBytes(ByteSpan bytes) {
  return Started(SqliteDatabase::OpenBytes(bytes), "");
}

}  // namespace reprise::tracker
