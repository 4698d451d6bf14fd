// What a bundle answers to requirements, and how the report draws evidence.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "storage/crypto/sha256.h"
#include "tests/tracker/audit/test_bundle.h"
#include "tracker/audit/figure.h"
#include "tracker/audit/report_evidence.h"
#include "tracker/audit/report_records.h"
#include "tracker/audit/report_requirements.h"
#include "tracker/audit/requirement_answers.h"

namespace reprise::tracker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

lineage::RequirementTemplate Asked(const std::vector<std::string>& facts) {
  lineage::RequirementTemplate asked;
  asked.name = "ours";
  asked.title = "Our rules";
  asked.dated = "2026-05-31";
  asked.basis = "ourselves";
  asked.requirements = {{"1", "what <we> ask", facts}};
  return asked;
}

class RequirementAnswersTest : public ::testing::Test {
 protected:
  RequirementAnswer Answer(const std::vector<std::string>& facts) {
    bundle.content.requirements = {Asked(facts)};
    return AnswerRequirements(bundle.content).at(0).rows.at(0);
  }

  // A version of the run's output, with a card.
  BundleModel& AddModel() {
    BundleModel model;
    model.model.version.name = "scorecard";
    model.model.version.version = 1;
    model.model.version.run = bundle.content.runs.front().record.id;
    model.model.registration = crypto::Sha256("registration");
    model.card.emplace();
    model.card->purpose = "credit";
    BundleEvidence card;
    card.filed.evidence.kind = "model_card";
    card.filed.evidence.artifact.digest = crypto::Sha256("card");
    model.evidence.push_back(card);
    bundle.content.governance.models = {std::move(model)};
    return bundle.content.governance.models.front();
  }

  testing::TestBundle bundle;
};

TEST_F(RequirementAnswersTest, WhatIsRecordedHasADigestAndTheRestIsMissing) {
  const RequirementAnswer both = Answer({"run.command", "model.purpose"});
  EXPECT_EQ(both.state, RequirementState::kPartly);
  ASSERT_EQ(both.recorded.size(), 1U);
  EXPECT_EQ(both.recorded[0].digests.front(), bundle.content.runs.front().record.recipe);
  EXPECT_EQ(both.missing, std::vector<std::string>{"model.purpose"});
  EXPECT_EQ(Answer({"run.seeds"}).state, RequirementState::kRecorded);
  EXPECT_EQ(Answer({"approvals"}).state, RequirementState::kMissing);
}

TEST_F(RequirementAnswersTest, AnswersOfAModelAreThoseOfItsCardAndItsRun) {
  AddModel();
  EXPECT_EQ(Answer({"model.purpose"}).recorded.at(0).digests.at(0), crypto::Sha256("card"));
  EXPECT_EQ(Answer({"run.record"}).state, RequirementState::kRecorded);
  bundle.content.governance.models[0].model.version.run.reset();
  EXPECT_EQ(Answer({"run.record"}).state, RequirementState::kMissing);
}

TEST_F(RequirementAnswersTest, TheLineageOfAModelIsThatOfItsRunAlone) {
  const BundleContent& content = bundle.content;
  const std::vector<Digest> first = {content.upstream.at(0).document};
  const std::vector<Digest> train = {content.upstream.at(1).document, first[0]};
  const std::vector<Digest> score = {content.runs.at(0).document, first[0], train[0]};
  const auto lineage_of = [&](const StoredRun& run) {
    AddModel().model.version.run = run.record.id;
    return Answer({"lineage"}).recorded.at(0).digests;
  };
  EXPECT_EQ(lineage_of(content.upstream.at(0)), first);
  EXPECT_EQ(lineage_of(content.upstream.at(1)), train);
  EXPECT_EQ(lineage_of(content.runs.at(0)), score);
  bundle.content.governance.models.clear();
  EXPECT_EQ(Answer({"lineage"}).recorded.at(0).digests, score);
}

