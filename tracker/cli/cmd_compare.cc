#include <algorithm>
#include <functional>
#include <set>

#include "lineage/run_record.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/text.h"

namespace reprise::cli {
namespace {

// One line of the comparison: what it is about, and each run's value, absent where it has none.
struct Row {
  std::string group;
  std::string key;
  std::vector<std::optional<std::string>> texts;
  std::vector<Json> values;

  bool differs() const {
    return std::ranges::any_of(texts, [&](const auto& text) { return text != texts[0]; });
  }
};

class Comparison {
 public:
  explicit Comparison(const std::vector<tracker::StoredRun>& runs) : runs_(runs) {}

  // Differences first, then by group and key.
  std::vector<Row> Rows() {
    AddFacts();
    AddParams();
    AddMetrics();
    AddArtifacts();
    std::stable_partition(rows_.begin(), rows_.end(), std::mem_fn(&Row::differs));
    return std::move(rows_);
  }

 private:
  Row& NewRow(const std::string& group, const std::string& key) {
    rows_.push_back({group, key, std::vector<std::optional<std::string>>(runs_.size()),
                     std::vector<Json>(runs_.size())});
    return rows_.back();
  }

  void AddFacts() {
    Row& status = NewRow("run", "status");
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      status.texts[i] = DescribeStatus(runs_[i].record);
      status.values[i] = *status.texts[i];
    }
    Row& command = NewRow("run", "command");
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (!runs_[i].recipe.has_value()) continue;
      command.texts[i] = ShellWords(runs_[i].recipe->command);
      command.values[i] = *command.texts[i];
    }
    AddDigest("code", &lineage::Recipe::code);
    AddDigest("environment", &lineage::Recipe::environment);
  }

  void AddDigest(const std::string& key, std::optional<Digest> lineage::Recipe::*member) {
    Row& row = NewRow("run", key);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (!runs_[i].recipe.has_value() || !((*runs_[i].recipe).*member).has_value()) continue;
      const std::string digest = (*((*runs_[i].recipe).*member)).ToString();
      row.texts[i] = ShortDigest(digest);
      row.values[i] = digest;
    }
  }

  void AddParams() {
    std::set<std::string> keys;
    for (const auto& run : runs_) {
      if (!run.recipe.has_value()) continue;
      for (const auto& [key, value] : run.recipe->parameters) keys.insert(key);
    }
    for (const std::string& key : keys) {
      Row& row = NewRow("params", key);
      for (std::size_t i = 0; i < runs_.size(); ++i) {
        if (!runs_[i].recipe.has_value()) continue;
        const auto found = runs_[i].recipe->parameters.find(key);
        if (found == runs_[i].recipe->parameters.end()) continue;
        row.texts[i] = Printable(found->second.text());
        row.values[i] = found->second.ToPlainJson();
      }
    }
  }

  void AddMetrics() {
    std::set<std::string> keys;
    for (const auto& run : runs_) {
      for (const auto& [key, metric] : run.record.metrics) keys.insert(key);
    }
    for (const std::string& key : keys) {
      Row& row = NewRow("metrics", key);
      for (std::size_t i = 0; i < runs_.size(); ++i) {
        const auto found = runs_[i].record.metrics.find(key);
        if (found == runs_[i].record.metrics.end()) continue;
        row.texts[i] = FormatNumber(found->second.last);
        row.values[i] = lineage::NumberToJson(found->second.last);
      }
    }
  }

  void AddArtifacts() {
    const auto add = [&](const std::string& group, const auto& uses_of) {
      std::set<std::string> paths;
      for (const auto& run : runs_) {
        for (const lineage::ArtifactUse& use : uses_of(run)) paths.insert(use.path);
      }
      for (const std::string& path : paths) {
        Row& row = NewRow(group, path);
        for (std::size_t i = 0; i < runs_.size(); ++i) {
          for (const lineage::ArtifactUse& use : uses_of(runs_[i])) {
            if (use.path != path) continue;
            row.texts[i] = ShortDigest(use.digest.ToString());
            row.values[i] = use.digest.ToString();
          }
        }
      }
    };
    add("inputs", [](const tracker::StoredRun& run) {
      return run.recipe.has_value() ? run.recipe->inputs : std::vector<lineage::ArtifactUse>();
    });
    add("outputs", [](const tracker::StoredRun& run) { return run.record.outputs; });
  }

  const std::vector<tracker::StoredRun>& runs_;
  std::vector<Row> rows_;
};

void PrintText(const std::vector<tracker::StoredRun>& runs, const std::vector<Row>& rows,
               std::ostream& out) {
  std::vector<std::string> heading = {"", ""};
  for (const auto& run : runs) heading.push_back(run.record.name);
  Table table(heading);
  bool same_announced = false;
  for (const Row& row : rows) {
    if (!row.differs() && !same_announced) {
      std::vector<std::string> blank(heading.size());
      blank[0] = "the same:";
      table.Add(std::move(blank));
      same_announced = true;
    }
    std::vector<std::string> cells = {row.group, Printable(row.key)};
    for (const auto& text : row.texts) cells.push_back(text.value_or("-"));
    table.Add(std::move(cells));
  }
  table.Print(out);
}

Json RowsToJson(const std::vector<tracker::StoredRun>& runs, const std::vector<Row>& rows) {
  Json ids = Json::Array{};
  for (const auto& run : runs) {
    ids.Append(Json().Set("id", run.record.id.ToString()).Set("name", run.record.name));
  }
  Json list = Json::Array{};
  for (const Row& row : rows) {
    list.Append(Json()
                    .Set("group", row.group)
                    .Set("key", BytesToJson(row.key))
                    .Set("differs", row.differs())
                    .Set("values", Json::Array(row.values)));
  }
  return Json().Set("runs", std::move(ids)).Set("rows", std::move(list));
}

Result<int> Run(const po::variables_map& args, Context& context) {
  const std::vector<std::string> refs = Texts(args, "refs");
  if (refs.size() < 2) {
    return Error{ErrorCode::kInvalidArgument,
                 "compare needs two runs or more; usage: reprise compare REF REF…"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  std::vector<tracker::StoredRun> runs;
  for (const std::string& ref : refs) {
    REPRISE_ASSIGN_OR_RETURN(KnownRun known, KnownRunOf(*store, context, ref));
    runs.push_back(std::move(known.run));
  }
  const std::vector<Row> rows = Comparison(runs).Rows();
  if (context.global.json) {
    context.PrintJson(RowsToJson(runs, rows));
  } else {
    PrintText(runs, rows, context.out);
  }
  return ChosenStatus(*store, refs);
}

}  // namespace

Command CompareCommand() {
  Command command{"compare", "Runs side by side, differences first.", "REF REF…"};
  command.examples = {{"reprise compare @last @last~1", "the two newest runs"}};
  command.hidden.add_options()("refs", po::value<std::vector<std::string>>());
  command.positionals.add("refs", -1);
  command.required = {"refs"};
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
