// The parts of the SDK that are easier to test than to reach.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "sdk/src/process.h"
#include "sdk/src/series_table.h"
#include "sdk/src/value_text.h"
#include "sdk/wire/messages.h"

namespace reprise::sdk {
namespace {

using ::testing::ElementsAre;

std::uint64_t AllCollide(std::string_view /*key*/) { return 0x0123456789abcdef; }

TEST(SeriesTable, KeysThatCollideAreToldApartByTheirBytes) {
  SeriesTable<AllCollide> table;
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) keys.push_back("key" + std::to_string(i));
  for (const std::string& key : keys) {
    EXPECT_EQ(table.Find(key), table.kAbsent);
    table.Add(key);
  }
  for (std::uint32_t i = 0; i < keys.size(); ++i) EXPECT_EQ(table.Find(keys[i]), i);
  EXPECT_EQ(table.Find("key"), table.kAbsent);
  EXPECT_EQ(table.Find("key5000"), table.kAbsent);
  table.Clear();
  EXPECT_EQ(table.Find("key0"), table.kAbsent);
  EXPECT_EQ(table.size(), 0U);
}

TEST(SeriesTable, KeysThatDifferInOneByteAreTwoKeys) {
  SeriesTable<> table;
  std::vector<std::string> keys;
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string key(length, 'a');
      key[at] = 'b';
      keys.push_back(key);
    }
  }
  for (const std::string& key : keys) {
    ASSERT_EQ(table.Find(key), table.kAbsent) << key;
    table.Add(key);
  }
  for (std::uint32_t i = 0; i < keys.size(); ++i) ASSERT_EQ(table.Find(keys[i]), i);
}

TEST(ValueText, RealsAreShortAndReadBackAsThemselves) {
  EXPECT_EQ(FormatValue(0.1), "0.1");
  EXPECT_EQ(FormatValue(1e300), "1e+300");
  EXPECT_EQ(FormatValue(-0.0), "-0");
  for (const double value : {1.0 / 3, 5e-324, std::numeric_limits<double>::max(), -0.0}) {
    EXPECT_EQ(ParseValue<double>(FormatValue(value)), value);
  }
}

TEST(ValueText, OnlyWholeTextsAreNumbers) {
  EXPECT_EQ(ParseValue<int>("12"), 12);
  EXPECT_EQ(ParseValue<int>("+12"), 12);
  for (const char* text : {"", "+", "1.5", "12 ", " 12", "+-1", "0x10", "2147483648"}) {
    EXPECT_EQ(ParseValue<int>(text), std::nullopt) << text;
  }
  for (const char* text : {"", "1e999", "1,5", "one"}) {
    EXPECT_EQ(ParseValue<double>(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseValue<double>("Infinity"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseValue<bool>("yes"), std::nullopt);
}

TEST(Process, ExecutableMappingsAreListedOncePerFile) {
  const auto files = ParseMaps(
      "00400000-00401000 r--p 00000000 fe:00 42 /usr/bin/train\n"
      "00401000-00402000 r-xp 00001000 fe:00 42    /usr/bin/train\n"
      "00402000-00403000 r-xp 00002000 fe:00 42    /usr/bin/train\n"
      "7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n"
      "7f0000001000-7f0000002000 r-xp 00000000 00:00 0    [vdso]\n"
      "7f0000002000-7f0000003000 r-xp 00000000 08:11 7    /lib/a b\\012c.so\n"
      "7f0000003000-7f0000004000 r-xp 00000000 08:11 8    /lib/old.so (deleted)\n"
      "not a line\n"
      "7f00");
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].path, "/usr/bin/train");
  EXPECT_EQ(files[0].inode, 42U);
  EXPECT_EQ(files[1].path, "/lib/a b\nc.so");
  EXPECT_TRUE(files[2].deleted);
  EXPECT_EQ(files[2].path, "/lib/old.so");
}

TEST(Messages, OverridesReadBackAsTheyWereWritten) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const std::vector<wire::Override> written = {{wire::ParamType::kInt, "a", "1"},
                                               {wire::ParamType::kString, every_byte, every_byte},
                                               {wire::ParamType::kJson, "%", "[1, 2]"},
                                               {wire::ParamType::kBool, "e", ""}};
  std::string file(wire::kOverridesFirstLine);
  for (const auto& parameter : written) wire::AppendOverride(file, parameter);
  std::vector<wire::Override> read;
  EXPECT_EQ(wire::ParseOverrides(file, [&](wire::Override o) { read.push_back(std::move(o)); }),
            0U);
  EXPECT_EQ(read, written);
}

TEST(Messages, BrokenOverrideLinesAreCountedAndTheRestIsRead) {
  std::string file(wire::kOverridesFirstLine);
  file +=
      "int\ta\t1\nint\tb\nnumber\tc\t1\nint\td\t%4\nint\te\t%zz\nint\tf g\t1\n\nint\th\t2\nint\ti";
  std::vector<std::string> keys;
  EXPECT_EQ(wire::ParseOverrides(file, [&](const wire::Override& o) { keys.push_back(o.key); }),
            7U);
  EXPECT_THAT(keys, ElementsAre("a", "h"));
  EXPECT_EQ(wire::ParseOverrides("", [](const wire::Override&) {}), std::nullopt);
  EXPECT_EQ(wire::ParseOverrides("reprise overrides 2\n", [](const wire::Override&) {}),
            std::nullopt);
}

TEST(SegmentNames, OnlyNamesThatWeWriteAreRead) {
  const wire::SegmentName name{4294967295U, 18446744073709551615U, 7, 1};
  EXPECT_EQ(wire::FormatSegmentName(name), "seg-4294967295-18446744073709551615-7-1");
  EXPECT_EQ(wire::ParseSegmentName(wire::FormatSegmentName(name)), name);
  for (const char* text : {"", "seg", "seg-1-2-3", "seg-1-2-3-4-5", "seg-01-2-3-4", "seg-1-2-3-4 ",
                           "seg--1-2-3-4", "seg-1-2-3-4294967296", "sag-1-2-3-4", "seg-1-2-3-"}) {
    EXPECT_FALSE(wire::ParseSegmentName(text)) << text;
  }
}

}  // namespace
}  // namespace reprise::sdk
