// The writers of exports (docs/formats/exports.md) with arbitrary text in every place that a person
// or a program can fill, and the reader of environments on arbitrary bytes: what is written is
// JSON, PROV-N without a broken string, and CSV of equal rows without a formula.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "lineage/export/formats.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/json.h"
#include "storage/crypto/sha256.h"

namespace {

using reprise::crypto::Sha256;

// Cuts the input at its lines' ends, one text for each place, and begins again at the end.  The
// byte 1F stands for the end of a line within a text, as 1E does for NUL.
class Texts {
 public:
  explicit Texts(std::string_view input) : input_(input) {}

  std::string Next() {
    if (place_ >= input_.size()) place_ = 0;
    const std::size_t end = std::min(input_.find('\n', place_), input_.size());
    std::string text(input_.substr(place_, end - place_));
    std::ranges::replace(text, '\x1f', '\n');
    std::ranges::replace(text, '\x1e', '\0');
    place_ = end + 1;
    return text;
  }

 private:
  std::string_view input_;
  std::size_t place_ = 0;
};

reprise::lineage::ArtifactUse UseOf(Texts& texts) {
  reprise::lineage::ArtifactUse use;
  use.path = texts.Next();
  use.role = texts.Next();
  use.digest = Sha256(use.path);
  return use;
}

reprise::lineage::ExportedRun RunOf(Texts& texts, std::uint64_t number) {
  using reprise::lineage::ParamValue;
  reprise::lineage::ExportedRun run;
  run.record.id = reprise::Ulid::FromParts(number, reprise::AsBytes("0123456789"));
  run.record.name = texts.Next();
  run.record.experiment = texts.Next();
  run.record.actor = texts.Next();
  run.record.metrics[reprise::Printable(texts.Next())].last = 0.5;
  run.record.outputs = {UseOf(texts), UseOf(texts)};
  run.record.host.Set("project_folder", "/" + texts.Next());
  run.tags[texts.Next()] = texts.Next();
  run.notes.push_back({0, texts.Next(), texts.Next()});
  run.recipe.emplace();
  run.recipe->command = {texts.Next(), texts.Next()};
  run.recipe->inputs = {UseOf(texts), UseOf(texts)};
  run.recipe->parameters[texts.Next()] = ParamValue::String(texts.Next());
  run.recipe->variables[texts.Next()] = texts.Next();
  run.recipe->environment = Sha256("environment");
  run.code.emplace();
  run.code->commit = "0123456789abcdef0123456789abcdef01234567";
  run.code->branch = texts.Next();
  run.code->remotes = {{texts.Next(), texts.Next()}};
  run.derived_columns = {{run.record.outputs[0].path, texts.Next(), {{texts.Next(), "x"}}}};
  return run;
}

reprise::lineage::LineageExport LineageOf(std::string_view input) {
  using namespace reprise::lineage;  // NOLINT: a function's
  Texts texts(input);
  LineageExport lineage;
  std::map<reprise::Digest, ExportedArtifact> artifacts;
  for (std::uint64_t i = 0; i < 2; ++i) {
    lineage.runs.push_back(RunOf(texts, i));
    const ExportedRun& run = lineage.runs.back();
    const NodeId node = NodeId::Run(run.record.id);
    const auto add = [&](const ArtifactUse& use, bool is_input) {
      ExportedArtifact& artifact = artifacts[use.digest];
      artifact.digest = use.digest;
      artifact.paths.insert(use.path);
      artifact.dataset_names.insert(use.role);
      const NodeId other = NodeId::Artifact(use.digest);
      lineage.edges.push_back(is_input ? Edge{other, node, EdgeKind::kUsed, use.path}
                                       : Edge{node, other, EdgeKind::kProduced, use.path});
    };
    for (const ArtifactUse& use : run.recipe->inputs) add(use, true);
    for (const ArtifactUse& use : run.record.outputs) add(use, false);
  }
  lineage.subject = NodeId::Run(lineage.runs[0].record.id);
  for (const auto& [digest, artifact] : artifacts) lineage.artifacts.push_back(artifact);
  ExportedEnvironment& environment = lineage.environments[Sha256("environment")];
  environment.architecture = texts.Next();
  environment.files = {{texts.Next(), "executable", Sha256("x"), 1, texts.Next(), texts.Next()},
                       {texts.Next(), "library", std::nullopt, 0, std::nullopt, std::nullopt}};
  environment.packages = {{ExportedPackage::Kind::kPython, texts.Next(), texts.Next(), "", ""},
                          {ExportedPackage::Kind::kConda, texts.Next(), texts.Next(), "b", "c"}};
  environment.variables[texts.Next()] = texts.Next();
  return lineage;
}

void CheckJson(std::string_view text) { REPRISE_ASSERT(reprise::ParseJson(text).ok()); }

// Every line but the first and last is one record, and its strings end in it.
void CheckProvN(std::string_view text) {
  REPRISE_ASSERT(text.starts_with("document\n") && text.ends_with("\nendDocument\n"));
  bool is_in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') is_in_string = !is_in_string;
    if (text[i] == '\\' && is_in_string) ++i;
    REPRISE_ASSERT(text[i] != '\n' || !is_in_string);
  }
  REPRISE_ASSERT(!is_in_string && reprise::IsUtf8(text));
}

