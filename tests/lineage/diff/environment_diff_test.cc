// What is found of two environment documents.

#include "lineage/diff/environment_diff.h"

#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

TEST(DiffEnvironmentDocuments, PackagesComeFirstAndEachEntryIsTold) {
  const auto changes = DiffEnvironmentDocuments(
      R"({"files":[{"path":"/a","package":"p","version":"1"},{"path":"/same"}],)"
      R"("python_packages":[{"name":"numpy","version":"1"}],"time_zone":"UTC"})",
      R"({"files":[{"path":"/a","package":"p","version":"2"},{"path":"/same"}],"extra":1,)"
      R"("conda_packages":[{"name":"mkl","version":"3","build":"h_0"}],"time_zone":"CET",)"
      R"("variables":[{"name":"TZ","value":"CET"}]})");
  ASSERT_TRUE(changes.ok());
  std::vector<std::string> told;
  for (const EnvironmentChange& change : *changes) {
    told.push_back(std::string(change.change()) + " " + change.group + " " + change.name);
  }
  EXPECT_EQ(told,
            (std::vector<std::string>{"removed python_package numpy", "added conda_package mkl",
                                      "added variable TZ", "changed file /a", "added extra ",
                                      "changed time_zone "}));
  EXPECT_EQ(PackageText((*changes)[1].after), "3 h_0");
  EXPECT_EQ(PackageText((*changes)[3].after), "p 2");
}

TEST(DiffEnvironmentDocuments, EqualDocumentsDoNotDifferAndOthersAreCorruption) {
  EXPECT_TRUE(DiffEnvironmentDocuments("not even JSON", "not even JSON")->empty());
  for (const std::string_view document : {"", "[]", "{"}) {
    const auto changes = DiffEnvironmentDocuments("{}", document);
    ASSERT_FALSE(changes.ok()) << document;
    EXPECT_EQ(changes.error().code, ErrorCode::kCorruption) << document;
  }
}

}  // namespace
}  // namespace reprise::lineage
