#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "storage/crypto/sha256.h"
#include "tests/tracker/audit/test_bundle.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/curve.h"
#include "tracker/audit/html_writer.h"
#include "tracker/audit/report_html.h"
#include "tracker/audit/report_json.h"

namespace reprise::tracker {
namespace {

class BundleFilesTest : public ::testing::Test {
 protected:
  std::string File(const std::string& path) {
    const auto files = bundle.Files();
    EXPECT_TRUE(files.ok());
    for (const BundleFile& file : *files) {
      if (file.path == path) return file.bytes;
    }
    ADD_FAILURE() << "there is no " << path;
    return "";
  }

  testing::TestBundle bundle;
};

TEST_F(BundleFilesTest, EqualContentGivesEqualBytes) {
  const auto once = bundle.Files();
  const auto again = bundle.Files();
  ASSERT_TRUE(once.ok() && again.ok());
  ASSERT_EQ(once->size(), again->size());
  for (std::size_t i = 0; i < once->size(); ++i) {
    EXPECT_EQ((*once)[i].path, (*again)[i].path);
    EXPECT_EQ((*once)[i].bytes, (*again)[i].bytes) << (*once)[i].path;
  }
}

TEST_F(BundleFilesTest, TheNamesOfDocumentsAreTheirDigests) {
  const auto files = bundle.Files();
  ASSERT_TRUE(files.ok());
  int documents = 0;
  for (const BundleFile& file : *files) {
    if (!file.path.starts_with("documents/")) continue;
    ++documents;
    EXPECT_EQ(file.path.substr(10, 64), crypto::Sha256(file.bytes).ToHex());
  }
  EXPECT_GT(documents, 10);
}

TEST_F(BundleFilesTest, ThePageNeedsNothingFromOutsideAndHoldsNoScript) {
  const std::string page = File("report/report.html");
  EXPECT_EQ(page.find("<script"), std::string::npos);
  for (std::size_t at = page.find("href="); at != page.npos; at = page.find("href=", at + 1)) {
    EXPECT_TRUE(page.substr(at).starts_with("href=\"#section-")) << page.substr(at, 40);
  }
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("@import"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_TRUE(IsUtf8(page));
}

TEST_F(BundleFilesTest, ThePageShowsWhatIsRecorded) {
  const std::string page = File("report/report.html");
  for (const std::string_view fact :
       {"Audit report: score", "identical", "looks good", "Tag stage", "0.75", "io_uring was used",
        "score.txt", "+eta = 0.05  # &lt;b&gt;&amp;", "/usr/bin/python3", "libc6 is newer",
        "What this does not prove", "verify.py --since"}) {
    EXPECT_NE(page.find(fact), std::string::npos) << fact;
  }
}

TEST_F(BundleFilesTest, TheHeadCountsRerunsAndWhatNobodyHasRerun) {
  const auto says = [&](std::string_view text) {
    const auto page = ReportHtml(bundle.content);
    EXPECT_TRUE(page.ok());
    return page->find(text) != std::string::npos;
  };
  EXPECT_TRUE(says("Reruns that were compared: 1."));
  EXPECT_TRUE(says("<div class=\"answer yes\">"));
  bundle.content.runs.push_back(bundle.content.upstream[0]);
  EXPECT_TRUE(says("Runs that nobody has rerun: 1 of 2."));
  EXPECT_FALSE(says("<div class=\"answer yes\">")) << "though one was not rerun";
  bundle.content.runs.clear();
  EXPECT_TRUE(says("No recorded run made this"));
}

TEST_F(BundleFilesTest, OfSeveralRunsEachIsOneSection) {
  const auto one = ReportHtml(bundle.content);
  bundle.content.runs.push_back(bundle.content.upstream[0]);
  const auto two = ReportHtml(bundle.content);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one->find(". Identity</h2>"), std::string::npos);
  EXPECT_EQ(two->find(". Identity</h2>"), std::string::npos);
  EXPECT_NE(two->find("<h3>Identity</h3>"), std::string::npos);
  EXPECT_NE(two->find("<h4>Machine"), std::string::npos);
  EXPECT_NE(two->find(". Lineage</h2>"), std::string::npos);
}

TEST(HtmlWriter, ShowsTheFirstRowsAndSaysWhereAllAre) {
  const std::vector<std::vector<Html>> rows(kShownRowsMax + 1, {Plain("a"), Number("1")});
  HtmlWriter page;
  page.Table({{"Name", "name"}, {"Value", "value"}}, rows, "", {"Names", "data/names.csv#x"});
  const std::string text = page.Take();
  EXPECT_NE(text.find("Shown are the first 100 of 101 rows; all are in data/names.csv."),
            std::string::npos);
  std::size_t shown = 0;
  for (std::size_t at = 0; (at = text.find(">a<", at)) != text.npos; ++at) ++shown;
  EXPECT_EQ(shown, kShownRowsMax);
  EXPECT_NE(text.find("<th scope=\"col\" class=\"number\" data-member=\"value\">"),
            std::string::npos);
  HtmlWriter whole;
  whole.Table({"Name", "Value"}, rows, "", {"Names", "", rows.size()});
  EXPECT_EQ(whole.Take().find("Shown are"), std::string::npos);
}

TEST_F(BundleFilesTest, TextOfAnyKindStaysText) {
  bundle.content.runs[0].record.name = "<img src=x onerror=alert(1)>\xff\"'";
  bundle.content.runs[0].notes[0].text = "</body><script>";
  bundle.content.drawing.nodes[0].label = "]]></svg><script>";
  const auto page = ReportHtml(bundle.content);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->find("<img"), std::string::npos);
  EXPECT_EQ(page->find("<script"), std::string::npos);
  EXPECT_TRUE(IsUtf8(*page));
}

TEST_F(BundleFilesTest, AMetricOfManyPointsIsDrawnAndOneOfOneIsNot) {
  const std::string page = File("report/report.html");
  EXPECT_NE(page.find("<polyline points=\"2.0,22.0 94.0,2.0\"/>"), std::string::npos);
  bundle.content.series[bundle.content.runs[0].record.id]["auc"].resize(2);  // The second is NaN.
  EXPECT_EQ(File("report/report.html").find("<polyline"), std::string::npos);
}

TEST_F(BundleFilesTest, AnOddMachineIsShownAllTheSame) {
  bundle.content.runs[0].record.host =
      Json()
          .Set("memory_bytes", 1536)
          .Set("swap_bytes", -1)
          .Set("accelerators", Json::Array{})
          .Set("driver", Json())
          .Set("process", Json().Set("umask", "0022").Set("limits", Json().Set("open_files", 7)));
  const auto page = ReportHtml(bundle.content);
  ASSERT_TRUE(page.ok());
  for (const std::string_view fact :
       {"1.5 KiB", ">-1<", ">none<", ">not known<", ">0022<", "limits open files"}) {
    EXPECT_NE(page->find(fact), std::string::npos) << fact;
  }
}

TEST(CurveSvg, KeepsPeaksAndStaysSmall) {
  std::vector<lineage::MetricPoint> points;
  for (int i = 0; i < 100'000; ++i) points.push_back({i, 0, i == 50'000 ? 1.0 : 0.0});
  const std::string svg = CurveSvg(points);
  EXPECT_LT(svg.size(), 5'000U);
  EXPECT_NE(svg.find("48.0,22.0 48.0,2.0"), std::string::npos) << svg;
}

TEST(CurveSvg, ExtremeNumbersStayInTheDrawing) {
  const double huge = std::numeric_limits<double>::max();
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  EXPECT_NE(CurveSvg({{0, 0, -huge}, {kLast, 0, huge}}).find("2.0,22.0 94.0,2.0"),
            std::string::npos);
  EXPECT_NE(CurveSvg({{0, 0, 1}, {1, 0, INFINITY}, {2, 0, 1}}).find("2.0,12.0 94.0,12.0"),
            std::string::npos);
  EXPECT_EQ(CurveSvg({}), "");
  EXPECT_EQ(CurveSvg({{0, 0, NAN}, {1, 0, 1}}), "");
}

TEST_F(BundleFilesTest, TablesQuoteWhatWouldBreakThem) {
  const auto tables = ReportTables(bundle.content);
  const auto params = std::ranges::find(tables, "data/params.csv", &BundleFile::path);
  ASSERT_NE(params, tables.end());
  const std::string row = "text,string,\"a,\"\"b\"\"\nc\"," + bundle.content.subject.name + "\r\n";
  EXPECT_NE(params->bytes.find(row), std::string::npos) << params->bytes;
}

TEST_F(BundleFilesTest, LimitsNameBlindSpotsAndWhatIsMissing) {
  bundle.content.missing = {"the patch of run X"};
  const auto limits = LimitsOf(bundle.content);
  const auto names = [&](std::string_view text) {
    return std::ranges::any_of(
        limits, [&](const std::string& limit) { return limit.find(text) != limit.npos; });
  };
  EXPECT_TRUE(names("io_uring"));
  EXPECT_TRUE(names("the patch of run X"));
  EXPECT_TRUE(names("declared"));
  EXPECT_TRUE(names("no run upstream was left out cannot be shown"));
  EXPECT_FALSE(names("too long to be listed"));
  bundle.content.lists_whole_log = false;
  const auto more = LimitsOf(bundle.content);
  EXPECT_EQ(more.size(), limits.size() + 1);
}

}  // namespace
}  // namespace reprise::tracker
