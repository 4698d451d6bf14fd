#include "lineage/governance/evidence_content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace reprise::lineage {
namespace {

using ::testing::HasSubstr;

std::string Problem(std::string_view kind, std::string_view content) {
  const auto checked = CheckEvidenceContent(kind, content, "e.json");
  return checked.ok() ? "" : checked.error().message;
}

constexpr std::string_view kDigest =
    "sha256:0000000000000000000000000000000000000000000000000000000000000000";

std::string Data() { return R"({"digest":")" + std::string(kDigest) + R"(","rows":3})"; }

TEST(CheckEvidenceContent, TakesDocumentsWithTheMembersOfTheirTypeAndMore) {
  EXPECT_EQ(Problem("drift", R"({"type":"reprise/drift/v1","reference":)" + Data() +
                                 R"(,"current":)" + Data() +
                                 R"(,"columns":[{"column":"a","type":"number","ks":0.1,"psi":null,
                                 "state":"stable","more":1}]})"),
            "");
  EXPECT_EQ(Problem("stability", R"({"type":"reprise/stability/v1","psi":0,"ks":0,"bins":[
                                  {"from":null,"to":1,"expected":0.5,"actual":0.5}]})"),
            "");
  EXPECT_EQ(Problem("subpopulations",
                    R"({"type":"reprise/subpopulations/v1","groups":[{"column":"sex","group":"F",
                     "rows":3,"auc":{"value":1,"low":0.5,"high":1},
                     "ks":{"value":null,"low":null,"high":null},
                     "approval_rate":{"value":null,"low":null,"high":null}}]})"),
            "");
  EXPECT_EQ(Problem("calibration", R"({"type":"reprise/calibration/v1","bins":[
                                    {"predicted":0.1,"observed":0.2,"rows":3}]})"),
            "");
  EXPECT_EQ(Problem("explainability", R"({"type":"reprise/importances/v1","method":"gain",
                                       "importances":[{"feature":"age","value":3}]})"),
            "");
  EXPECT_EQ(Problem("validation", R"({"type":"reprise/validation/v1","metrics":{"auc":0.8}})"), "");
}

TEST(CheckEvidenceContent, NamesTheMemberThatIsWrong) {
  EXPECT_THAT(Problem("validation", R"({"type":"reprise/validation/v1","metrics":{"auc":"0.8"}})"),
              HasSubstr("'e.json' says that it is reprise/validation/v1, but metrics.auc is no "
                        "number; docs/formats/checks.md"));
  EXPECT_THAT(Problem("calibration", R"({"type":"reprise/calibration/v1","bins":[
                                      {"predicted":0.1,"observed":0.2,"rows":3},{}]})"),
              HasSubstr("bins[1].predicted is missing"));
  EXPECT_THAT(Problem("drift", R"({"type":"reprise/drift/v1","reference":{"digest":"x"}})"),
              HasSubstr("reference.digest is no digest"));
  EXPECT_THAT(Problem("validation", R"({"type":"reprise/validation/v1","metrics":{"auc":1},
                                     "dataset":{"digest":"x"}})"),
              HasSubstr("dataset.digest is no digest"));
}

TEST(CheckEvidenceContent, TakesNoDocumentThatSaysNothing) {
  for (const auto& [kind, content, why] : std::vector<std::array<std::string, 3>>{
           {"validation", R"({"type":"reprise/validation/v1","metrics":{}})", "metrics"},
           {"calibration", R"({"type":"reprise/calibration/v1","bins":[]})", "bins"},
           {"subpopulations", R"({"type":"reprise/subpopulations/v1","groups":[]})", "groups"},
           {"stability", R"({"type":"reprise/stability/v1","psi":0,"ks":0,"bins":[]})", "bins"},
           {"explainability",
            R"({"type":"reprise/importances/v1","method":"gain","importances":[]})", "importances"},
           {"drift",
            R"({"type":"reprise/drift/v1","reference":)" + Data() + R"(,"current":)" + Data() +
                R"(,"columns":[]})",
            "columns"}}) {
    EXPECT_THAT(Problem(kind, content), HasSubstr(", but " + why + " holds nothing;"));
  }
  for (const std::string rows : {"0", R"("00")"}) {
    EXPECT_THAT(Problem("drift", R"({"type":"reprise/drift/v1","reference":)" + Data() +
                                     R"(,"current":{"digest":")" + std::string(kDigest) +
                                     R"(","rows":)" + rows + "}}"),
                HasSubstr(", but current.rows is 0;"));
  }
}

TEST(CheckEvidenceContent, DoesNotLetADocumentPassForEvidenceOfAnotherKind) {
  EXPECT_THAT(Problem("validation", R"({"type":"reprise/importances/v1","method":"gain",
                                     "importances":[{"feature":"age","value":3}]})"),
              HasSubstr("which is evidence of the kind explainability and not validation"));
}

TEST(CheckEvidenceContent, LeavesEverythingElseAlone) {
  EXPECT_EQ(Problem("document", "{ not JSON"), "");
  EXPECT_EQ(Problem("validation", R"({"auc": 0.8})"), "");
  EXPECT_EQ(Problem("validation", R"({"type":"reprise/drift/v2"})"), "");
  EXPECT_EQ(Problem("drift", ""), "");
  EXPECT_THAT(Problem("model_card", "nonsense"), HasSubstr("e.json:1"));
  EXPECT_THAT(Problem("nonsense", ""), HasSubstr("there is no kind of evidence"));
}

TEST(ReadValidation, GivesMetricsAndTheDataThatTheyAreOf) {
  const auto read = ReadValidation(R"({"type":"reprise/validation/v1","metrics":{"auc":0.8},
                                    "dataset":)" +
                                   Data() + "}");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->metrics.at("auc"), 0.8);
  EXPECT_EQ(read->dataset->ToString(), kDigest);
  EXPECT_FALSE(ReadValidation(R"({"type":"reprise/validation/v1","metrics":3})").has_value());
  EXPECT_FALSE(ReadValidation(R"({"auc":0.8})").has_value());
}

}  // namespace
}  // namespace reprise::lineage
