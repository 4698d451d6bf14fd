// nodes.csv and edges.csv.

#include "lineage/export/formats.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/csv.h"

namespace reprise::lineage {
namespace {

class Table {
 public:
  void AddRow(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text_ += ',';
      text_ += CsvText(cells[i]);
    }
    text_ += "\r\n";
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string Joined(const std::set<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : "|") + Printable(text);
  return joined;
}

std::string Number(const std::optional<int>& number) {
  return number.has_value() ? std::to_string(*number) : "";
}

constexpr std::size_t kNodeColumns = 19;

std::string NodeTable(const LineageExport& lineage) {
  Table table;
  table.AddRow({"id", "kind", "name", "experiment", "status", "exit_code", "started_at", "ended_at",
                "actor", "command", "recipe", "code", "commit", "environment", "size_bytes",
                "paths", "roles", "datasets", "missing"});
  for (const ExportedRun& run : lineage.runs) {
    const RunRecord& record = run.record;
    const bool has_recipe = run.recipe.has_value();
    const auto digest = [](const std::optional<Digest>& value) {
      return value.has_value() ? value->ToString() : "";
    };
    table.AddRow({record.id.ToString(), "run", Printable(record.name), Printable(record.experiment),
                  std::string(RunStatusName(record.status)), Number(record.exit_code),
                  FormatTime(record.started_at_unix_ms),
                  record.ended_at_unix_ms.has_value() ? FormatTime(*record.ended_at_unix_ms) : "",
                  Printable(record.actor), CommandTextOf(run), digest(record.recipe),
                  has_recipe ? digest(run.recipe->code) : "",
                  run.code.has_value() ? run.code->commit.value_or("") : "",
                  has_recipe ? digest(run.recipe->environment) : "", "", "", "", "",
                  Joined({run.missing.begin(), run.missing.end()})});
  }
  for (const Ulid& run : lineage.lost_runs) {
    std::vector<std::string> row(kNodeColumns);
    row.front() = run.ToString();
    row[1] = "run";
    row.back() = "its record";
    table.AddRow(row);
  }
  for (const ExportedArtifact& artifact : lineage.artifacts) {
    table.AddRow({artifact.digest.ToString(), std::string(ArtifactKindName(artifact.kind)),
                  Printable(NameOf(artifact)), "", "", "", "", "", "", "", "", "", "", "",
                  artifact.size_bytes.has_value() ? std::to_string(*artifact.size_bytes) : "",
                  Joined(artifact.paths), Joined(artifact.roles), Joined(artifact.dataset_names),
                  ""});
  }
  return table.Take();
}

std::string EdgeTable(const LineageExport& lineage) {
  Table table;
  table.AddRow({"from", "to", "kind", "path", "role"});
  const UseRoles roles = RolesOfUses(lineage);
  for (const Edge& edge : lineage.edges) {
    const Ulid& run = edge.kind == EdgeKind::kUsed ? edge.to.run : edge.from.run;
    const auto found = roles.find({run, edge.kind, edge.path});
    table.AddRow({edge.from.ToString(), edge.to.ToString(), std::string(EdgeKindName(edge.kind)),
                  Printable(edge.path), found == roles.end() ? "" : Joined(found->second)});
  }
  return table.Take();
}

}  // namespace

LineageTables ToTables(const LineageExport& lineage) {
  return {NodeTable(lineage), EdgeTable(lineage)};
}

}  // namespace reprise::lineage