TEST_F(RequirementAnswersTest, OnlyApprovalsThatCountAndOfOthersAreIndependent) {
  BundleModel& model = AddModel();
  model.authors = {"ada"};
  lineage::FiledApproval filed;
  filed.envelope = crypto::Sha256("envelope");
  filed.approval.owner = "ada";
  model.statements = {filed};
  EXPECT_EQ(Answer({"approvals"}).state, RequirementState::kRecorded);
  EXPECT_EQ(Answer({"approvals.independent"}).state, RequirementState::kMissing);
  bundle.content.governance.models[0].statements[0].approval.owner = "bob";
  EXPECT_EQ(Answer({"approvals.independent"}).state, RequirementState::kRecorded);
  bundle.content.governance.models[0].authors.reset();  // Unknown: it may be bob.
  EXPECT_EQ(Answer({"approvals.independent"}).state, RequirementState::kMissing);
  bundle.content.governance.models[0].statements[0].void_because = "its key was revoked";
  EXPECT_EQ(Answer({"approvals"}).state, RequirementState::kMissing);
  bundle.content.governance.models[0].statements[0].void_because.reset();
  bundle.content.governance.models[0].statements[0].approval.decision = lineage::Decision::kReject;
  EXPECT_EQ(Answer({"approvals"}).state, RequirementState::kMissing);
}

TEST_F(RequirementAnswersTest, AProfileThatIsErasedIsNoAnswerAndOneThatIsLeftOutIs) {
  const Digest table = bundle.content.runs.front().recipe->inputs.at(0).digest;
  bundle.content.data[table].tables.push_back({.content = table});
  BundleEvent event;
  event.entry.kind = "profile";
  event.entry.subject = table.ToString();
  event.entry.payload = crypto::Sha256("profile");
  bundle.content.events.push_back(event);
  EXPECT_EQ(Answer({"data.profiles"}).state, RequirementState::kRecorded);
  std::string& why = bundle.content.holes[{event.entry.payload, "profile"}];
  why = "redacted";
  EXPECT_EQ(Answer({"data.profiles"}).state, RequirementState::kRecorded);
  why = "erased";
  EXPECT_EQ(Answer({"data.profiles"}).state, RequirementState::kMissing);
}

TEST_F(RequirementAnswersTest, WhatDoesNotApplySaysWhoDecidedAndWhy) {
  AddModel().card->not_applicable = {{"ours 1", "no <network>", "Risk"}};
  const RequirementAnswer answer = Answer({"approvals"});
  EXPECT_EQ(answer.state, RequirementState::kNotApplicable);
  HtmlWriter writer;
  WriteRequirements(bundle.content, writer);
  const std::string page = writer.Take();
  EXPECT_THAT(page, HasSubstr("Not applicable, as Risk decided: no &lt;network&gt;"));
  EXPECT_THAT(page, HasSubstr("what &lt;we&gt; ask"));
  EXPECT_THAT(RequirementsTable(RequirementsToJson(bundle.content)),
              HasSubstr("ours,scorecard@1,1,what <we> ask,not applicable,,approvals,no <network>"));
}

TEST_F(RequirementAnswersTest, EveryTemplateThatComesAlongIsReadAndAnswered) {
  for (const std::string& name : RequirementTemplateNames()) {
    const auto read = NamedRequirements(name);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->name, name);
    EXPECT_GT(read->requirements.size(), 8U);
    bundle.content.requirements.push_back(*read);
  }
  EXPECT_EQ(AnswerRequirements(bundle.content).size(), 5U);
  for (const AnsweredTemplate& answered : AnswerRequirements(bundle.content)) {
    for (const RequirementAnswer& row : answered.rows) {
      EXPECT_EQ(row.state == RequirementState::kRecorded, row.missing.empty());
      for (const FactAnswer& answer : row.recorded) EXPECT_FALSE(answer.digests.empty());
    }
  }
  const auto unknown = NamedRequirements("eu-ai-act");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("iso-iec-42001"));
}

