// Sections of the report for people, from documents made up.

#include "tracker/audit/report_sections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Json Output(const std::string& path, const std::string& state) {
  return Json()
      .Set("path", path)
      .Set("state", state)
      .Set("expected", "sha256:11")
      .Set("actual", state == "identical" ? "sha256:11" : "sha256:22");
}

std::string ReportOf(Json output) {
  BundleEvent event;
  const Json verdict = Json()
                           .Set("result", "diverged")
                           .Set("rerun", "01RERUN")
                           .Set("reruns", Json::Array{Json("01RERUN")})
                           .Set("outputs", Json::Array{std::move(output)});
  HtmlWriter page;
  WriteReproduction({{&event, 0, verdict}}, page);
  return page.Take();
}

TEST(ReportOfReruns, SaysHowAnOutputDiffers) {
  const std::string page =
      ReportOf(Output("model", "differs")
                   .Set("difference",
                        Json().Set("kind", "text").Set("sentence", "line 1: 'a' became '<b>'")));
  EXPECT_THAT(page, HasSubstr("<th scope=\"col\">Difference</th>"));
  EXPECT_THAT(page, HasSubstr(HtmlText("text: line 1: 'a' became '<b>'")));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
}

TEST(ReportOfReruns, HasNothingToSayOfWhatIsTheSameOrWasComparedByDigestAlone) {
  EXPECT_THAT(ReportOf(Output("model", "identical").Set("difference", Json())),
              Not(HasSubstr("text:")));
  const std::string page = ReportOf(Output("model", "differs"));
  EXPECT_THAT(page, HasSubstr("sha256:22"));
  EXPECT_THAT(page, Not(HasSubstr("text:")));
}

}  // namespace
}  // namespace reprise::tracker