void CheckCell(std::string_view cell) {
  REPRISE_ASSERT(cell.empty() ||
                 std::string_view("=+-@\t\r").find(cell[0]) == std::string_view::npos);
}

// Reads the table by RFC 4180 and checks each cell and the length of each row.
void CheckTable(std::string_view text) {
  std::size_t cells = 0;
  std::size_t cells_of_heading = 0;
  while (!text.empty()) {
    std::string cell;
    if (text[0] == '"') {
      for (text.remove_prefix(1);; text.remove_prefix(1)) {
        REPRISE_ASSERT(!text.empty());
        if (text[0] == '"') {
          text.remove_prefix(1);
          if (!text.starts_with('"')) break;
        }
        cell += text[0];
      }
    } else {
      const std::size_t end = text.find_first_of(",\"\r\n");
      REPRISE_ASSERT(end != std::string_view::npos);
      cell = text.substr(0, end);
      text.remove_prefix(end);
    }
    CheckCell(cell);
    ++cells;
    if (text.starts_with(',')) {
      text.remove_prefix(1);
      continue;
    }
    REPRISE_ASSERT(text.starts_with("\r\n"));
    text.remove_prefix(2);
    if (cells_of_heading == 0) cells_of_heading = cells;
    REPRISE_ASSERT(cells == cells_of_heading);
    cells = 0;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = reprise::AsText(std::as_bytes(std::span(data, size)));
  (void)reprise::lineage::ReadExportedEnvironment(input);  // An error, or not; never more.
  const reprise::lineage::LineageExport lineage = LineageOf(input);
  const reprise::lineage::ProvDocument prov = reprise::lineage::ToProv(lineage);
  CheckJson(reprise::FormatJson(reprise::lineage::ProvToJson(prov)));
  CheckProvN(reprise::lineage::ProvToText(prov));
  CheckJson(reprise::lineage::ToCycloneDx(lineage, "1"));
  CheckJson(reprise::lineage::ToRoCrate(lineage, {}));
  const auto provenance = reprise::lineage::EncodeInToto(reprise::lineage::ToSlsaProvenance(
      lineage, lineage.runs[0], {{"model", Sha256("model")}}, std::nullopt, "1"));
  REPRISE_ASSERT(provenance.ok() && reprise::lineage::DecodeInToto(*provenance).ok());
  const auto events = reprise::lineage::ToOpenLineage(lineage, "1");
  REPRISE_ASSERT(events.ok());
  for (std::size_t i = 0; i < events->size();) {
    const std::size_t end = events->find('\n', i);
    CheckJson(std::string_view(*events).substr(i, end - i));
    i = end + 1;
  }
  const reprise::lineage::LineageTables tables = reprise::lineage::ToTables(lineage);
  CheckTable(tables.nodes);
  CheckTable(tables.edges);
  return 0;
}