std::string FiguresOf(const std::string& json) {
  HtmlWriter page;
  WriteFiguresOf(*ParseJson(json), page);
  return page.Take();
}

TEST(EvidenceFigures, EachTypeIsDrawnWithATitle) {
  for (const auto& [json, title] : std::vector<std::pair<std::string, std::string>>{
           {R"({"type":"reprise/calibration/v1","bins":[{"predicted":0.1,"observed":0.2}]})",
            "Calibration curve"},
           {R"({"type":"reprise/importances/v1","method":"gain","importances":)"
            R"([{"feature":"a<b","value":2},{"feature":"c","value":-3}]})",
            "Importance of features"},
           {R"({"type":"reprise/subpopulations/v1","groups":[{"column":"age","group":"25-39",)"
            R"("rows":9,"auc":{"value":0.7,"low":0.6,"high":0.8}}]})",
            "AUC by group"},
           {R"({"type":"reprise/stability/v1","bins":[{"from":0,"to":0.5,"expected":0.4,)"
            R"("actual":0.6}]})",
            "Distribution of the score"},
           {R"({"type":"reprise/drift/v1","columns":[{"column":"x","psi":0.2},)"
            R"({"column":"y","psi":null}]})",
            "Drift of columns"}}) {
    const std::string page = FiguresOf(json);
    EXPECT_THAT(page, HasSubstr("<title>" + title + "</title>"));
    EXPECT_THAT(page, HasSubstr("<figcaption>Figure 1. "));
    EXPECT_THAT(page, Not(HasSubstr("a<b")));
    EXPECT_THAT(page, Not(HasSubstr("nan")));
  }
}

TEST(EvidenceFigures, NothingIsDrawnOfWhatIsNotThere) {
  EXPECT_EQ(FiguresOf(R"({"type":"reprise/calibration/v1","bins":"none"})"), "");
  EXPECT_EQ(FiguresOf(R"({"type":"reprise/importances/v1"})"), "");
  EXPECT_EQ(FiguresOf(R"({"auc":0.8})"), "");
  EXPECT_EQ(BarsSvg("t", {{"a", NAN}}), "");
  EXPECT_EQ(IntervalsSvg("t", {}), "");
  EXPECT_EQ(DistributionsSvg("t", {{"a", NAN, NAN}}), "");
  EXPECT_NE(CalibrationSvg({{1e308, -1e308}}), "");
}

TEST(EvidenceTables, AnyJsonIsShownWithItsPlaces) {
  HtmlWriter writer;
  WriteJsonTables(*ParseJson(R"({"auc":0.1,"by":{"age":[{"group":"<25","n":3,"auc":{"low":1}}]}})"),
                  "validation", "evidence/ab", writer);
  const std::string page = writer.Take();
  EXPECT_THAT(page, HasSubstr("data-source=\"evidence/ab#/by/age\""));
  EXPECT_THAT(page, HasSubstr("data-member=\"auc.low\">auc, low</th>"));
  EXPECT_THAT(page, HasSubstr("&lt;25"));
  EXPECT_THAT(page, HasSubstr(">0.1</td>"));
}

TEST(EvidenceTables, TextThatIsNoTableIsNotShownAsOne) {
  HtmlWriter writer;
  EXPECT_FALSE(WriteTextTable("a,b\n1\n", "t", "evidence/ab", writer));
  EXPECT_FALSE(WriteTextTable("", "t", "evidence/ab", writer));
  EXPECT_EQ(writer.Take(), "");
  HtmlWriter table;
  EXPECT_TRUE(WriteTextTable("a,b\n1,\"x,\"\"y\"\n", "t", "evidence/ab", table));
  EXPECT_THAT(table.Take(), HasSubstr("x,&quot;y"));
}

}  // namespace
}  // namespace reprise::tracker
