// A run that is being recorded is seen like any other, as far as its journal goes.

#include <algorithm>

#include "lineage/metric_series.h"
#include "tests/tracker/cli/cli_testing.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::cli {
namespace {

// A session that its writer, this test, holds open, as a recorder does.
class LiveRunTest : public CliStoreTest {
 protected:
  LiveRunTest() {
    Record("before", "true", {"-e", "credit"});
    id = Ulid::Generate();
    EXPECT_TRUE(tracker::ReserveRunName(files, store, "live", id).ok());
    tracker::v1::SessionStarted started;
    started.set_kind(tracker::v1::SessionStarted::KIND_RUN);
    started.set_started_at_unix_ms(1'700'000'000'000);
    started.set_experiment("credit");
    started.set_name("live");
    started.set_actor("somebody");
    started.set_project_folder(project);
    started.set_working_directory(project);
    started.add_arguments("./train");
    session = *tracker::Session::Create(files, store, id, started);
    tracker::v1::Frame frame;
    auto* const observed = frame.mutable_observed();
    auto* const param = observed->add_params();
    param->set_key("eta");
    param->set_type("real");
    param->set_value("0.5");
    auto* const points = observed->add_points();
    points->set_key("loss");
    const lineage::MetricPoint series[] = {{1, 1'700'000'000'001, 4.0},
                                           {2, 1'700'000'000'002, 3.0}};
    points->set_block(lineage::EncodeSeries(series));
    EXPECT_TRUE(session->Append(frame).ok());
    const std::string folder = tracker::StorePaths(store).session(id);
    EXPECT_TRUE(WriteFileAtomically(files, JoinPath(folder, "stdout"), "so far\n").ok());
  }

  std::string store = JoinPath(project, ".reprise");
  Ulid id;
  std::unique_ptr<tracker::Session> session;
};

TEST_F(LiveRunTest, IsNamedByEveryReference) {
  for (const std::string& ref : {std::string("live"), id.ToString(), id.ToString().substr(0, 24),
                                 std::string("@last"), std::string("credit@last")}) {
    EXPECT_EQ(Done({"show", ref, "--json"}).at({"run", "id"}), Json(id.ToString())) << ref;
  }
  EXPECT_EQ(Done({"show", "@last~1", "--json"}).at({"run", "name"}), Json("before"));
}

TEST_F(LiveRunTest, ShowsWhatItReportedSoFar) {
  const Answer record = Done({"show", "live", "--json"});
  EXPECT_EQ(record.at({"run", "status"}), Json("running"));
  EXPECT_EQ(record.at({"run", "ended_at"}), Json());
  EXPECT_EQ(record.at({"run", "params", "eta"}), Json(0.5));
  EXPECT_EQ(record.at({"run", "metrics", "loss", "last"}), Json(3));
  EXPECT_EQ(record.at({"run", "metrics", "loss", "count"}), Json(2));
  const std::string text = Done({"show", "live"}).out;
  for (const char* const part : {"running", "so far", "./train", "eta", "loss"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST_F(LiveRunTest, IsInTheListsAndCounts) {
  const Json runs =
      Done({"runs", "--json", "--where", "metrics.loss < 4 and params.eta = 0.5"}).at({"runs"});
  EXPECT_EQ(runs.as_array().size(), 1U);
  EXPECT_NE(Done({"runs"}).out.find("loss=3"), std::string::npos);
  const Json experiments = Done({"experiments", "--json"}).at({"experiments"});
  ASSERT_EQ(Shape(experiments),
            "[{last_started_at: text, live_runs: number, name: text, runs: number}]");
  EXPECT_EQ(*experiments.as_array()[0].Find("runs"), Json(2));
  EXPECT_EQ(*experiments.as_array()[0].Find("live_runs"), Json(1));
  EXPECT_EQ(Done({"status", "--json"}).at({"live_runs"}), Json(1));
  EXPECT_NE(Done({"status"}).out.find("running  " + id.ToString() + "  live"), std::string::npos);
}

TEST_F(LiveRunTest, HasMetricsAndALog) {
  EXPECT_EQ(Done({"metrics", "live", "--csv"}).out,
            "key,step,time,value\n"
            "loss,1,2023-11-14T22:13:20.001Z,4\n"
            "loss,2,2023-11-14T22:13:20.002Z,3\n");
  ExpectError(3, "it has loss", {"metrics", "live", "gain"});
  EXPECT_EQ(Done({"log", "live"}).out, "so far\n");
  EXPECT_EQ(Done({"log", "live", "--json"}).at({"text"}), Json("so far\n"));
  EXPECT_EQ(Done({"log", "live", "--sdk"}).out, "");
}

TEST_F(LiveRunTest, IsComparedWithOthers) {
  const Json record = Done({"compare", "live", "before", "--json"}).json();
  const auto& rows = record.Find("rows")->as_array();
  const auto eta =
      std::ranges::find_if(rows, [](const Json& row) { return *row.GetString("key") == "eta"; });
  ASSERT_NE(eta, rows.end());
  EXPECT_TRUE(*eta->GetBool("differs"));
}

TEST_F(LiveRunTest, WhatNeedsItsRecordSaysThatItIsNotOver) {
  const std::vector<std::vector<std::string>> commands = {{"note", "live", "x"},
                                                          {"tag", "live", "a=b"},
                                                          {"cat", "live"},
                                                          {"cat", "@last:model"},
                                                          {"restore", "live", "x"},
                                                          {"rerun", "live", "--on-host"},
                                                          {"lineage", "up", "live"},
                                                          {"ledger", "prove", "live"},
                                                          {"audit", "export", "live", "-o", "x"}};
  for (const auto& command : commands) ExpectError(3, "still being recorded", command);
}

TEST_F(LiveRunTest, AWholeMetricIsPlotted) {
  const std::string plot = Done({"metrics", "live", "--plot"}).out;
  EXPECT_TRUE(plot.starts_with("loss  2 points, last 3\n")) << plot;
  EXPECT_EQ(std::ranges::count(plot, '*'), 2);
  EXPECT_NE(plot.find("steps 1 to 2"), std::string::npos);
}

}  // namespace
}  // namespace reprise::cli
