// docs/cli.md says what the command table says.

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tracker/cli/help.h"

namespace reprise::cli {
namespace {

TEST(CliReference, IsThePageInDocs) {
  const std::string reference = CliReference(AllCommands());
  EXPECT_EQ(testing::Golden(JoinPath(REPRISE_SOURCE_DIR, "docs/cli.md"), reference), reference)
      << "run it with REPRISE_TEST_ACCEPT=1 to write the page anew";
}

}  // namespace
}  // namespace reprise::cli
