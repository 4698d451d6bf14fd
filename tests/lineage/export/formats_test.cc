// What the exports of one lineage look like.  That they are what the standards want is checked on
// the golden files by validate_golden_test.py.

#include "lineage/export/formats.h"

#include <gtest/gtest.h>

#include "lineage/export/names.h"
#include "lineage/export/package_urls.h"
#include "storage/base/json.h"
#include "storage/crypto/sha256.h"
#include "tests/lineage/export/sample.h"
#include "tests/support/golden.h"

namespace reprise::lineage {
namespace {

using testing::ExpectGolden;
using testing::Sample;
using testing::SampleId;

TEST(Exports, HaveTheirGoldenBytes) {
  const Sample sample;
  const ProvDocument prov = ToProv(sample.lineage());
  ExpectGolden("export/prov.json", FormatJson(ProvToJson(prov)));
  ExpectGolden("export/prov.provn", ProvToText(prov));
  const auto events = ToOpenLineage(sample.lineage(), "0.4.0");
  ASSERT_TRUE(events.ok()) << events.error().message;
  ExpectGolden("export/events.jsonl", *events);
  ExpectGolden("export/bom.cdx.json", ToCycloneDx(sample.lineage(), "0.4.0"));
  const ExportedRun* const train = sample.lineage().FindRun(SampleId(2));
  const auto provenance = InTotoToJson(
      ToSlsaProvenance(sample.lineage(), *train,
                       {{"models/copy.bin", crypto::Sha256("weights")},
                        {"models/model.bin", crypto::Sha256("weights")}},
                       StatementVersion{"scorecard", 3, crypto::Sha256("registration")}, "0.4.0"));
  ASSERT_TRUE(provenance.ok()) << provenance.error().message;
  ExpectGolden("export/slsa.json", FormatJson(*provenance));
  const LineageTables tables = ToTables(sample.lineage());
  ExpectGolden("export/nodes.csv", tables.nodes);
  ExpectGolden("export/edges.csv", tables.edges);
  RoCrateOptions crate;
  crate.with_data = false;
  ExpectGolden("export/crate_without_data.json", ToRoCrate(sample.lineage(), crate));
  crate.with_data = true;
  crate.absent = {crypto::Sha256("raw")};
  ExpectGolden("export/crate_with_data.json", ToRoCrate(sample.lineage(), crate));
}

TEST(Exports, NameWhatTheyLack) {
  const Sample sample;
  const std::vector<std::string> missing = MissingParts(sample.lineage());
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_EQ(missing[0], "the record of run " + SampleId(9).ToString() + " is not in the store");
  EXPECT_EQ(missing[1], "of run " + SampleId(4).ToString() + " the environment " +
                            crypto::Sha256("lost").ToString() + " is not in the store");
  const std::string environment = "the environment " + crypto::Sha256("lost").ToString();
  const std::string lost = SampleId(9).ToString();
  const std::string prov = ProvToText(ToProv(sample.lineage()));
  const std::string events = *ToOpenLineage(sample.lineage(), "1");
  const std::string bill = ToCycloneDx(sample.lineage(), "1");
  const std::string crate = ToRoCrate(sample.lineage(), {});
  const std::string provenance =
      *EncodeInToto(ToSlsaProvenance(sample.lineage(), *sample.lineage().FindRun(SampleId(4)),
                                     {{"scores", crypto::Sha256("scores")}}, std::nullopt, "1"));
  EXPECT_NE(provenance.find(environment), std::string::npos) << provenance;
  for (const std::string& text : {prov, events, bill, crate, ToTables(sample.lineage()).nodes}) {
    EXPECT_NE(text.find(environment), std::string::npos) << text;
  }
  for (const std::string& text : {prov, bill, crate, ToTables(sample.lineage()).nodes}) {
    EXPECT_NE(text.find(lost), std::string::npos) << text;
  }
  EXPECT_NE(events.find(RunUuid(SampleId(9))), std::string::npos);
  EXPECT_NE(bill.find("\"incomplete\""), std::string::npos);
}

TEST(Exports, NameColumnsOfTablesInFoldersByTheFolder) {
  const Sample sample;
  const auto events = ToOpenLineage(sample.lineage(), "1");
  ASSERT_TRUE(events.ok());
  const auto fields_of = [&](std::string_view dataset) -> Json {
    std::string_view rest = *events;
    while (!rest.empty()) {
      const auto event = ParseJson(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(rest.find('\n') + 1);
      for (const Json& output : event->Find("outputs")->as_array()) {
        const Json* const columns = output.Find("facets")->Find("columnLineage");
        if (columns != nullptr && output.Find("name")->as_string() == dataset) {
          return *columns->Find("fields");
        }
      }
    }
    return {};
  };
  const Json written = fields_of("data");
  ASSERT_NE(written.Find("clean.csv#age"), nullptr) << *events;
  const Json read = fields_of("models/model.bin");
  ASSERT_NE(read.Find("weight"), nullptr) << *events;
  const Json& source = read.Find("weight")->Find("inputFields")->as_array().at(0);
  EXPECT_EQ(source.Find("name")->as_string(), "data");
  EXPECT_EQ(source.Find("field")->as_string(), "clean.csv#age");
}

TEST(Exports, FindTheInnermostFolderAroundATable) {
  const auto folder = [](const std::string& path) {
    ArtifactUse use;
    use.path = path;
    use.kind = ArtifactKind::kFolder;
    return use;
  };
  ArtifactUse file;
  file.path = "data/a.csv";
  const std::vector<ArtifactUse> uses = {folder("data/sub"), folder("."), folder("data"), file};
  EXPECT_EQ(UseThatHolds(uses, "data/a.csv"), &uses[3]);
  EXPECT_EQ(UseThatHolds(uses, "data/sub/a.csv"), &uses[0]);
  EXPECT_EQ(UseThatHolds(uses, "data/b.csv"), &uses[2]);
  EXPECT_EQ(UseThatHolds(uses, "database.csv"), &uses[1]);
  EXPECT_EQ(UseThatHolds({folder("data")}, "database.csv"), nullptr);
  EXPECT_EQ(UseThatHolds({file}, "data/a.csv/b.csv"), nullptr);
}

TEST(Exports, OfNothingAreWholeDocuments) {
  const LineageExport nothing;
  EXPECT_TRUE(ParseJson(FormatJson(ProvToJson(ToProv(nothing)))).ok());
  EXPECT_EQ(*ToOpenLineage(nothing, "1"), "");
  EXPECT_TRUE(ParseJson(ToCycloneDx(nothing, "1")).ok());
  EXPECT_TRUE(ParseJson(ToRoCrate(nothing, {})).ok());
}

TEST(Exports, ThatDifferHaveOtherSerialNumbers) {
  const Sample sample;
  LineageExport changed = sample.lineage();
  changed.runs[0].record.name += "x";
  const auto one = ParseJson(ToCycloneDx(sample.lineage(), "1"));
  const auto same = ParseJson(ToCycloneDx(sample.lineage(), "1"));
  const auto other = ParseJson(ToCycloneDx(changed, "1"));
  EXPECT_EQ(*one->GetString("serialNumber"), *same->GetString("serialNumber"));
  EXPECT_NE(*one->GetString("serialNumber"), *other->GetString("serialNumber"));
}

// Pairs of outputs and inputs beyond a bound follow from what else is said.
TEST(Exports, ToProvDoNotMultiplyWithTheirEdges) {
  LineageExport lineage;
  ExportedRun run;
  run.record.id = SampleId(1);
  const NodeId node = NodeId::Run(run.record.id);
  lineage.runs.push_back(run);
  for (int i = 0; i < 200; ++i) {
    const NodeId input = NodeId::Artifact(crypto::Sha256("in" + std::to_string(i)));
    const NodeId output = NodeId::Artifact(crypto::Sha256("out" + std::to_string(i)));
    lineage.edges.push_back({input, node, EdgeKind::kUsed, "i"});
    lineage.edges.push_back({node, output, EdgeKind::kProduced, "o"});
  }
  std::size_t uses = 0;
  for (const ProvRecord& record : ToProv(lineage).records) {
    EXPECT_NE(record.kind, ProvRecord::Kind::kWasDerivedFrom);
    uses += record.kind == ProvRecord::Kind::kUsed ? 1 : 0;
  }
  EXPECT_EQ(uses, 200U);
}

TEST(ExportNames, KeepEveryByteOfAPath) {
  EXPECT_EQ(PathReference("a b/\xff%:é"), "a%20b/%FF%25%3A%C3%A9");
  EXPECT_EQ(PercentEncode("a-b_c.d", "_"), "a%2Db_c%2Ed");
}

TEST(ExportNames, OfRunsAreUuidsOfTheirTime) {
  EXPECT_EQ(
      RunUuid(Ulid::FromParts(0x0123456789AB, AsBytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))),
      "01234567-89ab-7fff-bfff-ffffffffffff");
}

TEST(ExportNames, HaveTheShortestPathOrTheDigest) {
  ExportedArtifact artifact;
  artifact.digest = crypto::Sha256("");
  EXPECT_EQ(NameOf(artifact), "sha256:e3b0c44298fc");
  artifact.paths = {"longer/path.csv", "a.csv"};
  EXPECT_EQ(NameOf(artifact), "a.csv");
  EXPECT_TRUE(CratePath(artifact).ends_with("/a.csv"));
  artifact.paths = {"caf\xe9.csv"};  // Latin-1, of which readers would make another name.
  EXPECT_TRUE(CratePath(artifact).ends_with("/content"));
  artifact.paths = {".."};
  EXPECT_TRUE(CratePath(artifact).ends_with("/content"));
}

TEST(ExportNames, OfProgramsLookThroughInterpreters) {
  ExportedRun run;
  EXPECT_EQ(ProgramOf(run), "unknown");
  run.recipe.emplace();
  run.recipe->command = {"/usr/bin/python3.11", "src/train.py", "--x"};
  EXPECT_EQ(ProgramOf(run), "train.py");
  run.recipe->command = {"python3", "-c", "print()"};
  EXPECT_EQ(ProgramOf(run), "python3");
  run.recipe->command = {"./bin/train"};
  EXPECT_EQ(ProgramOf(run), "train");
}

TEST(PackageUrls, AreThoseOfTheSpecification) {
  EXPECT_EQ(DebianPackageUrl("libc6", "1:2.36-9+deb12u1", "Debian GNU/Linux 12", "x86_64"),
            "pkg:deb/debian/libc6@1:2.36-9%2Bdeb12u1?arch=amd64");
  EXPECT_EQ(DebianPackageUrl("a", "1", "Ubuntu 24.04 LTS", "aarch64"),
            "pkg:deb/ubuntu/a@1?arch=arm64");
  EXPECT_EQ(PackageUrl({ExportedPackage::Kind::kPython, "Scikit_Learn", "1.5", "", ""}),
            "pkg:pypi/scikit-learn@1.5");
  EXPECT_EQ(PackageUrl({ExportedPackage::Kind::kConda, "numpy", "1", "py_0", ""}),
            "pkg:conda/numpy@1?build=py_0");
}

TEST(ExportedEnvironments, AreReadFromTheirDocuments) {
  const auto golden =
      ReadFile(PosixFileSystem(), JoinPath(REPRISE_GOLDEN_DIR, "capture/environment_v1.json"));
  ASSERT_TRUE(golden.ok());
  const auto environment = ReadExportedEnvironment(*golden);
  ASSERT_TRUE(environment.ok()) << environment.error().message;
  EXPECT_FALSE(environment->files.empty());
  EXPECT_FALSE(environment->variables.empty());
  EXPECT_EQ(ReadExportedEnvironment("{}").error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace reprise::lineage
