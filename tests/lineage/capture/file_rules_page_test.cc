// docs/reprise_toml.md repeats the built-in rules; REPRISE_TEST_ACCEPT=1 writes them again.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "capture_testing.h"
#include "lineage/capture/file_rule_table.h"
#include "lineage/capture/system_view.h"
#include "lineage/closure.h"

namespace reprise::capture {
namespace {

// "a b" as "`a` `b`".
std::string AsCode(std::string_view words) {
  std::string text;
  for (const std::string& word : Split(words, ' '))
    text += (text.empty() ? "`" : " `") + word + "`";
  return text;
}

std::string RulesTable() {
  std::string table = "\n| class | why | patterns |\n| --- | --- | --- |\n";
  for (const BuiltInRules& rules : BuiltInFileRules()) {
    table += "| `" + std::string(lineage::FileClassName(rules.file_class)) + "` | " +
             std::string(rules.reason) + " | " + AsCode(rules.patterns) + " |\n";
  }
  return table + "\n";
}

std::string NamesTable(std::span<const BuiltInNames> kinds) {
  std::string table = "\n| kind | names |\n| --- | --- |\n";
  for (const BuiltInNames& names : kinds) {
    table += "| " + std::string(names.kind) + " | " + AsCode(names.names) + " |\n";
  }
  return table + "\n";
}

// Replaces what `page` has between "<!-- `name` -->" and the next end.
void Replace(std::string& page, const std::string& name, const std::string& content) {
  const std::string start = "<!-- " + name + " -->\n";
  const std::size_t from = page.find(start);
  ASSERT_NE(from, std::string::npos) << name;
  const std::size_t to = page.find("<!-- end -->", from);
  ASSERT_NE(to, std::string::npos) << name;
  page.replace(from + start.size(), to - from - start.size(), content);
}

TEST(FileRulesPage, TellsTheBuiltInRulesAsTheyAre) {
  const std::string path = REPRISE_SOURCE_DIR "/docs/reprise_toml.md";
  const std::string page = testing::ReadAll(path);
  std::string wanted = page;
  Replace(wanted, "rules", RulesTable());
  Replace(wanted, "names of code", NamesTable(BuiltInCode()));
  Replace(wanted, "names of data", NamesTable(BuiltInData()));
  if (std::getenv("REPRISE_TEST_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << wanted;
    return;
  }
  EXPECT_EQ(page, wanted) << "run this test with REPRISE_TEST_ACCEPT=1";
}

TEST(FileRulesPage, NamesEveryClass) {
  const std::string page = testing::ReadAll(REPRISE_SOURCE_DIR "/docs/reprise_toml.md");
  for (int i = 0; i <= static_cast<int>(lineage::FileClass::kKernel); ++i) {
    const std::string name(lineage::FileClassName(static_cast<lineage::FileClass>(i)));
    EXPECT_NE(page.find("| `" + name + "` | "), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace reprise::capture
